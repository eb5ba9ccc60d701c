"""What comes out: `text`, `search`, `export`, `status`, `stats`, and `forget` and `rebuild` of a home."""

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from ocr_assets.core.stages import STAGES
from tests.cli.conftest import Home
from tests.pdf_making import text, write_pdf

GOOD = ("receipt.pdf", "table.pdf", "scan.tif", "two pages.pdf")
BAD = ("protected.pdf", "empty.pdf", "notes.pdf")


def test_the_text_of_a_document_and_of_one_page(home: Home) -> None:
    name = home.file("two pages.pdf")
    assert home("text", name).out == "The lease ends in March.\n\nThe deposit is returned in April.\n"
    assert home("text", name, "--page", "2").out == "The deposit is returned in April.\n"
    assert home("text", name, "--page", "2", "--format", "markdown").out == "The deposit is returned in April.\n"
    [page] = home("text", name, "--page", "2", "--format", "json").json["pages"]
    assert (page["page"], page["text"]) == (2, "The deposit is returned in April.")


def test_the_text_of_a_scan_is_what_it_shows(home: Home) -> None:
    assert "The quick brown dog jumped over the lazy fox" in home("text", home.file("scan.tif")).out.replace("\n", " ")


def test_markdown_has_the_table_of_the_document(home: Home) -> None:
    markdown = home("text", home.file("table.pdf"), "--format", "markdown").out
    assert "Table 1. HPO performed in OTSL" in markdown
    assert '<th colspan="3">TEDs</th>' in markdown
    assert "<th>simple</th><th>complex</th><th>all</th>" in markdown


@pytest.mark.parametrize("mode", ["hybrid", "vector", "text"])
def test_a_search_finds_the_passage_by_every_mode(home: Home, mode: str) -> None:
    first, *_ = home("search", "When does the lease end?", "--mode", mode, "--json").json
    assert first["document"] == home.document("two pages.pdf")
    assert first["source"] == Path(home.file("two pages.pdf")).as_uri()
    assert "The lease ends in March." in first["text"]
    assert first["page_start"] == 1


def test_a_search_shows_as_many_passages_as_asked(home: Home) -> None:
    assert len(home("search", "lease", "-k", "1", "--json").json) == 1
    shown = home("search", "When does the lease end?", "-k", "1").out
    assert shown.startswith("1. two pages.pdf  pp. 1-2")
    assert "The lease ends in March." in shown


def test_a_search_that_finds_nothing_says_so(home: Home, new_home: Home) -> None:
    assert home("search", "qqqxyz", "--mode", "text").out == "nothing found\n"
    assert home("search", "qqqxyz", "--mode", "text", "--json").json == []
    assert "has no passages yet" in new_home("search", "lease").out


@pytest.mark.parametrize(("form", "suffix"), [("text", "txt"), ("markdown", "md"), ("json", "json")])
def test_an_export_is_a_file_a_document_named_by_its_hash(home: Home, tmp_path: Path, form: str, suffix: str) -> None:
    answer = home("export", "--to", str(tmp_path / "out"), "--format", form)
    assert (answer.code, answer.out) == (0, f"4 documents written to {tmp_path / 'out'}\n")
    written = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert written == {f"{home.document(name)}.{suffix}" for name in GOOD}
    for name in GOOD:
        path = tmp_path / "out" / f"{home.document(name)}.{suffix}"
        if form != "json":
            assert path.read_text("utf-8") == home("text", home.file(name), "--format", form).out


def test_the_pictures_that_exported_markdown_links_to_are_there(home: Home, tmp_path: Path) -> None:
    home("export", "--to", str(tmp_path))
    links = [
        tmp_path / link
        for name in GOOD
        for link in re.findall(r"!\[.*?\]\((.*?)\)", (tmp_path / f"{home.document(name)}.md").read_text("utf-8"))
    ]
    assert links
    for link in links:
        assert link.read_bytes()[8:12] == b"WEBP"


