"""What of a passage is searched besides its text: where it stands, and in which document."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

_WORD_ENDS: Final = re.compile(r"[_\W]+|(?<=[a-z])(?=[A-Z])")
_HASH: Final = re.compile(r"[0-9a-fA-F-]{16,}")
_FILES: Final = 3
"""Names of a document's file that count, where it was seen under many."""


def embedded_text(heading_path: Sequence[str], text: str) -> str:
    """The text of which the passage's vector is made: its headings, then itself."""
    return f"{' > '.join(heading_path)}\n{text}" if heading_path else text


def document_words(title: str, sources: Iterable[str]) -> tuple[str, ...]:
    """What names the document: its title, and the words of its file's names; names that are hashes say nothing.

    "s3://b/2022_Q3-NetSales.pdf" gives "2022 Q3 Net Sales".
    """
    names = (PurePosixPath(unquote(source.partition("#")[0])).stem for source in sources)
    spoken = (" ".join(_WORD_ENDS.sub(" ", name).split()) for name in names if not _HASH.fullmatch(name))
    return tuple(filter(None, (title, *list(dict.fromkeys(spoken))[:_FILES])))
