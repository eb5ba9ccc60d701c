"""Settling: how a batch's results are written and reported. The one place that does it, for every stage.

The rows of the good documents go to the lake in one commit. Each good document gets its own materialization. Each
failed one gets an observation with the reason, and the stage then raises `dg.Failure`, so that Dagster shows exactly
those partitions as failed.
"""

import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.definitions.data_version import CODE_VERSION_TAG, DATA_VERSION_TAG
from dagster._core.storage.tags import ROOT_RUN_ID_TAG

from ocr_assets.catalog import Catalog
from ocr_assets.core.retrying import tally
from ocr_assets.core.stages import UPSTREAM
from ocr_assets.errors import DocumentFault, TransientFault, UsageError
from ocr_assets.failures import observation, open_failures
from ocr_assets.partitions import ATTEMPTS_KEY, FREE_MB_KEY, MAX_ATTEMPTS
from ocr_assets.progress import advance
from ocr_assets.run_tags import CONTINUES_TAG, tag_reported, tag_stage
from ocr_assets.schemas import TABLES, Table
from resources.blobs import Blobs
from resources.disk_room import too_little_room
from resources.faults import fault_of
from resources.lake import Lake
from resources.secrets import redact

if TYPE_CHECKING:
    import polars as pl

Rows = Sequence[Mapping[str, Any]]
LISTED_FAILURES = 20
"""Failures named in the run's error; all of them are observations of their partitions."""


@dataclass
class Batch:
    """The documents of one stage's run and what became of them.

    `documents` are those whose upstream rows are there; the others failed already, as `upstream_missing`.
    """

    context: dg.AssetExecutionContext
    lake: Lake
    table: Table | None
    documents: tuple[str, ...]
    frames: "dict[str, pl.DataFrame]" = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, DocumentFault] = field(default_factory=dict)
    is_written: bool = False

    @classmethod
    def start(cls, context: dg.AssetExecutionContext, lake: Lake, table: Table | None) -> "Batch":
        """The batch of this run: its partitions, less those that the stage before has not settled.

        Raises UsageError where a disk has too little room left: a stage that fills it could not even say so.
        """
        batch = cls(context, lake, table, ())
        tag_stage(context.instance, context.run, context.asset_key)
        least = int(context.assets_def.metadata_by_key[context.asset_key].get(FREE_MB_KEY, 0))
        if told := too_little_room((lake.root, context.instance.root_directory), least):
            raise UsageError(told)
        heed_interrupts()
        context.set_data_version(context.asset_key, dg.DataVersion(batch.data_version))
        keys = list(context.partition_keys)
        ready = set(keys)
        for upstream in UPSTREAM[batch.stage]:
            missing = ready - lake.documents(TABLES[upstream], ready)
            ready -= missing
            detail = f"{upstream} has nothing for this document; materialize it first"
            batch.faults |= {key: TransientFault("upstream_missing", detail) for key in missing}
        batch.documents = tuple(key for key in keys if key in ready)
        return batch

    @property
    def stage(self) -> str:
        """Name of the asset, in whatever collection."""
        return str(self.context.asset_key.path[-1])

    @property
    def checkpoint_stage(self) -> str:
        """Under which checkpoints are kept: the stage as its code and settings are now."""
        return f"{self.stage}-{_code_version(self.context)}"

    @property
    def data_version(self) -> str:
        """Code version and run: Dagster tells the data versions of all partitions at once, not the code's."""
        return f"{_code_version(self.context)}/{self.context.run.run_id[:8]}"

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return str(self.context.run.run_id)

    @property
    def settled(self) -> list[str]:
        """The documents that were written."""
        return [document for document in self.metadata if self.is_written]

    @property
    def continues(self) -> bool:
        """Whether the run takes up pages that earlier ones have left: as a continuation, or as Dagster's retry."""
        return not {CONTINUES_TAG, ROOT_RUN_ID_TAG}.isdisjoint(self.context.run.tags)

    def frame(self, rows: Rows) -> "pl.DataFrame":
        """Rows as a frame of the stage's table."""
        if self.table is None:
            raise ValueError(f"{self.stage} has no table")
        return self.lake.frame(self.table, rows)

    def done(self, document: str, rows: "Rows | pl.DataFrame", metadata: Mapping[str, Any]) -> None:
        """This document went well. `metadata` is shown on its materialization, beside the row count."""
        if self.table is not None:
            self.frames[document] = self.frame(rows) if isinstance(rows, Sequence) else rows
        self.metadata[document] = {"dagster/partition_row_count": len(rows), **metadata}
        self._advance()

    def failed(self, document: str, fault: DocumentFault) -> None:
        """This document cannot be settled; the others are not affected."""
        self.faults[document] = fault
        self._advance()

    def each(self, function: "Callable[[str], tuple[Rows | pl.DataFrame, Mapping[str, Any]]]") -> None:
        """Call `function` for every document that is not decided yet; its rows and metadata settle that document."""
        for document in self.undecided():
            with self.guard(document):
                self.done(document, *function(document))

    def undecided(self) -> Iterator[str]:
        """Documents that are neither done nor failed, in order."""
        return (d for d in self.documents if d not in self.metadata and d not in self.faults)

    def guard(self, document: str) -> "_Guard":
        """A context in which whatever is raised fails this document alone."""
        return _Guard(self, document)

    @contextmanager
    def local_files(self, blobs: Blobs) -> Iterator[dict[str, str]]:
        """The files of the undecided documents as local paths; one that cannot be had fails its document alone."""
        paths: dict[str, str] = {}
        with ExitStack() as stack:
            for document in list(self.undecided()):
                with self.guard(document):
                    paths[document] = stack.enter_context(blobs.local_file(document))
            yield paths

    def settle(self) -> None:
        """Write the good documents in one commit, report every document, and raise if any failed."""
        self.write()
        self.report()

    def write(self) -> None:
        """Write the good documents in one commit."""
        import polars as pl

        if self.table is not None and self.frames:
            self.lake.replace(self.table, list(self.frames), pl.concat(self.frames.values()))
        self.is_written = True

    def report(self) -> None:
        """Report every document to Dagster, and raise if any failed."""
        good = [document for document in self.documents if document in self.metadata]
        if not self.faults:
            _attach_metadata(self.context, self.metadata)
            return
        # Failures first: the last word of a batch in which anything went well is that the stage works.
        self._observe(served_others=bool(good))
        tags = {DATA_VERSION_TAG: self.data_version, CODE_VERSION_TAG: _code_version(self.context)}
        for document in good:
            self.context.log_event(
                dg.AssetMaterialization(
                    self.context.asset_key, partition=document, metadata=self.metadata[document], tags=tags
                )
            )
        tag_reported(self.context.instance, self.context.run)
        raise self._failure(len(good))

    def _observe(self, served_others: bool) -> None:
        instance, key = self.context.instance, self.context.asset_key
        settled = instance.event_log_storage.get_latest_storage_id_by_partition(
            key, dg.DagsterEventType.ASSET_MATERIALIZATION, set(self.faults)
        )
        earlier = open_failures(Catalog.of(self.context), self.stage, self.faults, settled)
        newest = next((m.storage_id for m in instance.fetch_materializations(key, limit=1).records), -1)
        limit = int(self.context.assets_def.metadata_by_key[key].get(ATTEMPTS_KEY, MAX_ATTEMPTS))
        for document, fault in self.faults.items():
            before = earlier.get(document)
            served = served_others or (before is not None and newest > before.event)
            counted = tally(fault.reason, fault.permanent, before, served, limit)
            self.context.log.warning(f"{document} failed in {self.stage}: {fault}")
            self.context.log_event(observation(key, document, fault, counted, _code_version(self.context)))

    def _failure(self, good: int) -> dg.Failure:
        total = len(self.faults) + good
        shown = list(self.faults.items())[:LISTED_FAILURES]
        listed = "\n".join(f"- `{document[:12]}` {fault}" for document, fault in shown)
        return dg.Failure(
            f"{len(self.faults)} of {total} documents failed in {self.stage}; the other {good} are settled.\n{listed}",
            metadata={"failed": len(self.faults), "settled": good, "reasons": dg.MetadataValue.text(listed)},
            allow_retries=False,  # retries are bounded per document by the continuation, not per run
        )

    def _advance(self) -> None:
        done = sum(d in self.metadata or d in self.faults for d in self.documents)
        advance(self.stage, done, len(self.documents))


