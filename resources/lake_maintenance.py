"""Maintenance of the lake: small files become few, in the order of the documents' hashes, and old ones go.

Safe beside writers. Compaction loses against whoever replaced one of the same documents meanwhile, and is then left to
the next time. Vacuum takes away what is older than the retention; see docs/operations.md for why that is safe.
"""

import math
from bisect import bisect_left, bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from resources.lake import ROW_GROUP, TABLE_PROPERTIES, Lake
from resources.upkeep import Figures, Upkeep, files_under

if TYPE_CHECKING:
    import polars as pl
    from deltalake import DeltaTable

FILE_BYTES: Final = 32 << 20
"""Of a compacted file: a document that is replaced has its whole file written anew."""
DEPTH: Final = 4.0
"""Files that a document may be in, by their minimum and maximum, before the table is sorted anew."""
SORTED_BYTES: Final = 128 << 20
"""Up to this size a table is sorted every time."""
MEMORY: Final = 1 << 30
"""For sorting, which needs about thrice what the rows take unpacked; what does not fit is merged only."""
OUT_OF_MEMORY: Final = "Resources exhausted"
LOG: Final = "_delta_log/"


def maintain_table(lake: Lake, name: str, retention: timedelta, *, purge: bool = False) -> Upkeep | None:
    """Compact the table, then remove files that no version younger than the retention names; None without a table.

    Files that no version names at all may be those of a writer that has not committed yet: they stay for the retention
    even with `purge`, which removes earlier versions at once.
    """
    table = lake.open(name)
    if table is None:
        return None
    before = figures(lake, name, table)
    note = "" if compact(table) else "documents were replaced meanwhile; compacted the next time"
    hours = max(1, math.ceil(retention.total_seconds() / 3600))
    table.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
    if purge:
        table.vacuum(0, dry_run=False, enforce_retention_duration=False, full=False)
    return Upkeep(f"lake/{name}", before, figures(lake, name, table), note)


def compact(table: "DeltaTable") -> bool:
    """Merge small files; whether that went through. `table` is then its latest version.

    A table is sorted while that is cheap. In a larger one files are merged as they follow each other: a batch's file is
    a narrow range of hashes, and so is what several become. Where documents arrive one by one the merged files are
    wide, so that a reader can skip none: then that table is sorted as well.
    """
    from deltalake import WriterProperties
    from deltalake.exceptions import CommitFailedError

    sizes, ranges = _files(table)
    how: dict[str, Any] = {
        "target_size": FILE_BYTES,
        "max_concurrent_tasks": 2,
        "max_spill_size": MEMORY,
        "writer_properties": WriterProperties(compression="ZSTD", max_row_group_size=ROW_GROUP),
    }
    try:
        if table.metadata().configuration != TABLE_PROPERTIES:
            table.alter.set_table_properties(TABLE_PROPERTIES)
        scattered = sum(size < FILE_BYTES // 2 for size in sizes) > 1
        wanted = depth(ranges) > DEPTH or (scattered and sum(sizes) < SORTED_BYTES)
        if not (wanted and _sorted(table, how)) and scattered:
            table.optimize.compact(**how)
    except CommitFailedError:
        table.update_incremental()
        return False
    return True


def _sorted(table: "DeltaTable", how: dict[str, Any]) -> bool:
    """Sort the table by document; False where that does not fit into memory."""
    from deltalake.exceptions import DeltaError

    try:
        table.optimize.z_order(["document"], **how)  # of one column that is its order, by the first characters
    except DeltaError as error:
        if OUT_OF_MEMORY not in str(error):
            raise
        return False
    return True


def depth(ranges: list[tuple[str, str]]) -> float:
    """How many of the files, each from its first document to its last, a document is looked for in, on average."""
    if not ranges:
        return 0.0
    firsts, lasts = sorted(first for first, _ in ranges), sorted(last for _, last in ranges)
    covering = (bisect_right(firsts, first) - bisect_left(lasts, first) for first, _ in ranges)
    return sum(covering) / len(ranges)


def figures(lake: Lake, name: str, table: "DeltaTable") -> Figures:
    """What the table takes up, earlier versions included, and the rows that it has now."""
    found = [(file.path.removeprefix(f"{name}/"), file.bytes) for file in files_under(lake.root, f"{name}/")]
    commits = [path for path, _ in found if path.startswith(LOG) and path.endswith(".json")]
    return Figures(
        files=len(found) - sum(path.startswith(LOG) for path, _ in found),
        bytes=sum(size for _, size in found),
        versions=len(commits),
        rows=int(_actions(table)["num_records"].sum()),
    )


def _files(table: "DeltaTable") -> tuple[list[int], list[tuple[str, str]]]:
    """Sizes of the table's files, and the documents that they begin and end with."""
    actions = _actions(table)
    if "min.document" not in actions.columns:  # without rows
        return actions["size_bytes"].to_list(), []
    known = actions.filter(actions["min.document"].is_not_null())
    return actions["size_bytes"].to_list(), list(known.select("min.document", "max.document").iter_rows())


def _actions(table: "DeltaTable") -> "pl.DataFrame":
    import polars as pl

    return pl.DataFrame(table.get_add_actions(flatten=True))
