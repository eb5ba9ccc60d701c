"""Cutting a document into passages for search, along its own structure.

Sections first (never across a top-level heading), then elements, then sentences, then words; of code its lines.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from ocr_assets.core.code_parts import code_parts, is_code
from ocr_assets.core.document import Chunk, Element, PageBox
from ocr_assets.core.sentences import split_sentences
from ocr_assets.core.statements import statement_of
from ocr_assets.core.table_text import RULE, by_rows
from ocr_assets.errors import UsageError

CountTokens = Callable[[str], int]
Split = Callable[[str], list[str]]
ChunkKind = Literal["text", "table", "figure"]
_PICTURE = re.compile(r"!\[((?:[^\]\\]|\\.)*)\]\([^)\s]*\)")


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes in tokens of the embedder; the defaults are measured in docs/adr/0003.

    A chunk has at most `max_tokens`, but for a single table row that is longer: it is never cut. Once it is filled to
    the share `least_filled`, a heading of any level ends it. A chunk cut for its size repeats up to `overlap_tokens` of
    the text before the cut, in whole sentences.
    """

    max_tokens: int = 256
    least_filled: float = 0.7
    overlap_tokens: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.overlap_tokens <= self.max_tokens // 2 and 0 <= self.least_filled <= 1):
            raise UsageError(f"{self}: overlap_tokens must be at most half of max_tokens, least_filled within 0 and 1")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of an element that is not cut further; `glue` stands between it and a piece before it."""

    text: str
    glue: str
    tokens: int
    heading: bool
    path: tuple[str, ...]
    regions: tuple[PageBox, ...]


def chunk(
    elements: Sequence[Element], settings: ChunkSettings, count_tokens: CountTokens, title: str = ""
) -> tuple[Chunk, ...]:
    """Cut a document's body into passages, in reading order; every word of it is in at least one.

    `count_tokens` says how many tokens a text has for the embedder. Joining texts is taken to cost no tokens, which
    holds for word-piece models; `Chunk.tokens` is counted on the final text. The document's `title` is the first
    heading of its tables, whose rows say nothing of whose they are (docs/adr/0012); what a table is as a financial
    statement is the last one (docs/adr/0018).
    """
    cutter = _Cutter(settings, count_tokens, " ".join(title.split()))
    for _, section in groupby(with_headings(elements), key=lambda item: item[0]):
        for _, path, element in section:
            cutter.add(element, path)
        cutter.end_section()
    return tuple(cutter.chunks)


def with_headings(elements: Sequence[Element]) -> Iterator[tuple[int, tuple[str, ...], Element]]:
    """Each element that has text, with the number of its top-level section and its headings from the highest down."""
    top = min((_level(element) for element in elements if element.kind == "heading"), default=0)
    section, headings = 0, list[tuple[int, str]]()
    for element in elements:
        if not plain_text(element):
            continue
        if element.kind == "heading":
            level = _level(element)
            section += level == top
            headings = [kept for kept in headings if kept[0] < level]
            headings.append((level, " ".join(element.text.split())))
        yield section, tuple(text for _, text in headings), element


def _level(element: Element) -> int:
    return element.level or 6


@dataclass(slots=True)
class _Cutter:
    """Fills one chunk after the other."""

    settings: ChunkSettings
    count_tokens: CountTokens
    title: str = ""
    chunks: list[Chunk] = field(default_factory=list)
    pending: list[_Piece] = field(default_factory=list)
    repeated: int = 0
    """How many pieces at the head of `pending` stand in the chunk before as well."""

    def add(self, element: Element, path: tuple[str, ...]) -> None:
        if element.kind == "table":
            self._add_alone("table", self._table_pieces(element, path))
        elif element.kind == "figure":
            self._add_alone("figure", self._packed(self._pieces(element, path)))
        else:
            filled = _size(self.pending) / self.settings.max_tokens
            if element.kind == "heading" and filled >= self.settings.least_filled:
                self._flush()
            pieces = self._code_pieces if element.kind == "code" else self._pieces
            for piece in pieces(element, path):
                self._add_piece(piece)

    def end_section(self) -> None:
        self._emit("text", self.pending, self.repeated)
        self.pending, self.repeated = [], 0

    def _add_piece(self, piece: _Piece) -> None:
        room = self.settings.max_tokens - piece.tokens
        if _size(self.pending) > room:
            body = self._flush()
            if _size(self.pending) > room:
                self.end_section()
            if not self.pending:
                self.pending = self._tail(body, min(room, self.settings.overlap_tokens))
                self.repeated = len(self.pending)
        self.pending.append(piece)

    def _add_alone(self, kind: ChunkKind, pieces: Sequence[_Piece]) -> None:
        """Chunks of their own; headings that stand right before go with the first one."""
        self._flush()
        if _size(self.pending) + pieces[0].tokens > self.settings.max_tokens:
            self.end_section()
        headings, self.pending = self.pending, []
        self._emit(kind, [*headings, pieces[0]])
        for piece in pieces[1:]:
            self._emit(kind, [piece])

    def _flush(self) -> list[_Piece]:
        """Close the chunk and return what it holds; headings at its end stay, to open the next one."""
        body = list(self.pending)
        while body and body[-1].heading:
            body.pop()
        self.pending = self.pending[len(body) :]
        self._emit("text", body, self.repeated)
        self.repeated = 0
        return body

    def _tail(self, body: Sequence[_Piece], limit: int) -> list[_Piece]:
        """The last sentences of `body` that have at most `limit` tokens."""
        tail = list[_Piece]()
        for piece in reversed(body):
            for part in [piece] if is_code(piece.text) else reversed(self._cut(piece, split_sentences(piece.text))):
                if part.heading or part.tokens > limit:
                    return tail
                limit -= part.tokens
                tail.insert(0, part)
        return tail

    def _emit(self, kind: ChunkKind, pieces: Sequence[_Piece], repeated: int = 0) -> None:
        if len(pieces) == repeated:
            return
        text = pieces[0].text + "".join(piece.glue + piece.text for piece in pieces[1:])
        lead = next((piece for piece in pieces[repeated:] if not piece.heading), pieces[-1])
        regions = tuple(dict.fromkeys(region for piece in pieces for region in piece.regions))
        self.chunks.append(Chunk(len(self.chunks), text, kind, lead.path, regions, self.count_tokens(text)))

    def _pieces(self, element: Element, path: tuple[str, ...]) -> list[_Piece]:
        """The element whole where it fits, else its sentences, else their words, else runs of characters."""
        text = plain_text(element)
        whole = _Piece(text, "\n\n", self.count_tokens(text), element.kind == "heading", path, element.regions)
        ways: list[Split] = [lambda text: text.splitlines(keepends=True), split_sentences, _split_words, list]
        return self._divide(whole, ways if element.kind == "list" else ways[1:])

    def _code_pieces(self, element: Element, path: tuple[str, ...]) -> Iterator[_Piece]:
        for text in code_parts(plain_text(element), self.settings.max_tokens, self.count_tokens):
            yield _Piece(text, "\n\n", self.count_tokens(text), False, path, element.regions)

    def _divide(self, piece: _Piece, ways: Sequence[Split]) -> list[_Piece]:
        if piece.tokens <= self.settings.max_tokens or not ways:
            return [piece]
        way, *finer = ways
        return [small for part in self._cut(piece, way(piece.text)) for small in self._divide(part, finer)]

    def _packed(self, pieces: Sequence[_Piece]) -> list[_Piece]:
        """The pieces, as many of them in one as fit: a chart's labels are a sentence each."""
        packed = list(pieces[:1])
        for piece in pieces[1:]:
            last = packed[-1]
            if last.tokens + piece.tokens <= self.settings.max_tokens:
                packed[-1] = replace(last, text=last.text + piece.glue + piece.text, tokens=last.tokens + piece.tokens)
            else:
                packed.append(piece)
        return packed

    def _cut(self, piece: _Piece, parts: Sequence[str]) -> list[_Piece]:
        """The piece as its parts, which joined are its text."""
        pieces, glue = list[_Piece](), piece.glue
        for part in parts:
            text = part.strip()
            if text:
                pieces.append(_Piece(text, glue, self.count_tokens(text), piece.heading, piece.path, piece.regions))
                glue = part[len(part.rstrip()) :]
        return pieces

    def _table_pieces(self, element: Element, path: tuple[str, ...]) -> list[_Piece]:
        """The table as one piece, or cut between rows, caption and header repeated where that leaves room for rows."""
        lines = [line for line in by_rows(plain_text(element)).splitlines() if line.strip()]
        rule = next((n for n, line in enumerate(lines) if n and "|" in lines[n - 1] and RULE.fullmatch(line)), None)
        caption, header, rows = [], [], lines
        if rule is not None and rule + 1 < len(lines):
            caption, header, rows = lines[: rule - 1], lines[rule - 1 : rule + 1], lines[rule + 1 :]
        if self.count_tokens("\n".join(header)) > self.settings.max_tokens // 2:
            caption, header, rows = [], [], lines
        if self.title and self.title not in path:
            path = (self.title, *path)
        if statement := statement_of("\n".join(lines)):
            path = (*path, statement)
        return [
            _Piece(text, "\n\n", self.count_tokens(text), False, path, element.regions)
            for text in self._row_groups(caption, header, rows)
        ]

    def _row_groups(self, caption: Sequence[str], header: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
        captioned = [*caption, *([""] if caption else []), *header]
        short = self.count_tokens("\n".join(captioned)) <= self.settings.max_tokens // 2
        above, further = captioned, captioned if short else list(header)
        group, size = list[str](), self.count_tokens("\n".join(above))
        for row in rows:
            tokens = self.count_tokens(row)
            if group and size + tokens > self.settings.max_tokens:
                yield "\n".join([*above, *group])
                above = further
                group, size = [], self.count_tokens("\n".join(above))
            group.append(row)
            size += tokens
        yield "\n".join([*above, *group])


def plain_text(element: Element) -> str:
    """The element's text without the link to its picture; the picture's caption stays where it is not printed too."""
    found = _PICTURE.search(element.text) if element.kind in ("figure", "table") else None
    if found is None:
        return element.text.strip()
    caption = re.sub(r"\\(.)", r"\1", found[1])
    rest = (element.text[: found.start()] + element.text[found.end() :]).strip()
    printed = " ".join(re.sub(r"\\(.)", r"\1", rest).split())
    return rest if caption in printed else "\n\n".join(filter(None, (caption, rest)))


def _size(pieces: Sequence[_Piece]) -> int:
    return sum(piece.tokens for piece in pieces)


def _split_words(text: str) -> list[str]:
    return re.findall(r"\S+\s*", text)
