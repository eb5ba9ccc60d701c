"""What is wrong with a model's answer, so that nothing is stored that the page does not say: pure, by the text alone.

A vision model does not fail as a reader does: it goes on for ever, stops early, refuses, or writes what could well
stand there. It is measured against the page's ink and the words that another reader was sure of.
"""

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ocr_assets.core.model_answers import PageAnswer
from ocr_assets.core.pages import Word
from ocr_assets.core.table_text import plain_lines

AnswerFault = Literal[
    "empty", "cut", "loop", "refused", "unparseable", "boxes_outside", "too_short", "too_long", "invented"
]

GRAM: Final = 6
"""Words of a sequence that is counted."""
REPEATED: Final = 0.35
"""Share of an answer's sequences that may be repetitions of one; of tables and forms at most 0.2 is."""
PERIOD: Final = 400
"""Characters of what an answer may end in, again and again."""
LEAST_LOOPED: Final = 300
"""Characters that are a loop if they repeat at least four times: the end of an answer, rows of dots left aside."""
LEAST_COUNTED: Final = 1_000
"""The same of figures alone: columns of a table may hold a hundred zeros."""
COMPRESSED: Final = 12.0
"""By how much zlib may shrink a long text: English by 2 to 3, a table of zeros by 6 to 9, loops by 20 and more."""
WRONG_BOXES: Final = 0.2
"""Share of an answer's boxes that may be on no page."""
SLACK: Final = 150
"""Characters that an answer may have beyond what the page shows: a formula written out, marks that touch."""
SHORT: Final = 15
"""Characters that it may lack: what another reader made of a stamp or of dirt."""
ENOUGH: Final = ((0.9, 0.6), (0.6, 0.45))
"""From which confidence of another reader on what share of its letters an answer must have; else its ink tells."""
SURE: Final = 0.9
TELLING: Final = 5
"""Letters of a word that stands on few pages by chance."""
LEAST_SURE: Final = 6
"""Sure words with which an answer can be compared."""
LEAST_FOUND: Final = 0.5
"""Share of them that an answer must have: another page of the same book has a third and more."""

_REFUSALS = re.compile(
    r"\b(?:I(?:'|\u2019)?(?:m| am) (?:sorry|unable|not able)|I (?:can(?:'|\u2019)?t|cannot|won(?:'|\u2019)?t) "
    r"(?:help|assist|read|transcribe|view|process|see|fulfil|comply|provide)|as an AI\b|es tut mir leid)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the page otherwise.

    `marks` of a letter's size, `written` those of them that stand in rows as letters do; the `words` of another reader
    and its `confidence` in the page (0..1).
    """

    marks: int
    written: int
    words: Sequence[Word] = ()
    confidence: float = 0.0


def raw_fault(text: str, finish: str | None, refusal: str | None = None) -> AnswerFault | None:
    """What an answer as such is blamed for, whatever it was asked; `finish` is why the model ended."""
    if refusal or finish == "content_filter":
        return "refused"
    if is_loop(text):
        return "loop"
    if finish == "length":
        return "cut"
    if not text.strip():
        return "empty"
    if len(text) < 400 and _REFUSALS.search(text):
        return "refused"
    return None


def page_fault(answer: PageAnswer, evidence: Evidence) -> AnswerFault | None:
    """What the parsed answer is blamed for, against the page's ink and another reader's words."""
    if answer.wrong_boxes > WRONG_BOXES * max(1, answer.boxes):
        return "boxes_outside"
    text = "\n".join(plain_lines(block.text) for block in answer.blocks)
    letters = sum(not c.isspace() for c in text)
    if not letters:
        return "empty" if evidence.written > SHORT or evidence.words else None
    if letters > 4 * max(evidence.marks, _letters(evidence)) + SLACK:
        return "too_long"
    share = next((share for least, share in ENOUGH if evidence.confidence >= least), 0.0)
    if letters + SHORT < max(share * _letters(evidence), 0.25 * evidence.written * (not share)):
        return "too_short"
    return "invented" if _says_otherwise(text, evidence.words) else None


def is_loop(text: str) -> bool:
    """Whether the text goes round in circles: at its end, in its sequences of words, or all over."""
    if _ends_in_circles(text):
        return True
    words = _WORD.findall(text)
    if len(words) >= 10 * GRAM:
        grams = Counter(tuple(words[i : i + GRAM]) for i in range(len(words) - GRAM + 1))
        repeated = sum(count for gram, count in grams.items() if count >= 4 and not _is_counting(gram))
        varied = len({gram for gram, count in grams.items() if count >= 4})
        if repeated > REPEATED * len(words) and varied < len(words) / 8:
            return True
    written = re.sub(r"[\s|.:_\-\u2013\u2014]+|</?t[dhr]>", " ", text)
    data = written.encode()
    return len(data) > 2_000 and len(data) / len(zlib.compress(data, 6)) > COMPRESSED


def _ends_in_circles(text: str) -> bool:
    end = text.rstrip()[-4_000:]
    if len(end) < LEAST_LOOPED:
        return False
    for period in range(1, min(PERIOD, len(end) // 4) + 1):
        if end[-period:] != end[-2 * period : -period]:
            continue
        same = period
        while same < len(end) and end[-same - 1] == end[-same - 1 + period]:
            same += 1
        looped = end[-period:]
        least = LEAST_LOOPED if any(c.isalpha() for c in looped) else LEAST_COUNTED
        if same >= max(least, 4 * period) and any(c.isalnum() for c in looped):
            return True
    return False


def _is_counting(gram: Sequence[str]) -> bool:
    """Numbers alone: rows of zeros are a table."""
    return all(word.isdigit() for word in gram)


def _letters(evidence: Evidence) -> int:
    return sum(len(word.text) for word in evidence.words)


def _says_otherwise(text: str, words: Sequence[Word]) -> bool:
    """Whether too few of the words that another reader is sure of are in the text."""
    sure = {w for word in words if word.confidence >= SURE for w in _WORD.findall(word.text.casefold())}
    telling = {word for word in sure if len(word) >= TELLING and not word.isdigit()}
    if len(telling) < LEAST_SURE:
        return False
    run = "".join(_WORD.findall(text.casefold()))
    return sum(word in run for word in telling) < LEAST_FOUND * len(telling)
