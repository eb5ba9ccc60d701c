"""What Upstage reads of a batch's documents: fetched once, kept until the stage settles, handed out page by page."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from ocr_assets.core.model_answers import AnswerBlock, PageAnswer, plain, typed
from ocr_assets.core.model_reading import page_reading
from ocr_assets.core.pages import Box, FormField, PageReading
from ocr_assets.core.upstage_answers import UpstageElement, UpstagePage, element_values, elements_of
from ocr_assets.core.valid_reading import valid_reading
from ocr_assets.errors import DocumentFault, UsageError
from resources.checkpoints import UPSTAGE, Checkpoints
from resources.faults import fault_of
from resources.upstage.client import Tally
from resources.upstage.service import Kept, Upstage
from resources.vision.ledger import Ledger, Question, Usage
from resources.vision.threads import with_asked

READER: Final = "upstage"
_REQUESTS: Final = 0
"""The page under which the numbers of requests are kept."""
_FIELDS: Final = -1
"""The page under which the extracted fields are kept."""
_CHARGED: Final = -2
"""The page under which is kept how often pages were charged."""
_REFUSED: Final = -3
"""The page under which is kept why there are no fields."""
MILLION: Final = 1_000_000
"""Of the ledger's tokens: a page."""


@dataclass(frozen=True, slots=True)
class PagesToRead:
    """A document's pages: what loads the image of each. `version` changes when one of the images does."""

    version: str
    images: Mapping[int, Callable[[], bytes]]


@dataclass(frozen=True, slots=True)
class UpstageReading:
    """A page as Upstage reads it, None where it does not; `unplaced` words of it have no box; `cost` so far."""

    reading: PageReading | None
    cost: float
    unplaced: int = 0
    told: str = ""


class KeptPages(Kept):
    """Pages and requests in checkpoints: a run that comes after one that failed does not pay for them again."""

    def __init__(self, checkpoints: Checkpoints, stage: str, document: str, ledger: Ledger, run: str) -> None:
        super().__init__()
        self.at = (UPSTAGE, stage, document)
        self.checkpoints = checkpoints
        self.ledger = ledger
        self.run = run
        self.refused = ""
        self.fields: dict[int, tuple[FormField, ...]] | None = None
        for page, rows in checkpoints.load(*self.at).items():
            value = json.loads(rows["json"][0])
            if page == _REQUESTS:
                self.requests = {request: list(pages) for request, pages in value.items()}
            elif page == _CHARGED:
                self.charged = {int(number): times for number, times in value.items()}
            elif page == _REFUSED:
                self.refused = value
            elif page == _FIELDS:
                self.fields = {int(number): tuple(map(_field, own)) for number, own in value.items()}
            else:
                self.pages[page] = elements_of(value)

    def keep(self, pages: Mapping[int, UpstagePage]) -> None:
        for page, elements in pages.items():
            self._save(page, element_values(elements))
        super().keep(pages)

    def asked(self, request: str, pages: Sequence[int]) -> None:
        super().asked(request, pages)
        self._save(_REQUESTS, self.requests)

    def answered(self, request: str) -> None:
        super().answered(request)
        self._save(_REQUESTS, self.requests)

    def charge(self, pages: Sequence[int], times: int) -> None:
        super().charge(pages, times)
        self._save(_CHARGED, self.charged)

    @contextmanager
    def charging(self, pages: Sequence[int]) -> Iterator[Tally]:
        """Also in the ledger; what a killed run had begun stays there as an estimate."""
        _, stage, document = self.at
        question = Question(self.run, stage, document, pages[0], "pages")
        number, sent = self.ledger.enter(question, Usage(len(pages) * MILLION, 0)), 0
        try:
            with super().charging(pages) as tally:
                yield tally
        finally:
            sent = tally.charged
            self.ledger.close(number, "answered" if sent else "refused", Usage(sent * len(pages) * MILLION, 0), READER)

    def refuse_fields(self, told: str) -> None:
        """There are no values to be had, and why."""
        self.refused = told
        self._save(_REFUSED, told)
        self.keep_fields({})

    def keep_fields(self, fields: Mapping[int, tuple[FormField, ...]]) -> None:
        """The values that were extracted, by page."""
        self.fields = dict(fields)
        self._save(_FIELDS, {page: [asdict(field) for field in own] for page, own in fields.items()})

    def _save(self, page: int, value: Any) -> None:
        import polars as pl

        run, stage, document = self.at
        self.checkpoints.save(run, stage, document, page, pl.DataFrame({"json": [json.dumps(value)]}))


