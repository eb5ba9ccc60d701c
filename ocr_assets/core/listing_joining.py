"""A listing that goes on on the next page."""

from ocr_assets.core.document import PageBox
from ocr_assets.core.table_joining import HIGH, LOW


def joined_listing(upper: str, parts: list[PageBox], lower: str, below: PageBox) -> str | None:
    """Both texts as one listing, or None where the lower one is a listing of its own.

    It goes on where `upper`, whose places are `parts`, ends low on a page and the other begins high on the next. Each
    part is set in from its own first column. All of the lower one is set in where it stands right of the first part by
    an indentation that the upper one has: by another one pages differ whose margins do.
    """
    above = parts[-1]
    if below.page != above.page + 1 or above.box.y1 <= LOW or below.box.y0 >= HIGH:
        return None
    lines = lower.split("\n")
    columns = _columns(lines, below.box.x1 - below.box.x0, below.box.x0 - parts[0].box.x0)
    if columns in {_indentation(line) for line in upper.split("\n") if line.strip()}:
        lines = [" " * columns + line if line else line for line in lines]
    return "\n".join([upper, *lines])


def _columns(lines: list[str], width: float, right: float) -> int:
    """By how many of its signs a listing of this width stands further right; 0 where its lines are all set in."""
    longest = max(map(len, lines))
    is_set_in = all(_indentation(line) for line in lines if line.strip())
    return 0 if is_set_in or not width else max(0, round(right * longest / width))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
