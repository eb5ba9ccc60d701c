"""Telling the operator: each cause once, by every way that is set up. Nothing else waits for it or fails by it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import dagster as dg

from ocr_assets.catalog import Catalog
from ocr_assets.core.causes import DAY, Cause, Told, remembered, to_tell
from ocr_assets.core.retrying import FIRST_PAUSE, pause
from ocr_assets.errors import OcrAssetsError, in_words
from ocr_assets.run_tags import REPORTED_TAG
from resources.alerting import Channel, one_line
from resources.secrets import redact

MESSAGES_A_TICK: Final = 10
RUNS_TOLD: Final = 200
"""Of the runs that failed within a day, the latest."""
RUNS_LOOKED_AT: Final = 5_000
"""To find them among those that failed for a document's sake, and those of other collections."""
DETAIL: Final = 500  # characters of a run's error
_VARYING: Final = re.compile(r"[0-9a-f]{8,}|\d+")


@dataclass
class Memory:
    """The sensor's cursor: what was told by which way. Losing it costs one repetition of what is still wrong."""

    told: dict[str, dict[str, Told]] = field(default_factory=dict)
    failing: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> "Memory":
        """From the cursor; empty where there is none or it is another's."""
        try:
            value = json.loads(cursor or "{}")
            return cls(value.get("told", {}), value.get("failing", {}))
        except (ValueError, AttributeError):
            return cls()

    def written(self) -> str:
        """As a cursor."""
        return json.dumps({"told": self.told, "failing": self.failing})


def tell(
    causes: Sequence[Cause],
    channels: Mapping[str, Channel],
    memory: Memory,
    now: float,
    log: Any,
    title: str = "OCR Assets",
) -> list[Cause]:
    """Deliver by every channel what it has not told yet; the causes that are new to the log.

    A channel that fails is tried again later, with growing pauses. The log counts as a channel that never fails.
    """
    new = to_tell(causes, memory.told.get("log", {}), now)
    _note(memory, "log", causes, new, now)
    for cause in new:
        log.warning(redact(cause.text))
    for name, channel in channels.items():
        failed = memory.failing.get(name, {"times": 0, "until": 0.0})
        if now < failed["until"]:
            continue
        delivered: list[Cause] = []
        try:
            if channel.is_set_up():
                _deliver(channel, to_tell(causes, memory.told.get(name, {}), now)[:MESSAGES_A_TICK], delivered, title)
            memory.failing.pop(name, None)
        except Exception as error:  # noqa: BLE001 - a way to tell of trouble must not make any
            times = failed["times"] + 1
            memory.failing[name] = {"times": times, "until": now + pause(times, FIRST_PAUSE)}
            words = error if isinstance(error, OcrAssetsError) else type(error).__name__  # others may hold a secret
            log.warning(f"{name} could not deliver: {words}; it is tried again")
        _note(memory, name, causes, delivered, now)
    return new


def _deliver(channel: Channel, causes: Iterable[Cause], delivered: list[Cause], title: str) -> None:
    """Deliver these in turn; what was taken is in `delivered`, also where the next was not."""
    for cause in causes:
        channel.deliver(f"{title}: {one_line(cause.headline)}", redact(cause.text))
        delivered.append(cause)


def _note(memory: Memory, name: str, causes: Sequence[Cause], delivered: Iterable[Cause], now: float) -> None:
    told = remembered(causes, memory.told.get(name, {}), now)
    told |= {cause.key: Told(at=now, count=cause.count, seen=now) for cause in delivered}
    memory.told[name] = told


def failed_runs(catalog: Catalog, now: float) -> list[Cause]:
    """Runs that failed within a day for no document's sake, by what they said: a key, a disk, a setting."""
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=datetime.fromtimestamp(now - DAY, UTC))
    groups: dict[str, list[str]] = {}
    runs = (record.dagster_run for record in catalog.instance.get_run_records(failed, limit=RUNS_LOOKED_AT))
    for run in islice((run for run in runs if REPORTED_TAG not in run.tags and catalog.concerns(run)), RUNS_TOLD):
        message = error_of(catalog.instance, run.run_id)
        groups.setdefault(_VARYING.sub("…", message), []).append(f"run {run.run_id}: {message}")
    return [
        Cause(f"run/{sha256(words.encode()).hexdigest()[:12]}", headline(lines), len(lines), tuple(lines[:5]))
        for words, lines in groups.items()
    ]


def headline(lines: Sequence[str]) -> str:
    """Of failed runs that said the same."""
    return (
        "1 run failed, not for its documents" if len(lines) == 1 else f"{len(lines)} runs failed, all saying the same"
    )


def error_of(instance: dg.DagsterInstance, run_id: str) -> str:
    """What the run says it failed of, in a line."""
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    said = "no word"
    for record in instance.get_records_for_run(run_id, of_type=kinds, limit=5).records:
        event = record.event_log_entry.dagster_event
        error = getattr(event.event_specific_data, "error", None) if event else None
        if error is not None:
            return one_line(in_words((error.cause or error).message))[:DETAIL]
        said = one_line(event.message or said)[:DETAIL] if event else said
    return said
