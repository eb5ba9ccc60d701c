"""Tesseract in this process, with the models that are installed for it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr_assets.core.merging import ReadWord, TextLine
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.text_layer import without_controls
from ocr_assets.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass
class Tesseract:
    """One engine a model, loaded when first asked for. `models` are their names and the folders that hold them."""

    models: Mapping[str, Path]
    _engines: dict[str, Any] = field(default_factory=dict)

    def lines(self, grey: "Image", dpi: float, model: str) -> list[TextLine]:
        """The lines of a page in mode L, in the order in which Tesseract reads them."""
        from tesserocr import PSM

        return list(self._lines(grey, dpi, model, PSM.AUTO))

    def confidence(self, lines: list["Image"], dpi: float, model: str) -> float:
        """The mean over these images of single lines, 0..1."""
        from tesserocr import PSM

        words = [
            read.word for line in lines for words in self._lines(line, dpi, model, PSM.SINGLE_LINE) for read in words
        ]
        letters = sum(len(word.text) for word in words)
        return sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0

    def _lines(self, grey: "Image", dpi: float, model: str, segmentation: int) -> Iterator[TextLine]:
        from tesserocr import RIL, iterate_level

        engine = self._engine(model)
        engine.SetPageSegMode(segmentation)
        engine.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
        engine.SetSourceResolution(round(dpi))
        try:
            engine.Recognize()
            line: list[ReadWord] = []
            for item in iterate_level(engine.GetIterator(), RIL.WORD):
                if item.Empty(RIL.WORD):
                    continue
                if line and item.IsAtBeginningOf(RIL.TEXTLINE):
                    yield line
                    line = []
                text = without_controls(item.GetUTF8Text(RIL.WORD).strip())
                if text:
                    x0, y0, x1, y1 = item.BoundingBox(RIL.WORD)
                    box = Box(x0 / grey.width, y0 / grey.height, x1 / grey.width, y1 / grey.height)
                    word = Word(text, box, item.Confidence(RIL.WORD) / 100)
                    line.append(ReadWord(word, item.WordIsFromDictionary()))
            if line:
                yield line
        finally:
            engine.Clear()

    def _engine(self, model: str) -> Any:
        if model not in self._engines:
            # Tesseract's threads cost more than they bring, and pages are read in parallel anyway.
            os.environ.setdefault("OMP_THREAD_LIMIT", "1")
            from tesserocr import PyTessBaseAPI

            if model not in self.models:
                raise UsageError(f"Tesseract's model {model!r} is not installed; there are: {', '.join(self.models)}")
            self._engines[model] = PyTessBaseAPI(path=str(self.models[model]), lang=model)
        return self._engines[model]
