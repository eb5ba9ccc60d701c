"""How much memory the stages behind the text take for long documents: a short one and one ten times as long.

A document is made up as the stage `documents` would leave it: three paragraphs of about 200 tokens a page, a
heading every tenth. Then `chunks`, `embeddings` and `vectors` run in a process of their own, which is measured by what
the kernel says was its largest resident size in each stage. The embedder counts tokens as the default one does and
answers with made-up vectors: its model takes the same memory for any number of texts, and 15,000 of them half an hour.
"""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from bench.machine import described
from ocr_assets.catalog import Catalog
from ocr_assets.core.collection import DEFAULT
from ocr_assets.definitions import build_defs
from ocr_assets.schemas import CHUNKS, DOCUMENTS, ENRICHMENT, RAW_PDFS
from ocr_assets.settings import Settings
from resources.embedder import Spent
from resources.lake import Lake
from resources.local_embedder import LocalEmbedder

if TYPE_CHECKING:
    from resources.embedder import Vectors

SIZES = (500, 5_000)
"""Pages."""
STAGES = ("chunks", "embeddings", "vectors")
ROWS = ("before", *STAGES, "vectors, again")
"""What is told; the last is the document in the place of itself, and like the one before it with its check."""
PARAGRAPHS = 3
"""Of a page, each a chunk."""
WORDS = 160
"""Of a paragraph: about 200 tokens."""
DOCUMENT = "d" * 64


class MadeUp(LocalEmbedder):
    """The default embedder's tokens, and vectors that mean nothing."""

    def embed_passages(self, texts: Sequence[str], spent: Spent | None = None) -> "Vectors":  # noqa: ARG002
        import numpy as np

        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), self.dimension), np.float32)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def measure(sizes: Sequence[int] = SIZES) -> str:
    """Print a line a stage; the same in Markdown."""
    found = [of_size(pages) for pages in sizes]
    lines = [
        "| MB, at most | " + " | ".join(f"{one['chunks']:,} chunks of {one['pages']:,} pages" for one in found) + " |"
    ]
    lines.append("|---" * (1 + len(found)) + "|")
    for stage in ROWS:
        lines.append(f"| {stage} | " + " | ".join(f"{one['memory'][stage]:.0f}" for one in found) + " |")
    report = "\n".join(lines) + f"\n\n{described()}."
    print(report, flush=True)
    return report


def of_size(pages: int) -> dict[str, Any]:
    """What the stages took of a document of so many pages, as the processes that made and ran it tell."""
    with tempfile.TemporaryDirectory() as home:
        for step in ("write", "run"):
            command = [sys.executable, "-m", "bench.memory", step, home, str(pages)]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def write(lake: Lake, pages: int) -> None:
    """The rows of the stages before."""
    chosen = random.Random(pages)
    words = [
        f"{chosen.choice('bcdfglmnprst')}{a}{b}" for a in ("ale", "ori", "ent", "um") for b in ("ing", "on", "ed", "al")
    ]

    def element(page: int, number: int) -> dict[str, Any]:
        top = number / PARAGRAPHS
        box = {"x0": 0.1, "y0": top, "x1": 0.9, "y1": top + 0.2}
        here = {"regions": [{"page": page, "box": box}]}
        if number == 0 and page % 10 == 1:
            return {"kind": "heading", "text": f"Part {page}", "level": 2} | here
        return {"kind": "paragraph", "text": " ".join(chosen.choices(words, k=WORDS)), "level": None} | here

    elements = [element(page, number) for page in range(1, pages + 1) for number in range(PARAGRAPHS)]
    known = {"document": DOCUMENT, "title": "A long report", "pages": pages, "outline": [], "running": []}
    lake.replace(DOCUMENTS, [DOCUMENT], lake.frame(DOCUMENTS, [row(DOCUMENTS, known | {"elements": elements})]))
    for table, more in ((RAW_PDFS, {"sources": []}), (ENRICHMENT, {"chunk": -1, "language": "en"})):
        lake.replace(table, [DOCUMENT], lake.frame(table, [row(table, {"document": DOCUMENT} | more)]))


def row(table: Any, known: dict[str, Any]) -> dict[str, Any]:
    """A row of the table with these values."""
    return dict.fromkeys(table.polars_schema()) | known


def run(home: Path) -> dict[str, Any]:
    """The largest resident size in MB before the first stage and in each, and the number of chunks."""
    settings = Settings(home=str(home), workers=1, _env_file=None)
    defs = build_defs(settings, embedder=MadeUp())
    load()
    memory = {"before": most()}
    lake = Lake(root=f"{settings.root}/lake")
    with dg.DagsterInstance.ephemeral() as instance:
        catalog = Catalog(instance, DEFAULT)
        instance.add_dynamic_partitions(catalog.partitions, [DOCUMENT])
        for name in ROWS[1:]:
            anew()
            result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
                instance=instance, asset_selection=[catalog.key(name.partition(",")[0])], partition_key=DOCUMENT
            )
            assert result.success
            memory[name] = most()
    return {"memory": memory, "chunks": lake.read(CHUNKS, columns=["chunk"]).height}


def load() -> None:
    """What is loaded once, whatever there is to do."""
    import deltalake  # noqa: F401
    import lancedb  # noqa: F401
    import numpy  # noqa: F401
    import polars  # noqa: F401
    import pyarrow  # noqa: F401

    LocalEmbedder().count_tokens("a")


def most() -> float:
    """Largest resident size since `anew`, in MB."""
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def anew() -> None:
    """Begin to look for the largest resident size."""
    Path("/proc/self/clear_refs").write_text("5", "utf-8")


def main(step: str, home: str, pages: str) -> None:
    if step == "write":
        write(Lake(root=f"{home}/lake"), int(pages))
    else:
        print(json.dumps({"pages": int(pages)} | run(Path(home))))


if __name__ == "__main__":
    main(*sys.argv[1:])
