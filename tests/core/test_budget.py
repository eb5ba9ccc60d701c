"""How many pages may fail before the document does."""

from collections.abc import Mapping

import pytest

from ocr_assets.core.budget import check_budget
from ocr_assets.errors import DocumentFault, PermanentFault, TransientFault

CORRUPT = PermanentFault("corrupt", "cannot be rendered")
TIMEOUT = TransientFault("page_timeout", "stopped after 120 s")


def fails(failed: Mapping[int, DocumentFault], pages: int, budget: float) -> bool:
    try:
        check_budget(failed, pages, budget)
    except DocumentFault:
        return True
    return False


def test_a_failed_page_within_the_budget_costs_only_itself() -> None:
    assert not fails({3: CORRUPT}, pages=10, budget=0.1)
    assert not fails({}, pages=10, budget=0.0)
    assert fails({3: CORRUPT}, pages=10, budget=0.09)


def test_more_failed_pages_than_the_budget_fail_the_document_with_their_reason() -> None:
    with pytest.raises(PermanentFault, match="2 of 10 pages failed") as error:
        check_budget({3: CORRUPT, 4: CORRUPT}, pages=10, budget=0.1)
    assert error.value.reason == "corrupt"


def test_all_pages_failing_fail_the_document_whatever_the_budget() -> None:
    with pytest.raises(DocumentFault):
        check_budget({1: CORRUPT}, pages=1, budget=1.0)


def test_different_reasons_are_the_budgets_and_one_transient_page_makes_another_try_worthwhile() -> None:
    with pytest.raises(TransientFault, match=r"1 x corrupt, 1 x page_timeout") as error:
        check_budget({1: CORRUPT, 2: TIMEOUT}, pages=5, budget=0.1)
    assert error.value.reason == "page_budget"
