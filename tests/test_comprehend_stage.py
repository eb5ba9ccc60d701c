"""`enrichment` with AWS Comprehend: whole runs, the real client, over HTTP, with a server that keeps to its schema."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ocr_assets.comprehend_once import ComprehendOnce
from ocr_assets.core.comprehend_answers import units_of
from ocr_assets.enrichment import WHOLE_DOCUMENT
from ocr_assets.errors import TransientFault, UsageError
from ocr_assets.forgetting import forget
from ocr_assets.schemas import COMPREHEND
from resources.comprehend import MILLION, Comprehend
from resources.lake import Lake
from tests.enriching import enrich, metadata, rows_of
from tests.pipeline import Pipeline, pipeline
from tests.services.comprehend_server import MOST_BYTES, ComprehendServer

A, B, C = "a" * 64, "b" * 64, "c" * 64
ENGLISH = "The big merger has met with Angela Merkel in Berlin on 2024-01-02, and Acme Inc. is in Paris at last."
GERMAN = "Die große Sitzung mit Angela Merkel wurde in München vertagt, und das Protokoll ist bei der Beispiel GmbH."
SWEDISH = "Det är en stor fråga som vi och andra ställer med glädje på mötet i Stockholm."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ComprehendServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with ComprehendServer().running() as running:
        yield running


@contextmanager
def piped(server: ComprehendServer, home: Path, attempts: int = 1, **settings: Any) -> Iterator[Pipeline]:
    with pipeline(home, enricher="comprehend") as target:
        # A new one: Dagster makes its own of the settings that a resource was first given.
        service = Comprehend(
            url=server.url,
            region="eu-west-1",
            concurrency=1,
            attempts=attempts,
            pause=0.0,
            timeout=10.0,
            home=str(home),
            **settings,
        )
        target.defs.resources["comprehend"] = service  # type: ignore[index]
        yield target


def paid(shown: dict[str, Any]) -> tuple[int, int]:
    """Units that were paid for a document's sake, and answers that were there before, as the UI shows them."""
    return shown["comprehend units"], shown["comprehend reused"]


def operations(server: ComprehendServer) -> list[tuple[str, int]]:
    return [(name.removeprefix("BatchDetect"), len(texts)) for name, texts in server.asked]


def test_passages_of_several_documents_and_languages_are_told_by_comprehend(
    server: ComprehendServer, tmp_path: Path
) -> None:
    with piped(server, tmp_path, price=0.0001) as target:
        assert enrich(target, {A: [ENGLISH, GERMAN], B: [f"{ENGLISH} More of the same.", ""]})
        rows, shown = rows_of(target, A), metadata(target, A)
        assert {row["enriched_by"] for row in rows_of(target, B).values()} == {"comprehend", "local"}
    # One request tells the languages of all, then one a language tells the rest.
    assert operations(server) == [
        ("DominantLanguage", 3),
        *[("Entities", count) for count in (2, 1)],
        *[("KeyPhrases", count) for count in (2, 1)],
    ]
    assert [rows[number]["language"] for number in (0, 1)] == ["en", "de"]
    found = {(entity["kind"], entity["value"]): entity for entity in rows[0]["entities"]}
    assert found.keys() == {
        ("person", "Angela Merkel"),
        ("place", "Berlin"),
        ("place", "Paris"),
        ("organisation", "Acme Inc."),
        ("date", "2024-01-02"),
    }
    assert all(ENGLISH[entity["start"] : entity["end"]] == entity["text"] for entity in found.values())
    assert found["person", "Angela Merkel"]["confidence"] == pytest.approx(0.9)
    assert found["date", "2024-01-02"]["confidence"] is None
    assert [entity["value"] for entity in rows[1]["entities"] if entity["kind"] == "place"] == ["Munich"]
    assert rows[0]["key_phrases"]
    assert {(row["enriched_by"], row["fallback"]) for row in rows.values()} == {("comprehend", None)}
    assert paid(shown) == (18, 0)
    assert shown["comprehend cost"] == 0.0018
    assert shown["enriched_by"] == "comprehend"


