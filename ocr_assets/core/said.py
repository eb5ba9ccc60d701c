"""What is said of a passage, and of a document by what is said of its passages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr_assets.core.entities import Entity, entities_of, summed_up
from ocr_assets.core.key_phrases import key_phrases
from ocr_assets.core.languages import language_of

LOCAL: Final = "local"
PHRASES: Final = 8


@dataclass(frozen=True, slots=True)
class Said:
    """`language` is an ISO 639-1 code or None; `fallback` is why a service that was to say it did not."""

    language: str | None
    key_phrases: tuple[str, ...]
    entities: tuple[Entity, ...]
    by: str = LOCAL
    fallback: str | None = None


def said_locally(text: str, fallback: str | None = None) -> Said:
    """What can be said of a passage without any service."""
    language = language_of(text)
    return Said(language, key_phrases(text, language), entities_of(text, language), fallback=fallback)


def said_of_document(passages: Sequence[tuple[str, Said]], whole: str) -> Said:
    """Of the document with these passages, whose text is `whole`: its entities are theirs.

    What a service said of the passages is not asked for again: the language is that of most characters, and the key
    phrases are those that most passages have.
    """
    entities = summed_up(said.entities for _, said in passages)
    services = {said.by for _, said in passages} - {LOCAL}
    reasons = Counter(said.fallback for _, said in passages if said.fallback)
    told = "; ".join(f"{count} of {len(passages)} passages: {why}" for why, count in reasons.most_common()) or None
    if not services:
        language = language_of(whole)
        return Said(language, key_phrases(whole, language), entities, fallback=told)
    letters, phrases, printed = Counter[str | None](), Counter[str](), dict[str, str]()
    for text, said in passages:
        letters[said.language] += len(text)
        for phrase in said.key_phrases:
            phrases[phrase.lower()] += 1
            printed.setdefault(phrase.lower(), phrase)
    common = tuple(printed[phrase] for phrase, _ in phrases.most_common(PHRASES))
    return Said(letters.most_common(1)[0][0], common, entities, "+".join(sorted(services)), told)
