"""Whether a text layer may stand for its page: it covers the ink and is text, in any script and language."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ocr_assets.core.ink import Ink
from ocr_assets.core.pages import Box, Word

_CID = re.compile(r"\(cid:\d+\)")
_MOJIBAKE = re.compile("[ÂÃ][\x80-\xbf]|â€")
_VOWELS = frozenset("aeiouyæœø\u0131")
_FREQUENT = frozenset("eainrsto")
"""In every European language, and in Turkish, Vietnamese, Zulu or romanised Chinese."""
_WORDS = re.compile(r"[^\W\d_]+")
_LETTERS_TO_JUDGE = 80
_LETTERS_TO_COUNT = 150
_ORDINARY = frozenset("LNPZM")


@dataclass(frozen=True, slots=True)
class Soundness:
    """Whether a text layer may stand for the page.

    `fault` is None where it may, else one of absent, uncovered, mojibake, garbage. `coverage` is the share of the
    page's marks, pictures left aside, that lie within words; `damage` the share of characters that are no text.
    """

    fault: str | None
    coverage: float
    damage: float

    @property
    def is_sound(self) -> bool:
        return self.fault is None

    @property
    def worth(self) -> float:
        """How much of the page it reads well, 0..1."""
        return 0.0 if self.fault in ("absent", "garbage") else self.coverage * (1 - self.damage)


def soundness(
    words: Sequence[Word],
    ink: Ink,
    pictures: Sequence[Box] = (),
    *,
    min_coverage: float = 0.5,
    max_damage: float = 0.1,
) -> Soundness:
    """Judge a text layer against the ink of its page. Any script and language is text; only damage counts."""
    text = " ".join(word.text for word in words)
    if not text:
        return Soundness("absent", 0.0, 0.0)
    coverage, damage = ink.coverage([word.box for word in words], pictures), damage_of(words)
    fault = None
    if damage > max_damage:
        fault = "mojibake"
    elif is_glyph_soup(text):
        fault = "garbage"
    elif coverage < min_coverage:
        fault = "uncovered" if _has_letters(text) else "garbage"
    return Soundness(fault, coverage, damage)


def is_no_text(character: str) -> bool:
    """A character that stands for no text: unassigned, private use, control, surrogate or the replacement character."""
    return character == "\ufffd" or unicodedata.category(character) in ("Co", "Cc", "Cn", "Cs")


def damage_of(words: Sequence[Word]) -> float:
    """Share of characters that are no text: unmapped ones, "(cid:12)", and UTF-8 read as Latin-1."""
    total = sum(len(word.text) for word in words)
    lost = sum(max(len(word.text) * (1 - word.confidence), sum(map(is_no_text, word.text))) for word in words)
    patterns = sum(len(hit) for word in words for p in (_CID, _MOJIBAKE) for hit in p.findall(word.text))
    return min(1.0, (lost + patterns) / total) if total else 0.0


def is_glyph_soup(text: str) -> bool:
    """Glyph numbers shown as characters: hardly any letters, or Latin letters that no language strings together.

    Of 318 pages of sound text none has fewer than 25 % vowels; of the same pages with their codes shifted by 29, as
    fonts without a map give them, 97 % have fewer than 20 %. Of 269 pages whose letters were exchanged at random 28 %
    have too few vowels, and 84 % too few of these or of the letters that are frequent everywhere.
    Short texts and other scripts are never soup.
    """
    shown = [c for c in text if not c.isspace()]
    if len(shown) < _LETTERS_TO_JUDGE:
        return False
    ordinary = sum(unicodedata.category(c)[0] in _ORDINARY for c in shown)
    if ordinary / len(shown) < 0.5:
        return True
    latin = _latin(text)
    if latin is None:
        return False
    return sum(c in _VOWELS for c in latin) / len(latin) < 0.2 or _are_exchanged(text) or _runs_together(text)


def is_latin(text: str) -> bool:
    """Whether most of its letters are Latin, and enough to tell."""
    return _latin(text) is not None


def _has_letters(text: str) -> bool:
    """Whether half of the characters are letters or figures: of a few words in a font that maps to nonsense, too few
    to be told by their letters, often less are."""
    shown = "".join(text.split())
    return sum(map(str.isalnum, shown)) >= 0.5 * len(shown)


def _latin(text: str) -> list[str] | None:
    """The letters without their accents; None where they are few or mostly of another script."""
    bases = [unicodedata.normalize("NFD", c)[0] for c in text.lower() if c.isalpha()]
    latin = [c for c in bases if c.isascii() or c in _VOWELS]
    return latin if len(latin) >= max(_LETTERS_TO_JUDGE, 0.8 * len(bases)) else None


def _are_exchanged(text: str) -> bool:
    """Whether letters stand for others, as a wrong map of a font makes them: the frequent ones are rare.

    They are 54 % and more of the letters of sound pages, names of variables left aside, and 47 % of Welsh.
    """
    letters = _latin(" ".join(word for word in _WORDS.findall(text) if len(word) > 2))
    if letters is None or len(letters) < _LETTERS_TO_COUNT:
        return False
    return sum(c in _FREQUENT for c in letters) / len(letters) < 0.38


def _runs_together(text: str) -> bool:
    """Half of the text in words of more than 40 letters: the blanks are lost."""
    lengths = [len(word) for word in _WORDS.findall(text)]
    return sum(n for n in lengths if n > 40) > 0.5 * sum(lengths)
