"""The phrases that a text is about, by YAKE: statistics of the text itself, no model and no corpus."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WORDS: Final = 3
_ENOUGH: Final = 20_000
"""Characters that are looked at: YAKE slows down more than linearly."""


def key_phrases(text: str, language: str | None, most: int = 8) -> tuple[str, ...]:
    """At most `most` phrases of up to three words, most telling first, none that says the same as one before.

    `language` is an ISO 639-1 code and chooses the stop words; None or one without a list is taken as English.
    """
    ranked = _extractor(language or "en")(text[:_ENOUGH])
    kept = list[str]()
    for phrase, _ in ranked:
        words = phrase.lower().split()
        if any(character.isalpha() for character in phrase) and not any(_same(words, other) for other in kept):
            kept.append(phrase)
    return tuple(kept[:most])


def _same(words: list[str], other: str) -> bool:
    """Whether one phrase holds all words of the other, so that "billing" says nothing beside "balance billing"."""
    others = other.lower().split()
    return set(words) <= set(others) or set(others) <= set(words)


@lru_cache(maxsize=16)
def _extractor(language: str) -> "Callable[[str], list[tuple[str, float]]]":
    from yake import KeywordExtractor  # type: ignore[import-untyped]

    extractor: Any = KeywordExtractor(lan=language, n=MOST_WORDS, top=40)
    extract: Callable[[str], list[tuple[str, float]]] = extractor.extract_keywords
    return extract
