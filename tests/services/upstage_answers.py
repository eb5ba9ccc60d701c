"""What Upstage answers: elements of pages that are read for real, and values of receipts and invoices."""

import json
import threading
from typing import Any

import pypdfium2 as pdfium

from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed
from tests.services.upstage_requests import FORMATS

ENGINE = threading.Lock()  # PDFium and Tesseract take one caller at a time


def lines_of(content: bytes, most: int) -> list[list[Any]]:
    """The lines of type of each page of a PDF, at most so many pages, as Tesseract reads them."""
    with pdfium.PdfDocument(content) as document:
        images = [page.render(scale=150 / 72, grayscale=True).to_pil() for page in list(document)[:most]]
    engine = Tesseract(installed(None))
    return [list(engine.lines(image.convert("L"), 150, "eng")) for image in images]


def element(number: int, page: int, line: Any) -> dict[str, Any]:
    text = " ".join(read.word.text for read in line)
    boxes = [read.word.box for read in line]
    x0, y0 = min(box.x0 for box in boxes), min(box.y0 for box in boxes)
    x1, y1 = max(box.x1 for box in boxes), max(box.y1 for box in boxes)
    corners = [{"x": x, "y": y} for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    category = "heading1" if y1 - y0 > 0.02 else "paragraph"
    tag = "h1" if category == "heading1" else "p"
    return {
        "id": number,
        "page": page,
        "category": category,
        "content": {
            "html": f"<{tag} id='{number}'>{text}</{tag}>",
            "markdown": f"# {text}" if tag == "h1" else text,
            "text": text,
        },
        "coordinates": corners,
    }


def answer(pages: list[list[dict[str, Any]]]) -> dict[str, Any]:
    elements = [element for page in pages for element in page]
    whole = {form: "\n".join(element["content"][form] for element in elements) for form in sorted(FORMATS)}
    usage = {"pages": len(pages)}
    return {"api": "2.0", "model": "document-parse-260930", "content": whole, "elements": elements, "usage": usage}


def universal(total: dict[str, Any] | None, schema: dict[str, Any]) -> dict[str, Any]:
    """A chat completion with the values of the schema: here the total alone, the others are not on the page."""
    values: dict[str, Any] = {
        name: [] if kind["type"] == "array" else "" for name, kind in schema["properties"].items()
    }
    placed = {}
    if total:
        values["total"] = total["content"]["text"].split()[-1]
        place = {"page": total["page"], "coordinates": total["coordinates"], "confidence": "high"}
        placed["total"] = {"_value": values["total"], **place}
    call = {"type": "function", "function": {"name": "additional_values", "arguments": json.dumps(placed)}}
    message = {"role": "assistant", "content": json.dumps(values), "tool_calls": [call]}
    return {"id": "iex-1", "object": None, "choices": [{"finish_reason": "stop", "index": None, "message": message}]}


def prebuilt(total: dict[str, Any] | None) -> dict[str, Any]:
    """The older answer: keys and values, corners in pixels of the pages that the metadata tell of."""
    fields = []
    if total:
        corners = [{"x": corner["x"] * 1000, "y": corner["y"] * 2000} for corner in total["coordinates"]]
        value = total["content"]["text"].split()[-1]
        fields = [
            {
                "key": "total.charged_price",
                "value": value,
                "refinedValue": value,
                "confidence": 0.98,
                "type": "content",
                "boundingBoxes": [{"page": total["page"], "vertices": corners}],
            },
            {"key": "group", "value": "", "type": "group", "properties": [{"key": "card", "value": "1234"}]},
        ]
    return {
        "apiVersion": "1.1",
        "documentType": "receipt",
        "fields": fields,
        "metadata": {"pages": [{"page": 1, "width": 1000, "height": 2000}]},
    }
