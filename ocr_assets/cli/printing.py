"""What all commands print with: the terminal, tables, and names and numbers in words."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocr_assets.core.text_layer import without_controls
from resources.sources import file_name

console = Console()
if not console.is_terminal:  # a file or a pipe has no width to keep to
    console = Console(width=160)
complaints = Console(stderr=True)
HASH = 12
"""Characters of a document's hash that tables show; any unique beginning names it."""
LISTED = 200
"""Documents that a table lists at most; those that are not done come first. JSON has them all."""


def say(words: str | Text) -> None:
    """Print this: in a terminal wrapped between words, in a file or pipe as it is, so that it can be searched."""
    console.print(words, highlight=False, soft_wrap=not console.is_terminal)


def table_of(*columns: str) -> Table:
    """A table that keeps a document on one line: where it is too wide, sources and readers are cut."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(
            name,
            justify="right" if name in ("pages", "conf.", "chunks", "read s") else "left",
            no_wrap=name not in ("source", "readers"),
        )
    return table


def show(table: Table, documents: int) -> None:
    """Print the table, and how many documents it leaves out."""
    console.print(table)
    if documents > table.row_count:
        console.print(f"[dim]… and {documents - table.row_count} more; --json has them all[/]", highlight=False)


def cut(words: str) -> Text:
    """Words of which a table that is too wide shows the beginning."""
    return Text(words, no_wrap=True, overflow="ellipsis")


def counted(documents: int) -> str:
    """How many documents, in words."""
    return "1 document" if documents == 1 else f"{documents} documents"


def name_of(sources: Sequence[str]) -> str:
    """The last part of the first source, and how many others there are."""
    if not sources:
        return ""
    name = without_controls(file_name(sources[0])).replace("\n", "\ufffd")
    return name if len(sources) == 1 else f"{name} (+{len(sources) - 1})"
