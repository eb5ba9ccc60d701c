"""What is left to do, and the runs that do it."""

from ocr_assets.core.continuation import DocumentState, Failure, Launch, plan_launches
from ocr_assets.core.stages import STAGES, UPSTREAM, stages_from


def settled(*stages: str, first: int = 1) -> dict[str, int]:
    return {stage: first + index for index, stage in enumerate(stages)}


def failure(
    permanent: bool = False, attempt: int = 1, given_up: bool = False, at: float = 0, event: int = 99
) -> Failure:
    return Failure("page_timeout", "stopped", permanent, attempt, given_up, event, at)


def test_a_document_that_nothing_is_known_of_begins_with_the_first_stage() -> None:
    assert DocumentState().next_stage == STAGES[0]


def test_a_document_goes_on_after_its_last_settled_stage() -> None:
    assert DocumentState(settled(*STAGES[:3])).next_stage == STAGES[3]


def test_a_document_with_every_stage_settled_is_done() -> None:
    state = DocumentState(settled(*STAGES))
    assert state.next_stage is None
    assert {state.status(stage) for stage in STAGES} == {"done"}


def test_a_stage_older_than_one_it_reads_is_stale_and_runs_again() -> None:
    events = settled(*STAGES) | {"ocr_text": 100, "figure_captions": 101}
    state = DocumentState(events)
    assert state.status("documents") == "stale"
    assert state.next_stage == "documents"


def test_a_document_given_up_does_not_go_on_though_others_stages_are_missing() -> None:
    state = DocumentState(settled("raw_pdfs"), {"page_images": failure(permanent=True, given_up=True)})
    assert state.next_stage is None
    assert state.status("page_images") == "given_up"
    assert state.failure is not None
    assert state.failure[0] == "page_images"


def test_a_failure_is_over_when_what_the_stage_reads_was_settled_again() -> None:
    failed = failure(permanent=True, given_up=True, event=50)
    state = DocumentState({"raw_pdfs": 1, "page_images": 51}, {"ocr_text": failed})
    assert state.status("ocr_text") == "missing"
    assert state.next_stage == "ocr_text"
    assert state.failure is None


def test_a_transient_failure_is_tried_again_at_the_same_stage() -> None:
    state = DocumentState(settled("raw_pdfs"), {"page_images": failure()})
    assert state.next_stage == "page_images"


def test_a_stage_whose_code_has_changed_runs_again_with_all_after_it() -> None:
    state = DocumentState(settled(*STAGES), outdated=frozenset({"chunks"}))
    assert (state.status("chunks"), state.next_stage) == ("stale", "chunks")
    after = DocumentState(settled(*STAGES) | {"chunks": 100})
    assert after.next_stage == "enrichment"


def test_neighbours_that_continue_at_the_same_stage_share_a_run() -> None:
    launches = plan_launches("abcd", dict.fromkeys("abcd", "raw_pdfs"), batch_size=64)
    assert launches == [Launch(tuple("abcd"), STAGES)]


def test_a_document_that_is_not_to_run_parts_a_range() -> None:
    launches = plan_launches("abcd", dict.fromkeys("abd", "chunks"), batch_size=64)
    assert [launch.documents for launch in launches] == [("a", "b"), ("d",)]
    assert launches[0].stages == stages_from("chunks")


def test_documents_at_different_stages_do_not_share_a_run() -> None:
    launches = plan_launches("abc", {"a": "chunks", "b": "vectors", "c": "vectors"}, batch_size=64)
    assert [(launch.documents, launch.stages[0]) for launch in launches] == [
        (("a",), "chunks"),
        (("b", "c"), "vectors"),
    ]


def test_a_run_takes_at_most_a_batch() -> None:
    launches = plan_launches("abcde", dict.fromkeys("abcde", "raw_pdfs"), batch_size=2)
    assert [len(launch.documents) for launch in launches] == [2, 2, 1]


def test_a_document_that_is_to_have_less_company_shares_a_smaller_run() -> None:
    launches = plan_launches("abcdefg", dict.fromkeys("abcdefg", "raw_pdfs"), 4, {"c": 2, "d": 1})
    assert ["".join(launch.documents) for launch in launches] == ["ab", "c", "d", "efg"]


def test_nothing_to_do_makes_no_run() -> None:
    assert plan_launches("abc", {}, batch_size=64) == []
    assert plan_launches("", {}, batch_size=64) == []


def test_every_stage_reads_only_earlier_ones() -> None:
    for position, stage in enumerate(STAGES):
        assert set(UPSTREAM[stage]) <= set(STAGES[:position])