def test_exported_tables_have_every_passage(home: Home, tmp_path: Path) -> None:
    for form in ("parquet", "csv"):
        assert home("export", "--to", str(tmp_path), "--format", form).code == 0
    parquet, csv = pl.read_parquet(tmp_path / "chunks.parquet"), pl.read_csv(tmp_path / "chunks.csv")
    assert set(parquet["document"]) == {home.document(name) for name in GOOD}
    assert csv.height == parquet.height == home("stats", "--json").json["chunks"]
    assert csv["text"].to_list() == parquet["text"].to_list()


def test_an_export_overwrites_an_earlier_one(home: Home, tmp_path: Path) -> None:
    (tmp_path / f"{home.document('scan.tif')}.txt").write_text("stale")
    home("export", "--to", str(tmp_path), "--format", "text")
    assert "quick brown dog" in (tmp_path / f"{home.document('scan.tif')}.txt").read_text("utf-8")


def test_status_lists_every_document_with_its_stages_and_reasons(home: Home) -> None:
    lines = home("status").out.splitlines()
    rows = {line.split()[0]: line for line in lines[1:8]}
    for name in GOOD:
        assert rows[home.document(name)[:12]].rstrip().endswith("●" * len(STAGES) + "  done")
    for name in BAD:
        assert "✗········  failed" in rows[home.document(name)[:12]]
    reasons = " ".join(lines[8:])
    assert "protected.pdf failed in raw_pdfs, password_required: " in reasons
    assert "empty.pdf failed in raw_pdfs, empty_file: the file has no bytes" in reasons


def test_status_of_failures_only(home: Home, new_home: Home) -> None:
    listed = {row["document"] for row in home("status", "--failed", "--json").json}
    assert listed == {home.document(name) for name in BAD}
    assert new_home("status", "--failed").out == "no document failed\n"


def test_status_before_anything_was_added_says_how_to_begin(new_home: Home) -> None:
    assert new_home("status").out == "no documents yet; `ocr-assets add` registers some\n"
    assert new_home("status", "--json").json == []
    assert new_home("run").out == "nothing is left to do\n"
    assert new_home("run", "--json").json == []


def test_stats_are_readable(home: Home) -> None:
    lines = dict(re.split(r"  +", line.strip(), maxsplit=1) for line in home("stats").out.splitlines())
    assert (lines["documents"], lines["pages"], lines["readers"]) == ("7", "5", "text_layer 4, tesseract 1")
    assert lines["states"] in ("done 4, failed 3", "failed 3, done 4")


def test_a_forgotten_document_is_found_no_more_and_comes_back_only_when_asked(own_home: Home) -> None:
    name, document = own_home.file("two pages.pdf"), own_home.document("two pages.pdf")
    assert own_home("forget", name).out == "1 document forgotten\n"
    assert own_home("text", document).code == 1
    hits = own_home("search", "When does the lease end?", "--json").json
    assert document not in {hit["document"] for hit in hits}
    assert own_home("add", name, "--json").json == {"documents": [], "new": [], "forgotten": [document], "missing": []}
    assert "--again" in own_home("add", name).out
    assert own_home("add", name, "--again", "--json").json["new"] == [document]
    assert own_home("status", document, "--json").json[0]["stages"] == dict.fromkeys(STAGES, "missing")


def test_a_lost_instance_is_rebuilt_from_the_lake(own_home: Home) -> None:
    shutil.rmtree(own_home.path / "dagster")
    assert own_home("status", "--json").json == []
    assert own_home("rebuild", "--json").json == {"registered": 7, "materializations": len(GOOD) * len(STAGES)}
    states = {row["document"]: row["status"] for row in own_home("status", "--json").json}
    assert {states[own_home.document(name)] for name in GOOD} == {"done"}
    assert {states[own_home.document(name)] for name in BAD} == {"unfinished"}
    assert json.loads(own_home("export", "--to", str(own_home.path / "out"), "--json").out)["written"] == len(GOOD)


def test_a_document_whose_file_was_rewritten_is_told_as_superseded(new_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    documents = []
    for words in ("first", "second"):
        write_pdf(file, text(words))
        documents += new_home("add", str(file), "--json").json["documents"]
    first, second = documents
    told = {state["document"]: state["superseded_by"] for state in new_home("status", "--json").json}
    assert told == {first: second, second: None}
    assert f"superseded by {second[:12]}" in new_home("status").out
