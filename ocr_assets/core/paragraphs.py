"""From the lines of a page to running text: which lines and blocks are one paragraph, and which hyphens are real.

A hyphen at a line's end, before a letter:
* a soft hyphen or "¬" always goes;
* it stays, with a blank, before "and", "und", "et"…: Haupt- und Nebensatz;
* else the document decides: the spelling that it has elsewhere within a line, joined or hyphenated, and more often;
* where it has neither, the hyphen goes before a lower-case letter, but not after "self", nor in a word that has a
  hyphen already (state-of-the-art), in common compounds (long-term, est-il) or between two words of an English
  document; it stays before any other character: Jean-Paul, COVID-19.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Final

from ocr_assets.core.markdown import HARD_BREAK

Vocabulary = Mapping[str, int]
"""How often each word stands within a line of the document, in lower case; hyphens within words are kept."""

LEAST_OPEN: Final = 40
"""A text shorter than this, in characters, is a label or a line of a form: nothing goes on from it."""

FULL: Final = 0.85
"""Of the characters of the longest line, those of a line that is full."""

_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")  # noqa: RUF001
_HYPHENED = re.compile(r"([^\W\d_]+(?:[-‐][^\W\d_]+)*)([-‐\u00ad¬])$")  # noqa: RUF001
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_ENDS_SENTENCE = re.compile(r"[.!?:;…。！？؟][\"'”’»)\]]*$")  # noqa: RUF001
_ALWAYS_GOES = frozenset("\u00ad¬")
_CONJUNCTIONS = frozenset({"and", "or", "to", "und", "oder", "bzw", "bis", "et", "ou", "y", "e", "o", "en", "of"})
_COMPOUND = re.compile(
    r"\w{4,}-(?:based|driven|oriented|specific|solving|readable)|(?:so-called|(?:best|worst)-case|(?:cutting|leading)-edge)"
    r"|(?:long|short|medium|mid)-(?:term|range)|(?:full|part|real)-time|(?:high|low)-(?:level|income|quality|risk|cost)"
    r"|well-(?:\w+ed|known|being|made|meant|read|worn)|half-\w+ed|(?:decision|policy)-mak(?:ers?|ing)"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten)-(?:year|month|week|day|hour|part|step|stage|way|thirds?|fifths?)"
    r"|\w*[td]-(?:ils?|elles?|on)|\w*[sx]-tu|\w*[sé]-je|(?:celui|celles?|ceux)-(?:ci|là)"
    r"|(?:moi|toi|soi|lui|elle|nous|vous|eux|elles)-mêmes?"
)
"""Spelled with a hyphen in English or French."""
_WITHOUT_BLANKS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef、。]")


def vocabulary(texts: Iterable[str]) -> Vocabulary:
    """The words of these texts, without the parts of those that a line's end breaks."""
    words: Counter[str] = Counter()
    for text in texts:
        goes_on = False
        for line in text.splitlines():
            broken = _HYPHENED.search(line.rstrip())
            whole = line[: broken.start()] if broken else line
            found = [word.lower().replace("‐", "-") for word in _WORD.findall(whole)]  # noqa: RUF001
            words.update(found[goes_on:])
            goes_on = broken is not None
    return words


def join_lines(text: str, words: Vocabulary) -> str:
    """The lines as one, hyphens at their ends resolved by the rule above."""
    lines = (line.strip() for line in text.splitlines())
    return reduce(lambda so_far, line: _joined(so_far, line, words), filter(None, lines), "")


def ends_sentence(text: str) -> bool:
    return bool(_ENDS_SENTENCE.search(text.rstrip()))


def goes_on(text: str, following: str) -> bool:
    """Whether `following`, from the next block, column or page, continues this paragraph.

    It does when no sentence ends before it and it begins with a lower-case letter.
    """
    text, following = text.rstrip(), following.lstrip()
    if not text or not following[:1].islower() or ends_sentence(text):
        return False
    last = next((letter for letter in reversed(text) if letter.isalpha()), "")
    if last.lower() == last.upper():
        return False  # a script without small letters: there they tell nothing
    return len(text) >= LEAST_OPEN or bool(_broken(text))


def breaks_off(text: str) -> bool:
    """Whether the last line of a paragraph, of two or more, is about as long as the others and ends no sentence."""
    *others, last = text.splitlines() or [""]
    return bool(others) and not ends_sentence(text) and len(last) > FULL * max(map(len, others))


def is_prose(text: str) -> bool:
    """Whether the text is that of a paragraph rather than a label or a line by itself."""
    return text[:1].isalnum() and len(text) >= 2 * LEAST_OPEN and HARD_BREAK not in text


def _broken(text: str) -> re.Match[str] | None:
    """The word whose hyphen ends the text; looked for at its end only, since paragraphs grow line by line."""
    return _HYPHENED.search(text, max(0, text.rfind(" ")))


def _joined(text: str, line: str, words: Vocabulary) -> str:
    if not text:
        return line
    broken, first = _broken(text), _FIRST_WORD.match(line)
    if broken and line[0].isalnum():
        if first and first.group().lower() in _CONJUNCTIONS and broken[2] not in _ALWAYS_GOES:
            return f"{text} {line}"
        return text[:-1] + line if _hyphen_goes(broken, first, words) else text + line
    if _WITHOUT_BLANKS.match(text[-1]) and _WITHOUT_BLANKS.match(line):
        return text + line
    return f"{text} {line}"


def _hyphen_goes(broken: re.Match[str], first: re.Match[str] | None, words: Vocabulary) -> bool:
    if broken[2] in _ALWAYS_GOES:
        return True
    if first is None:
        return False
    left, right = broken[1].lower().replace("‐", "-"), first.group().lower()  # noqa: RUF001
    joined, hyphened = words.get(left + right, 0), words.get(f"{left}-{right}", 0)
    if joined or hyphened:
        return joined > hyphened
    if not first.group()[0].islower() or "-" in left or left == "self":
        return False
    return not (_COMPOUND.fullmatch(f"{left}-{right}") or _are_two_words(left, right, words))


def _are_two_words(left: str, right: str, words: Vocabulary) -> bool:
    """Whether both halves are words of an English text; in German such words are written as one."""
    is_english = words.get("the", 0) > words.get("und", 0) + words.get("les", 0)
    return is_english and len(left) > 2 and len(right) > 3 and left in words and right in words
