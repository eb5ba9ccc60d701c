"""Words as a reader would give them, for tests of the layout: lines of type in Helvetica's proportions."""

from ocr_assets.core.pages import Box, Word

SIZE = 0.012
LEADING = 1.5 * SIZE


def line(text: str, x: float, y: float, size: float = SIZE, font: str = "") -> list[Word]:
    """A line whose letters stand on y + 0.72 * size: 0.6 * size a letter, with what rises above and hangs below."""
    words = []
    for token in text.split():
        width = 0.6 * size * len(token)
        above = any(c not in "acemnorsuvwxzgpqy,;" for c in token)
        below = any(c in "gjpqy,;()" for c in token)
        box = Box(x, y + 0.22 * size * (not above), x + width, y + (0.72 + 0.2 * below) * size)
        words.append(Word(token, box, 0.9, font))
        x += width + 0.4 * size
    return words


def lines(*texts: str, x: float = 0.1, y: float = 0.2, size: float = SIZE, leading: float = LEADING) -> list[Word]:
    """Lines below each other."""
    return [word for n, text in enumerate(texts) for word in line(text, x, y + n * leading, size)]
