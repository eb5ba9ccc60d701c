"""Small PDFs for tests, written by hand: PDFium finds the objects without a cross-reference table."""

from collections.abc import Mapping, Sequence
from pathlib import Path

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
COURIER = b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"


def text(words: str, *, visible: bool = True, size: int = 12, x: int = 72, y: int = 700, font: str = "F") -> bytes:
    """Page content that draws a line of text, in render mode 3 (an OCR layer's) unless visible; font C is Courier."""
    return f"BT {0 if visible else 3} Tr /{font} {size} Tf {x} {y} Td ({words}) Tj ET\n".encode()


def image(x: int, y: int, width: int, height: int) -> bytes:
    """Page content that draws the page's image, in points from the bottom left."""
    return f"q {width} 0 0 {height} {x} {y} cm /I Do Q\n".encode()


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(content), content)


def character_map(mapping: Mapping[str, str], *, wide: bool = False) -> bytes:
    """A ToUnicode map for codes of one byte, or two."""
    digits = 4 if wide else 2
    pairs = b"".join(
        b"<%0*x><%b>\n" % (digits, ord(c), u.encode("utf-16-be").hex().encode()) for c, u in mapping.items()
    )
    return stream(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        b"1 begincodespacerange <%b><%b> endcodespacerange\n"
        b"%d beginbfchar\n%bendbfchar endcmap end end" % (b"0" * digits, b"f" * digits, len(mapping), pairs)
    )


def write_pdf(
    path: Path,
    *contents: bytes,
    jpeg: bytes = b"",
    size: tuple[float, float] = (612, 792),
    page: bytes = b"",
    stream_entries: bytes = b"",
    to_unicode: Mapping[str, str] | None = None,
    fonts: Sequence[bytes] = (),
    picture: bytes = b"",
) -> str:
    """One page for each of `contents`; `jpeg` is the image they draw: 100 x 100 pixels, grey.

    `page` and `stream_entries` are put into the dictionaries of the pages and of their contents. `to_unicode` says what
    the font claims that its characters are. `fonts` is another font than Helvetica and the objects that belong to it,
    which on a single page have the numbers from 7. `picture` is an image object in place of the usual one.
    """
    usual = (
        b"/Type/XObject/Subtype/Image/Width 100/Height 100/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    )
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", HELVETICA, picture or stream(jpeg, usual)]
    pages = []
    for content in contents:
        objects.append(stream(content, stream_entries))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Contents %d 0 R%b"
            b"/Resources<</Font<</F 3 0 R/C %b>>/XObject<</I 4 0 R>>>>>>" % (*size, len(objects), page, COURIER)
        )
        pages.append(b"%d 0 R" % len(objects))
    if to_unicode:
        objects.append(character_map(to_unicode))
        objects[2] = HELVETICA.replace(b">>", b"/ToUnicode %d 0 R>>" % len(objects))
    if fonts:
        objects[2], *further = fonts
        objects += further
    objects[1] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pages), b" ".join(pages))
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, 1))
    path.write_bytes(b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF")
    return str(path)
