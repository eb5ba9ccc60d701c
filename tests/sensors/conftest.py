"""Sensors before a server that misbehaves on demand, and homes to let them run on."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from ocr_assets.definitions import build_defs
from ocr_assets.settings import Settings
from resources.sources import Sources
from tests.conftest import Bucket
from tests.pipeline import Pipeline, pipeline
from tests.services.faulty_proxy import FaultyProxy


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine, no tick of a test runs out of time."""
    for name in ("LIST_SECONDS", "PATIENCE", "LOOK_SECONDS"):
        monkeypatch.setattr(f"sensors.s3_arrivals.{name}", 300.0)


@pytest.fixture
def watching(bucket: Bucket, tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline that watches the bucket."""
    with pipeline(tmp_path / "home", sources=bucket.uri("in/")) as watching:
        yield watching


@pytest.fixture
def troubled(bucket: Bucket, proxy: FaultyProxy, tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline that sees the bucket through the proxy, and a folder beside it."""
    (tmp_path / "folder").mkdir()
    settings = Settings(
        home=str(tmp_path / "home"), workers=1, sources=f"{bucket.uri('in/')}, {tmp_path / 'folder'}", _env_file=None
    )
    with dg.DagsterInstance.ephemeral() as instance:
        yield Pipeline(build_defs(settings, sources=Sources(endpoint_url=proxy.url)), instance)
