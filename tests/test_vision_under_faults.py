"""Pages through a model of whose answers one in ten goes wrong; `python -m bench vision` does it with 1,000."""

from pathlib import Path

from bench.vision import run, said
from ocr_assets.core.answer_faults import AnswerFault

PAGES = 120
KNOWN = {*AnswerFault.__args__, "rejected"}  # type: ignore[attr-defined]


def test_each_page_ends_read_or_with_reasons_and_nothing_is_charged_without_being_accounted(tmp_path: Path) -> None:
    outcome = run(tmp_path, PAGES)
    assert sorted(outcome.pages) == list(range(PAGES))
    assert outcome.wrong == []
    for number, page in outcome.pages.items():
        faults = [attempt.fault for attempt in page.attempts]
        assert set(faults[:-1]) <= KNOWN
        assert (faults[-1] == "") == (page.reading is not None)
        if page.reading:
            assert "again and again" not in page.reading.text
            assert f"{10_000 + number}" in page.reading.text
            assert len(page.reading.text.split()) <= len(said(number)) * 2
    assert len(outcome.read) > 0.95 * PAGES
    answered = sum(len([a for a in page.attempts if a.fault != "rejected"]) for page in outcome.pages.values())
    assert outcome.states["answered"] == answered
    assert set(outcome.states) <= {"answered", "refused", "unknown"}
    assert sum(outcome.states.values()) == outcome.server.attempts
    # All that the server charged is entered: what arrived with its tokens, what was lost with an estimate.
    assert (
        outcome.states["answered"] <= outcome.server.charged <= outcome.states["answered"] + outcome.states["unknown"]
    )
    paid = sum(a.input_tokens + a.output_tokens for page in outcome.pages.values() for a in page.attempts)
    assert sum(outcome.entered_tokens) == paid <= sum(outcome.server.tokens)
