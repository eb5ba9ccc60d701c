"""PDFs with a form, for tests, written by hand."""

from collections.abc import Sequence
from pathlib import Path

from tests.pdf_making import HELVETICA, stream

BOX = b"0 0 12 12"


def appearance(content: bytes, box: bytes = BOX) -> bytes:
    return stream(content, b"/Type/XObject/Subtype/Form/BBox[%b]" % box)


def text_field(name: str, value: str, rect: tuple[int, int, int, int], flags: int = 0, entries: str = "") -> bytes:
    return _widget(f"/FT/Tx/T({name})/V({value})/DA(/F 12 Tf 0 g)/Ff {flags}{entries}", rect)


def check_box(name: str, on: bool, rect: tuple[int, int, int, int]) -> bytes:
    state = "Yes" if on else "Off"
    return _widget(f"/FT/Btn/T({name})/V/{state}/AS/{state}/AP<</N<</Yes 4 0 R/Off 5 0 R>>>>", rect)


def choice(name: str, options: str, value: str, rect: tuple[int, int, int, int]) -> bytes:
    return _widget(f"/FT/Ch/Ff 131072/T({name})/Opt[{options}]/V({value})/DA(/F 12 Tf 0 g)", rect)


def signature(
    name: str, signed: bool, rect: tuple[int, int, int, int], contents: bytes = b"\0", date: str = ""
) -> bytes:
    stated = f"/M(D:{date}120000Z)" if date else ""
    value = f"/V<</Type/Sig/Filter/Adobe.PPKLite/Contents<{contents.hex()}>{stated}>>" if signed else ""
    return _widget(f"/FT/Sig/T({name}){value}", rect)


def annotation(subtype: str, entries: str, rect: tuple[int, int, int, int]) -> bytes:
    """One that is no field: a stamp, ink."""
    return b"<</Type/Annot/Subtype/%b/Rect[%d %d %d %d]/F 4%b>>" % (subtype.encode(), *rect, entries.encode())


def _widget(entries: str, rect: tuple[int, int, int, int]) -> bytes:
    return b"<</Type/Annot/Subtype/Widget/P 6 0 R/Rect[%d %d %d %d]/F 4%b>>" % (*rect, entries.encode())


def write_form(path: Path, content: bytes, fields: Sequence[bytes], *, page: bytes = b"", xfa: bool = False) -> str:
    """One page of 612 x 792 points with this content and these fields; `page` goes into its dictionary.

    `xfa` makes it a form of that kind, which has no pages of its own but this one.
    """
    numbers = b" ".join(b"%d 0 R" % (8 + n) for n in range(len(fields)))
    form = b"/Fields[%b]/DR<</Font<</F 3 0 R>>>>" % numbers + b"/XFA[(template)7 0 R]" * xfa
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<<%b>>%b>>" % (form, b"/NeedsRendering true" * xfa),
        b"<</Type/Pages/Count 1/Kids[6 0 R]>>",
        HELVETICA,
        appearance(b"1 1 m 11 11 l 1 11 m 11 1 l S"),
        appearance(b"0 0 12 12 re S"),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 7 0 R/Annots[%b]/Resources<</Font<</F 3 0 R>>>>%b>>"
        % (numbers, page),
        stream(content),
        *fields,
    ]
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, 1))
    path.write_bytes(b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF")
    return str(path)
