"""Fixtures that whole runs and live services need."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from resources import object_storage
from resources.vision import ledger
from tests.services.faulty_proxy import FaultyProxy
from tests.services.s3_server import S3Server, running

numbers = count()


@dataclass(frozen=True)
class Bucket:
    """A new, empty bucket; the AWS variables of the test lead to it."""

    name: str
    client: Any

    def uri(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}"

    def put(self, key: str, data: bytes = b"", **arguments: Any) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=data, **arguments)

    def names(self, prefix: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One S3 server for the whole session; tests share nothing but it."""
    with running(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def the_same_day() -> Iterator[None]:
    """Midnight does not fall into a test: budgets would begin anew in the middle of it."""
    day = ledger.utc_day()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "utc_day", lambda: day)
        yield


@pytest.fixture(scope="module", autouse=True)
def a_tidy_file() -> Iterator[None]:
    """Its tests leave the process as they found it: others run in it later, in any order."""
    before = process_state()
    yield
    assert process_state() == before, "set such things by a monkeypatch, which puts them back"


def process_state() -> tuple[dict[str, str], Path]:
    """The variables that this project and what it is built on look at, others being set by libraries; the folder."""
    ours = ("OCR_ASSETS", "DAGSTER", "AWS", "OPENAI")
    return {name: value for name, value in os.environ.items() if name.startswith(ours)}, Path.cwd()


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    forget_connections()
    client, name = s3_server.client(), f"test-{next(numbers)}"
    client.create_bucket(Bucket=name)
    yield Bucket(name, client)
    forget_connections()


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[FaultyProxy]:
    """A proxy before the S3 server, without faults so far."""
    with FaultyProxy(s3_server.endpoint).running() as proxy:
        yield proxy


def forget_connections() -> None:
    """Stores and credentials are kept for the life of a process, which in tests sees several environments."""
    object_storage.open_store.cache_clear()
    object_storage._session.cache_clear()
