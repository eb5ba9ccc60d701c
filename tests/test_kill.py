"""kill -9 in every stage, then again: nothing lost, nothing twice, equal to a run that nothing disturbed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ocr_assets.core.stages import STAGES
from ocr_assets.schemas import STAGE_TABLES
from resources.lake import Lake
from tests.many_writers import passages

SAMPLES = Path(__file__).parent.parent / "samples"
FILES = [str(SAMPLES / name) for name in ("RECEIPT-2024-TXN-98765_retail_purchase.pdf", "phototest.tif")]
VOLATILE = ("seconds",)


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A run in its own process, with none of this one's Dagster."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "OCR_ASSETS"))}
    environment["OCR_ASSETS_WORKERS"] = "1"
    command = [sys.executable, "-m", "tests.killed_run", str(home), *arguments]
    return subprocess.run(
        command, env=environment, cwd=SAMPLES.parent, capture_output=True, text=True, check=False, timeout=300
    )


def tables(home: Path) -> dict[str, pl.DataFrame]:
    lake = Lake(root=str(home / "lake"))
    return {table.name: lake.read(table).drop(VOLATILE, strict=False) for table in STAGE_TABLES}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    result = run(home, "-", "-", *FILES)
    assert result.returncode == 0, result.stderr
    return home


@pytest.mark.parametrize("when", ["while", "after"])
def test_a_run_killed_in_every_stage_ends_like_an_undisturbed_one(when: str, undisturbed: Path, tmp_path: Path) -> None:
    for stage in STAGES:
        assert run(tmp_path, stage, when, *FILES).returncode == -signal.SIGKILL, stage
    last = run(tmp_path, "-", "-", *FILES)
    assert last.returncode == 0, last.stderr
    expected, found = tables(undisturbed), tables(tmp_path)
    for name, frame in expected.items():
        assert frame.height > 0, name
        assert_frame_equal(found[name], frame)
    assert_frame_equal(passages(str(tmp_path)), passages(str(undisturbed)))


@pytest.mark.parametrize("how", ["while", "interrupt"])
def test_a_run_that_was_killed_or_interrupted_is_continued_without_the_pages_that_were_done(
    how: str, tmp_path: Path
) -> None:
    pages = 5
    file = str(SAMPLES / "multi_page.pdf")
    first = run(tmp_path, "page_images", how, file)
    assert first.returncode == -signal.SIGKILL if how == "while" else "KeyboardInterrupt" in first.stderr
    again = run(tmp_path, "-", "-", file)
    assert again.returncode == 0, again.stderr
    done = json.loads(again.stdout.splitlines()[-1])
    assert done["page_images"] == pages - 1
    assert done["ocr_text"] == pages
