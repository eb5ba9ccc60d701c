"""The README's way for CI: `ocr-assets add`, then Dagster's own command line. And two of those at once."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lancedb
import polars as pl
import pytest

from ocr_assets.core.identity import document_id
from ocr_assets.schemas import EMBEDDINGS, STAGE_TABLES
from resources.lake import Lake

PROJECT = Path(__file__).parents[1]
SAMPLE = PROJECT / "samples" / "RECEIPT-2024-TXN-98765_retail_purchase.pdf"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What the README exports, and nothing of this process's Dagster."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "OCR_ASSETS"))}
    home = tmp_path / "data"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return kept | {"OCR_ASSETS_HOME": str(home), "DAGSTER_HOME": str(home / "dagster"), "PATH": path}


def readme_commands() -> tuple[str, str]:
    """The two lines of the README, so that what it says is what is tested."""
    readme = (PROJECT / "README.md").read_text("utf-8")
    found = re.search(r"^    (ocr-assets add x\.pdf)\n    (dagster asset materialize .*)$", readme, re.MULTILINE)
    assert found is not None
    return found[1], found[2]


@contextmanager
def started(command: str, folder: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        command, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process


def test_the_commands_of_the_readme_take_a_document_through_every_stage_also_twice_at_once(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "x.pdf").write_bytes(SAMPLE.read_bytes())
    add, materialize = readme_commands()
    subprocess.run(add, shell=True, cwd=tmp_path, env=environment, check=True, capture_output=True)

    with started(materialize, tmp_path, environment) as one, started(materialize, tmp_path, environment) as other:
        for process in (one, other):
            output, _ = process.communicate(timeout=240)
            assert process.returncode == 0, output

    text = subprocess.run(
        "ocr-assets text x.pdf", shell=True, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert "TXN-98765" in text.stdout
    lake = Lake(root=str(tmp_path / "data" / "lake"))
    for table in STAGE_TABLES:
        frame = lake.read(table)
        key = ["document", *([table.ordinal] if table.ordinal else [])]
        assert frame.height > 0, table.name
        assert frame.select(pl.struct(key).is_unique().all()).item(), table.name
    connection = lancedb.connect(str(tmp_path / "data" / "vectors"))
    [name] = connection.list_tables().tables
    passages = set(connection.open_table(name).to_arrow()["id"].to_pylist())
    document = document_id(SAMPLE.read_bytes())
    rows = lake.read(EMBEDDINGS).height
    assert passages == {f"{document}:{chunk}" for chunk in range(rows)}
    assert connection.open_table(name).count_rows() == rows
