"""The pages of one document as its fields need them: their text to ask about, their words to find quotations in."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final

from ocr_assets.core.field_places import PageWords, nearest, run_of, words_in
from ocr_assets.core.field_questions import Claim
from ocr_assets.core.field_schema import Node, leaves, path_of
from ocr_assets.core.field_values import FieldValue, State, normalised, says
from ocr_assets.core.pages import Box
from ocr_assets.core.readings import box_of, words_of
from ocr_assets.core.table_text import plain_lines
from ocr_assets.core.upstage_answers import ANYWHERE
from ocr_assets.schemas import OCR_TEXT
from resources.lake import Lake

PAGES_HELD: Final = 32
"""Pages whose text is kept ready to look in: many values stand on the same ones."""


class DocumentPages:
    """Loads of a long document's words only those of the pages that values stand on. `language` tells 3/4 from 4/3."""

    def __init__(self, lake: Lake, document: str, language: str | None) -> None:
        self.lake, self.document, self.language = lake, document, language
        self._words: dict[int, PageWords] = {}
        self._taken: dict[int, set[int]] = {}
        self._text_words = lru_cache(PAGES_HELD)(lambda page: words_in(self._plain[page]))

    @cached_property
    def _blocks(self) -> dict[int, list[str]]:
        """The texts of each page's blocks, headers and footers included: letterheads are among them."""
        import polars as pl

        told = pl.col("blocks").list.eval(pl.element().struct.field("text")).alias("texts")
        return {
            page: texts or [] for page, texts in self.lake.read(OCR_TEXT, [self.document], ["page", told]).iter_rows()
        }

    @property
    def texts(self) -> list[tuple[int, str]]:
        """Page number and text of each page."""
        return [(page, "\n\n".join(filter(None, texts))) for page, texts in self._blocks.items()]

    def placed(self, claims: Sequence[Claim], faults: list[str]) -> tuple[FieldValue, ...]:
        """The values, each with the page and box of its quotation. What cannot be of its type is told in `faults`."""
        anchors: dict[str, tuple[int, Box]] = {}
        found: dict[str, FieldValue] = {}
        self._taken.clear()
        # The longest quotation of a list's item tells its line, in which the others are looked for. Single values come
        # last: the total of an invoice of one line is printed twice, and once it is the line's.
        for claim in sorted(claims, key=lambda claim: -len(claim.quote) if _item_of(claim.name) else 1):
            value = normalised(claim.value, claim.node, self.language)
            if value is None:
                wanted = "date that can be told" if claim.node.is_date else claim.node.kind
                faults.append(f"{claim.name} {claim.value!s:.80} is no {wanted}")
                continue
            item = _item_of(claim.name)
            page, box, is_there = self._place(claim, anchors.get(item))
            if item and box is not None and page is not None:
                anchors.setdefault(item, (page, box))
            agrees = is_there and says(claim.quote, value, claim.node, self.language)
            state: State = "found" if agrees else "differs" if is_there else "not_found"
            found[claim.name] = FieldValue(claim.name, value, claim.quote, page, box, state, "model")
        return tuple(found[claim.name] for claim in claims if claim.name in found)

    def of_forms(self, schema: Node) -> tuple[FieldValue, ...]:
        """Values of the document's own form, or that a service read off its pages, under the names of the schema."""
        nodes, found = dict(leaves(schema)), dict[str, FieldValue]()
        for page, field in self._form_fields():
            node = nodes.get(path_of(field["name"]))
            value = normalised(field["value"], node, self.language) if node and field["value"] else None
            if value is not None:
                placed = box_of(field["box"])
                box = None if placed == ANYWHERE else placed
                made = FieldValue(field["name"], value, field["value"], page, box, "found", "form")
                found.setdefault(field["name"], made)
        return tuple(found.values())

    def _form_fields(self) -> Iterator[tuple[int, dict[str, Any]]]:
        import polars as pl

        rows = self.lake.find(OCR_TEXT, pl.col("form_fields").list.len() > 0, ["page", "form_fields"], [self.document])
        for page, fields in rows.sort("page").iter_rows():
            yield from ((page, field) for field in fields)

    def _place(self, claim: Claim, anchor: tuple[int, Box] | None) -> tuple[int | None, Box | None, bool]:
        """Page and box of the quotation, and whether it stands on a page at all."""
        wanted = run_of(claim.quote)
        first = anchor[0] if anchor else claim.page
        pages = [page for page, run in self._runs.items() if wanted and wanted in run]
        for page in sorted(pages, key=lambda page: abs(page - first) if first else page):
            if not self._text_words(page).places(claim.quote):
                continue
            near, taken = anchor[1] if anchor and anchor[0] == page else None, self._taken.setdefault(page, set())
            place = nearest(self._page_words(page).places(claim.quote), near, taken)
            if place is None:
                return page, None, True
            taken.add(place.first)
            return page, place.box, True
        return None, None, False

    @cached_property
    def _plain(self) -> dict[int, str]:
        """Text of each page without the marks of tables."""
        return {page: "\n".join(map(plain_lines, filter(None, texts))) for page, texts in self._blocks.items()}

    @cached_property
    def _runs(self) -> dict[int, str]:
        return {page: run_of(text) for page, text in self._plain.items()}

    def _page_words(self, page: int) -> PageWords:
        import polars as pl

        if page not in self._words:
            rows = self.lake.find(OCR_TEXT, pl.col("page") == page, ["words"], [self.document])
            self._words[page] = PageWords(words_of(rows["words"].explode().drop_nulls().to_list()))
        return self._words[page]


def documents_with_forms(lake: Lake, documents: Sequence[str]) -> set[str]:
    """Those of the documents that have a form, or values that a service has read off their pages."""
    import polars as pl

    return set(lake.find(OCR_TEXT, pl.col("form_fields").list.len() > 0, ["document"], documents)["document"])


def _item_of(name: str) -> str:
    """The list's item that a value belongs to, with the others in its line; empty for a single value."""
    found = re.match(r"(.+\.[0-9]+)\.", name)
    return found[1] if found else ""
