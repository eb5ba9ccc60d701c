"""Whether a language has a word, by the list of words that comes inside Tesseract's models.

A `.traineddata` file is a row of parts: how many there are (32 bits), where each begins (64 bits each, -1 for none),
then the parts. Of an LSTM model part 21 names its characters, one a line after their number, and part 19 holds its
words as a "squished" graph: 16 bits of magic, the number of characters and of edges (32 bits each), then 64 bits an
edge: the character, three flags (the last one of its node; backwards; a word may end here) and the node it leads to.
All is little-endian. Tesseract's `dict/dawg.h` and `ccutil/tessdatamanager.h` describe them.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ocr_assets.core.old_letters import Vocabulary
from ocr_assets.core.stop_words import stop_words
from resources.page_readers.tesseract_models import is_fraktur, suitable

CHARACTERS, WORDS = 21, 19
MAGIC = 42
MOST_PARTS = 64
MOST_NODES = 20_000
"""Kept as dictionaries, of some 300 bytes each, at a time."""
_LAST, _BACKWARDS, _ENDS = 1, 2, 4
_FLAGS = 3


@dataclass(frozen=True)
class WordList:
    """Words in the spelling of a model: `"Haus" in words`."""

    characters: dict[str, int]
    edges: memoryview
    _of_nodes: dict[int, dict[int, int]] = field(default_factory=dict)

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or not word:
            return False
        edge = self._edges_of(0).get(self.characters.get(word[0], -1), 0)
        for character in word[1:]:
            node = edge >> (self._bits + _FLAGS)  # 0, where all words begin, stands for "none" too
            edge = self._edges_of(node).get(self.characters.get(character, -1), 0) if node else 0
        return bool(edge >> self._bits & _ENDS)

    @property
    def _bits(self) -> int:
        """Of an edge that tell its character."""
        return len(self.characters).bit_length()

    def _edges_of(self, node: int) -> dict[int, int]:
        """The edges that lead on from a node, by their character."""
        if node not in self._of_nodes:
            if len(self._of_nodes) >= MOST_NODES:
                self._of_nodes.clear()
            found: dict[int, int] = {}
            for edge in self.edges[node:] if node < len(self.edges) else ():
                if not edge >> self._bits & _BACKWARDS:
                    found.setdefault(edge & (1 << self._bits) - 1, edge)
                if edge >> self._bits & _LAST:
                    break
            self._of_nodes[node] = found
        return self._of_nodes[node]


def vocabulary(language: str, models: Mapping[str, Path]) -> Vocabulary:
    """Of a language (ISO 639-1) by these models (their names and folders); only its commonest words if none has it."""
    name = next((name for name in suitable(language, tuple(models)) if not is_fraktur(name)), None)
    words = word_list(models[name] / f"{name}.traineddata") if name else None
    return Vocabulary(words.__contains__ if words is not None else _is_none, stop_words(language))


def _is_none(_: str) -> bool:
    return False


@lru_cache(maxsize=4)
def word_list(model: Path) -> WordList | None:
    """The words of a model's file; None where it has none that can be used: not every model comes with a list."""
    try:
        data = model.read_bytes()
        (count,) = struct.unpack_from("<i", data)
        if not WORDS < count <= MOST_PARTS:
            return None
        starts = struct.unpack_from(f"<{count}q", data, 4)
        lines = _part(data, starts, CHARACTERS).decode().split("\n")
        characters = {line.split(" ")[0]: number for number, line in enumerate(lines[1 : int(lines[0]) + 1])}
        graph = _part(data, starts, WORDS)
        magic, size, edges = struct.unpack_from("<hii", graph)
    except (OSError, struct.error, ValueError, IndexError):
        return None
    if magic != MAGIC or size != len(characters) or len(graph) < 10 + 8 * edges or edges < 1:
        return None
    return WordList(characters, memoryview(graph)[10 : 10 + 8 * edges].cast("Q"))


def _part(data: bytes, starts: tuple[int, ...], number: int) -> bytes:
    """A part of the file, which ends where the next one begins; empty if it is missing."""
    start = starts[number]
    if start < 0:
        return b""
    return data[start : min((other for other in starts if other > start), default=len(data))]
