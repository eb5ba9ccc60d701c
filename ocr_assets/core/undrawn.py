"""A PDF's page without its drawings: text and images alone, whose ink a text layer has to explain."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfPage

MOST_OBJECTS: Final = 500_000
"""Of a page, looked at: a second's worth. What comes later stays."""
DEPTH: Final = 8
"""Forms within forms."""


def undrawn(page: PdfPage, dpi: float) -> Image:
    """The page in mode L, without paths, gradients and annotations. They are gone from `page` until it is closed."""
    _switch_off_drawings(page)
    bitmap = page.render(scale=dpi / 72, grayscale=True, may_draw_forms=False, draw_annots=False)
    try:
        image: Image = bitmap.to_pil().copy()
    finally:
        bitmap.close()
    return image


def _switch_off_drawings(page: PdfPage) -> None:
    from pypdfium2 import raw

    left = MOST_OBJECTS

    def walk(count: int, get: Callable[[int], Any], depth: int) -> None:
        nonlocal left
        for index in range(min(count, left)):
            thing = get(index)
            left -= 1
            kind = raw.FPDFPageObj_GetType(thing)
            if kind in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING):
                raw.FPDFPageObj_SetIsActive(thing, False)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEPTH:
                get_inner = lambda number, form=thing: raw.FPDFFormObj_GetObject(form, number)  # noqa: E731
                walk(raw.FPDFFormObj_CountObjects(thing), get_inner, depth + 1)

    walk(raw.FPDFPage_CountObjects(page), lambda index: raw.FPDFPage_GetObject(page, index), 0)
