"""Several endpoints of one model, and what is entered of requests to them."""

import sqlite3
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest

from ocr_assets.errors import TransientFault
from resources.vision import ledger as ledgers
from resources.vision.endpoints import AllAwayError, Endpoint, Endpoints, retry_after
from resources.vision.ledger import Ledger, Question, Usage
from resources.vision.threads import with_asked

QUESTION = Question("run", "ocr_text", "a" * 64, 1, "0-key")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(pool: Endpoints) -> Endpoint:
    with pool.slot() as endpoint:
        return endpoint


def test_the_least_busy_endpoint_is_asked_first() -> None:
    pool = Endpoints(["a", "b"], 2)
    with pool.slot() as first, pool.slot() as second, pool.slot(), pool.slot():
        assert {first.url, second.url} == {"a", "b"}
        assert [endpoint.busy for endpoint in pool.all] == [2, 2]
    assert [endpoint.busy for endpoint in pool.all] == [0, 0]


def test_a_sick_endpoint_is_put_aside_and_tried_again_with_one_request() -> None:
    clock = Clock()
    pool = Endpoints(["a", "b"], 4, first_pause=10, clock=clock)
    a, b = pool.all
    pool.failed(a)
    assert [taken(pool) for _ in range(3)] == [b, b, b]
    clock.now = 11.0
    with pool.slot() as first, pool.slot() as second:
        assert {first.url, second.url} == {"a", "b"}
        with pool.slot() as third:
            assert third is b
    for _ in range(40):
        pool.answered(a)
    assert (a.limit, a.failures) == (4.0, 0)


def test_a_limited_endpoint_gets_half_as_many_and_more_again_when_it_answers() -> None:
    clock = Clock()
    pool = Endpoints(["a"], 8, clock=clock)
    [a] = pool.all
    pool.limited(a, 30.0)
    assert (a.limit, a.aside_until) == (4.0, 30.0)
    clock.now = 31.0
    pool.limited(a, None)
    assert (a.limit, a.aside_until) == (2.0, 33.0)
    for _ in range(5):
        pool.answered(a)
    assert 3.0 < a.limit < 5.0


def test_where_all_are_away_nobody_waits() -> None:
    pool = Endpoints(["a"], 1, first_pause=100)
    pool.limited(pool.all[0], 3_600.0)
    with pytest.raises(AllAwayError):
        taken(pool)
    pool = Endpoints(["a", "b"], 1, first_pause=100)
    for endpoint in pool.all * 4:
        pool.failed(endpoint)
    with pytest.raises(AllAwayError):
        taken(pool)


def test_who_waits_for_a_place_goes_when_the_pool_is_closed() -> None:
    pool = Endpoints(["a"], 1)
    raised = []

    def wait() -> None:
        with pytest.raises(AllAwayError):
            taken(pool)
        raised.append(True)

    with pool.slot():
        thread = threading.Thread(target=wait)
        thread.start()
        pool.close()
        thread.join()
    assert raised == [True]


def test_retry_after_may_be_seconds_a_date_or_nonsense() -> None:
    assert retry_after("7") == 7.0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("soon") is None
    assert retry_after(None) is None


def enter(path: Path) -> int:
    """As many requests of 1.0 each as the budget lets this process enter."""
    book = Ledger(path, input_price=1e6, run_budget=10.0)
    entered = 0
    while entered < 20:
        try:
            number = book.enter(QUESTION, Usage(1, 0))
        except TransientFault:
            return entered
        book.close(number, "answered", Usage(1, 0), "a")
        entered += 1
    return entered


