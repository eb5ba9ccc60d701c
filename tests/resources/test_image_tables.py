"""Tables of images in every form that they come in, read row by row and again by the name of a row."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ocr_assets.errors import TransientFault, UsageError
from resources.image_tables import Ranges, TableImage, content_at, images, is_table, table_of
from resources.sources import Sources


def as_parquet(path: Path, table: pa.Table) -> Path:
    pq.write_table(table, path, row_group_size=7)
    return path


def as_arrow(path: Path, table: pa.Table) -> Path:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=7)
    return path


FORMS = pytest.mark.parametrize(("write", "name"), [(as_parquet, "a.parquet"), (as_arrow, "a.arrow")])
Write = Callable[[Path, pa.Table], Path]


def image(number: int) -> dict[str, Any]:
    return {"bytes": b"image %d" % number, "path": None}


@FORMS
def test_images_come_in_order_and_are_found_again_by_their_row(write: Write, name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, pa.table({"n": list(range(40)), "image": [image(n) for n in range(40)]}))
    found = list(images(path, "the table"))
    assert found == [TableImage(f"image/{n}", b"image %d" % n) for n in range(40)]
    for number in (0, 17, 39):
        uri = f"{path.as_uri()}#{found[number].fragment}"
        assert (content_at(path, uri), table_of(uri)) == (b"image %d" % number, path.as_uri())
        file = io.BytesIO()
        Sources().save(uri, file)
        assert file.getvalue() == b"image %d" % number
        assert Sources().exists(uri)
    with pytest.raises(TransientFault, match="has no image any more"):
        content_at(path, f"{path.as_uri()}#image/40")


@FORMS
def test_lists_of_images_empty_rows_and_paths(write: Write, name: str, tmp_path: Path) -> None:
    rows = [[image(1), image(2)], [], None, [{"bytes": None, "path": "far.png"}]]
    path = write(tmp_path / name, pa.table({"images": rows}))
    found = list(images(path, "the table"))
    assert found == [
        TableImage("images/0/0", b"image 1"),
        TableImage("images/0/1", b"image 2"),
        TableImage("images/3/0", place="far.png"),
    ]
    assert content_at(path, f"{path.as_uri()}#images/0/1") == b"image 2"


@FORMS
def test_the_schema_of_a_far_table_is_seen_without_reading_it(write: Write, name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, pa.table({"image": [{"bytes": b"x" * 3_000_000, "path": str(n)} for n in range(3)]}))
    read: list[int] = []

    def part(start: int, end: int) -> bytes:
        read.append(end - start)
        return path.read_bytes()[start:end]

    assert is_table(Ranges(path.stat().st_size, part))
    assert sum(read) < 300_000


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 and no more", b"\xff\xff\xff\xff\x00", b"not a table at all"])
def test_what_is_no_table_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    assert not is_table(path)
    assert not is_table(Ranges(len(content), lambda start, end: content[start:end]))
    with pytest.raises(UsageError, match=r"a\.parquet cannot be read"):
        list(images(path, "the table"))


def test_a_table_without_images_is_told(tmp_path: Path) -> None:
    path = as_parquet(tmp_path / "a.parquet", pa.table({"n": [1]}))
    assert not is_table(path)
    with pytest.raises(UsageError, match="the table has no column of images"):
        list(images(path, "the table"))