@dataclass(frozen=True, slots=True)
class _Document:
    kept: KeptPages
    faults: Mapping[int, DocumentFault]


class UpstageReadings:
    """The documents of a batch as Upstage reads them. `review` is the confidence below which a page is looked at."""

    def __init__(self, upstage: Upstage, checkpoints: Checkpoints, run: str, stage: str, review: float) -> None:
        self.upstage = upstage
        self.checkpoints = checkpoints
        self.run = run
        self.stage = stage
        self.review = review
        self.documents: dict[str, _Document] = {}

    def fetch(self, documents: Mapping[str, PagesToRead]) -> dict[str, DocumentFault]:
        """Have these documents read, several at a time; the faults of those that cannot be. Raises UsageError."""
        faults: dict[str, DocumentFault] = {}
        wanted = iter(documents.items())
        for document, found in with_asked(wanted, bool, self._fetched, self._fetched, self.upstage.concurrency):
            if isinstance(found, DocumentFault):
                faults[document] = found
            else:
                self.documents[document] = found
        return faults

    def _fetched(self, wanted: tuple[str, PagesToRead]) -> tuple[str, _Document | DocumentFault]:
        document, pages = wanted
        try:
            stage = f"{self.stage}-{pages.version}"
            kept = KeptPages(self.checkpoints, stage, document, self.upstage.ledger, self.run)
            parsed = self.upstage.parse(pages.images, kept)
            if self.upstage.extraction and kept.fields is None:
                self._extract(pages, kept)
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this document alone
            return document, fault_of(error)
        return document, _Document(kept, parsed.faults)

    def _extract(self, pages: PagesToRead, kept: KeptPages) -> None:
        """What cannot be had costs the values, and not the text."""
        try:
            kept.keep_fields(self.upstage.extract(pages.images, kept))
        except DocumentFault as fault:
            if fault.reason not in ("service_refused", "bad_reading"):
                raise
            kept.refuse_fields(f"its values could not be extracted: {fault.detail}")

    def page(self, document: str, page: int, local: PageReading | None) -> UpstageReading:
        """The page as Upstage has it, its words placed by those of the local reading. Raises PermanentFault."""
        found = self.documents[document]
        cost = self.upstage.price * found.kept.charged.get(page, 0)
        elements = found.kept.pages.get(page, ())
        fault = found.faults.get(page)
        if fault is not None:
            return UpstageReading(None, cost, told=str(fault))
        if not any(element.text for element in elements):
            return UpstageReading(None, cost, told="Upstage found no text")
        blocks = tuple(map(_block, elements))
        placed = page_reading(PageAnswer(blocks), local, READER)
        reading = valid_reading(placed.reading)
        fields = (*reading.form_fields, *(found.kept.fields or {}).get(page, ()))
        if reading.confidence < self.review:
            reading = replace(reading, review=f"read with confidence {reading.confidence:.2f}")
        if found.kept.refused and page == min(found.kept.pages):
            reading = replace(reading, review="; ".join(filter(None, (reading.review, found.kept.refused))))
        return UpstageReading(replace(reading, form_fields=fields), cost, placed.unplaced)

    def clear(self, document: str) -> None:
        """Forget what was kept of a document: it is settled, and what comes next is paid for anew."""
        if found := self.documents.get(document):
            self.checkpoints.clear(*found.kept.at)


def _block(element: UpstageElement) -> AnswerBlock:
    """What stands within a figure was read, and is kept."""
    if element.kind == "figure":
        return AnswerBlock("figure", plain(element.text), (element.box,))
    return typed(element.kind, element.text, (element.box,))


def _field(value: Mapping[str, Any]) -> FormField:
    return FormField(value["kind"], value["name"], value["label"], value["value"], Box(*value["box"]))
