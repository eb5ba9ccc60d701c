"""What of a passage is searched besides its text: where it stands, and in which document."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

_WORD_ENDS: Final = re.compile(r"[_\W]+|(?<=[a-z])(?=[A-Z])")
_HASH: Final = re.compile(r"[0-9a-fA-F-]{16,}")
_FILES: Final = 3
"""Names of a document's file that count, where it was seen under many."""
_NAME_WORDS: Final = 12
_RUNNING: Final = 3
"""Headers and footers that count."""


def embedded_text(heading_path: Sequence[str], text: str) -> str:
    """The text of which the passage's vector is made: its headings, then itself."""
    return f"{' > '.join(heading_path)}\n{text}" if heading_path else text


def content_of(text: str) -> str:
    """What the same text is found again by: the first half of its SHA-256, 32 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()[:32]


def document_words(title: str, sources: Iterable[str], cover: Sequence[str] = ()) -> tuple[str, ...]:
    """What names the document: its title, the words of its file's names, and what stands on its cover and every page.

    "s3://b/2022_Q3-NetSales.pdf" gives "2022 Q3 Net Sales"; names that are hashes say nothing. What has no letter or
    more words than a name has does not count of `cover`.
    """
    names = (PurePosixPath(unquote(source.partition("#")[0])).stem for source in sources)
    spoken = (" ".join(_WORD_ENDS.sub(" ", name).split()) for name in names if not _HASH.fullmatch(name))
    named = [text for text in cover if any(map(str.isalpha, text)) and len(text.split()) <= _NAME_WORDS]
    return tuple(dict.fromkeys(filter(None, (title, *list(dict.fromkeys(spoken))[:_FILES], *named))))


def repeated(running: Iterable[tuple[str, int]], pages: int) -> tuple[str, ...]:
    """The headers and footers, given with their number of pages, that stand on most pages: they name the document."""
    often = sorted((text for text in running if text[1] >= max(3, pages / 2)), key=lambda text: -text[1])
    return tuple(text for text, _ in often[:_RUNNING])