def test_no_text_is_paid_for_twice(server: ComprehendServer, tmp_path: Path) -> None:
    with piped(server, tmp_path, price=0.0001) as target:
        assert enrich(target, {A: [ENGLISH]})
        before = rows_of(target, A)
        assert enrich(target, {A: [ENGLISH]})
        assert rows_of(target, A) == before
        assert enrich(target, {B: [ENGLISH, GERMAN, GERMAN]})
        assert paid(metadata(target, A)) == (0, 3)
        assert paid(metadata(target, B)) == (9, 3)
        kept = target.part("lake").read(COMPREHEND)
    texts = [(name, text) for name, some in server.asked for text in some]
    assert len(texts) == len(set(texts)) == 6
    assert kept["units"].sum() == server.units
    assert kept["cost"].sum() == pytest.approx(server.units * 0.0001)


def test_a_run_that_loses_the_service_half_way_keeps_what_it_paid_for(server: ComprehendServer, tmp_path: Path) -> None:
    texts = [f"{ENGLISH} And this is the passage number {number}." for number in range(30)]
    server.answers_before_failing = 3
    with piped(server, tmp_path) as target:
        assert not enrich(target, {A: texts, B: ["", GERMAN]})
        assert target.states[A].failure[1].reason == "service_unavailable"  # type: ignore[index]
        assert operations(server) == [("DominantLanguage", 25), ("DominantLanguage", 6), ("Entities", 25)]
        server.answers_before_failing = None
        assert enrich(target, {A: texts, B: ["", GERMAN]})
        assert {row["enriched_by"] for row in rows_of(target, A).values()} == {"comprehend"}
    asked = [(name, text) for name, some in server.asked for text in some]
    assert len(asked) == len(set(asked)) == 3 * 31


ASKING = """
import signal
import sys
from ocr_assets.comprehend_once import ComprehendOnce
from resources.comprehend import Comprehend
from resources.lake import Lake
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background lets be ignored
root, url, concurrency, *texts = sys.argv[1:]
service = Comprehend(url=url, region="eu-west-1", concurrency=int(concurrency), home=root)
ComprehendOnce.start(Lake(root=root), service, "run", [("a" * 64, text) for text in texts])
"""


def test_a_process_that_is_killed_half_way_has_kept_what_it_paid_for(server: ComprehendServer, tmp_path: Path) -> None:
    texts = [f"{ENGLISH} And this is the passage number {number}." for number in range(30)]
    server.answers_before_hanging = 3
    with subprocess.Popen([sys.executable, "-c", ASKING, str(tmp_path / "lake"), server.url, "1", *texts]) as asking:
        assert server.hanging.wait(60)
        asking.kill()
    kept = Lake(root=str(tmp_path / "lake")).read(COMPREHEND)
    assert kept["units"].sum() == server.units
    assert kept.height == 30 + 25
    server.answers_before_hanging = None
    service = Comprehend(url=server.url, region="eu-west-1", concurrency=1, home=str(tmp_path / "lake"))
    # The request that hung may have been charged.
    assert service.ledger.spent("run").input == (server.units + sum(map(units_of, texts[25:]))) * MILLION
    once = ComprehendOnce.start(Lake(root=str(tmp_path / "lake")), service, "run", [(A, text) for text in texts])
    assert {once.said(text).by for text in texts} == {"comprehend"}
    assert once.reused[A] == 30 + 25
    asked = [(name, text) for name, some in server.asked for text in some]
    assert len(asked) == len(set(asked)) == 3 * 30


