"""What a model is asked about the fields of a document, page by page, and how its answer is read. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ocr_assets.core.class_questions import QUOTED, quoted
from ocr_assets.core.field_places import run_of
from ocr_assets.core.field_schema import Node
from ocr_assets.core.model_answers import json_value
from ocr_assets.core.valid_reading import valid_text

INSTRUCTIONS: Final = f"""\
You take values out of a document. Answer with JSON in the form that is asked for. For each value give
- value: what the document states, never computed or guessed; null where it states none. Numbers are JSON numbers
  without currency or thousands separators, dates are YYYY-MM-DD;
- quote: the words of the document that are the value, exactly as they stand there, without the label beside them;
- page: the number of the page on which they stand.
{QUOTED}"""
LETTERS_A_TOKEN: Final = 3
"""At least, of most languages and tokenizers, so that an estimate of tokens is rather too high."""
LEAST_TOKENS: Final = 50
"""Of a part that another is divided into."""
_MARKED: Final = re.compile(r'<page number="(\d+)">\n(.*?)\n</page>', re.DOTALL)  # `quoted`: no text has such marks
MOST_ITEMS: Final = 1_000
"""Of a list, in one answer: a model in a loop gives more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A value as the model gives it, unchecked; `name` numbers the items of lists from 1: `items.2.amount`."""

    name: str
    node: Node
    value: Any
    quote: str
    page: int | None


def document_parts(pages: Sequence[tuple[int, str]], tokens: int) -> list[str]:
    """The pages' text with marks of the pages, in parts of at most so many tokens (estimated); empty pages left out."""
    limit, parts, held, size = tokens * LETTERS_A_TOKEN, list[str](), list[str](), 0
    for page, text in pages:
        for piece in _pieces(quoted(text.strip()), limit):
            marked = f'<page number="{page}">\n{piece}\n</page>'
            if held and size + len(marked) > limit:
                parts.append("\n".join(held))
                held, size = [], 0
            held.append(marked)
            size += len(marked)
    return [*parts, "\n".join(held)] if held else parts


def halves(part: str) -> list[str]:
    """A part in two, or a little more, for which there is room in an answer; none where it is short already."""
    tokens = len(part) * 3 // LETTERS_A_TOKEN // 5  # more than half, as lines are not cut
    pages = [(int(number), text) for number, text in _MARKED.findall(part)]
    return document_parts(pages, tokens) if tokens >= LEAST_TOKENS else []


def field_messages(label: str, part: str, number: str, parts: int, shown: Mapping[str, Any] | None) -> list[Any]:
    """The messages of the chat. `shown` is the schema of the answer where the server is not told of it."""
    told = f"Document: {label}"
    told += (
        f", part {number} of {parts}; values that stand in other parts are null here"
        if parts > 1 or "." in number
        else ""
    )
    form = f"\n\nThe JSON has this schema:\n{json.dumps(shown, ensure_ascii=False)}" if shown else ""
    asked = f"{told}{form}\n\n<document>\n{part}\n</document>"
    return [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": asked}]


def answer_schema(node: Node) -> dict[str, Any]:
    """The JSON Schema of the answer: each value with its quote and page, all required, as structured output asks."""
    told = {"description": node.description} if node.description else {}
    if node.kind == "object":
        properties = {name: answer_schema(child) for name, child in node.properties.items()}
        return {"type": "object", "properties": properties, **_closed(properties)} | told
    if node.items is not None:
        return {"type": "array", "items": answer_schema(node.items)} | told
    value: dict[str, Any] = {"type": [node.kind, "null"]} | told
    if "enum" in node.limits:
        value["enum"] = [*node.limits["enum"], None]
    properties = {"value": value, "quote": {"type": ["string", "null"]}, "page": {"type": ["integer", "null"]}}
    return {"type": "object", "properties": properties, **_closed(properties)}


def claims_of(text: str, node: Node) -> tuple[Claim, ...]:
    """The values of an answer, those left null left out. Raises ValueError where it has not the form asked for."""
    value = json_value(text, _DECODER)
    if not isinstance(value, dict) or not value.keys() & node.properties.keys():
        raise ValueError("none of the fields of the whole")
    return tuple(_claims(node, "", value))


def joined(parts: Sequence[Sequence[Claim]]) -> tuple[tuple[Claim, ...], list[str]]:
    """The values of all parts of a document: of lists all items, numbered through; of a single value the first.

    What a later part says of a single value otherwise is told.
    """
    found: dict[str, Claim] = {}
    last, faults = dict[str, int](), list[str]()
    for part in parts:
        before = dict(last)
        for claim in part:
            name = claim.name
            if item := _ITEM.match(name):
                path, number = item[1], before.get(item[1], 0) + int(item[2])
                name, last[path] = f"{path}.{number}{name[item.end() :]}", max(number, last.get(path, 0))
            first = found.setdefault(name, replace(claim, name=name))
            if first.value != claim.value and run_of(str(first.value)) != run_of(str(claim.value)):
                faults.append(f"{name} is {first.value!s:.80}, and later {claim.value!s:.80}")
    return tuple(found.values()), faults


def _pieces(text: str, limit: int) -> Iterator[str]:
    """The text in pieces that fit, cut at the ends of lines where there are some."""
    room = max(limit - 40, 200)
    while len(text) > room:
        end = text.rfind("\n", room // 2, room)
        end = end if end > 0 else room
        yield text[:end]
        text = text[end:].lstrip("\n")
    if text:
        yield text


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": list(properties), "additionalProperties": False}


def _claims(node: Node, name: str, value: Any) -> Iterator[Claim]:
    if node.kind == "object":
        if not isinstance(value, dict):
            raise ValueError(f"no object for {name}")
        if value and not value.keys() & node.properties.keys():
            raise ValueError(f"none of the fields of {name}")
        for part, child in node.properties.items():
            if value.get(part) is not None:
                yield from _claims(child, f"{name}.{part}" if name else part, value[part])
    elif node.items is not None:
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise ValueError(f"no list, or one without end, for {name}")
        for number, item in enumerate(value, 1):
            if item is not None:
                yield from _claims(node.items, f"{name}.{number}", item)
    else:
        if not isinstance(value, dict) or "value" not in value:
            raise ValueError(f"no value for {name}")
        told, quote, page = value["value"], value.get("quote"), value.get("page")
        if told is None or (isinstance(told, str) and not told.strip()):
            return
        if not isinstance(told, str | bool | Decimal):
            raise ValueError(f"a value of another type for {name}")
        on = int(page) if isinstance(page, Decimal) and page == page.to_integral_value() and 0 < page < 10**6 else None
        kept = valid_text(told) if isinstance(told, str) else told
        yield Claim(name, node, kept, valid_text(quote).strip() if isinstance(quote, str) else "", on)


def _number(word: str) -> Decimal:
    try:
        number = Decimal(word)
    except InvalidOperation:  # an exponent beyond all bounds
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{word:.40} is no number")
    return number


_DECODER: Final = json.JSONDecoder(parse_float=_number, parse_int=_number, parse_constant=_number)
_ITEM: Final = re.compile(r"(.+?)\.([0-9]+)(?=\.|$)")
"""The outermost list of a value's name, and the number of the item there."""
