"""Scanned reports of any length, drawn here: dense pages of prose as JPEG images in a PDF, as a scanner writes them."""

import io
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

DPI = 200
SIZE = (1654, 2339)  # pixels of A4
POINTS = (595, 842)
MARGIN, LINE, TYPE = 190, 42, 30  # pixels: 11 points on 15
FULL = 45  # lines, about
NOISE = 6  # of 255, as of a usual scanner
LEAVES = 24
"""Pages drawn; a longer report repeats them. Every stage does all its work on every page all the same."""

PROSE = Path(__file__).parent.parent / "LICENSE"


def scanned_report(path: Path, pages: int, lines: int = FULL) -> Path:
    """Write a PDF of so many scanned pages, about 600 words each or of so many lines; the same one every time."""
    leaves = [jpeg(page) for page in drawn_pages(min(pages, LEAVES), lines)]
    path.write_bytes(pdf_of(leaves, pages))
    return path


def drawn_pages(count: int, lines: int = FULL) -> Iterator[Image.Image]:
    """Grey pages with a heading, running text in paragraphs and a page number, on the noise of a scanner."""
    dice = random.Random(1)
    noise = np.random.default_rng(1)
    sentences = re.findall(r"[A-Z][^.]{40,300}\.", " ".join(PROSE.read_text("utf-8").split()))
    heading, body = (ImageFont.load_default(size) for size in (44, TYPE))
    for number in range(1, count + 1):
        page = Image.new("L", SIZE, 245)
        draw = ImageDraw.Draw(page)
        draw.text((MARGIN, MARGIN - 60), f"{number}. {dice.choice(sentences)[:40]}", 20, heading)
        y = MARGIN + 20
        bottom = min(SIZE[1] - 2 * MARGIN, y + lines * LINE)
        while y < bottom:
            for line in wrapped(" ".join(dice.sample(sentences, 4)), body):
                if lines < FULL and y >= bottom:
                    break
                draw.text((MARGIN, y), line, 25, body)
                y += LINE
            y += LINE // 2
        draw.text((SIZE[0] / 2, SIZE[1] - 120), str(number), 25, body)
        yield Image.fromarray((np.asarray(page) + noise.normal(0, NOISE, SIZE[::-1])).clip(0, 255).astype(np.uint8))


def wrapped(words: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> Iterator[str]:
    line = ""
    for word in words.split():
        if font.getlength(f"{line} {word}") > SIZE[0] - 2 * MARGIN:
            yield line
            line = word
        else:
            line = f"{line} {word}".lstrip()
    yield line


def jpeg(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "JPEG", quality=75)
    return out.getvalue()


def pdf_of(leaves: list[bytes], pages: int) -> bytes:
    """The images on so many pages, over and over, with a comment on each that keeps them apart."""
    picture = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % SIZE
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects += [stream(leaf, picture + b"/Filter/DCTDecode") for leaf in leaves]
    kids = []
    for page in range(pages):
        objects.append(stream(b"q %d 0 0 %d 0 0 cm /I Do Q" % POINTS))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>"
            % (*POINTS, len(objects), 3 + page % len(leaves))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages, b" ".join(kids))
    body, table = b"%PDF-1.7\n", [b"0000000000 65535 f \n"]
    parts = [body]
    at = len(body)
    for number, content in enumerate(objects, 1):
        part = b"%d 0 obj\n%b\nendobj\n" % (number, content)
        table.append(b"%010d 00000 n \n" % at)
        parts.append(part)
        at += len(part)
    size = len(objects) + 1
    trailer = b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (size, at)
    return b"".join([*parts, b"xref\n0 %d\n" % size, *table, trailer])


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(content), content)
