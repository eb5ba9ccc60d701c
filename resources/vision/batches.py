"""Questions that can wait, by OpenAI's Batch API: half the price, an answer within a day.

Asked in a batch, a page has no answer yet: its document waits (`answer_pending`), and a later run finds the answer
among those that were paid for. The ledger says what is in which batch, so that a restart loses nothing: rows of a
process that was killed before it sent them are asked again, a batch that it had just created is found by its metadata.
"""

import fcntl
import io
import json
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault, UsageError
from resources.checkpoints import Checkpoints
from resources.exclusive import in_turn
from resources.vision.answers import Answer, PaidAnswers
from resources.vision.batch_files import answered, completion, end_of, parts
from resources.vision.client import Client, RejectedError, where_of
from resources.vision.ledger import Question, Usage
from resources.vision.replies import answer_of

if TYPE_CHECKING:
    import sqlite3

    from openai.types import Batch

TRIES: Final = 3
"""Batches in which a request may fail before it counts as rejected."""
SPOOL: Final = "spool:"
ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})
METADATA: Final = "ocr_assets"


@dataclass
class BatchSender:
    """Takes questions to one endpoint in batches, at `share` of the price. Safe between threads.

    `folder` keeps the locks by which processes know of each other.
    """

    client: Client
    url: str | None
    checkpoints: Checkpoints
    folder: Path
    share: float
    _name: str = field(default_factory=lambda: f"{SPOOL}{uuid.uuid4().hex}")
    _lines: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: int | None = None

    def ask(self, question: Question, request: dict[str, Any], expected: Usage) -> Answer:
        """Put it into the next batch. Raises in any case: TransientFault or RejectedError."""
        ledger = self.client.ledger
        with self._lock:
            rows = ledger.rows("document = ? AND page = ? AND key = ? AND batch IS NOT NULL", *question[2:])
            if sum(row["state"] in ("refused", "unknown") for row in rows) >= TRIES:
                raise RejectedError("it failed in every batch")
            if not any(row["state"] == "open" for row in rows):
                self._hold()
                number = ledger.enter(question, expected, self.share, self._name)
                line = {"custom_id": str(number), "method": "POST", "url": "/v1/chat/completions", "body": request}
                self._lines.append(json.dumps(line))
        raise TransientFault("answer_pending", "its question to the vision model is in a batch; the answer comes later")

    def waits(self, stage: str, document: str) -> None:
        """Raise the fault of a document with questions in a batch that has not ended."""
        found = self.client.ledger.rows(
            "document = ? AND state = 'open' AND batch IS NOT NULL AND stage = ?", document, stage
        )
        if found:
            told = (
                f"{len(found)} questions to the vision model are in the batch {found[0]['batch']}; answers come later"
            )
            raise TransientFault("answer_pending", told)

    def collect(self) -> None:
        """Take in the answers of batches that have ended; what failed there is open to be asked again.

        A service that is away is asked by the next run: documents wait in any case.
        """
        import openai

        with in_turn(self.folder / "batches.lock"), self._heeded():
            self._find_lost()
            open_rows = self.client.ledger.rows("state = 'open' AND batch IS NOT NULL")
            for name in sorted({row["batch"] for row in open_rows if not row["batch"].startswith(SPOOL)}):
                rows = [row for row in open_rows if row["batch"] == name]
                try:
                    batch = self.client.client(self.url).batches.retrieve(name)
                except openai.NotFoundError:
                    self._close(rows, "unknown")
                    continue
                if batch.status in ENDED:
                    self._take_in(batch, rows)

    def submit(self) -> None:
        """Send what was asked for since, as batches. What cannot be sent now is asked anew by the next run."""
        with self._lock, in_turn(self.folder / "batches.lock"), self._heeded():
            lines, self._lines = self._lines, []
            for part in parts(lines):
                self._send(part)

    def close(self) -> None:
        """Send what is left, end all connections, and let others know that this process sends no more."""
        try:
            self.submit()
        finally:
            self.client.close()
            if self._held is not None:
                os.close(self._held)
                (self.folder / self._name.removeprefix(SPOOL)).unlink(missing_ok=True)
                self._held = None

    @contextmanager
    def _heeded(self) -> Iterator[None]:
        """What the settings are to blame for is a UsageError; a service that is away is nothing to complain of."""
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            if error.status_code < 500 and error.status_code not in (408, 409, 429):
                told = f"{where_of(self.url)} answered {error.status_code} to its Batch API: check the key in "
                raise UsageError(f"{told}{self.client.key_variable}, or set OCR_ASSETS_VISION_MODE=now") from None
        except openai.APIError:
            pass

    def _send(self, lines: list[str]) -> None:
        client, mark = self.client.client(self.url), uuid.uuid4().hex
        numbers = [int(json.loads(line)["custom_id"]) for line in lines]
        self._rename(numbers, f"{self._name}/{mark}")
        data = io.BytesIO("\n".join(lines).encode())
        file = client.files.create(file=(f"{mark}.jsonl", data), purpose="batch")
        batch = client.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            metadata={METADATA: mark},
        )
        self._rename(numbers, batch.id)

    def _find_lost(self) -> None:
        """What processes that are no more have left: batches they had created, and questions they had not sent."""
        rows = self.client.ledger.rows("state = 'open' AND batch LIKE ?", f"{SPOOL}%")
        lost = [row for row in rows if not self._is_alive(row["batch"])]
        if not lost:
            return
        known = {
            (batch.metadata or {}).get(METADATA): batch.id for batch in self.client.client(self.url).batches.list()
        }
        for row in lost:
            mark = row["batch"].partition("/")[2]
            if mark and mark in known:
                self._rename([row["id"]], known[mark])
            else:
                self._close([row], "unsent")

    def _take_in(self, batch: "Batch", rows: "list[sqlite3.Row]") -> None:
        """Idempotent: killed half-way, it is done again, and rows that are closed stay as they are."""
        answers: dict[int, Mapping[str, Any]] = {}
        is_whole = True
        for file in (batch.output_file_id, batch.error_file_id):
            if file:
                for line in self.client.client(self.url).files.content(file).text.splitlines():
                    found = answered(line)
                    answers, is_whole = answers | found, is_whole and bool(found)
        stages = {row["stage"]: PaidAnswers(self.checkpoints, row["stage"]) for row in rows}
        for row in rows:
            reply = completion(answers.get(row["id"], {}))
            try:
                answer = answer_of(reply, Usage(row["input"], row["output"]), 0.0) if reply is not None else None
            except (ValueError, TypeError, AttributeError, IndexError):
                answer = None
            if answer is None:
                self._close([row], end_of(batch, answers.get(row["id"]), is_whole))
                continue
            usage = Usage(answer.input_tokens, answer.output_tokens)
            cost = self.share * self.client.ledger.cost(usage)
            paid = Answer(answer.text, answer.finish, answer.refusal, *usage, cost, 0.0)
            stages[row["stage"]].put(row["document"], row["page"], row["key"], paid)
            self.client.ledger.close(row["id"], "answered", usage, where_of(self.url), self.share)

    def _close(self, rows: "list[sqlite3.Row]", state: str) -> None:
        """Without an answer that can be read; where nothing is known of the end, the estimate stays."""
        usage = None if state == "unknown" else Usage(0, 0)
        for row in rows:
            self.client.ledger.close(row["id"], state, usage, where_of(self.url))

    def _rename(self, numbers: list[int], batch: str) -> None:
        self.client.ledger.move(numbers, batch)

    def _hold(self) -> None:
        """Show that the questions of this process are not lost, for as long as it lives."""
        if self._held is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._held = os.open(self.folder / self._name.removeprefix(SPOOL), os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._held, fcntl.LOCK_EX)

    def _is_alive(self, batch: str) -> bool:
        path = self.folder / batch.removeprefix(SPOOL).partition("/")[0]
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False
