"""Upstage as a reader: Document Parse for what pages say, Information Extraction for values of receipts and invoices.

Sent are the pages as they are known here, upright and level, as a PDF of images: so what comes back stands where it
stands here, passwords do not matter, and blank pages are not sent.
"""

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import dagster as dg
from pydantic import Field

from ocr_assets.core.image_pdf import PageJpeg, image_pdf
from ocr_assets.core.pages import FormField
from ocr_assets.core.upstage_answers import UpstagePage, extracted_fields, parsed_pages
from ocr_assets.errors import DocumentFault, UsageError
from resources.upstage.client import Client, Gone, Tally, TimedOut
from resources.upstage.extraction_schemas import SCHEMAS
from resources.upstage.jobs import PATH, Jobs
from resources.vision.ledger import Ledger

LEDGER: Final = "upstage.sqlite"
MOST_SYNC: Final = 100
"""Pages of one answer; of more the service says nothing, and leaves them out."""
MOST_ASYNC: Final = 2_000
MOST_BYTES: Final = 45 << 20
"""Of a PDF that is sent; the service takes 50 MB."""
ROUNDS: Final = 3
"""How often pages are sent whose batch failed."""
MOST_EXTRACTED: Final = 30
"""Pages that are looked at for the values of a receipt or invoice: the first ones."""
QUALITY: Final = 90


class Kept:
    """What is kept of a document's pages while they are asked for; this one in memory only.

    `pages`, `requests` and `charged` are what an earlier try has left: elements by page; numbers of requests with their
    pages; how often each page was sent and, as far as can be known, charged.
    """

    def __init__(self) -> None:
        self.pages: dict[int, UpstagePage] = {}
        self.requests: dict[str, list[int]] = {}
        self.charged: dict[int, int] = {}

    def keep(self, pages: Mapping[int, UpstagePage]) -> None:
        self.pages |= pages

    def asked(self, request: str, pages: Sequence[int]) -> None:
        self.requests[request] = list(pages)

    def answered(self, request: str) -> None:
        self.requests.pop(request, None)

    def charge(self, pages: Sequence[int], times: int) -> None:
        for page in pages:
            self.charged[page] = self.charged.get(page, 0) + times

    @contextmanager
    def charging(self, pages: Sequence[int]) -> Iterator[Tally]:
        """While these pages are sent; the tally says how often. Raises TransientFault where a budget has no room."""
        tally = Tally()
        try:
            yield tally
        finally:  # before what is still to be waited for, in which a run may be killed
            self.charge(pages, tally.charged)


@dataclass
class Parsed:
    """What became of a document's pages: their elements, or the reason why the service has none."""

    pages: dict[int, UpstagePage]
    faults: dict[int, DocumentFault] = field(default_factory=dict)


