"""What each source holds, and which documents none holds any more, from rows of arrivals in a real lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocr_assets.arrivals import Arrival, note_arrivals, places, sizes
from ocr_assets.holdings import Holdings
from ocr_assets.schemas import ARRIVALS
from resources.lake import Lake
from resources.sources import SeenFile

A, B, C = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(root=str(tmp_path))


def here(lake: Lake, document: str, uri: str, version: str) -> None:
    note_arrivals(lake, [Arrival(document, SeenFile(uri, 7, version))])


def test_a_rewritten_file_supersedes_the_document_that_was_there(lake: Lake) -> None:
    here(lake, A, "x", "1")
    assert Holdings.read(lake).ended() == {}
    here(lake, B, "x", "2")
    holdings = Holdings.read(lake)
    assert {old: (ended.superseded_by, ended.gone) for old, ended in holdings.ended().items()} == {A: (B, False)}
    assert holdings.ended([B]) == {}
    rows = lake.read(ARRIVALS, [B], ["supersedes"])
    assert rows["supersedes"].to_list() == [A]


def test_a_document_that_another_source_still_holds_is_not_superseded(lake: Lake) -> None:
    for uri in ("x", "y"):
        here(lake, A, uri, "1")
    here(lake, B, "x", "2")
    assert Holdings.read(lake).ended() == {}
    here(lake, C, "y", "2")
    assert Holdings.read(lake).ended()[A].superseded_by == C


def test_a_file_that_went_back_holds_its_first_document_again(lake: Lake) -> None:
    for document, version in ((A, "1"), (B, "2"), (A, "1")):
        here(lake, document, "x", version)
    assert {old: ended.superseded_by for old, ended in Holdings.read(lake).ended().items()} == {B: A}


def test_the_latest_row_tells_how_it_is_even_if_the_clock_was_put_back(lake: Lake) -> None:
    future = {
        "document": A,
        "source": "x",
        "bytes": 7,
        "version": "1",
        "seen_at": datetime.now(UTC) + timedelta(days=400),
        "state": "here",
        "reason": None,
        "supersedes": None,
    }
    lake.append(ARRIVALS, [future])
    here(lake, B, "x", "2")
    assert Holdings.read(lake).at["x"].document == B


def test_what_is_known_is_written_once(lake: Lake) -> None:
    for _ in range(2):
        here(lake, A, "x", "1")
        note_arrivals(lake, [Arrival.refused(SeenFile("y", 3, "1"), "not_a_document: a text file")])
    assert lake.read(ARRIVALS).height == 2


def test_a_refused_version_leaves_the_document_that_was_there(lake: Lake) -> None:
    here(lake, A, "x", "1")
    note_arrivals(lake, [Arrival.refused(SeenFile("x", 3, "2"), "empty_file: no bytes")])
    holdings = Holdings.read(lake)
    assert (holdings.at["x"].state, holdings.at["x"].version, holdings.at["x"].good) == ("refused", "2", A)
    assert holdings.ended() == {}
    here(lake, B, "x", "3")
    assert Holdings.read(lake).ended()[A].superseded_by == B


def test_a_document_whose_files_are_gone_has_ended_until_one_comes_back(lake: Lake) -> None:
    here(lake, A, "x", "1")
    note_arrivals(lake, [Arrival.gone("x", A)])
    assert Holdings.read(lake).ended()[A].gone
    assert sizes(lake, [A]) == {A: 7}
    assert places(lake, [A]) == {A: ["x"]}
    here(lake, A, "x", "1")
    assert Holdings.read(lake).ended() == {}


def test_an_empty_lake_holds_nothing(lake: Lake) -> None:
    holdings = Holdings.read(lake)
    assert (holdings.at, holdings.ended(), holdings.ended([A])) == ({}, {}, {})
