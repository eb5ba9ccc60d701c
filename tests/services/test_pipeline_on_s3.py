"""The whole pipeline with its store and its source on a real S3 server; only Dagster's instance is local."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ocr_assets.core.identity import document_id
from ocr_assets.core.stages import STAGES
from tests.conftest import Bucket

SAMPLE = Path(__file__).parents[2] / "samples" / "RECEIPT-2024-TXN-98765_retail_purchase.pdf"
NAME = "in/a receipt #1 + ü.pdf"

Command = Callable[..., str]


@pytest.fixture
def command(bucket: Bucket, tmp_path: Path) -> Command:
    """Runs `ocr-assets` with everything but Dagster's instance in the bucket; what it printed.

    In a process of its own: page processes have the environment of the time when the first of them was started.
    """
    home = tmp_path / "home"
    environment = os.environ | {
        "OCR_ASSETS_HOME": str(home),
        "OCR_ASSETS_STORE": bucket.uri("store"),
        "OCR_ASSETS_WORKERS": "1",
        "DAGSTER_HOME": str(home / "dagster"),
    }
    script = "from ocr_assets.cli.main import main; main()"

    def run(*arguments: str) -> str:
        command = [sys.executable, "-c", script, *arguments]
        ended = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    return run


def test_a_document_goes_from_a_bucket_through_every_stage_and_is_searched(
    command: Command, bucket: Bucket, tmp_path: Path
) -> None:
    bucket.put(NAME, SAMPLE.read_bytes())
    document = document_id(SAMPLE.read_bytes())
    (outcome,) = json.loads(command("run", bucket.uri("in/"), "--json"))
    assert outcome["document"] == document
    assert set(outcome["stages"].values()) == {"done"}

    (hit, *_) = json.loads(command("search", "the total of the purchase", "--json"))
    assert (hit["document"], hit["source"]) == (document, bucket.uri(NAME))
    assert "TXN-98765" in command("text", document)
    command("export", "--to", str(tmp_path / "out"), "--format", "markdown")
    assert "TXN-98765" in (tmp_path / "out" / f"{document}.md").read_text()

    assert {name.split("/")[1] for name in bucket.names("store/")} == {"lake", "blobs", "vectors", "indexes"}
    assert {name.split("/")[2] for name in bucket.names("store/lake/")} == {"arrivals", *STAGES[:-1]}
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["dagster"]

    command("forget", document)
    assert [name for name in bucket.names("store/") if document in name] == []
    assert json.loads(command("status", "--json")) == []