@pytest.mark.parametrize("end", ["answered", "killed"])
def test_an_interrupted_run_keeps_what_has_come_and_what_still_comes_and_counts_the_rest(
    server: ComprehendServer, tmp_path: Path, end: str
) -> None:
    texts = [f"{ENGLISH} And this is the passage number {number}." for number in range(25)]
    late = [f"{ENGLISH} This is the quorum number {number}." for number in range(5)]
    server.hangs_on = "quorum"
    home, lake = str(tmp_path / "lake"), Lake(root=str(tmp_path / "lake"))
    service = Comprehend(home=home)
    with subprocess.Popen(
        [sys.executable, "-c", ASKING, home, server.url, "2", *texts, *late], stderr=subprocess.DEVNULL
    ) as asking:
        try:
            assert server.hanging.wait(60)
            until(lambda: bool(server.asked))
            asking.send_signal(signal.SIGINT)
            until(lambda: lake.read(COMPREHEND).height == 25)  # though another request is on its way
            until(lambda: service.ledger.spent("run").unknown == 1)  # what has come is counted after it is kept
            assert asking.poll() is None
            if end == "answered":
                server.stopped.set()
                assert asking.wait(60) != 0
        finally:
            asking.kill()
    spent = service.ledger.spent("run")
    units = sum(map(units_of, [*texts, *late]))
    assert (spent.requests, spent.input, spent.unknown) == (2, units * MILLION, int(end == "killed"))
    assert lake.read(COMPREHEND).height == (30 if end == "answered" else 25)


def until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what another process does."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_error_that_nobody_thought_of_takes_no_other_requests_answers_with_it(
    server: ComprehendServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{ENGLISH} And this is the passage number {number}." for number in range(30)]
    detect = Comprehend.detect

    def once_wrong(self: Comprehend, client: Any, operation: Any, some: Any, language: Any = None) -> Any:
        if len(some) == 25:
            raise RecursionError("deeper than anybody nests")
        return detect(self, client, operation, some, language)

    monkeypatch.setattr(Comprehend, "detect", once_wrong)
    service = Comprehend(url=server.url, region="eu-west-1", concurrency=2, home=str(tmp_path))
    lake = Lake(root=str(tmp_path / "lake"))
    with pytest.raises(RecursionError):
        ComprehendOnce.start(lake, service, "run", [(A, text) for text in texts])
    assert lake.read(COMPREHEND).height == 5


@pytest.mark.parametrize("budget", ["run_budget", "day_budget"])
def test_a_spent_budget_leaves_documents_waiting_and_the_next_run_goes_on(
    server: ComprehendServer, tmp_path: Path, budget: str
) -> None:
    with piped(server, tmp_path, price=0.01, **{budget: 0.07}) as target:
        assert not enrich(target, {A: [ENGLISH], B: ["", "Short."]})  # three units for each of three questions
        failure = target.states[A].failure
        assert failure is not None
        assert failure[1].reason == "budget_spent"
        assert "AWS Comprehend" in failure[1].detail
        assert target.states[B].failure is None
        assert operations(server) == [("DominantLanguage", 1), ("Entities", 1)]
        # Another run has its own budget, but the same day.
        assert enrich(target, {A: [ENGLISH]}) is (budget == "run_budget")
    assert len(server.asked) == (3 if budget == "run_budget" else 2)


def test_what_was_refused_counts_for_no_budget(server: ComprehendServer, tmp_path: Path) -> None:
    with piped(server, tmp_path, price=0.01, day_budget=0.09) as target:
        for _ in range(3):
            server.failures = ["ThrottlingException"]
            assert not enrich(target, {A: [ENGLISH]})
        assert enrich(target, {A: [ENGLISH]})


def test_a_document_whose_passages_were_all_answered_is_not_failed_with_others(
    server: ComprehendServer, tmp_path: Path
) -> None:
    with piped(server, tmp_path) as target:
        assert enrich(target, {A: [ENGLISH]})
        server.answers_before_failing = 0
        assert not enrich(target, {A: [ENGLISH], B: [GERMAN]})
        assert (target.states[A].failure, target.states[B].failure is None) == (None, False)


@pytest.mark.parametrize(
    "failure", ["ThrottlingException", "InternalServerException", "cut", "garbage", "html", "short"]
)
def test_what_passes_is_asked_for_again(server: ComprehendServer, tmp_path: Path, failure: str) -> None:
    server.failures = [failure]
    with piped(server, tmp_path, attempts=2) as target:
        assert enrich(target, {A: [ENGLISH]})
        assert rows_of(target, A)[0]["enriched_by"] == "comprehend"
    assert server.requests == 4


