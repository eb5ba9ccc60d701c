"""Page content that draws: lines, hatching, symbols, and text as the outlines of its letters."""

from PIL import Image, ImageDraw, ImageFont


def line(x0: float, y0: float, x1: float, y1: float) -> bytes:
    return b"%g %g m %g %g l S\n" % (x0, y0, x1, y1)


def square(x: float, y: float, side: float, *, filled: bool = False) -> bytes:
    return b"%g %g %g %g re %b\n" % (x, y, side, side, b"f" if filled else b"S")


def plan(width: int, height: int) -> bytes:
    """Rooms with hatched corners, rows of symbols, steps of a stair, and the ticks of a ruler."""
    rooms = [(x, y) for x in range(40, width - 160, 180) for y in range(60, height - 160, 180)]
    drawn = []
    for n, (x, y) in enumerate(rooms):
        drawn += [square(x, y, 150), *(line(x + i, y, x + 40, y + 40 - i) for i in range(0, 40, 5))]
        if n % 2:
            drawn += [square(x + 10 + 11 * i, y + 100, 7, filled=True) for i in range(12)]
        else:
            drawn += [line(x + 6 * i, y + 130, x + 6 * i, y + 137 + 6 * (i % 5 == 0)) for i in range(20)]
    return b"".join(drawn)


def outlines(words: str, *, x: int = 72, y: int = 700, size: int = 12) -> bytes:
    """The words as filled shapes, which no text layer has."""
    font = ImageFont.load_default(48)
    picture = Image.new("1", (int(font.getlength(words)) + 4, 64))
    ImageDraw.Draw(picture).text((0, 0), words, 1, font)
    scale, pixels = size / 48, picture.load()
    assert pixels is not None
    parts = []
    for row in range(picture.height):
        start = None
        for column in range(picture.width):
            if pixels[column, row] and start is None:
                start = column
            elif not pixels[column, row] and start is not None:
                corner = (x + start * scale, y + (48 - row) * scale)
                parts.append(b"%g %g %g %g re" % (*corner, (column - start) * scale, 1.05 * scale))
                start = None
    return b" ".join(parts) + b" f\n"
