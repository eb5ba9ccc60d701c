"""Named entities of a text by rules and lists, without a model: people, organisations, places, how to reach them.

Precise rather than greedy, in English, German and French; see docs/adr/0017-named-entities.md for what was measured.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ocr_assets.core.contacts import addresses_in, phones_in
from ocr_assets.core.fields import fields_in
from ocr_assets.core.organisations import organisations_in
from ocr_assets.core.people import people_in
from ocr_assets.core.places import places_in

FIXED_FORM: Final = frozenset({"email", "iban", "phone", "address", "reference", "date", "amount"})
"""Kinds that are told by their form: rules find them as well as any model, and give them a value."""


@dataclass(frozen=True, slots=True)
class Entity:
    """`text` is as printed, at `start` to `end` of the text, in characters; both are None where it stands for many.

    `kind` is person, organisation, place, one of FIXED_FORM, or from a service product, event, quantity, title, other.
    `value` is normalised: as of a Field, a phone number's digits, a country's ISO 3166 code, a city's English name;
    else the text with single blanks. `confidence` is 0..1 from a service, None by rules.
    """

    kind: str
    text: str
    value: str | None
    start: int | None
    end: int | None
    confidence: float | None = None


def entities_of(text: str, language: str | None = None) -> tuple[Entity, ...]:
    """The entities in the order of the text; none overlaps another. `language` is an ISO 639-1 code."""
    return apart(_found(text, language))


def apart(found: Iterable[Entity]) -> tuple[Entity, ...]:
    """Those that overlap none before them, in the order of the text."""
    taken, kept = set[int](), list[Entity]()
    for entity in found:
        places = range(entity.start or 0, entity.end or 0)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(entity)
    return tuple(sorted(kept, key=lambda entity: entity.start or 0))


def summed_up(passages: Iterable[Iterable[Entity]]) -> tuple[Entity, ...]:
    """Each entity of a document's passages once, most frequent first, without its place."""
    counts, first = Counter[tuple[str, str]](), dict[tuple[str, str], Entity]()
    for entities in passages:
        for entity in entities:
            key = (entity.kind, entity.value or entity.text)
            counts[key] += 1
            first.setdefault(key, entity)
    return tuple(replace(first[key], start=None, end=None) for key, _ in counts.most_common())


def _found(text: str, language: str | None) -> Iterator[Entity]:
    """All that any rule finds, those first that are surest of where they begin and end."""
    fields = sorted(fields_in(text, language), key=lambda item: ("date", "amount").count(item[1].kind))
    for start, field in fields:
        yield Entity(field.kind, field.text, field.value, start, start + len(field.text))
    for kind, spans in (
        ("address", addresses_in(text)),
        ("phone", phones_in(text)),
        ("organisation", organisations_in(text)),
        ("person", people_in(text, language)),
        ("place", places_in(text)),
    ):
        for start, end, value in spans:
            printed = text[start:end]
            yield Entity(kind, printed, value or " ".join(printed.split()), start, end)
