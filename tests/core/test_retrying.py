"""When a failed document is tried again, and when a stage whose service is away."""

from dataclasses import replace

import pytest

from ocr_assets.core.continuation import DocumentState, Failure
from ocr_assets.core.retrying import (
    LONGEST_ALONE,
    LONGEST_PAUSE,
    PUT_BACK,
    SPREAD,
    TIMES_ALONE,
    due,
    due_at,
    outages,
    over,
    pause,
    spread,
    tally,
)

OWN, SERVICE = "page_timeout", "service_unavailable"


def failure(reason: str = OWN, attempt: int = 1, event: int = 99, at: float = 1000, run: str = "run") -> Failure:
    return Failure(reason, "…", permanent=False, attempt=attempt, given_up=False, event=event, at=at, run=run)


def in_a_row(reason: str, times: int, served_others: bool, limit: int = 3) -> Failure:
    """The document's failure after so many in a row for the same reason."""
    found = failure(reason, attempt=0)
    for number in range(times):
        counted = tally(reason, False, found if number else None, served_others, limit)
        found = replace(found, attempt=counted.attempt, own=counted.own, alone=counted.alone, given_up=counted.given_up)
    return found


def test_a_document_is_given_up_after_so_many_failures_of_its_own() -> None:
    assert [in_a_row(OWN, times, True).given_up for times in (1, 2, 3)] == [False, False, True]
    assert not in_a_row(OWN, 4, True, limit=5).given_up
    assert tally("corrupt", True, None, False, limit=3).given_up


def test_a_service_that_is_away_uses_up_no_attempt_however_long() -> None:
    waited = in_a_row(SERVICE, 10_000, served_others=False)
    assert (waited.attempt, waited.own, waited.alone, waited.given_up) == (10_000, 0, 0, False)
    assert not tally(OWN, False, waited, True, limit=3).given_up


def test_a_document_that_a_service_fails_while_it_serves_others_is_given_up_at_last() -> None:
    assert not in_a_row(SERVICE, TIMES_ALONE - 1, served_others=True).given_up
    assert in_a_row(SERVICE, TIMES_ALONE, served_others=True).given_up


def test_pauses_double_up_to_an_hour_and_where_a_service_serves_others_up_to_a_day() -> None:
    assert [pause(tries, 60) for tries in (1, 2, 3, 7, 8, 10_000)] == [60, 120, 240, 3600, 3600, 3600]
    waited = in_a_row(SERVICE, 500, served_others=False)
    alone = in_a_row(SERVICE, 15, served_others=True)
    assert LONGEST_PAUSE <= due_at(waited) - waited.at <= LONGEST_PAUSE * (1 + SPREAD)
    assert LONGEST_PAUSE < due_at(alone) - alone.at <= LONGEST_ALONE * (1 + SPREAD)


def test_the_time_of_the_next_try_is_spread_and_always_the_same() -> None:
    times = {due_at(failure(run=f"run {number}")) for number in range(16)}
    assert len(times) == 16
    assert all(1060 <= time <= 1060 + 60 * SPREAD for time in times)
    assert max(times) - min(times) > 60 * SPREAD / 2
    assert times == {due_at(failure(run=f"run {number}")) for number in range(16)}
    assert spread("run", 1) != spread("run", 2)


def test_documents_that_failed_in_one_run_come_back_together() -> None:
    first, second = failure(event=1), failure(event=2)
    assert due_at(first) == due_at(second)


def test_a_failed_document_is_due_at_its_time_and_one_given_up_never() -> None:
    failed = failure()
    assert [due(failed, now) for now in (due_at(failed) - 0.01, due_at(failed))] == [False, True]
    assert not due(replace(failed, given_up=True), 1e12)


def waiting(event: int, at: float = 1000, attempt: int = 1, reason: str = SERVICE, run: str = "run") -> DocumentState:
    return DocumentState({"raw_pdfs": 1}, {"page_images": failure(reason, attempt, event, at, run)})


def test_a_service_that_fails_everybody_is_away_until_somebody_gets_through() -> None:
    states = [DocumentState({"raw_pdfs": 1, "page_images": 50}), waiting(60), waiting(70)]
    assert set(outages(states)) == {"page_images"}
    assert outages([*states, DocumentState({"raw_pdfs": 1, "page_images": 71})]) == {}


@pytest.mark.parametrize("reason", [OWN, "corrupt"])
def test_documents_that_fail_for_their_own_sake_close_no_stage(reason: str) -> None:
    assert outages([waiting(60, reason=reason)]) == {}


def test_the_longer_a_service_is_away_the_longer_is_the_pause_before_the_next_try() -> None:
    def pause_after(*states: DocumentState) -> float:
        outage = outages(states)["page_images"]
        return (outage.probe_at() - outage.last) / spread(outage.run, outage.tries)

    assert pause_after(waiting(60, at=1000)) == pytest.approx(60)
    assert pause_after(waiting(60, at=1000, attempt=3)) == pytest.approx(240)
    assert pause_after(waiting(60, at=1000), waiting(61, at=2000)) == pytest.approx(1000)
    assert pause_after(waiting(60, at=1000), waiting(61, at=1e6)) == pytest.approx(LONGEST_PAUSE)


def test_a_clock_that_is_put_back_lets_nobody_wait_for_days() -> None:
    ahead = failure(at=100_000)
    assert not due(ahead, now=100_000 - 1)
    assert due(ahead, now=1000)
    assert over(until=160, since=100, now=160)
    assert not over(until=160, since=100, now=159)
    assert over(until=160, since=100, now=100 - PUT_BACK - 1)
