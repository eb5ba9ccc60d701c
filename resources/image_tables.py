"""Tables of images as a source: each row holds an image, as `datasets` keeps it, or says where its file is.

They are Parquet files, or Arrow's own, as `save_to_disk` of `datasets` writes them. A document that came out of a row
has the source `<uri of the table>#<column>/<row>`, from which it can be read again.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.errors import TransientFault, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

ARROW: Final = ".arrow"
SUFFIXES: Final = (".parquet", ARROW)
IMAGES: Final = ("source_image", "image", "images")
"""Columns that are taken, the first that is there, else the first one of images."""
PATH: Final = "image_path"
ROWS_AT_ONCE: Final = 16
READ_BYTES: Final = 1 << 20
"""Of a column at a time: all its images of a group of rows may be more than the memory."""
_ROW = re.compile(r"(?P<table>.+\.(?:parquet|arrow))#(?P<column>[^#/]+)/(?P<row>\d+)(?:/(?P<place>\d+))?", re.I | re.S)


@dataclass(frozen=True, slots=True)
class TableImage:
    """An image of a table: its bytes, or the place of its file. `fragment` names it within the table."""

    fragment: str
    content: bytes | None = None
    place: str | None = None


def table_of(uri: str) -> str:
    """The URI of the file: of the table where the URI names an image in one."""
    found = _ROW.fullmatch(uri)
    return found["table"] if found else uri


class Ranges(io.RawIOBase):
    """A file of so many bytes, of which `read` gives any part: enough to see the schema of a large table far away."""

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self.size, self.part, self.at = size, read, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        found = self.part(self.at, min(self.at + len(buffer), self.size)) if self.at < self.size else b""
        buffer[: len(found)] = found
        self.at += len(found)
        return len(found)


def is_table(file: Path | Ranges) -> bool:
    """Whether the file is a table with a column of images or of paths to some."""
    try:
        return _column(file) is not None
    except UsageError:
        return False


def images(path: Path, shown: str) -> Iterator[TableImage]:
    """The images of the table in order, few in memory at a time; rows without one are passed over.

    Raises UsageError, which calls the table `shown`, where it is no table of images.
    """
    column = _column(path)
    if column is None:
        raise UsageError(f"{shown} has no column of images, and none called {PATH}; its rows are no documents")
    number = 0
    for batch in _batches(path, column):
        for value in batch.to_pylist():
            several = value if isinstance(value, list) else None
            for place, image in enumerate(several if several is not None else [value]):
                fragment = f"{column}/{number}" + (f"/{place}" if several is not None else "")
                if found := _image(fragment, image):
                    yield found
            number += 1


def content_at(path: Path, uri: str) -> bytes:
    """The bytes of the image that the URI names. Raises TransientFault `source_changed` where there is none now."""
    found = _ROW.fullmatch(uri)
    if found is None:
        raise ValueError(f"{uri} names no row of a table")
    row, place = int(found["row"]), int(found["place"] or 0)
    try:
        value = _row(path, found["column"], row)
        image = _image("", value[place] if isinstance(value, list) else value)
    except (IndexError, KeyError, UsageError):
        image = None
    if image is None or image.content is None:
        raise TransientFault("source_changed", f"{uri} has no image any more; add the table again")
    return image.content


def _row(path: Path, column: str, row: int) -> Any:
    for batch in _batches(path, column):
        if row < len(batch):
            return batch[row].as_py()
        row -= len(batch)
    raise IndexError(row)


def _batches(path: Path, column: str) -> "Iterator[pa.Array]":
    """The column, some rows at a time."""
    import pyarrow.parquet as pq

    opened = _open(path)
    if isinstance(opened, pq.ParquetFile):
        yield from (batch.column(0) for batch in opened.iter_batches(ROWS_AT_ONCE, columns=[column]))
        return
    for batch in opened:
        whole = batch.column(column)
        yield from (whole[start : start + ROWS_AT_ONCE] for start in range(0, len(whole), ROWS_AT_ONCE))


def _image(fragment: str, value: Any) -> TableImage | None:
    if isinstance(value, dict):  # as `datasets` keeps it: either may be null
        return _image(fragment, value.get("bytes") or value.get("path"))
    if isinstance(value, bytes) and value:
        return TableImage(fragment, content=value)
    return TableImage(fragment, place=value.strip()) if isinstance(value, str) and value.strip() else None


def _column(file: Path | Ranges) -> str | None:
    import pyarrow as pa

    opened = _open(file)
    schema = opened.schema_arrow if hasattr(opened, "schema_arrow") else opened.schema
    held = [field.name for field in schema if _holds_image(field.type)]
    named = [name for name in IMAGES if name in held]
    texts = (pa.types.is_string, pa.types.is_large_string)
    paths = [PATH] if PATH in schema.names and any(is_text(schema.field(PATH).type) for is_text in texts) else []
    return next(iter([*named, *paths, *held]), None)


def _holds_image(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _holds_image(kind.value_type)
    return pa.types.is_struct(kind) and {"bytes", "path"} <= {kind.field(i).name for i in range(kind.num_fields)}


def _open(file: Path | Ranges) -> Any:
    """A ParquetFile, or a reader of Arrow's record batches, told apart by the first bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pa.OSFile(str(file)) if isinstance(file, Path) else pa.PythonFile(file, "r")
        is_parquet = source.read(4) == b"PAR1"
        source.seek(0)
        return pq.ParquetFile(source, buffer_size=READ_BYTES) if is_parquet else pa.ipc.open_stream(source)
    except (pa.ArrowException, OSError) as error:
        told = (str(error).splitlines() or [""])[0]
        name = file.name if isinstance(file, Path) else "it"
        raise UsageError(f"{name} cannot be read as Parquet or Arrow: {told}; write it again") from error