class Upstage(dg.ConfigurableResource):  # type: ignore[type-arg]
    """`base_url` with its version; the key is the secret `key_variable`.

    `home` is the folder of the ledger.

    `extraction` is "receipt" or "invoice", or empty for none; `extraction_path` and `extraction_model` say by what: a
    model called `…-extraction…` is one of the prebuilt ones, which the vendor gave up in May 2026.
    """

    base_url: str = "https://api.upstage.ai/v1"
    key_variable: str = "UPSTAGE_API_KEY"
    parse_model: str = "document-parse"
    extraction: str = Field(default="", pattern="^(|receipt|invoice)$")
    extraction_path: str = "/information-extraction"
    extraction_model: str = "information-extract"
    concurrency: int = Field(default=2, ge=1, description="documents at a time")
    price: float = Field(default=0.0, ge=0, description="of a page, in any currency")
    home: str = "data"
    run_budget: float = Field(default=0.0, ge=0, description="what a run may spend; 0 for no limit")
    day_budget: float = Field(default=0.0, ge=0, description="what all runs of a day (UTC) may")
    pause_seconds: float = Field(default=2.0, ge=0, description="before a request is sent again; doubled each time")
    poll_seconds: float = Field(default=3.0, ge=0)
    timeout_seconds: float = Field(default=300.0, gt=0, description="of one request; the service's own limit")
    patience_seconds: float = Field(default=3600.0, gt=0, description="until a request of many pages is left for later")

    @property
    def ledger(self) -> Ledger:
        """What was sent and spent: a page is a million of its tokens, at the price of one."""
        return Ledger(Path(self.home) / LEDGER, self.price, 0.0, self.run_budget, self.day_budget, "Upstage")

    @property
    def is_prebuilt(self) -> bool:
        """Whether the model for extraction is one that the vendor has given up."""
        return "-extraction" in self.extraction_model

    def warning(self) -> str:
        """What the operator should know, or nothing."""
        if not (self.extraction and self.is_prebuilt):
            return ""
        told = f"Upstage's prebuilt model {self.extraction_model} is deprecated since May 2026"
        return f"{told}; set OCR_ASSETS_UPSTAGE_EXTRACTION_MODEL=information-extract"

    def parse(self, images: Mapping[int, Callable[[], bytes]], kept: Kept) -> Parsed:
        """Have these pages of a document read, each given by what loads its image; what is kept is not sent again.

        Up to 100 pages are sent at once, more, and those that take too long for one answer, as requests that are
        polled. A page that the service fails on three times has a fault. Raises TransientFault where the service does
        not answer, UsageError.
        """
        parsed = Parsed(kept.pages)
        jobs = Jobs(self._client(), self.poll_seconds, self.patience_seconds)
        for request, pages in list(kept.requests.items()):
            try:
                self._collect(jobs, request, pages, kept, parsed)
            except Gone:  # the service keeps results for 30 days; then the pages are sent again
                kept.answered(request)
        at_once = len(images) <= MOST_SYNC
        for _ in range(ROUNDS):
            left = [page for page in images if page not in kept.pages]
            if not left:
                break
            for pages, content in _parts(left, images, MOST_SYNC if at_once else MOST_ASYNC):
                request_of = self._parse_form(content)
                try:
                    found, request = {}, ""
                    with kept.charging(pages) as tally:
                        if at_once:
                            found = self._parse_at_once(request_of, pages, tally)
                        else:
                            request = jobs.submit(request_of, tally)
                            kept.asked(request, pages)
                except TimedOut:
                    if not at_once:
                        raise
                    at_once = False
                    break
                kept.keep(found)
                if request:
                    self._collect(jobs, request, pages, kept, parsed)
        parsed.faults = {page: fault for page, fault in parsed.faults.items() if page not in kept.pages}
        return parsed

    def extract(self, images: Mapping[int, Callable[[], bytes]], kept: Kept) -> dict[int, tuple[FormField, ...]]:
        """The values of a receipt or invoice by page, as fields. Raises as `parse`, PermanentFault."""
        wanted = list(images)[:MOST_EXTRACTED]
        found: dict[int, list[FormField]] = {}
        for pages, content in _parts(wanted, images, MOST_EXTRACTED):
            form = self._prebuilt_form(content) if self.is_prebuilt else self._universal_form(content)
            with kept.charging(pages) as tally:
                values = self._client().post(self.extraction_path, extracted_fields, tally, **form)
            for number, value in values:
                found.setdefault(pages[min(number, len(pages)) - 1], []).append(value)
        return {page: tuple(fields) for page, fields in found.items()}

    def _client(self) -> Client:
        return Client(self.base_url.rstrip("/"), self.key_variable, self.pause_seconds, self.timeout_seconds)

    def _parse_form(self, content: bytes) -> dict[str, Any]:
        data = {"model": self.parse_model, "ocr": "force", "coordinates": "true"}
        formats = {"output_formats": json.dumps(["html", "markdown", "text"])}
        return {"data": data | formats, "files": {"document": ("document.pdf", content, "application/pdf")}}

    def _parse_at_once(self, form: dict[str, Any], pages: Sequence[int], tally: Tally) -> dict[int, UpstagePage]:
        def check(answer: Any) -> dict[int, UpstagePage]:
            return parsed_pages(answer, 1, len(pages))

        found = self._client().post(PATH, check, tally, **form)
        return {pages[number - 1]: elements for number, elements in found.items()}

    def _collect(self, jobs: Jobs, request: str, pages: Sequence[int], kept: Kept, parsed: Parsed) -> None:
        def keep(found: dict[int, UpstagePage]) -> None:
            kept.keep({pages[number - 1]: elements for number, elements in found.items()})

        have = [number for number, page in enumerate(pages, 1) if page in kept.pages]
        failed = jobs.collect(request, len(pages), keep, have)
        kept.answered(request)
        parsed.faults |= {pages[number - 1]: fault for number, fault in failed.items()}

    def _prebuilt_form(self, content: bytes) -> dict[str, Any]:
        files = {"document": ("document.pdf", content, "application/pdf")}
        return {"data": {"model": self.extraction_model}, "files": files}

    def _universal_form(self, content: bytes) -> dict[str, Any]:
        if self.extraction not in SCHEMAS:
            raise UsageError("upstage_extraction says neither receipt nor invoice")
        url = f"data:application/pdf;base64,{base64.b64encode(content).decode()}"
        schema = {"name": self.extraction, "schema": SCHEMAS[self.extraction]}
        return {
            "json": {
                "model": self.extraction_model,
                "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}],
                "response_format": {"type": "json_schema", "json_schema": schema},
                "location": True,
                "confidence": True,
            }
        }


def _parts(
    pages: Sequence[int], images: Mapping[int, Callable[[], bytes]], most: int
) -> Iterator[tuple[list[int], bytes]]:
    """The pages as PDFs that the service takes, with their numbers here."""
    numbers, held, size = list[int](), list[PageJpeg](), 0
    for page in pages:
        jpeg = page_jpeg(images[page]())
        if held and (len(held) == most or size + len(jpeg.data) > MOST_BYTES):
            yield numbers, image_pdf(held)
            numbers, held, size = [], [], 0
        numbers.append(page)
        held.append(jpeg)
        size += len(jpeg.data)
    if held:
        yield numbers, image_pdf(held)


def page_jpeg(image: bytes) -> PageJpeg:
    """An encoded page as JPEG, grey where it is."""
    from PIL import Image

    with Image.open(io.BytesIO(image)) as page:
        dpi = float(page.info.get("dpi", (200, 200))[0]) or 200.0
        plain = page if page.mode in ("L", "RGB") else page.convert("RGB")
        file = io.BytesIO()
        plain.save(file, "JPEG", quality=QUALITY)
        return PageJpeg(file.getvalue(), plain.width, plain.height, plain.mode == "L", dpi)
