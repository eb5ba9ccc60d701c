"""`forget --purge` and `maintain`, on what real runs left: the bytes are searched for in every file."""

from pathlib import Path

import lancedb

from ocr_assets.indexes import enter
from ocr_assets.settings import Settings
from tests.cli.conftest import Home
from tests.pdf_making import text, write_pdf
from tests.searching_files import files_with

MARK = "xylophonequark"


def index_folders(home: Home) -> set[str]:
    """The folders of the full-text index, whose words are packed so that no search for bytes finds them."""
    return {path.name for path in home.path.glob("vectors/*.lance/_indices/*")}


def test_of_a_purged_document_not_a_byte_is_left(new_home: Home, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.pdf" for name in (MARK, f"another {MARK}", "a third"))
    for file in (first, second, third):
        write_pdf(file, text(f"The {file.stem} is due in March and is paid back in April."))
    assert new_home("run", str(first)).code == 0
    assert new_home("reprocess", str(first), "--from", "documents").code == 0
    assert {path.split("/")[0] for path in files_with(new_home.path, MARK)} == {"blobs", "dagster", "lake", "vectors"}
    assert new_home("run", str(third)).code == 0
    indices = index_folders(new_home)

    gone = new_home("forget", str(first), "--purge", "--json")
    assert gone.code == 0, gone.err
    assert (gone.json["runs_left"], gone.json["runs_deleted"]) == (0, 2)
    assert files_with(new_home.path, MARK) == set()
    assert indices
    assert index_folders(new_home).isdisjoint(indices)
    assert not [path for path in new_home.path.rglob("*") if gone.json["forgotten"][0] in path.name and path.is_file()]

    (left,) = new_home("status", "--json").json
    assert left["status"] == "done"
    (hit,) = new_home("search", "third", "--mode", "text", "--json").json
    assert "third" in hit["text"]
    (name,) = lancedb.connect(new_home.path / "vectors").list_tables().tables
    table = lancedb.connect(new_home.path / "vectors").open_table(name)
    assert table.schema.field("id").metadata == {b"lance-schema:unenforced-primary-key": b"true"}

    assert "nothing is left to do" in new_home("run", str(first)).out  # it stays forgotten
    assert new_home("add", str(first), "--again", "--json").json["new"] == gone.json["forgotten"]

    # Of a run with other documents Dagster keeps the previews, and the command says so.
    assert new_home("run", str(first), str(second)).code == 0
    told = new_home("forget", str(second), "--purge")
    assert "Dagster keeps their previews" in told.out
    assert not files_with(new_home.path / "lake", f"another {MARK}")
    assert files_with(new_home.path / "dagster", f"another {MARK}")


def test_a_store_that_cannot_be_reached_is_named_by_forget_and_its_exit_code_is_1(own_home: Home) -> None:
    enter(Settings(home=str(own_home.path), vector_store="pinecone"))
    document = own_home.document("scan.tif")
    answer = own_home("forget", document, "--json")
    assert (answer.code, answer.json["forgotten"]) == (1, [document])
    assert [(place.split("/")[0], "needs a key" in told) for place, told in answer.json["left_in"].items()] == [
        ("pinecone", True)
    ]


def test_maintain_prints_every_store_and_changes_no_row(own_home: Home) -> None:
    before = own_home("stats", "--json").json
    stores = {store["store"]: store for store in own_home("maintain", "--json").json}
    assert {"lake/ocr_text", "checkpoints", "blobs"} < stores.keys()
    assert all(store["rows_before"] == store["rows_after"] for store in stores.values())
    assert own_home("stats", "--json").json == before
    told = own_home("maintain").out
    assert "lake/ocr_text" in told
