"""A model's answer as a reading of the page: blocks with boxes, words placed by those of a local reader.

Models read well and place badly. A word that a local reader saw in the same place of the text gets its box; one that
none saw has no box, is left out of `words`, and is counted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final

from ocr_assets.core.confidence import of_both
from ocr_assets.core.figures import reading_position
from ocr_assets.core.model_answers import AnswerBlock, PageAnswer
from ocr_assets.core.pages import OUTSIDE_BODY, Block, Box, PageReading, Word
from ocr_assets.core.regions import area, bounding, intersection
from ocr_assets.core.table_text import plain_lines

ALONE: Final = 0.85
"""Confidence in a word that the model alone has read, or reads otherwise than a local reader: not measured yet."""
MOST_JOINED: Final = 4
"""Words of a local reader that may be one of the model's, and the other way round."""
SHOWN: Final = frozenset({"figure", "stamp", "signature", "ink"})
"""Kinds that a local reading keeps: models that write Markdown do not say where they are."""

SAME: Final = 0.8
"""Of the larger of two boxes that they share, where they are of one picture."""

_LETTERS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PlacedReading:
    """A reading, and how many words of its text have no box."""

    reading: PageReading
    unplaced: int


def page_reading(answer: PageAnswer, local: PageReading | None, reader: str) -> PlacedReading:
    """The answer of the model called `reader` as a reading of the page that `local` has read before."""
    seen = local.words if local else ()
    tokens = [plain_lines(block.text).split() for block in answer.blocks]
    found = _placed(answer.blocks, tokens, seen)
    blocks = _boxed(answer.blocks, [[word for word in words if word] for words in found])
    if local:
        blocks = _with_shown(blocks, local.blocks)
    words = tuple(word for row in found for word in row if word)
    unplaced = sum(map(len, found)) - len(words)
    letters = [
        (len(token), word.confidence if word else ALONE)
        for row, placed in zip(tokens, found, strict=True)
        for token, word in zip(row, placed, strict=True)
    ]
    total = sum(length for length, _ in letters)
    confidence = sum(length * sure for length, sure in letters) / total if total else 0.0
    text = "\n\n".join(block.text for block in blocks if block.kind not in OUTSIDE_BODY and block.text)
    reading = PageReading(reader, text, confidence, tuple(blocks), words)
    if local:
        reading = replace(reading, language=local.language, form_fields=local.form_fields)
    return PlacedReading(reading, unplaced)


def aligned(tokens: Sequence[str], seen: Sequence[Word]) -> list[Word | None]:
    """For each token its word with the box of the local words that stand in its place, or None."""
    placed: list[Word | None] = [None] * len(tokens)
    mine, theirs = [_key(token) for token in tokens], [_key(word.text) for word in seen]
    for kind, i0, i1, j0, j1 in SequenceMatcher(None, mine, theirs).get_opcodes():
        if kind == "equal" or (kind == "replace" and i1 - i0 == j1 - j0):
            for i, j in zip(range(i0, i1), range(j0, j1), strict=True):
                sure = of_both(seen[j].confidence) if kind == "equal" else ALONE
                placed[i] = Word(tokens[i], seen[j].box, max(sure, seen[j].confidence) if kind == "equal" else sure)
        elif kind == "replace" and max(i1 - i0, j1 - j0) <= MOST_JOINED and min(i1 - i0, j1 - j0) == 1:
            boxes = _shared(bounding([word.box for word in seen[j0:j1]]), tokens[i0:i1])
            for i, box in zip(range(i0, i1), boxes, strict=True):
                placed[i] = Word(tokens[i], box, ALONE)
    return placed


def _key(text: str) -> str:
    return "".join(_LETTERS.findall(text.casefold())) or text


def _shared(box: Box, tokens: Sequence[str]) -> list[Box]:
    """The box cut into as many side by side as there are tokens, by their lengths."""
    total = sum(map(len, tokens))
    boxes, x = [], box.x0
    for token in tokens:
        width = (box.x1 - box.x0) * len(token) / total
        boxes.append(box._replace(x0=x, x1=min(box.x1, x + width)))
        x += width
    return boxes


def _placed(
    blocks: Sequence[AnswerBlock], tokens: Sequence[Sequence[str]], seen: Sequence[Word]
) -> list[list[Word | None]]:
    """Words of a block with a box are looked for there; of others in the order of the page, among what is left."""
    found: list[list[Word | None]] = [[None] * len(row) for row in tokens]
    left = list(seen)
    for number, block in enumerate(blocks):
        if block.boxes and tokens[number]:
            inside = [w for w in left if any(intersection(w.box, box) > 0.5 * area(w.box) for box in block.boxes)]
            found[number] = aligned(tokens[number], inside)
            taken = set(map(id, inside))
            left = [word for word in left if id(word) not in taken]
    rest = [(n, i) for n, row in enumerate(found) for i, word in enumerate(row) if word is None]
    for (n, i), word in zip(rest, aligned([tokens[n][i] for n, i in rest], left), strict=True):
        found[n][i] = word
    return found


def _boxed(blocks: Sequence[AnswerBlock], words: Sequence[Sequence[Word]]) -> list[Block]:
    """A block's box is the model's, else that of its words, else the strip between its neighbours."""
    boxes = [
        bounding(block.boxes) if block.boxes else bounding([word.box for word in row]) if row else None
        for block, row in zip(blocks, words, strict=True)
    ]
    placed = list[Block]()
    for number, (block, box) in enumerate(zip(blocks, boxes, strict=True)):
        above = next((other.y1 for other in reversed(boxes[:number]) if other), 0.0)
        below = next((other.y0 for other in boxes[number + 1 :] if other), 1.0)
        strip = Box(0.0, above, 1.0, below) if above < below else Box(0.0, 0.0, 1.0, 1.0)
        # A picture that nobody places cannot be cut out, and one that the model repeats is cut out once.
        if block.kind != "figure" or (box and not _is_told(box, placed)):
            placed.append(Block(block.kind, box or strip, block.text, block.level))
    return placed


def _with_shown(blocks: list[Block], local: Sequence[Block]) -> list[Block]:
    """With the pictures, stamps and signatures that the local reading places and the model does not, none of them
    twice: what it takes for one picture the model may part.
    """
    known = [block.box for block in blocks if block.kind in SHOWN]
    for block in local:
        if block.kind in SHOWN and sum(intersection(block.box, box) for box in known) <= 0.5 * area(block.box):
            shown = replace(block, text="") if block.kind == "figure" else block
            blocks.insert(reading_position(block.box, blocks), shown)
    return blocks


def _is_told(picture: Box, before: Sequence[Block]) -> bool:
    """Whether the model has placed this very picture before."""
    told = [block.box for block in before if block.kind == "figure"]
    return any(intersection(box, picture) > SAME * max(area(box), area(picture)) for box in told)
