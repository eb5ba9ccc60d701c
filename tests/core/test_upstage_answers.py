"""Upstage's answers, written after the vendor's published examples, and such as nobody should trust."""

import json
from typing import Any

import pypdfium2 as pdfium
import pytest
from PIL import Image

from ocr_assets.core.image_pdf import PageJpeg, image_pdf
from ocr_assets.core.pages import Box
from ocr_assets.core.upstage_answers import BadAnswer, element_values, elements_of, extracted_fields, parsed_pages

CORNERS = [{"x": 0.1, "y": 0.2}, {"x": 0.5, "y": 0.2}, {"x": 0.5, "y": 0.3}, {"x": 0.1, "y": 0.3}]


def element(page: int = 1, category: str = "paragraph", **content: str) -> dict[str, Any]:
    return {"id": 0, "page": page, "category": category, "content": content, "coordinates": CORNERS}


def test_elements_have_kinds_texts_and_boxes_and_keep_their_order() -> None:
    elements = [
        element(1, "heading1", html="<h1>Invoice</h1>", markdown="# Invoice", text="Invoice"),
        element(1, "table", html="<table><tr><td>1</td></tr></table>", markdown="| 1 |", text="1"),
        element(2, "paragraph", markdown="", text="", html="<p>Thanks</p>"),
        element(2, "hologram", text="A new category"),
    ]
    pages = parsed_pages({"elements": elements}, 1, 3)
    assert [(e.kind, e.text) for e in pages[1]] == [
        ("title", "Invoice"),
        ("table", "<table><tr><td>1</td></tr></table>"),
    ]
    assert [(e.kind, e.text) for e in pages[2]] == [("text", "<p>Thanks</p>"), ("text", "A new category")]
    assert pages[3] == ()
    assert pages[1][0].box == Box(0.1, 0.2, 0.5, 0.3)
    assert elements_of(json.loads(json.dumps(element_values(pages[1])))) == pages[1]


def test_batches_that_number_their_pages_through_or_each_from_one_are_both_understood() -> None:
    for page in (2, 12):
        pages = parsed_pages({"elements": [element(page, text="x")]}, 11, 10)
        assert [number for number, own in pages.items() if own] == [12]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"elements": "many"},
        {"elements": [None]},
        {"elements": [element(7, text="x")]},
        {"elements": [element(text="x") | {"page": True}]},
        {"elements": [element(text="x") | {"category": None}]},
        {"elements": [element(text="x") | {"coordinates": []}]},
        {"elements": [element(text="x") | {"coordinates": [{"x": "0.1", "y": 0.1}] * 4}]},
        {"elements": [element(text="x") | {"coordinates": [{"x": float("nan"), "y": 0.1}] * 4}]},
        {"elements": [element(text="x") | {"coordinates": [{"x": 10**400, "y": 0.1}] * 4}]},
        {"elements": [element(text="x") | {"coordinates": [{"x": 12, "y": 0.1}, {"x": 13, "y": 0.2}]}]},
    ],
)
def test_what_does_not_keep_to_the_schema_is_no_answer(answer: Any) -> None:
    with pytest.raises(BadAnswer):
        parsed_pages(answer, 1, 2)


def completion(values: Any, arguments: Any) -> dict[str, Any]:
    call = {"type": "function", "function": {"name": "additional_values", "arguments": arguments}}
    return {"choices": [{"message": {"content": values, "tool_calls": [call]}}]}


def test_extracted_values_have_names_pages_and_places_also_within_lists() -> None:
    values = {"total": "12.50", "tax": "", "paid": None, "items": [{"name": "Tea", "price": 3}, {"name": "Bun"}]}
    placed = {
        "total": {"_value": "12.50", "page": 2, "coordinates": CORNERS, "confidence": "high"},
        "items": [{"name": {"_value": "Tea", "page": 1, "coordinates": CORNERS}}],
    }
    for arguments in (placed, json.dumps(placed), json.dumps({"additional_values": placed})):
        found = extracted_fields(completion(json.dumps(values), arguments))
        assert [(page, field.name, field.value) for page, field in found] == [
            (2, "total", "12.50"),
            (1, "items.1.name", "Tea"),
            (1, "items.1.price", "3"),
            (1, "items.2.name", "Bun"),
        ]
        assert found[0][1].box == found[1][1].box == Box(0.1, 0.2, 0.5, 0.3)
        assert found[3][1].box == Box(0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    "answer", [{}, completion("no JSON", "{}"), completion("[1]", "{}"), completion("{}", "broken"), {"fields": 3}]
)
def test_what_is_no_extraction_is_told(answer: Any) -> None:
    with pytest.raises(BadAnswer):
        extracted_fields(answer)


def test_a_pdf_of_images_shows_each_page_in_its_size() -> None:
    import io

    pages = []
    for mode, size in (("L", (300, 150)), ("RGB", (100, 400))):
        file = io.BytesIO()
        Image.new(mode, size, "white").save(file, "JPEG")
        pages.append(PageJpeg(file.getvalue(), *size, mode == "L", 150))
    with pdfium.PdfDocument(image_pdf(pages)) as document:
        assert [page.get_size() for page in document] == [(144, 72), (48, 192)]
        assert document[1].render(scale=1).to_pil().getpixel((24, 96))[:3] == (255, 255, 255)