@pytest.mark.parametrize("failure", ["ThrottlingException", "cut", "garbage"])
def test_what_does_not_pass_makes_the_document_wait(server: ComprehendServer, tmp_path: Path, failure: str) -> None:
    server.failures = [failure]
    with piped(server, tmp_path) as target:
        assert not enrich(target, {A: [ENGLISH]})
        state = target.states[A]
        assert state.failure is not None
        assert (state.failure[1].reason, state.failure[1].given_up) == ("service_unavailable", False)


def test_a_text_that_fails_alone_is_told_locally_and_says_why(server: ComprehendServer, tmp_path: Path) -> None:
    server.refuses, server.item_failures = "merger", ["Internal Server Error", "Unprocessable"]
    with piped(server, tmp_path, attempts=3) as target:
        assert enrich(target, {A: [ENGLISH, GERMAN]})
        rows, shown = rows_of(target, A), metadata(target, A)
    assert (rows[0]["enriched_by"], rows[1]["enriched_by"]) == ("local", "comprehend")
    assert "Unprocessable" in rows[0]["fallback"]
    assert ("person", "Angela Merkel") in [(entity["kind"], entity["value"]) for entity in rows[0]["entities"]]
    assert rows[WHOLE_DOCUMENT]["fallback"] == shown["fallback"] == f"1 of 2 passages: {rows[0]['fallback']}"
    # The first failure may pass, so it was asked about again; the second does not, and nothing else is asked about it.
    assert [name for name, texts in server.asked] == [
        "BatchDetectDominantLanguage",
        "BatchDetectDominantLanguage",
        "BatchDetectEntities",
        "BatchDetectKeyPhrases",
    ]
    assert paid(shown) == (9, 0)


def test_a_text_that_only_fails_for_a_moment_is_told_by_comprehend(server: ComprehendServer, tmp_path: Path) -> None:
    server.refuses, server.item_failures = "merger", ["Internal Server Error", ""]
    with piped(server, tmp_path, attempts=3) as target:
        assert enrich(target, {A: [ENGLISH]})
        assert rows_of(target, A)[0]["enriched_by"] == "comprehend"


def test_a_language_that_comprehend_does_not_know_is_told_locally(server: ComprehendServer, tmp_path: Path) -> None:
    with piped(server, tmp_path) as target:
        assert enrich(target, {A: [SWEDISH, ENGLISH]})
        row = rows_of(target, A)[0]
    assert (row["enriched_by"], row["language"]) == ("local", "sv")
    assert row["fallback"] == "AWS Comprehend has no entities in the language sv"
    assert [entity["value"] for entity in row["entities"]] == ["Stockholm"]


def test_a_passage_too_long_for_one_text_is_cut_and_its_entities_stand_where_they_do(
    server: ComprehendServer, tmp_path: Path
) -> None:
    long = " ".join(f"Ünïcödé and the {'ж' * 40} is in the text № {number} 😀." for number in range(120))
    text = f"{long} and then Angela Merkel was in Berlin."
    with piped(server, tmp_path) as target:
        assert enrich(target, {A: [text]})
        row = rows_of(target, A)[0]
    sent = [piece for name, texts in server.asked if name == "BatchDetectEntities" for piece in texts]
    assert len(sent) > 2
    assert "".join(sent) == text
    assert all(len(piece.encode()) <= MOST_BYTES for piece in sent)
    people = [entity for entity in row["entities"] if entity["text"] == "Angela Merkel"]
    assert [(text[e["start"] : e["end"]], e["start"]) for e in people] == [("Angela Merkel", text.index("Angela"))]


def test_a_request_refused_for_one_of_its_texts_costs_only_that_one(server: ComprehendServer, tmp_path: Path) -> None:
    server.failures = ["TextSizeLimitExceededException", None, "TextSizeLimitExceededException"]
    with piped(server, tmp_path) as target:
        assert enrich(target, {A: [ENGLISH], B: [GERMAN]})
        rows = [rows_of(target, document)[0] for document in (A, B)]
    assert [row["enriched_by"] for row in rows] == ["comprehend", "local"]
    assert "TextSizeLimitExceededException" in rows[1]["fallback"]


