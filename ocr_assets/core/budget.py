"""How many pages of a document may fail before the document does."""

from collections import Counter
from collections.abc import Mapping

from ocr_assets.errors import SERVICE_REASONS, WAITING_REASONS, DocumentFault, PermanentFault, TransientFault


def check_budget(failed: Mapping[int, DocumentFault], pages: int, budget: float) -> None:
    """Raise the document's fault if more than `budget` (0..1) of its pages failed, or all of them.

    The fault is transient if any page's is, since another try could then bring the document under its budget. Its
    reason is that of the pages where they agree, else `page_budget`. A service that was away says nothing of a page:
    the document waits for it, whatever the budget. Pages that wait for an answer have not failed.
    """
    for fault in failed.values():
        if fault.reason in SERVICE_REASONS:
            raise fault
    failed = {page: fault for page, fault in failed.items() if fault.reason not in WAITING_REASONS}
    if not failed or (len(failed) < pages and len(failed) <= budget * pages):
        return
    reasons = Counter(fault.reason for fault in failed.values())
    reason = next(iter(reasons)) if len(reasons) == 1 else "page_budget"
    first = min(failed)
    detail = f"{len(failed)} of {pages} pages failed ({_listed(reasons)}); page {first}: {failed[first].detail}"
    transient = any(not fault.permanent for fault in failed.values())
    raise (TransientFault if transient else PermanentFault)(reason, detail)


def _listed(reasons: Counter[str]) -> str:
    return ", ".join(f"{count} x {reason}" for reason, count in reasons.most_common())
