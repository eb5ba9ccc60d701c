"""AWS Comprehend: how texts are cut for it, what they cost, and what its answers come to. No network here.

By the API reference of BatchDetectDominantLanguage, BatchDetectEntities and BatchDetectKeyPhrases, 2017-11-27.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from ocr_assets.core.entities import FIXED_FORM, Entity, apart, entities_of
from ocr_assets.core.places import place_value
from ocr_assets.core.said import PHRASES, Said
from ocr_assets.core.sentences import split_sentences

Operation = Literal["language", "entities", "key_phrases"]
LISTS: Final[Mapping[Operation, str]] = {
    "language": "Languages",
    "entities": "Entities",
    "key_phrases": "KeyPhrases",
}
"""What an operation's results are called in its answer."""
MOST_TEXTS: Final = 25
MOST_BYTES: Final = 5_000
"""Of one text in UTF-8. The reference says 5 KB, earlier ones fewer than 5,000 bytes."""
LEAST_LETTERS: Final = 20
"""Under this many characters the service tells no language."""
LANGUAGES: Final = frozenset(("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"))
"""In which it finds entities and key phrases."""
COMPREHEND: Final = "comprehend"
KINDS: Final = {
    "PERSON": "person",
    "LOCATION": "place",
    "ORGANIZATION": "organisation",
    "COMMERCIAL_ITEM": "product",
    "EVENT": "event",
    "DATE": "date",
    "QUANTITY": "quantity",
    "TITLE": "title",
    "OTHER": "other",
}
_PASSING: Final = re.compile(r"internal|throttl|unavailable|time(d )?-?out|^5\d\d", re.IGNORECASE)
"""The reference names no codes of errors of single texts."""


class BadAnswer(ValueError):
    """An answer that is not of the published form."""


class ItemError(NamedTuple):
    """Why one text of a request has no result. `passing`: the same may go well when it is asked again."""

    told: str
    passing: bool


def units_of(text: str) -> int:
    """What a question about this text is charged as: units of 100 characters, three at least."""
    return max(3, -(-len(text) // 100))


def pieces_of(text: str) -> list[tuple[int, str]]:
    """The text in parts of at most MOST_BYTES with the character that each starts at; together they are the text.

    Cut behind a sentence, a longer one behind a blank, a longer word anywhere between two characters.
    """
    pieces, start, part, size = list[tuple[int, str]](), 0, "", 0
    for sentence in _small(split_sentences(text)):
        length = len(sentence.encode())
        if part and size + length > MOST_BYTES:
            pieces.append((start, part))
            start, part, size = start + len(part), "", 0
        part, size = part + sentence, size + length
    return [*pieces, (start, part)] if part else pieces


def _small(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        while len(part.encode()) > MOST_BYTES:
            # A character may end at any of these bytes: what is left of one is not taken along.
            most = len(part.encode()[:MOST_BYTES].decode(errors="ignore"))
            cut = part.rfind(" ", 0, most) + 1 or most
            yield part[:cut]
            part = part[cut:]
        yield part


def checked(
    operation: Operation, answer: Any, count: int
) -> tuple[dict[int, list[dict[str, Any]]], dict[int, ItemError]]:
    """Results and errors of a request of `count` texts by their number. Raises BadAnswer where one is missing."""
    try:
        results = {
            item["Index"]: [_checked(operation, one) for one in item[LISTS[operation]]] for item in answer["ResultList"]
        }
        errors = {item["Index"]: _error(item) for item in answer["ErrorList"]}
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise BadAnswer(f"no lists of results and errors: {type(error).__name__} {error}") from None
    if len(results) + len(errors) != count or {*results, *errors} != set(range(count)):
        raise BadAnswer(f"{len(results)} results and {len(errors)} errors about {count} texts")
    return results, errors


def _checked(operation: Operation, one: Mapping[str, Any]) -> dict[str, Any]:
    score = float(one["Score"])
    if operation == "language":
        return {"LanguageCode": str(one["LanguageCode"]), "Score": score}
    told = {"Text": str(one["Text"]), "Score": score, "BeginOffset": int(one["BeginOffset"])}
    return told | ({"Type": str(one["Type"])} if operation == "entities" else {})


def _error(item: Mapping[str, Any]) -> ItemError:
    told = f"{item.get('ErrorCode') or ''} {item.get('ErrorMessage') or ''}".strip() or "it does not say why"
    return ItemError(told, _PASSING.search(told) is not None)


def language_told(answer: Sequence[Mapping[str, Any]]) -> str | None:
    """The likeliest language, however unlikely, as Comprehend names it; None where it names none."""
    best = max(answer, key=lambda one: one["Score"], default=None)
    return best["LanguageCode"] if best else None


class Piece(NamedTuple):
    """What was said of a part of a passage."""

    start: int
    text: str
    language: str
    entities: Sequence[Mapping[str, Any]]
    key_phrases: Sequence[Mapping[str, Any]]


def said_by_comprehend(text: str, pieces: Sequence[Piece]) -> Said:
    """What the answers about a passage's pieces come to.

    What has a fixed form is found by our rules, which give it a value; the service's entities stand beside it.
    """
    language = max(pieces, key=lambda piece: len(piece.text)).language.partition("-")[0]
    own = [entity for entity in entities_of(text, language) if entity.kind in FIXED_FORM]
    told = [entity for piece in pieces for one in piece.entities if (entity := _entity(piece, one))]
    told.sort(key=lambda entity: -(entity.confidence or 0))
    phrases = sorted((one for piece in pieces for one in piece.key_phrases), key=lambda one: -one["Score"])
    printed = {" ".join(one["Text"].split()).lower(): " ".join(one["Text"].split()) for one in reversed(phrases)}
    first = dict.fromkeys(" ".join(one["Text"].split()).lower() for one in phrases)
    best = tuple(printed[phrase] for phrase in first)[:PHRASES]
    return Said(language, best, apart([*own, *told]), by=COMPREHEND)


def _entity(piece: Piece, one: Mapping[str, Any]) -> Entity | None:
    """The entity in the passage, where its words stand nearest the place told; None where they stand nowhere."""
    printed, told = one["Text"], one["BeginOffset"]
    if not printed.strip():
        return None
    after = piece.text.find(printed, max(0, told))
    before = piece.text.rfind(printed, 0, max(0, told) + len(printed))
    if after < 0 and before < 0:
        return None
    start = min((place for place in (after, before) if place >= 0), key=lambda place: abs(place - told))
    kind = KINDS.get(one["Type"], "other")
    value = (place_value(printed) if kind == "place" else None) or " ".join(printed.split())
    begin = piece.start + start
    return Entity(kind, printed, value, begin, begin + len(printed), min(1.0, max(0.0, one["Score"])))