@pytest.mark.parametrize("failure", ["ThrottlingException", "cut", "AccessDeniedException"])
def test_half_a_request_that_was_answered_is_kept_when_the_other_half_is_not(
    server: ComprehendServer, tmp_path: Path, failure: str
) -> None:
    server.failures = ["TextSizeLimitExceededException", None, failure]
    with piped(server, tmp_path) as target:
        assert not enrich(target, {A: [ENGLISH], B: [GERMAN]})
        assert enrich(target, {A: [ENGLISH], B: [GERMAN]})
        assert rows_of(target, B)[0]["enriched_by"] == "comprehend"
    asked = [(name, text) for name, some in server.asked for text in some]
    assert len(asked) == len(set(asked)) == 6


@pytest.mark.parametrize(
    ("failure", "fix"),
    [
        ("AccessDeniedException", "comprehend:BatchDetectDominantLanguage"),
        ("ExpiredTokenException", "credentials"),
        ("UnknownOperationException", "OCR_ASSETS_COMPREHEND_URL"),
    ],
)
def test_what_the_operator_has_to_mend_is_named_and_no_document_is_blamed(
    server: ComprehendServer, tmp_path: Path, failure: str, fix: str
) -> None:
    server.failures = [failure]
    with piped(server, tmp_path) as target:
        assert not enrich(target, {A: [ENGLISH]})
        assert target.states[A].failure is None
        [run] = target.instance.get_runs()
        logged = target.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    assert fix in str([event.dagster_event and event.dagster_event.event_specific_data for event in logged])


def test_missing_credentials_are_named_with_their_fix(
    server: ComprehendServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    service = Comprehend(url=server.url, region="eu-west-1")
    [told] = service.detect(service.client(), "language", [ENGLISH])
    assert isinstance(told, UsageError)
    assert "AWS_PROFILE" in str(told)
    assert server.requests == 0


def test_an_sso_session_that_has_ended_is_the_operators_to_renew(
    server: ComprehendServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    lines = (
        "start_url = http://127.0.0.1/start",
        "region = eu-west-1",
        "account_id = 123456789012",
        "role_name = reader",
    )
    (tmp_path / "config").write_text("[profile work]\n" + "".join(f"sso_{line}\n" for line in lines))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    service = Comprehend(url=server.url, region="eu-west-1")
    [told] = service.detect(service.client(), "language", [ENGLISH])
    assert isinstance(told, UsageError)
    assert "SSO" in str(told)


def test_a_url_with_a_password_keeps_it_out_of_messages(server: ComprehendServer) -> None:
    server.failures = ["UnknownOperationException"]
    service = Comprehend(url=server.url.replace("//", "//user:hunter2hunter2@"), region="eu-west-1", attempts=1)
    [told] = service.detect(service.client(), "language", [ENGLISH])
    assert isinstance(told, UsageError | TransientFault)
    assert "hunter2" not in str(told)


def test_nothing_is_asked_where_there_is_nothing_to_ask(server: ComprehendServer, tmp_path: Path) -> None:
    with piped(server, tmp_path) as target:
        assert enrich(target, {A: [], B: ["", "12 34 56 78 90 12 34 56 78"], C: ["Berlin"]})
        assert rows_of(target, C)[0]["enriched_by"] == "local"
        assert "too short" in rows_of(target, C)[0]["fallback"]
    assert server.requests == 0


def test_forgetting_a_document_takes_the_answers_asked_for_its_sake(server: ComprehendServer, tmp_path: Path) -> None:
    with piped(server, tmp_path) as target:
        assert enrich(target, {A: [ENGLISH], B: [GERMAN]})
        lake, store = target.part("lake"), target.part("vector_store")
        forget(target.catalog, lake, target.part("blobs"), target.part("checkpoints"), store, [A])
        kept = lake.read(COMPREHEND)
    assert set(kept["document"]) == {B}
    assert "Acme" not in "".join(kept["answer"])
