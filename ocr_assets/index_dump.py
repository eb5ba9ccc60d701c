"""An index as files, and back: Parquet, a LanceDB folder, or Parquet as Pinecone's bulk import takes it.

The manifest is written last, so that a dump that was killed is not taken for a whole one.
"""

import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from ocr_assets.errors import UsageError
from ocr_assets.passages import whole
from resources.lake import Lake
from resources.lance_vectors import LanceVectors
from resources.pinecone_records import fitting, metadata, passage_of
from resources.vector_store import Passage, VectorStore

if TYPE_CHECKING:
    import pyarrow as pa

Form = Literal["parquet", "lancedb", "pinecone"]
MANIFEST: Final = "index.json"
AT_ONCE: Final = 64
"""Documents that are held in memory, and a file of."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dump holds."""

    form: Form
    model: str
    dimension: int
    documents: int
    passages: int


def dump(store: VectorStore, to: Path, form: Form, lake: Lake) -> Manifest:
    """Write the whole index into this folder, in the place of a dump that is there. Raises UsageError for others.

    What the store had to cut is taken from the lake.
    """
    if to.exists() and any(to.iterdir()) and not (to / MANIFEST).exists() and not (to / "parts").is_dir():
        raise UsageError(f"{to} holds other files; name an empty folder")
    (to / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(to / "parts", ignore_errors=True)
    parts = to / "parts"
    parts.mkdir(parents=True)
    documents = sorted(store.documents())
    passages = 0
    for number, start in enumerate(range(0, len(documents), AT_ONCE)):
        some = documents[start : start + AT_ONCE]
        found = whole(lake, store.read(some))
        passages += len(found)
        if form == "lancedb":
            LanceVectors(uri=str(parts), model=store.model, dimension=store.dimension).replace(found, some)
        else:
            _write(found, parts / f"{number:06d}.parquet", form, store.dimension)
    manifest = Manifest(form, store.model, store.dimension, len(documents), passages)
    (to / MANIFEST).write_text(json.dumps(asdict(manifest)) + "\n", "utf-8")
    return manifest


def load(store: VectorStore, source: Path, lake: Lake, forgotten: Collection[str] = ()) -> Manifest:
    """Put the dump's documents into the index, in the place of what it has of them, but for forgotten ones.

    What was put there. What is cut in the dump is taken from the lake, if it has it. Raises UsageError where there is
    no whole dump, or one of another model: two models never mix.
    """
    import pyarrow as pa

    try:
        manifest = Manifest(**json.loads((source / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{source} holds no whole dump of an index; `ocr-assets index export` writes one") from error
    if (manifest.model, manifest.dimension) != (store.model, store.dimension):
        raise UsageError(
            f"{source} is of {manifest.model} with {manifest.dimension} dimensions, the index of {store.model} with "
            f"{store.dimension}; set embedder_model, its dimension and what it is told of passages to those of the dump"
        )
    documents = read = written = 0
    try:
        for passages in _read(source / "parts", manifest):
            read += len(passages)
            kept = whole(lake, [passage for passage in passages if passage.document not in forgotten])
            if kept:
                store.replace(kept, replaced := sorted({passage.document for passage in kept}))
                documents, written = documents + len(replaced), written + len(kept)
    except pa.ArrowException as error:
        raise UsageError(f"{source} has a file that cannot be read: {error}; copy the dump again") from error
    if read != manifest.passages:
        raise UsageError(f"{source} has {read} of its {manifest.passages} passages; copy the dump again")
    return replace(manifest, documents=documents, passages=written)


def _write(passages: Sequence[Passage], path: Path, form: Form, dimension: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    vectors = np.array([passage.vector for passage in passages], np.float32).reshape(-1)
    values = pa.FixedSizeListArray.from_arrays(pa.array(vectors), dimension).cast(pa.list_(pa.float32()))
    told = [json.dumps(fitting(metadata(passage)), ensure_ascii=False) for passage in passages]
    columns: dict[str, Any] = {"id": [passage.id for passage in passages], "values": values, "metadata": told}
    if form == "parquet":
        columns = _columns(passages) | {"vector": values}
    pq.write_table(pa.table(columns), path, compression="zstd")


def _columns(passages: Sequence[Passage]) -> dict[str, "pa.Array"]:
    import pyarrow as pa

    told = [metadata(passage) for passage in passages]
    names = dict.fromkeys(name for one in told for name in one if name != "heading_path")
    headings = pa.array([list(passage.heading_path) for passage in passages], pa.list_(pa.string()))
    return {name: pa.array([one.get(name) for one in told]) for name in names} | {"heading_path": headings}


def _read(parts: Path, manifest: Manifest) -> Iterator[list[Passage]]:
    """The passages, all of a document in one go."""
    import pyarrow.parquet as pq

    if manifest.form == "lancedb":
        store = LanceVectors(uri=str(parts), model=manifest.model, dimension=manifest.dimension)
        documents = sorted(store.documents())
        for start in range(0, len(documents), AT_ONCE):
            yield store.read(documents[start : start + AT_ONCE])
        return
    for path in sorted(parts.glob("*.parquet")):
        rows = pq.read_table(path).to_pylist()
        if manifest.form == "pinecone":
            yield [passage_of(json.loads(row["metadata"]), row["values"]) for row in rows]
        else:
            yield [passage_of(row, row.pop("vector")) for row in rows]
