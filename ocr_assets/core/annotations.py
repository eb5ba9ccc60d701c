"""Stamps and ink that a program laid over a PDF's page: annotations, and what they say of themselves."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.forms import clipped, is_unseen, text_from
from ocr_assets.core.glyphs import to_upright
from ocr_assets.core.marked import Marked

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MOST: Final = 5_000
"""Annotations of a page, looked at."""
NAMED: Final = re.compile(
    "Approved|AsIs|Confidential|Departmental|Draft|Experimental|Expired|Final|ForComment|ForPublicRelease|NotApproved"
    "|NotForPublicRelease|Sold|TopSecret"
)
"""The stamps of ISO 32000: their name is what they show."""
LONGEST: Final = 200
"""Characters of a text that is kept."""

_SIGNATURE = re.compile(r"\b(?:sign|unterschr|paraphe|firma\b)", re.IGNORECASE)
_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def annotated(page: "PdfPage") -> tuple[Marked, ...]:
    """The visible stamps and ink of a page, in the order of the file and the frame of the rendered page.

    Ink is a signature where its name, subject or text says so.
    """
    return tuple(_annotated(page))


def _annotated(page: "PdfPage") -> Iterator[Marked]:
    from pypdfium2 import raw

    upright = to_upright(page)
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            rect, subtype = raw.FS_RECTF(), raw.FPDFAnnot_GetSubtype(annotation)
            if subtype not in (raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_INK) or is_unseen(annotation):
                continue
            if raw.FPDFAnnot_GetRect(annotation, rect):
                box = clipped(upright((rect.left, rect.bottom, rect.right, rect.top)))
                if box:
                    yield _marked(annotation, subtype == raw.FPDF_ANNOT_STAMP, box)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _marked(annotation: Any, is_stamp: bool, box: Any) -> Marked:
    name, subject, contents = (_entry(annotation, key) for key in (b"Name", b"Subj", b"Contents"))
    said = contents
    if not said and NAMED.fullmatch(name):
        said = _CAPITALS.sub(" ", name)
    is_signature = _SIGNATURE.search(" ".join((name, subject, contents))) is not None
    return Marked("signature" if is_signature else "stamp" if is_stamp else "ink", box, said[:LONGEST])


def _entry(annotation: Any, key: bytes) -> str:
    from pypdfium2 import raw

    return text_from(raw.FPDFAnnot_GetStringValue, annotation, key)
