"""The audit after a run under faults: what became of every object, and whether rows are as of an undisturbed run."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import polars as pl

from bench.fault_files import Waves
from ocr_assets.cli import running
from ocr_assets.cli.session import Session
from ocr_assets.core.continuation import DocumentState
from ocr_assets.holdings import Holdings
from ocr_assets.instance import open_instance
from ocr_assets.pipeline_state import in_flight, load_states, registered
from ocr_assets.schemas import ARRIVALS, STAGE_TABLES
from ocr_assets.settings import Settings
from resources.sources import Sources
from tests.many_writers import passages
from tests.pipeline import Pipeline

UNEQUAL = {
    "raw_pdfs": ["sources"],
    "ocr_text": ["seconds"],
    "embeddings": ["vector"],
    "vectors": ["vector", "names", "terms"],
}
"""Columns that differ from run to run: places and what is made of the files' names, seconds, and vectors in their last
digits."""


@dataclass
class Audit:
    """How many objects and documents came to what, and everything that is not as it should be."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def check(self, right: bool, problem: str) -> None:
        if not right:
            self.problems.append(problem)


def is_at_rest(session: Session, wanted: Mapping[str, bytes], bucket: str) -> bool:
    """Whether every object was seen as it is now, and no document has anything left to do."""
    seen = Holdings.read(session.lake).at
    hashes = {f"s3://{bucket}/{key}": sha256(data).hexdigest() for key, data in wanted.items()}
    if any(uri not in seen or seen[uri].document not in ("", document) for uri, document in hashes.items()):
        return False
    order = registered(session.catalog)
    if in_flight(session.catalog, order):
        return False
    return all(state.next_stage is None for state in load_states(session.catalog, session.lake, order).values())


def audit(session: Session, waves: Waves, bucket: str) -> Audit:
    """Of every object what became of it, of every document that it is done or why not, of every row that it is one."""
    found = Audit()
    order = registered(session.catalog)
    states = load_states(session.catalog, session.lake, order)
    found.check(len(order) == len(set(order)), "a document is registered twice")
    found.check(not set(order) - set(waves.contents), "a document is registered that never lay in the bucket")
    holdings, seen = Holdings.read(session.lake), set[str]()
    reasons = dict(session.lake.read(ARRIVALS).sort("seen_at").select("source", "reason").iter_rows())
    listed = {file.uri: file for file in Sources().list(f"s3://{bucket}/", every=True)}
    found.check(len(listed) == len(waves.final), f"{len(listed)} objects lie in the bucket, not {len(waves.final)}")
    for key, data in waves.final.items():
        uri, document = f"s3://{bucket}/{key}", sha256(data).hexdigest()
        held = holdings.at.get(uri)
        if held is None or not holdings.knows(listed[uri]):
            found.problems.append(f"{key} was not seen as it is now")
        elif held.state == "refused":
            found.check(bool(reasons[uri]), f"{key} was refused without a reason")
            found.counts["objects refused, with reason"] += 1
        elif held.document != document or document not in states:
            found.problems.append(f"{key} is not the document that it holds")
        elif document in seen:
            found.counts["objects that are duplicates"] += 1
        else:
            seen.add(document)
            found.counts[f"objects whose document is {outcome(states[document])}"] += 1
    ended = set(holdings.ended())
    found.check(set(order) - seen <= ended, "a document has no source and was not superseded")
    found.counts["documents superseded"] += len(set(order) & ended)
    for document, state in states.items():
        found.check(state.next_stage is None, f"{document} is not finished: {state.next_stage} {state.failure}")
    for name, frame in held_rows(session).items():
        ids = [column for column in ("document", ordinal(name)) if column]
        found.check(not frame.select(ids).is_duplicated().any(), f"rows of {name} are doubled")
        found.check(not set(frame["document"]) - set(order), f"{name} has rows of unknown documents")
    return found


def compare(found: Audit, session: Session, reference: Session) -> None:
    """Every document of the session must have come to what it came to in the reference, row by row."""
    order = registered(session.catalog)
    states = load_states(session.catalog, session.lake, order)
    others = load_states(reference.catalog, reference.lake, order)
    same = [document for document in order if outcome(states[document]) == outcome(others[document])]
    # What was rewritten before it was fetched can never be had again.
    lost = {d for d in Holdings.read(session.lake).ended() if "source_" in outcome(states.get(d, DocumentState()))}
    for document in sorted(set(order) - set(same) - lost):
        found.problems.append(
            f"{document} is {outcome(states[document])}, undisturbed it is {outcome(others[document])}"
        )
    expected = held_rows(reference)
    rows = 0
    for name, frame in held_rows(session).items():
        ids = [column for column in ("document", ordinal(name)) if column]
        ours, theirs = (
            each.filter(pl.col("document").is_in(same)).drop(UNEQUAL.get(name, [])).sort(ids)
            for each in (frame, expected[name])
        )
        if not ours.equals(theirs):
            found.problems.append(f"{name} is not as an undisturbed run makes it: {difference(ours, theirs)}")
        rows += ours.height
    found.counts["documents as of an undisturbed run"] += len(same)
    found.counts["rows as of an undisturbed run"] += rows


def difference(ours: pl.DataFrame, theirs: pl.DataFrame) -> str:
    if ours.height != theirs.height:
        return f"{ours.height} rows instead of {theirs.height}"
    unlike = [name for name in ours.columns if not ours[name].equals(theirs[name], null_equal=True)]
    documents = {
        ours["document"][row]
        for name in unlike
        for row in range(ours.height)
        if ours[name][row] is not theirs[name][row] and str(ours[name][row]) != str(theirs[name][row])
    }
    return f"columns {unlike} of {sorted(documents)[:5]}"


def outcome(state: DocumentState) -> str:
    """What became of a document, in words."""
    if state.failure is None:
        return "done" if state.next_stage is None else f"unfinished at {state.next_stage}"
    stage, failure = state.failure
    return f"{'given up' if failure.given_up else 'failed'} in {stage}: {failure.reason}"


def ordinal(name: str) -> str | None:
    """What tells the rows of a document apart."""
    return "id" if name == "vectors" else next(table.ordinal for table in STAGE_TABLES if table.name == name)


def held_rows(session: Session) -> dict[str, pl.DataFrame]:
    """Every row of every stage."""
    frames = {table.name: session.lake.read(table) for table in STAGE_TABLES}
    return frames | {"vectors": passages(session.settings.root)}


def undisturbed(home: Path, waves: Waves) -> Session:
    """A session over the same contents, taken through all stages in one process without faults."""
    folder = home.with_name(f"{home.name}-files")
    folder.mkdir()
    for name, data in waves.contents.items():
        (folder / name).write_bytes(data)
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(home, folder))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("the undisturbed run did not come to an end; see above")
    return _session(home, folder)


def _session(home: Path, folder: Path) -> Session:
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    session = Session(Settings(home=str(home), sources=str(folder), workers=1, _env_file=None))
    session.instance = open_instance(home, session.settings.root)  # while DAGSTER_HOME names it
    return session


def _run(home: Path, folder: Path) -> None:
    session = _session(home, folder)
    Pipeline(session.defs, session.instance).evaluate("s3_arrivals")
    for _ in range(session.settings.attempts):
        running.continue_documents(session, registered(session.catalog), 64)
