"""`run` and `reprocess`: documents through the stages in this process, batch by batch, until nothing is left to do."""

import logging
from collections.abc import Mapping, Sequence

from ocr_assets.cli.session import Session
from ocr_assets.contracts import overall
from ocr_assets.core.continuation import DocumentState, Launch, plan_launches
from ocr_assets.core.stages import STAGES, UPSTREAM
from ocr_assets.errors import OcrAssetsError, UsageError
from ocr_assets.instance import execute
from ocr_assets.pipeline_state import in_flight, load_states
from ocr_assets.run_tags import CONTINUATION, bury_dead_runs
from sensors.quarantined import keep_copies

logger = logging.getLogger(__name__)


def parse_stages(listed: str | None) -> tuple[str, ...]:
    """The stages of a comma-separated list, in their own order; all of them for None. Raises UsageError."""
    if listed is None:
        return STAGES
    named = {name.strip() for name in listed.split(",")}
    if unknown := sorted(named - set(STAGES)):
        raise UsageError(f"no stage {unknown[0]!r}; the stages are {', '.join(STAGES)}")
    return tuple(stage for stage in STAGES if stage in named)


def reprocessed(session: Session, names: Sequence[str], first: str | None, failed: bool) -> dict[str, str]:
    """Where each document to reprocess begins: at `first`, or with `failed` at the stage it failed in."""
    if failed and first is not None:
        raise UsageError("--failed begins where each document failed; leave --from out")
    first = STAGES[0] if first is None else first
    if first not in STAGES:
        raise UsageError(f"no stage {first!r}; the stages are {', '.join(STAGES)}")
    if not names and not failed:
        raise UsageError("name the documents to reprocess, or give --failed for all that failed")
    documents = session.find_all(names) if names else session.documents
    if not failed:
        return dict.fromkeys(documents, first)
    states = load_states(session.catalog, session.lake, documents)
    return {document: found[0] for document in documents if (found := states[document].failure)}


def unfinished(session: Session, upgrade: bool = False) -> tuple[str, ...]:
    """Every registered document that is not done, those that failed included."""
    states = load_states(session.catalog, session.lake, session.documents, code_versions(session, upgrade))
    return tuple(document for document in session.documents if overall(states[document]) != "done")


def code_versions(session: Session, upgrade: bool) -> dict[str, str] | None:
    """The code version of each stage as it is now, for an upgrade; else None."""
    if not upgrade:
        return None
    specs = session.defs.resolve_all_asset_specs()
    ours = [spec for spec in specs if session.collection.holds(spec.key.path)]
    return {spec.key.path[-1]: spec.code_version for spec in ours if spec.code_version}


def continue_documents(
    session: Session,
    documents: Sequence[str],
    batch_size: int,
    stages: Sequence[str] = STAGES,
    upgrade: bool = False,
) -> None:
    """Run what is missing or stale of these documents, within `stages`; documents given up are left alone.

    With `upgrade`, what other code or settings made counts as stale. A document that fails is not tried again by the
    same call. The others of its batch go on without it.
    """
    versions = code_versions(session, upgrade)
    order = session.documents
    bury_dead_runs(session.catalog)
    tried: set[str] = set()
    while True:
        busy = in_flight(session.catalog, order)
        left = [document for document in documents if document not in tried and document not in busy]
        states = load_states(session.catalog, session.lake, left, versions)
        first = {document: stage for document in left if (stage := next_within(states[document], stages))}
        launches = plan_launches(order, first, batch_size)
        if not launches:
            break
        for launch in launches:
            _execute(session, launch, stages, CONTINUATION)
        after = load_states(session.catalog, session.lake, first, versions)
        tried |= {document for document, stage in first.items() if next_within(after[document], stages) == stage}
        tried |= {document for document in first if after[document].failure}
    copy_given_up(session, documents)


def copy_given_up(session: Session, documents: Sequence[str]) -> None:
    """Bring the quarantine up to date for these documents; where that cannot be done, nothing else fails for it."""
    states = load_states(session.catalog, session.lake, documents)
    try:
        while any(keep_copies(session.lake, session.blobs, session.part("quarantine"), states, logger)):
            pass
    except (OcrAssetsError, OSError) as error:
        logger.warning("copies of what was given up are not complete: %s", error)


def reprocess(session: Session, first: Mapping[str, str], batch_size: int) -> None:
    """Run each document from its stage in `first` through the last anew, whatever it has and however it failed."""
    bury_dead_runs(session.catalog)
    for launch in plan_launches(session.documents, first, batch_size):
        _execute(session, launch, STAGES, {})
    states = load_states(session.catalog, session.lake, first)
    continue_documents(session, [document for document in first if not states[document].failure], batch_size)


def next_within(state: DocumentState, stages: Sequence[str]) -> str | None:
    """The first of these stages to run: not done, not given up, and with what it reads done."""
    for stage in STAGES:
        if stage not in stages:
            continue
        status = state.status(stage)
        if status == "done":
            continue
        ready = all(state.status(upstream) == "done" for upstream in UPSTREAM[stage])
        return stage if ready and status != "given_up" else None
    return None


def _execute(session: Session, launch: Launch, stages: Sequence[str], tags: Mapping[str, str]) -> None:
    """Run the wanted stages of the launch."""
    wanted = tuple(stage for stage in launch.stages if stage in stages)
    execute(session.job, session.catalog, Launch(launch.documents, wanted), tags)
