"""Which document it was that runs were killed over."""

from ocr_assets.core.continuation import DocumentState, Failure
from ocr_assets.core.killings import suspicions
from ocr_assets.core.retrying import spread
from ocr_assets.run_tags import KilledRun


def run(documents: str, at: float = 100, stage: str = "page_images") -> KilledRun:
    return KilledRun(stage, tuple(documents), at)


HERE = DocumentState({"raw_pdfs": 1})
"""A document that continues with page_images."""


def test_documents_of_a_killed_run_are_tried_again_in_half_the_company() -> None:
    found = suspicions(dict.fromkeys("abcd", HERE), [run("abcd")])
    assert {document: suspicion.batch for document, suspicion in found.items()} == dict.fromkeys("abcd", 2)
    again = suspicions(dict.fromkeys("abcd", HERE), [run("abcd"), run("ab", 200)])
    assert [again[document].batch for document in "abcd"] == [1, 1, 2, 2]


def test_a_document_that_came_past_the_stage_is_no_suspect() -> None:
    past = DocumentState({"raw_pdfs": 1, "page_images": 2})
    assert set(suspicions({"a": past, "b": HERE}, [run("ab")])) == {"b"}


def test_a_document_that_failed_there_since_is_no_suspect() -> None:
    failed = Failure("page_timeout", "…", False, 1, False, event=9, at=150)
    state = DocumentState({"raw_pdfs": 1}, {"page_images": failed})
    assert suspicions({"a": state}, [run("a", at=100)]) == {}
    assert set(suspicions({"a": state}, [run("a", at=200)])) == {"a"}


def test_runs_over_a_document_alone_are_counted_apart() -> None:
    found = suspicions({"a": HERE}, [run("a", 300), run("a", 200), run("ab", 100)])["a"]
    assert (found.runs, found.alone, found.smallest, found.last) == (3, 2, 1, 300)
    assert found.due_at(60) == 300 + 240 * spread("a", 3)


def test_a_document_that_is_gone_is_no_suspect() -> None:
    assert suspicions({}, [run("a")]) == {}
