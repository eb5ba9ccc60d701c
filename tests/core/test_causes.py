"""One message a cause: what an operator is told, and when again."""

from ocr_assets.core.causes import DAY, SAMPLE, Cause, causes_of, remembered, to_tell
from ocr_assets.core.continuation import DocumentState, Failure


def failed(reason: str, stage: str = "raw_pdfs", given_up: bool = True, attempt: int = 1) -> DocumentState:
    return DocumentState({}, {stage: Failure(reason, "why " * 200, given_up, attempt, given_up, event=9, at=1)})


def cause(count: int = 1, key: str = "key") -> Cause:
    return Cause(key, "headline", count, ("a",))


def test_documents_that_failed_for_the_same_reason_are_one_cause_with_their_number_and_some_of_them() -> None:
    states = {f"{number:064}": failed("corrupt") for number in range(1000)} | {"f" * 64: failed("no_pages")}
    first, second = causes_of(states, [], 24)
    assert (first.key, first.count, len(first.sample)) == ("given_up/raw_pdfs/corrupt", 1000, SAMPLE)
    assert first.headline == "1000 given up in raw_pdfs: corrupt"
    assert first.text.endswith("… and 995 more")
    assert len(first.text) < 3_000
    assert (second.key, second.count) == ("given_up/raw_pdfs/no_pages", 1)


def test_a_document_that_is_tried_again_is_no_cause_nor_is_one_that_is_done() -> None:
    assert causes_of({"a": failed("page_timeout", given_up=False), "b": DocumentState()}, [], 24) == []


def test_a_service_is_told_of_when_it_has_been_away_for_some_tries() -> None:
    assert causes_of({"a": failed("service_unavailable", given_up=False, attempt=3)}, [], 24) == []
    states = {"a": failed("service_unavailable", given_up=False, attempt=4), "b": DocumentState()}
    (away,) = causes_of(states, [], 24)
    assert (away.key, away.count) == ("away/raw_pdfs", 2)


def test_documents_that_are_unfinished_for_too_long_are_one_cause() -> None:
    states = {"a" * 64: DocumentState(), "b" * 64: DocumentState({"raw_pdfs": 1})}
    (late,) = causes_of(states, list(states), 24)
    assert (late.key, late.count) == ("overdue", 2)
    assert late.sample == (f"{'a' * 12} at raw_pdfs", f"{'b' * 12} at page_images")


def test_a_cause_is_told_once_and_again_when_it_has_grown_much_or_since_yesterday() -> None:
    told = {"key": {"at": 0.0, "count": 10, "seen": 0.0}}
    assert to_tell([cause(10)], {}, 60) == [cause(10)]
    assert to_tell([cause(10)], told, 10 * DAY) == []
    assert to_tell([cause(99)], told, DAY - 1) == []
    assert to_tell([cause(99)], told, DAY) == [cause(99)]
    assert to_tell([cause(100)], told, 60) == [cause(100)]


def test_a_cause_that_was_gone_for_a_day_is_told_anew() -> None:
    told = {"key": {"at": 0.0, "count": 10, "seen": 0.0}}
    still = remembered([cause()], told, DAY - 1)
    assert remembered([], still, 2 * DAY - 2) == still
    assert remembered([], still, 2 * DAY - 1) == {}
