"""`export --format hf`, and `add` of datasets and of tables of images. `datasets` itself is no dependency.

What it reads is the features in the schema's metadata and images as structs of bytes and path: held here. That
`load_dataset` reads such a folder was checked by hand with datasets 5.2.
"""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from ocr_assets.core.identity import document_id
from tests.cli.conftest import Home
from tests.conftest import Bucket

COLUMNS = [
    "sample_id",
    "source_image",
    "document_markdown",
    "extracted_figures",
    "extracted_figures_metadata",
    "document_final_markdown",
]
PAGES = 5  # of the four documents that went well


@pytest.fixture(scope="module")
def exported(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    assert home("export", "--to", str(folder), "--format", "hf").out == f"4 documents written to {folder}\n"
    return folder


def rows(folder: Path) -> list[dict[str, Any]]:
    return [row for file in sorted((folder / "data").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def picture(colour: str = "white", kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, kind)
    return file.getvalue()


def write_table(path: Path, **columns: list[Any]) -> str:
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return str(path)


def test_a_dataset_has_the_columns_of_the_three_steps_and_tells_their_features(exported: Path) -> None:
    [file] = (exported / "data").iterdir()
    assert file.name == "train-00000-of-00001.parquet"
    schema = pq.read_schema(file)
    assert schema.names == COLUMNS
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["source_image"] == {"_type": "Image"}
    assert features["extracted_figures"] == {"_type": "Sequence", "feature": {"_type": "Image"}}
    assert features["sample_id"] == {"_type": "Value", "dtype": "string"}
    assert schema.field("source_image").type == pa.struct({"bytes": pa.binary(), "path": pa.string()})
    assert "path: data/train-*.parquet" in (exported / "README.md").read_text("utf-8")


def test_each_page_is_a_sample_with_its_image_and_what_the_document_says_there(home: Home, exported: Path) -> None:
    found = rows(exported)
    assert len(found) == PAGES
    assert len({row["sample_id"] for row in found}) == PAGES
    lease = home.document("two pages.pdf")
    first, second = (row for row in found if row["sample_id"].startswith(lease))
    assert (first["sample_id"], second["sample_id"]) == (f"{lease}-00001", f"{lease}-00002")
    assert first["document_final_markdown"] == "The lease ends in March.\n"
    assert second["document_final_markdown"] == "The deposit is returned in April.\n"
    for row in found:
        with Image.open(io.BytesIO(row["source_image"]["bytes"])) as image:
            assert image.format == "PNG"


def test_pictures_are_named_in_the_markdown_and_come_with_their_boxes(home: Home, exported: Path) -> None:
    [row] = (row for row in rows(exported) if row["sample_id"].startswith(home.document("receipt.pdf")))
    [figure], [told] = row["extracted_figures"], map(json.loads, row["extracted_figures_metadata"])
    name = told["figure_id"]
    assert f"![{name}](figure:{name})" in row["document_markdown"]
    assert f"](figure:{name})" in row["document_final_markdown"]
    box = told["bounding_box_pixels"]
    with Image.open(io.BytesIO(figure["bytes"])) as crop, Image.open(io.BytesIO(row["source_image"]["bytes"])) as page:
        assert 0 <= box["x1"] < box["x2"] <= page.width
        assert 0 <= box["y1"] < box["y2"] <= page.height
        assert abs(crop.width - (box["x2"] - box["x1"])) <= 10
    assert told["description"]


def test_an_export_again_replaces_the_dataset_and_what_a_killed_one_left(home: Home, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("train-00001-of-00002.parquet", ".writing-00007.parquet"):
        (data / name).write_bytes(b"an earlier one")
    home("export", "--to", str(tmp_path), "--format", "hf")
    assert [path.name for path in data.iterdir()] == ["train-00000-of-00001.parquet"]


def test_the_dataset_of_an_empty_home_has_its_columns_and_no_rows(new_home: Home, tmp_path: Path) -> None:
    assert new_home("export", "--to", str(tmp_path), "--format", "hf").code == 0
    [file] = (tmp_path / "data").iterdir()
    assert pq.read_table(file).num_rows == 0
    assert pq.read_schema(file).names == COLUMNS


def test_a_dataset_that_is_added_makes_each_page_a_document(new_home: Home, exported: Path) -> None:
    images = {document_id(row["source_image"]["bytes"]) for row in rows(exported)}
    assert set(new_home("add", str(exported), "--json").json["new"]) == images
    assert new_home("add", str(exported), "--json").json["new"] == []
    ran = new_home("run", "--stages", "raw_pdfs,page_images", "--json")
    assert ran.code == 0
    assert {row["pages"] for row in ran.json} == {1}


def test_an_image_of_a_table_is_read_again_from_its_row(new_home: Home, tmp_path: Path) -> None:
    pictures = [picture(colour) for colour in ("white", "red", "blue")]
    table = write_table(tmp_path / "t.parquet", image=[{"bytes": data, "path": None} for data in pictures])
    documents = new_home("add", table, "--json").json["documents"]
    assert documents == [document_id(data) for data in pictures]
    sources = {row["document"]: row["sources"] for row in new_home("status", "--json").json}
    assert sources[documents[2]] == [f"{Path(table).as_uri()}#image/2"]
    for blob in (new_home.path / "blobs").rglob(documents[2]):
        if blob.is_file():
            blob.unlink()
    assert new_home("run", "--stages", "raw_pdfs", "--json").code == 0
    assert [row["status"] for row in new_home("status", documents[2], "--json").json] == ["unfinished"]


def test_a_table_of_paths_adds_the_images_that_are_there_and_names_the_others(new_home: Home, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(picture())
    (tmp_path / "b.jpg").write_bytes(picture("green", "JPEG"))
    table = write_table(
        tmp_path / "in" / "images.parquet",
        image_path=["a.png", str(tmp_path / "b.jpg"), "gone.png", "", str(tmp_path), "x" * 300],
        image_filename=["a.png", "b.jpg", "gone.png", "", "", ""],
        width=[60, 60, 60, 0, 0, 0],
        height=[40, 40, 40, 0, 0, 0],
    )
    answer = new_home("add", table, "--json")
    assert answer.code == 3
    assert answer.json["documents"] == [document_id(picture()), document_id(picture("green", "JPEG"))]
    assert answer.json["missing"] == ["gone.png", str(tmp_path), "x" * 300]
    assert "not there: gone.png" in new_home("add", table).err


def test_tables_in_a_bucket_and_the_images_there(new_home: Home, tmp_path: Path, bucket: Bucket) -> None:
    bucket.put("images/a.png", picture())
    bucket.put("images/b.png", picture("red"))
    table = write_table(tmp_path / "t.parquet", image_path=[bucket.uri("images/a.png"), "images/b.png", "c.png"])
    bucket.put("t.parquet", Path(table).read_bytes())
    answer = new_home("add", bucket.uri("t.parquet"), "--json")
    assert answer.json["documents"] == [document_id(picture()), document_id(picture("red"))]
    assert answer.json["missing"] == ["c.png"]
    bucket.put("t/some.parquet", Path(table).read_bytes())
    bucket.put("t/broken.parquet", b"PAR1 but no more")
    bucket.put("t/numbers.parquet", Path(write_table(tmp_path / "n.parquet", n=[1, 2])).read_bytes())
    assert new_home("add", bucket.uri("t/"), "--json").json["documents"] == [document_id(picture())]


def test_a_table_without_images_is_an_error_where_it_is_named_and_no_document_in_a_folder(
    new_home: Home, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "numbers.parquet", n=[1, 2])
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 but no more")
    (tmp_path / "a.png").write_bytes(picture())
    assert new_home("add", str(tmp_path), "--json").json["documents"] == [document_id(picture())]
    assert (new_home("add", table).code, "has no column of images" in new_home("add", table).err) == (1, True)
    assert "cannot be read as Parquet" in new_home("add", str(tmp_path / "broken.parquet")).err
