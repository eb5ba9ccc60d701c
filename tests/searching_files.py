"""Looking for words in everything that a folder holds."""

import io
from pathlib import Path

import polars as pl


def files_with(root: Path, words: str) -> set[str]:
    """The files in which the words stand, as they are or in the columns of Parquet and Arrow files."""
    found = set()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += pl.read_parquet(io.BytesIO(data)).write_ndjson().encode()
        if path.suffix == ".arrow":
            read = (
                pl.read_ipc if data.startswith(b"ARROW1") else pl.read_ipc_stream
            )  # LanceDB lists deleted rows in one
            data += read(io.BytesIO(data)).write_ndjson().encode()
        if words.encode() in data:
            found.add(str(path.relative_to(root)))
    return found
