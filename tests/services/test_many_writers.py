"""Eight processes on the same documents at once, on S3, beside maintenance; `bench writers` also kills some."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from ocr_assets.core.stages import STAGES
from tests.conftest import Bucket
from tests.many_writers import Place, at_once, held, maintain_often, prepare, write
from tests.services.openai_server import OpenAIServer

DOCUMENTS, WRITERS, OVERLAP = 8, 8, 3
FIRST, LAST = STAGES[:-2], STAGES[-2:]
"""The last two write a table and the vector store; `bench writers` has more of them run at once."""


@pytest.fixture
def place(bucket: Bucket, tmp_path: Path) -> Iterator[Place]:
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    with OpenAIServer().running() as server:
        yield Place(tmp_path / "home", bucket.uri("store"), server.base_url, aws)


def test_eight_processes_and_maintenance_at_once_lose_and_double_nothing(place: Place) -> None:
    order = prepare(place, DOCUMENTS, FIRST)
    starts = [writer * (DOCUMENTS - OVERLAP) // (WRITERS - 1) for writer in range(WRITERS)]
    ranges = [order[start : start + OVERLAP] for start in starts]
    assert {document for documents in ranges for document in documents} == set(order)

    writers = [(write, place, documents, LAST) for documents in ranges]
    assert at_once(*writers, (maintain_often, place, 3)) == [0] * (WRITERS + 1)
    together = held(place)
    assert at_once((write, place, order, LAST)) == [0]
    for name, frame in held(place).items():
        assert frame["document"].n_unique() == DOCUMENTS, name
        assert_frame_equal(together[name], frame)
