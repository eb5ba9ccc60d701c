"""The phrases that a text is about, by RAKE: runs of words between stop words, rated by the company they keep.

Rose, Engel, Cramer, Cowley: "Automatic keyword extraction from individual documents", in Text Mining, 2010. A word's
rating is its degree (words beside it in its phrases, itself included) by its frequency; a phrase has the sum of its
words'. Departing from the paper, a phrase counts once for each time it stands in the text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from ocr_assets.core.stop_words import stop_words

MOST_WORDS: Final = 3
"""Longer runs are lists and headings run together more often than phrases."""
_ENOUGH: Final = 100_000
"""Characters that are looked at; what a text is about it has said by then."""
_WORD_OR_BREAK: Final = re.compile(r"[^\W_](?:[\w'\u2019.-]*\w)?|\S|\n")


def key_phrases(text: str, language: str | None, most: int = 8) -> tuple[str, ...]:
    """At most `most` phrases of up to three words, most telling first, none that says the same as one before.

    `language` is an ISO 639-1 code and chooses the stop words; None or one without a list is taken as English.
    Phrases are as they first stand in the text. Of two with the same rating the earlier one comes first.
    """
    found = list(_phrases(text[:_ENOUGH], stop_words(language or "en")))
    frequency, degree = Counter[str](), Counter[str]()
    for phrase in found:
        for word in _words(phrase):
            frequency[word] += 1
            degree[word] += len(phrase)
    counts = Counter(_words(phrase) for phrase in found)
    rating = {words: times * sum(degree[w] / frequency[w] for w in words) for words, times in counts.items()}
    printed = {_words(phrase): " ".join(phrase) for phrase in reversed(found)}
    order = {words: place for place, words in enumerate(dict.fromkeys(map(_words, found)))}
    kept = list[tuple[str, ...]]()
    for words in sorted(rating, key=lambda words: (-rating[words], order[words])):
        if len(kept) < most and not any(_same(words, other) for other in kept):
            kept.append(words)
    return tuple(printed[words] for words in kept)


def _phrases(text: str, common: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Runs of up to MOST_WORDS words without stop word, number or punctuation between them."""
    run = list[str]()
    for token in (*_WORD_OR_BREAK.findall(text), "."):
        if any(c.isalpha() for c in token) and token.lower() not in common and len(token) > 1:
            run.append(token)
            continue
        if 0 < len(run) <= MOST_WORDS:
            yield tuple(run)
        run.clear()


def _words(phrase: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.lower() for word in phrase)


def _same(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one phrase holds all words of the other, so that "billing" says nothing beside "balance billing"."""
    return set(words) <= set(other) or set(other) <= set(words)
