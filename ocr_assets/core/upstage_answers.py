"""What Upstage answers, checked and turned into plain values: nothing of an answer is trusted.

Document Parse: `elements` with category, page, content in several forms and four corners in 0..1. Information
Extraction: values by the names of a schema, with page and corners beside them; the older prebuilt one: a list of keys
and values with corners in pixels. Schemas: console.upstage.ai/api.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ocr_assets.core.model_answers import FAR
from ocr_assets.core.pages import BlockKind, Box, FormField

KINDS: Final[dict[str, BlockKind]] = {
    "heading1": "title",
    "paragraph": "text",
    "list": "list",
    "index": "text",
    "table": "table",
    "figure": "figure",
    "chart": "figure",
    "caption": "figure_caption",
    "equation": "equation",
    "header": "header",
    "footer": "footer",
    "footnote": "footnote",
}
"""Categories of elements; a new one counts as text."""
ANYWHERE: Final = Box(0.0, 0.0, 1.0, 1.0)
"""The box of a value that the answer does not place."""


@dataclass(frozen=True, slots=True)
class UpstageElement:
    """An element of a page: what it is, its text (a table's as HTML), and where it stands."""

    kind: BlockKind
    text: str
    box: Box


UpstagePage = tuple[UpstageElement, ...]
"""In reading order."""


class BadAnswer(ValueError):
    """An answer that does not keep to the published schema; the message says where."""


def parsed_pages(answer: Any, first: int, count: int) -> dict[int, UpstagePage]:
    """The elements by page, of an answer about `count` pages from `first` on; pages without any are empty.

    Batches number their pages through the document, or each from 1: both are understood. Raises BadAnswer.
    """
    elements = _get(answer, "elements", list)
    numbers = {_get(element, "page", int) for element in elements}
    if numbers <= set(range(first, first + count)):
        offset = 0
    elif numbers <= set(range(1, count + 1)):
        offset = first - 1
    else:
        raise BadAnswer(f"pages {sorted(numbers)[:5]} of a request about {count} from {first} on")
    pages: dict[int, list[UpstageElement]] = {page: [] for page in range(first, first + count)}
    for element in elements:
        pages[element["page"] + offset].append(_element(element))
    return {page: tuple(own) for page, own in pages.items()}


def element_values(page: UpstagePage) -> list[dict[str, Any]]:
    """The elements as plain values, for checkpoints."""
    return [{"kind": element.kind, "text": element.text, "box": list(element.box)} for element in page]


def elements_of(values: Sequence[Mapping[str, Any]]) -> UpstagePage:
    """Elements of their values."""
    return tuple(UpstageElement(value["kind"], value["text"], Box(*value["box"])) for value in values)


def _element(element: dict[str, Any]) -> UpstageElement:
    category, content = _get(element, "category", str), _get(element, "content", dict)
    forms = ("html",) if category == "table" else ("markdown", "text", "html")
    if category in ("header", "footer", "caption", "heading1", "figure", "chart"):
        forms = ("text", "markdown", "html")
    texts = [content.get(form) for form in (*forms, "text")]
    text = next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")
    return UpstageElement(KINDS.get(category, "text"), text, box_of_corners(_get(element, "coordinates", list)))


def box_of_corners(corners: Sequence[Any], width: float = 1.0, height: float = 1.0) -> Box:
    """The box around corners `{"x", "y"}`, cut at the page's edges; `width` and `height` are the page's, in their unit.

    Raises BadAnswer for what is no box of that page.
    """
    points = [(_number(corner, "x") / width, _number(corner, "y") / height) for corner in corners]
    if len(points) < 2:
        raise BadAnswer(f"{len(points)} corners")
    x0, x1 = min(x for x, _ in points), max(x for x, _ in points)
    y0, y1 = min(y for _, y in points), max(y for _, y in points)
    if x0 > 1 or y0 > 1 or x1 < 0 or y1 < 0 or x1 - x0 > 2 or y1 - y0 > 2:
        raise BadAnswer("corners off the page")
    return Box(max(0.0, x0), max(0.0, y0), min(1.0, x1), min(1.0, y1))


def extracted_fields(answer: Any) -> list[tuple[int, FormField]]:
    """The extracted values with their pages, from either kind of answer. Values without a place stand on page 1.

    Raises BadAnswer.
    """
    return list(_prebuilt(answer) if isinstance(answer, dict) and "fields" in answer else _universal(answer))


def _universal(answer: Any) -> Iterator[tuple[int, FormField]]:
    choices = _get(answer, "choices", list)
    for choice in choices:
        message = _get(choice, "message", dict)
        placed = next(filter(None, map(_arguments, message.get("tool_calls") or ())), {})
        values = _json(_get(message, "content", str))
        if not isinstance(values, dict):
            raise BadAnswer("values that are no object")
        yield from _leaves("", values, placed.get("additional_values", placed))


def _arguments(call: Any) -> dict[str, Any] | None:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or function.get("name") != "additional_values":
        return None
    told = function.get("arguments")
    told = _json(told) if isinstance(told, str) else told
    return told if isinstance(told, dict) else None


def _leaves(name: str, value: Any, placed: Any) -> Iterator[tuple[int, FormField]]:
    """Values under their names, joined by dots; items of lists count from 1."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner, _within(placed, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(f"{name}.{number + 1}", inner, _within(placed, number))
    elif value is not None and str(value).strip():
        place = placed if isinstance(placed, dict) else {}
        corners = place.get("coordinates")
        box = box_of_corners(corners) if isinstance(corners, list) and corners else ANYWHERE
        yield _page(place.get("page")), _field(name, str(value), box)


def _within(placed: Any, key: Any) -> Any:
    if isinstance(placed, dict):
        inner = placed.get("_value") if isinstance(placed.get("_value"), dict | list) else placed
        return inner.get(key) if isinstance(inner, dict) else _within(inner, key)
    return placed[key] if isinstance(placed, list) and isinstance(key, int) and key < len(placed) else None


def _prebuilt(answer: dict[str, Any]) -> Iterator[tuple[int, FormField]]:
    metadata = answer.get("metadata")
    sizes = metadata.get("pages") if isinstance(metadata, dict) else None
    pages = {size.get("page"): size for size in sizes or () if isinstance(size, dict)}
    yield from _keys("", _get(answer, "fields", list), pages)


def _keys(above: str, fields: list[Any], pages: Mapping[Any, Any]) -> Iterator[tuple[int, FormField]]:
    for field in fields:
        key = _get(field, "key", str)
        name = f"{above}.{key}" if above else key
        value = field.get("refinedValue") or field.get("value")
        if value is not None and str(value).strip():
            [place] = (field.get("boundingBoxes") or [None])[:1]
            page, box = 1, ANYWHERE
            if isinstance(place, dict) and place.get("page") in pages:
                page, size = _page(place["page"]), pages[place["page"]]
                corners = _get(place, "vertices", list)
                box = box_of_corners(corners, _number(size, "width") or 1.0, _number(size, "height") or 1.0)
            yield page, _field(name, str(value), box)
        yield from _keys(name, field.get("properties") or [], pages)


def _field(name: str, value: str, box: Box) -> FormField:
    return FormField("text", name, name.replace("_", " "), value.strip(), box)


def _page(page: Any) -> int:
    return page if isinstance(page, int) and page >= 1 else 1


def _get(value: Any, name: str, kind: type) -> Any:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise BadAnswer(f"no {name}")
    return found


def _number(value: Any, name: str) -> float:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, int | float) or isinstance(found, bool) or not abs(found) < FAR:
        raise BadAnswer(f"no {name}")
    return float(found)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("values that are no JSON") from error
