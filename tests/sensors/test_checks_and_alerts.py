"""The standing checks as events, what an operator is told by real servers, and copies of what was given up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from ocr_assets.arrivals import register
from ocr_assets.catalog import Catalog
from ocr_assets.core.causes import DAY
from ocr_assets.core.identity import document_id
from ocr_assets.forgetting import forget
from resources.secrets import secret
from sensors.alerts import RUNS_TOLD, Memory, failed_runs
from tests.pipeline import Pipeline, pdf, pipeline
from tests.sensors.test_unfinished_documents import arrive, fail
from tests.services.mail_server import MailServer
from tests.services.webhook_server import WebhookServer


@dataclass
class Watched:
    """A pipeline whose operator has mail and a webhook; `tick` keeps the cursor, as the daemon does."""

    pipeline: Pipeline
    mail: MailServer
    webhook: WebhookServer
    cursor: str | None = None
    events: list[Any] = field(default_factory=list)

    def tick(self) -> None:
        result = self.pipeline.evaluate("checks_and_alerts", self.cursor)
        self.cursor, self.events = result.cursor, list(result.asset_events)

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.mail.messages]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    with MailServer().running() as mail, WebhookServer().running() as webhook:
        monkeypatch.setenv("OCR_ASSETS_ALERT_WEBHOOK", webhook.base_url)
        to = {"alert_email": "operator@example.org", "alert_smtp_port": mail.port}
        with pipeline(tmp_path / "home", **to) as watched:
            yield Watched(watched, mail, webhook)


def given_up(target: Pipeline, count: int, reason: str = "corrupt") -> list[str]:
    documents = [document_id(f"{reason} {number}".encode()) for number in range(count)]
    register(target.catalog, documents)
    for document in documents:
        fail(target, document, "raw_pdfs", reason, permanent=True)
    return documents


def test_many_documents_that_fail_for_the_same_reason_are_one_message_and_that_once(watched: Watched) -> None:
    given_up(watched.pipeline, 40)
    watched.tick()
    watched.tick()
    assert watched.subjects == ["OCR Assets: 40 given up in raw_pdfs: corrupt"]
    (text,) = watched.webhook.texts
    assert "40 given up in raw_pdfs: corrupt" in text
    assert "… and 35 more" in text


def test_another_reason_is_another_message(watched: Watched) -> None:
    given_up(watched.pipeline, 2)
    watched.tick()
    given_up(watched.pipeline, 1, "no_pages")
    watched.tick()
    assert len(watched.subjects) == 2
    assert "1 given up in raw_pdfs: no_pages" in watched.subjects[1]


def test_the_loss_of_the_cursor_costs_one_repetition(watched: Watched) -> None:
    given_up(watched.pipeline, 1)
    watched.tick()
    watched.cursor = None
    watched.tick()
    watched.tick()
    assert len(watched.subjects) == 2


@pytest.mark.parametrize("cursor", ["not ours", "[]", "{}", '{"told": {}}', "null"])
def test_a_cursor_that_is_not_ours_counts_as_none(cursor: str) -> None:
    assert Memory.read(cursor) == Memory()


def test_a_message_that_was_not_taken_is_sent_again_and_the_other_way_does_not_wait(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up(watched.pipeline, 1)
    watched.webhook.answers += [500]
    watched.tick()
    assert (len(watched.mail.messages), len(watched.webhook.texts)) == (1, 0)
    watched.tick()  # too soon
    assert watched.webhook.texts == []
    memory = Memory.read(watched.cursor)
    memory.failing["webhook"]["until"] = 0.0
    watched.cursor = memory.written()
    watched.tick()
    assert (len(watched.mail.messages), len(watched.webhook.texts)) == (1, 1)
    assert "failing" in json.loads(watched.cursor or "")
    assert Memory.read(watched.cursor).failing == {}


def test_with_no_server_there_the_checks_are_still_evaluated(watched: Watched, tmp_path: Path) -> None:
    given_up(watched.pipeline, 1)
    with pipeline(tmp_path / "home", alert_email="operator@example.org", alert_smtp_port=1) as alone:
        lonely = Watched(Pipeline(alone.defs, watched.pipeline.instance), watched.mail, watched.webhook)
        lonely.tick()
    assert {event.check_name: event.passed for event in lonely.events}["nothing_given_up"] is False
    assert watched.mail.messages == []


def test_secrets_that_cannot_be_read_keep_no_mail_from_going(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCR_ASSETS_ALERT_WEBHOOK")
    monkeypatch.setenv("OCR_ASSETS_SECRETS", "nowhere")
    given_up(watched.pipeline, 1)
    watched.tick()
    assert len(watched.mail.messages) == 1
    assert set(Memory.read(watched.cursor).failing) == {"webhook"}


def test_a_secret_in_what_a_run_said_goes_into_no_message(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_ASSETS_ALERT_SMTP_PASSWORD", "unlikely-guess-61")
    assert secret("OCR_ASSETS_ALERT_SMTP_PASSWORD")
    fail_run(watched.pipeline.instance, "login with unlikely-guess-61 was refused")
    watched.tick()
    (message,) = watched.mail.messages
    assert "login with [secret] was refused" in message.get_content()
    assert "login with [secret] was refused" in watched.webhook.texts[0]


def test_every_check_is_reported_at_every_tick(watched: Watched) -> None:
    given_up(watched.pipeline, 1)
    watched.tick()
    found = {event.check_name: event.passed for event in watched.events}
    assert found == {
        "nothing_given_up": False,
        "nothing_overdue": True,
        "read_with_confidence": True,
        "every_page_read": True,
        "every_word_covered": True,
        "fields_are_sound": True,
        "rules_hold": True,
    }


def fail_run(instance: dg.DagsterInstance, message: str, **tags: str) -> None:
    run = create_run_for_test(instance, tags=tags, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(run, message)


def test_runs_that_fail_of_the_same_are_one_message(watched: Watched) -> None:
    instance = watched.pipeline.instance
    for number in range(7):
        fail_run(instance, f"the key of endpoint {number} is not accepted")
    fail_run(instance, "the disk is full")
    fail_run(instance, "documents failed", **{"ocr_assets/reported": "true"})
    watched.tick()
    assert sorted(watched.subjects) == [
        "OCR Assets: 1 run failed, not for its documents",
        "OCR Assets: 7 runs failed, all saying the same",
    ]
    fail_run(instance, "the key of endpoint 99 is not accepted")
    watched.tick()
    assert len(watched.subjects) == 2


def test_many_runs_that_failed_for_their_documents_hide_none_that_did_not(watched: Watched) -> None:
    instance = watched.pipeline.instance
    fail_run(instance, "the disk is full")
    for _ in range(RUNS_TOLD):
        fail_run(instance, "documents failed", **{"ocr_assets/reported": "true"})
    watched.tick()
    assert watched.subjects == ["OCR Assets: 1 run failed, not for its documents"]


def test_a_run_is_told_of_for_a_day_so_that_a_message_that_was_not_taken_can_be_sent_again(watched: Watched) -> None:
    instance = watched.pipeline.instance
    fail_run(instance, "the disk is full")
    (record,) = instance.get_run_records()
    ended = record.end_time or 0.0
    assert [cause.count for cause in failed_runs(Catalog(instance), ended + DAY - 60)] == [1]
    assert failed_runs(Catalog(instance), ended + DAY + 60) == []
    watched.webhook.answers += [500]
    watched.tick()
    memory = Memory.read(watched.cursor)
    memory.failing["webhook"]["until"] = 0.0
    watched.cursor = memory.written()
    watched.tick()
    assert (len(watched.mail.messages), len(watched.webhook.texts)) == (1, 1)


def test_the_secret_of_the_webhook_is_in_no_log_and_no_cursor(
    watched: Watched, capfd: pytest.CaptureFixture[str]
) -> None:
    given_up(watched.pipeline, 1)
    watched.webhook.answers += [404]
    watched.tick()
    told = capfd.readouterr()
    assert "the webhook answered 404" in told.err + told.out
    assert "secret-9f2e" not in told.err + told.out + str(watched.cursor)


def test_a_document_that_is_given_up_is_copied_and_released_when_it_is_not_any_more(
    watched: Watched, tmp_path: Path
) -> None:
    target = watched.pipeline
    content = pdf("to look at")
    stored, lost = arrive(target, tmp_path / "in", content, b"nobody has it")
    target.part("blobs").put(stored, content)
    for document in (stored, lost):
        fail(target, document, "raw_pdfs", "corrupt", permanent=True)
    watched.tick()
    quarantine = target.part("quarantine")
    assert quarantine.names() == {stored, lost}
    why = quarantine.why(stored)
    assert (why["reason"], why["attempts"], why["file"]) == ("corrupt", 1, "0.pdf")
    assert (Path(quarantine.root) / stored / "0.pdf").read_bytes() == content
    assert quarantine.why(lost)["file"] is None
    target.settle(stored, "raw_pdfs")
    watched.tick()
    assert quarantine.names() == {lost}


def test_forgetting_a_document_takes_its_copy_too(watched: Watched, tmp_path: Path) -> None:
    target = watched.pipeline
    first, second = arrive(target, tmp_path / "in", b"first", b"second")
    for document in (first, second):
        target.part("blobs").put(document, b"first" if document == first else b"second")
        fail(target, document, "raw_pdfs", "corrupt", permanent=True)
    watched.tick()
    quarantine = target.part("quarantine")
    parts = [target.part(name) for name in ("lake", "blobs", "checkpoints", "vector_store")]
    forget(target.catalog, *parts, [first], quarantine)
    assert quarantine.names() == {second}
    forget(target.catalog, *parts, [second])  # as if the copy had been written just after
    watched.tick()
    assert quarantine.names() == set()


def test_cases_of_files_that_were_never_registered_are_left_alone(watched: Watched) -> None:
    quarantine = watched.pipeline.part("quarantine")
    quarantine.keep("refused", sources=["file:///a.exe"], reason="not_a_document", detail="", attempts=1, data=None)
    watched.tick()
    assert quarantine.names() == {"refused"}


def test_a_quarantine_that_cannot_be_written_keeps_no_message_from_going(watched: Watched, tmp_path: Path) -> None:
    given_up(watched.pipeline, 1)
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "quarantine").write_text("a file where a folder should be")
    watched.tick()
    assert len(watched.subjects) == 1