def test_processes_share_a_budget(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        entered = list(pool.map(enter, [tmp_path / "l.sqlite"] * 3))
    assert sum(entered) == 10
    assert Ledger(tmp_path / "l.sqlite").spent().cost == 10.0


def test_a_budget_of_a_day_begins_anew_at_midnight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Ledger(tmp_path / "l.sqlite", input_price=1e6, day_budget=1.0)
    book.close(book.enter(QUESTION, Usage(1, 0)), "answered", Usage(1, 0), "a")
    with pytest.raises(TransientFault, match="today"):
        book.enter(QUESTION, Usage(1, 0))
    monkeypatch.setattr(ledgers, "utc_day", lambda: "2999-01-01")
    assert book.today().cost == 0.0
    book.enter(QUESTION, Usage(1, 0))
    assert (book.today().cost, book.spent().cost) == (1.0, 2.0)


def test_threads_that_begin_a_ledger_at_once_are_all_entered(tmp_path: Path) -> None:
    """SQLite tells one of two that ask for its write-ahead log at once that the file is locked, without waiting."""
    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for number in range(40):
            ledger, start = Ledger(tmp_path / f"{number}.sqlite"), Barrier(8)

            def begin(ledger: Ledger = ledger, start: Barrier = start) -> int:
                start.wait()
                return ledger.enter(QUESTION, Usage(1, 0))

            with ThreadPoolExecutor(8) as threads:
                entered = [threads.submit(begin) for _ in range(8)]
            assert sorted(one.result() for one in entered) == list(range(1, 9))
    finally:
        sys.setswitchinterval(often)


def test_a_request_whose_end_is_not_known_costs_its_estimate_and_is_closed_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite", 1.0, 2.0, run_budget=1.0)
    lost, good, refused = (ledger.enter(QUESTION, Usage(1_000, 1_000)) for _ in range(3))
    assert ledger.spent(run="run").unknown == 3
    assert ledger.close(lost, "unknown", None, "a") == pytest.approx(0.003)
    assert ledger.close(good, "answered", Usage(10, 20), "a") == pytest.approx(50e-6)
    assert ledger.close(good, "refused", Usage(0, 0), "a") == pytest.approx(50e-6)
    assert ledger.close(refused, "refused", Usage(0, 0), "a") == 0.0
    spent = ledger.spent(run="run")
    assert (spent.requests, spent.unknown) == (3, 1)
    assert spent.cost == pytest.approx(0.00305)
    assert ledger.spent(run="another").requests == 0


def test_days_that_are_trimmed_keep_their_totals_and_what_waits_in_a_batch_its_row(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite", 1.0, 2.0)
    good, waiting = ledger.enter(QUESTION, Usage(1_000, 0)), ledger.enter(QUESTION, Usage(7, 7), batch="batch-1")
    ledger.enter(QUESTION, Usage(500, 0))
    ledger.close(good, "answered", Usage(2_000, 10), "a")
    before, today = ledger.spent(), ledger.today()
    tomorrow = date.fromisoformat(ledgers.utc_day()) + timedelta(days=1)
    ledger.trim(tomorrow - timedelta(days=1))
    assert len(ledger.rows()) == 3
    for _ in range(2):
        done = ledger.trim(tomorrow)
        assert [row["id"] for row in ledger.rows()] == [waiting]
        assert (ledger.spent(), ledger.today()) == (before, today)
    assert (done.store, done.after.rows) == ("l", 1)
    ledger.enter(QUESTION, Usage(1, 0))
    ledger.trim(tomorrow)
    assert ledger.spent().requests == before.requests + 1


def test_a_ledger_from_before_is_trimmed_too(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite", 1.0, 2.0)
    ledger.enter(QUESTION, Usage(1_000, 0))
    with closing(sqlite3.connect(ledger.path)) as database:
        database.execute("DROP TABLE trimmed")
    ledger.trim(date.fromisoformat(ledgers.utc_day()) + timedelta(days=1))
    assert (ledger.rows(), ledger.spent().input) == ([], 1_000)


def test_items_that_are_asked_come_with_the_others_and_what_is_raised_is_raised() -> None:
    def twice(n: int) -> int:
        if n == 13:
            raise ValueError("thirteen")
        return 2 * n

    found = list(with_asked(iter(range(12)), lambda n: n % 2 == 1, twice, lambda n: n, threads=3))
    assert sorted(found) == sorted([n if n % 2 == 0 else 2 * n for n in range(12)])
    with pytest.raises(ValueError, match="thirteen"):
        list(with_asked(iter(range(20)), lambda n: n % 2 == 1, twice, lambda n: n, threads=3))
