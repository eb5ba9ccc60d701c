"""`export --format ocr-storage`: the labeller's schema, and an export that is taken up where it was interrupted."""

import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from ocr_assets.cli import exporting_ocr_storage
from ocr_assets.core.identity import document_id
from tests.cli.conftest import Home

FILE, PARTS = exporting_ocr_storage.FILE, exporting_ocr_storage.PARTS
COLUMNS = [
    "schema_version",
    "id",
    "split",
    "image_path",
    "image_filename",
    "width",
    "height",
    "polygons",
    "texts",
    "labels",
    "metadata",
]


def export(home: Home, to: Path, *options: str) -> list[dict[str, Any]]:
    answer = home("export", "--to", str(to), "--format", "ocr-storage", *options)
    assert answer.code == 0, answer.err
    return list(pq.read_table(to / FILE).to_pylist())


class Interrupted(BaseException):
    """As a kill would."""


def interrupt_after(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Let the export end after so many parts."""
    write, written = exporting_ocr_storage._write_part, iter(range(parts))

    def limited(*arguments: Any) -> None:
        if next(written, None) is None:
            raise Interrupted
        write(*arguments)

    monkeypatch.setattr(exporting_ocr_storage, "_write_part", limited)


def test_pages_are_rows_with_polygons_in_the_pixels_of_their_image(home: Home, tmp_path: Path) -> None:
    rows = export(home, tmp_path)
    assert list(rows[0]) == COLUMNS
    assert len(rows) == len({row["id"] for row in rows}) == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", FILE]
    for row in rows:
        assert len(row["polygons"]) == len(row["texts"]) == len(row["labels"])
        with Image.open(row["image_path"]) as image:
            assert image.size == (row["width"], row["height"])
        assert Path(row["image_path"]).name == row["image_filename"]
        for polygon in row["polygons"]:
            assert len(polygon) == 4
            assert all(0 <= x <= row["width"] and 0 <= y <= row["height"] for x, y in polygon)
    [scan] = (row for row in rows if row["metadata"]["document"] == home.document("scan.tif"))
    assert "quick brown dog" in " ".join(" ".join(scan["texts"]).split())
    assert (scan["split"], scan["metadata"]["status"], scan["metadata"]["reader"]) == ("pseudo", "ok", "tesseract")


def test_an_interrupted_export_goes_on_where_it_was(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = export(home, tmp_path / "whole")
    with monkeypatch.context() as patch:
        interrupt_after(patch, 2)
        with pytest.raises(Interrupted):
            home("export", "--to", str(tmp_path / "cut"), "--format", "ocr-storage", "--checkpoint-every", "1")
    parts = tmp_path / "cut" / PARTS
    assert len(list(parts.iterdir())) == 2
    (parts / "000007.writing").write_bytes(b"half of a part")
    assert not (tmp_path / "cut" / FILE).exists()
    with monkeypatch.context() as patch:
        interrupt_after(patch, 2)  # of four documents two are left, so that this is enough
        rows = export(home, tmp_path / "cut", "--checkpoint-every", "1")
    assert [row["id"] for row in rows] == [row["id"] for row in whole]
    assert [row["texts"] for row in rows] == [row["texts"] for row in whole]
    assert not parts.exists()


def test_a_document_that_was_read_again_meanwhile_is_exported_anew(
    own_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt_after(patch, 4)
        patch.setattr(exporting_ocr_storage, "_join", lambda *_: (_ for _ in ()).throw(Interrupted()))
        with pytest.raises(Interrupted):
            own_home("export", "--to", str(tmp_path), "--format", "ocr-storage", "--checkpoint-every", "1")
    again = own_home.document("scan.tif")
    assert own_home("reprocess", again, "--from", "ocr_text").code == 0
    written: list[str] = []
    write = exporting_ocr_storage._write_part
    with monkeypatch.context() as patch:
        patch.setattr(
            exporting_ocr_storage, "_write_part", lambda *arguments: (written.extend(arguments[1]), write(*arguments))
        )
        rows = export(own_home, tmp_path, "--checkpoint-every", "1")
    assert written == [again]
    assert len(rows) == len({row["id"] for row in rows}) == 5


def test_a_finished_export_is_made_anew(home: Home, tmp_path: Path) -> None:
    rows = export(home, tmp_path)
    assert export(home, tmp_path) == rows


def test_a_page_that_was_not_read_is_a_row_that_says_so(new_home: Home, tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("L", (60, 40), "white").save(file, "PNG")
    (tmp_path / "a.png").write_bytes(file.getvalue())
    assert new_home("run", str(tmp_path / "a.png"), "--stages", "raw_pdfs,page_images").code == 0
    [row] = export(new_home, tmp_path / "out")
    assert (row["polygons"], row["texts"], row["labels"]) == ([], [], [])
    assert (row["metadata"]["status"], row["metadata"]["failure"]) == ("failed", "not read")
    assert row["metadata"]["document"] == document_id(file.getvalue())


def test_the_export_of_an_empty_home_has_its_columns_and_no_rows(new_home: Home, tmp_path: Path) -> None:
    assert export(new_home, tmp_path) == []
    assert pq.read_schema(tmp_path / FILE).names == COLUMNS


def test_what_was_exported_can_be_added_as_a_table_of_images(home: Home, new_home: Home, tmp_path: Path) -> None:
    rows = export(home, tmp_path)
    images = {document_id(Path(row["image_path"]).read_bytes()) for row in rows}
    assert set(new_home("add", str(tmp_path / FILE), "--json").json["new"]) == images
