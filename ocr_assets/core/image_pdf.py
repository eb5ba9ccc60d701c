"""A PDF of page images: what is sent to services that take documents, each page as it is known here."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageJpeg:
    """A page as JPEG; width and height in pixels."""

    data: bytes
    width: int
    height: int
    grey: bool
    dpi: float


def image_pdf(pages: Sequence[PageJpeg]) -> bytes:
    """The PDF, each page as large as its image at its resolution."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for page in pages:
        width, height = (pixels * 72 / page.dpi for pixels in (page.width, page.height))
        colours = b"/DeviceGray" if page.grey else b"/DeviceRGB"
        content = b"%.2f 0 0 %.2f 0 0 cm /I Do" % (width, height)
        objects += [
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace%b/BitsPerComponent 8/Filter/DCTDecode"
            b"/Length %d>>stream\n%b\nendstream" % (page.width, page.height, colours, len(page.data), page.data),
            b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        ]
        image = len(objects) - 1
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>"
            % (width, height, image + 1, image)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(kids), b" ".join(kids))
    return _written(objects)


def _written(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
