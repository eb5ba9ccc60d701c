"""Every error that this project raises on purpose.

    OcrAssetsError
    ├── UsageError             what was asked for cannot be done: unknown document, missing extra, bad setting
    ├── DeliveryError          a message to the operator was not taken; it is tried again, and nothing else fails for it
    └── DocumentFault          one document (or one page of it) cannot be processed; others are not affected
        ├── PermanentFault     the same bytes fail again: encrypted, corrupt, too large, not a PDF
        └── TransientFault     may go away by itself: a killed worker, a rate limit, a service that is down

A fault's `reason` is one of `REASONS`, a stable word for programs; its message is for people and says what to do.
"""

from typing import Final

REASONS: Final = {
    "not_a_document": "the bytes are neither a PDF nor a PNG, JPEG or TIFF image",
    "empty_file": "the file has no bytes",
    "no_pages": "the document has no pages",
    "corrupt": "the file cannot be opened or a page of it cannot be read",
    "password_required": "the document is protected and no configured password opens it",
    "unsupported_encryption": "the document is protected by a scheme that PDFium does not know",
    "too_large": "the file or its number of pages is over the configured limit",
    "page_budget": "more pages failed than the document's budget allows",
    "unread_ink": "the page has ink but no reader found text on it",
    "bad_reading": "a reader's answer cannot be true of a page: boxes off the page, no numbers, no text",
    "page_timeout": "a page took longer than the configured limit and was stopped",
    "page_memory": "a page needed more memory than the configured limit and was stopped",
    "page_crash": "a page crashed its worker process",
    "upstream_missing": "the stage before has no rows for this document",
    "source_missing": "the source no longer has the file",
    "source_denied": "the source denies reading the file; the detail names the right that is missing",
    "source_changed": "the source's bytes are not the ones that were announced",
    "internal_error": "a defect in this program met by this document",
    "service_unavailable": "a service or store did not answer, or a disk is full",
    "service_refused": "a service refused the request",
    "budget_spent": "the budget for a model or a service is spent; what is left waits for the next day or run",
    "answer_pending": "its questions to the vision model are in a batch whose answers come later",
    "run_killed": "the process of a run over this document alone was killed, again and again",
}
SERVICE_REASONS: Final = frozenset({"service_unavailable", "source_missing", "source_denied", "budget_spent"})
"""Not the document's fault: what it needs did not answer. Such a failure does not count as one of its attempts."""
WAITING_REASONS: Final = frozenset({"answer_pending"})
"""Neither the document's fault nor a service's: all goes well, and takes its time."""


class OcrAssetsError(Exception):
    """Base of this project's errors."""


class UsageError(OcrAssetsError):
    """What was asked for cannot be done; the message names the culprit and the fix."""


class DeliveryError(OcrAssetsError):
    """A message to the operator was not taken."""


class DocumentFault(OcrAssetsError):
    """A document or page that cannot be processed.

    `reason` is a key of `REASONS`; `detail` names the culprit and the fix.
    """

    permanent: bool

    def __init__(self, reason: str, detail: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"{reason!r} is not one of REASONS in {__name__}; add it there")
        super().__init__(reason, detail)  # both, so that the error survives pickling between processes
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class PermanentFault(DocumentFault):
    """The same bytes will fail again; do not retry."""

    permanent = True


class TransientFault(DocumentFault):
    """May go away by itself; retry with back-off, a bounded number of times."""

    permanent = False


def in_words(message: str) -> str:
    """What Dagster keeps of an error, for people: without the class, where it is one of this project's."""
    kind, _, words = message.strip().partition(": ")
    return words if kind.startswith(f"{__name__}.") else message.strip()
