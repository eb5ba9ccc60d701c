"""Several processes that take documents through stages at once, some of which kill themselves on the way.

Each is a process of its own with its own definitions, as runs of the daemon are; they share the instance and the store.
"""

import logging
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.catalog import Catalog
from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import open_instance
from ocr_assets.pipeline_state import registered
from ocr_assets.schemas import STAGE_TABLES
from ocr_assets.settings import Settings
from resources.blobs import Blobs
from resources.lake import Lake
from resources.lance_staging import STAGED
from resources.object_storage import table_options
from resources.sources import SeenFile
from tests.pipeline import pdf
from tests.services.openai_server import KEY, MODEL

# A process that has imported Dagster is forked; what starts threads when it is imported is left to the children.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["ocr_assets.definitions", "boto3", "openai", "polars", "pyarrow.dataset", "pydantic"])
PREPARED_STAGES, STAGES_AT_ONCE = STAGES[:4], STAGES[4:]


@dataclass(frozen=True)
class Place:
    """Where the documents are, and what a process needs to get there."""

    home: Path
    store: str | None
    embedder_url: str
    environment: dict[str, str]

    def enter(self) -> Settings:
        """Make this process one of the place's; its settings."""
        os.environ.update(self.environment)
        os.environ |= {"DAGSTER_HOME": str(self.home / "dagster"), "OPENAI_API_KEY": KEY}
        return Settings(
            home=str(self.home),
            store=self.store,
            workers=1,
            embedder="openai",
            embedder_url=self.embedder_url,
            embedder_model=MODEL,
            embedder_dimension=8,
            _env_file=None,
        )


def prepare(place: Place, documents: int, stages: Sequence[str] = PREPARED_STAGES) -> list[str]:
    """That many documents of a page, registered and taken through these first stages; in partition order."""
    before = dict(os.environ)
    settings = place.enter()
    files = [pdf(f"Report {number} is due in March.") for number in range(documents)]
    arrivals = [Arrival(document_id(file), SeenFile(f"file:///{n}", len(file), "1")) for n, file in enumerate(files)]
    for file in files:
        Blobs(root=f"{settings.root}/blobs").put(document_id(file), file)
    note_arrivals(Lake(root=f"{settings.root}/lake"), arrivals)
    with open_instance(place.home, settings.root) as instance:
        register(Catalog(instance), [arrival.document for arrival in arrivals])
        order = registered(Catalog(instance))
    os.environ.clear()
    os.environ.update(before)
    if at_once((write, place, order, stages)) != [0]:
        raise RuntimeError("the documents could not be prepared")
    return order


class Death(logging.Handler):
    """Kills this process, as `kill -9` would, when that many documents and pages are finished."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def write(place: Place, documents: Sequence[str], stages: Sequence[str], dies_after: int | None = None) -> None:
    """Take a contiguous range of documents through these stages; raises unless all went well."""
    from ocr_assets.core.continuation import Launch
    from ocr_assets.definitions import build_defs
    from ocr_assets.instance import execute, stages_job

    settings = place.enter()
    if dies_after is not None:
        logging.getLogger("ocr_assets.progress").setLevel(logging.INFO)
        logging.getLogger("ocr_assets.progress").addHandler(Death(dies_after))
    with open_instance(place.home, settings.root) as instance:
        if not execute(stages_job(build_defs(settings)), Catalog(instance), Launch(tuple(documents), tuple(stages))):
            raise RuntimeError("a document failed")


def maintain_often(place: Place, times: int) -> None:
    """Maintenance beside the writers."""
    from ocr_assets.definitions import build_defs
    from ocr_assets.maintenance import maintain

    settings = place.enter()
    resources: Any = build_defs(settings).resources
    lake, blobs, checkpoints, vectors = (resources[name] for name in ("lake", "blobs", "checkpoints", "vector_store"))
    with open_instance(place.home, settings.root) as instance:
        for _ in range(times):
            maintain(Catalog(instance), lake, blobs, checkpoints, vectors, timedelta(hours=24))


def at_once(*calls: tuple[Any, ...]) -> list[int | None]:
    """Call each of these, function and arguments, in a process of its own at the same time; their exit codes."""
    processes = [PROCESSES.Process(target=function, args=arguments) for function, *arguments in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


def held(place: Place) -> dict[str, pl.DataFrame]:
    """Every row of the stages that were run at once, and every passage, sorted."""
    root = place.store or str(place.home)
    lake = Lake(root=f"{root}/lake")
    frames = {table.name: lake.read(table) for table in STAGE_TABLES if table.name in STAGES_AT_ONCE}
    return frames | {"vectors": passages(root)}


def passages(root: str) -> pl.DataFrame:
    """Every passage of the vector store under this root, sorted, without the name of the writing that added it."""
    import lancedb

    connection = lancedb.connect(f"{root}/vectors", storage_options=table_options(root))
    (name,) = connection.list_tables().tables
    found = pl.from_arrow(connection.open_table(name).to_arrow())
    assert isinstance(found, pl.DataFrame)
    return found.drop(STAGED).sort("id")