@dataclass
class _Guard:
    batch: Batch
    document: str

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        # A UsageError is the operator's to mend: it fails the run, and no document is given up for it.
        if not isinstance(error, Exception) or isinstance(error, UsageError):
            return False
        fault = fault_of(error)
        if fault is not error:
            self.batch.context.log.error(redact("".join(traceback.format_exception(error))))
        self.batch.failed(self.document, fault)
        return True


def heed_interrupts() -> None:
    """Let Dagster's interrupt end a system call that waits: Polars, once imported, has such calls go on instead."""
    import polars  # noqa: F401 - it sets its handler when it is imported

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.siginterrupt(number, True)


def _attach_metadata(context: dg.AssetExecutionContext, metadata: Mapping[str, Mapping[str, Any]]) -> None:
    """Give each partition's materialization its own metadata.

    `context.add_asset_metadata` does the same after loading every partition key, 0.2 s a call at 100,000 of them. This
    goes to the accumulator behind it; tests/test_upstream_contract.py notices when that moves.
    """
    step = context.get_step_execution_context()
    accumulator = step._metadata_accumulator
    for document, values in metadata.items():
        accumulator = accumulator.with_additional_asset_metadata(
            asset_key=context.asset_key, metadata=values, partition_key=document
        )
    step._metadata_accumulator = accumulator


def _code_version(context: dg.AssetExecutionContext) -> str:
    return context.assets_def.code_versions_by_key.get(context.asset_key) or "none"
