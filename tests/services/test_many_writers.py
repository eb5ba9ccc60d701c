"""Eight processes on the same documents at once, with maintenance beside them, on a folder and on S3."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from ocr_assets.arrivals import Arrival, note_arrivals, register
from ocr_assets.core.identity import document_id
from ocr_assets.instance import open_instance
from resources.blobs import Blobs
from resources.lake import Lake
from resources.sources import SeenFile
from tests.conftest import Bucket
from tests.many_writers import SEED_STAGES, STAGES_AT_ONCE, Place, at_once, held, maintain_often, write
from tests.pipeline import pdf
from tests.services.openai_server import OpenAIServer

DOCUMENTS, WRITERS, OVERLAP = 16, 8, 6
KILLS = 5


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A home with documents that went through the stages up to `figure_captions`."""
    bucket: Bucket | None = request.getfixturevalue("bucket") if request.param == "s3" else None
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")} if bucket else {}
    with OpenAIServer().running() as server:
        place = Place(tmp_path / "home", bucket.uri("store") if bucket else None, server.base_url, aws)
        before = dict(os.environ)
        settings = place.enter()
        files = [pdf(f"Report {number} is due in March.") for number in range(DOCUMENTS)]
        for file in files:
            Blobs(root=f"{settings.root}/blobs").put(document_id(file), file)
        arrivals = [Arrival(document_id(f), SeenFile(f"file:///{n}.pdf", len(f), "1")) for n, f in enumerate(files)]
        note_arrivals(Lake(root=f"{settings.root}/lake"), arrivals)
        with open_instance(place.home, settings.root) as instance:
            register(instance, [arrival.document for arrival in arrivals])
        assert at_once((write, place, documents(arrivals), SEED_STAGES)) == [0]
        os.environ.clear()
        os.environ.update(before)
        yield place


def documents(arrivals: list[Arrival]) -> list[str]:
    return sorted(arrival.document for arrival in arrivals)


def test_eight_processes_lose_and_double_nothing_also_when_some_are_killed(place: Place) -> None:
    order = sorted(document_id(pdf(f"Report {number} is due in March.")) for number in range(DOCUMENTS))
    starts = [writer * (DOCUMENTS - OVERLAP) // (WRITERS - 1) for writer in range(WRITERS)]
    ranges = [order[start : start + OVERLAP] for start in starts]
    assert {document for documents in ranges for document in documents} == set(order)

    ended = at_once(*((write, place, some, STAGES_AT_ONCE) for some in ranges), (maintain_often, place, 3))
    assert ended == [0] * (WRITERS + 1)
    together = held(place)

    seeded = random.Random(4)
    deaths = [
        (write, place, seeded.choice(ranges), STAGES_AT_ONCE, seeded.randrange(5 * OVERLAP)) for _ in range(KILLS)
    ]
    assert at_once(*deaths, (maintain_often, place, 2)) == [*[-9] * KILLS, 0]
    assert at_once((write, place, order, STAGES_AT_ONCE)) == [0]
    after = held(place)
    for name, frame in together.items():
        assert frame["document"].n_unique() == DOCUMENTS, name
        assert_frame_equal(after[name], frame)
