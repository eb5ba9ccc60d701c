"""A curve as SVG: points with labels, the best ones joined, the one in force marked."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

SIZE, MARGIN = (720, 420), 60
LABEL = 60, 12
"""Width and height that a label has to itself: of two points nearer to each other only the first one's is written."""


def draw(points: Sequence[tuple[str, float, float]], chosen: str, to: Path) -> None:
    """`points` are label, processor seconds a page, word F1; a line joins those that no cheaper one beats. `chosen` is
    the label of the one in force. Labels that have no room show where the pointer rests on their point.
    """
    xs, ys = [x for _, x, _ in points], [y for _, _, y in points]
    low, high = (min(xs) * 0.95, min(ys) - 0.002), (max(xs) * 1.05, max(ys) + 0.002)

    def place(x: float, y: float) -> tuple[float, float]:
        across = MARGIN + (x - low[0]) / (high[0] - low[0]) * (SIZE[0] - 2 * MARGIN)
        return across, SIZE[1] - MARGIN - (y - low[1]) / (high[1] - low[1]) * (SIZE[1] - 2 * MARGIN)

    best: list[tuple[float, float]] = []
    parts = []
    written = [place(x, y) for label, x, y in points if label == chosen]
    for label, x, y in sorted(points, key=lambda point: point[1:]):
        across, down = place(x, y)
        look = 'r="5" fill="#d33"' if label == chosen else 'r="3"'
        parts.append(f'<circle cx="{across:.1f}" cy="{down:.1f}" {look}><title>{escape(label)}</title></circle>')
        if label == chosen:
            parts.append(f'<text x="{across + 8:.1f}" y="{down + 14:.1f}" fill="#d33">{escape(label)}, in force</text>')
        if not best or y > best[-1][1]:
            best.append((x, y))
            if all(abs(across - a) > LABEL[0] or abs(down - d) > LABEL[1] for a, d in written):
                written.append((across, down))
                parts.append(f'<text x="{across - 6:.1f}" y="{down - 6:.1f}" text-anchor="end">{escape(label)}</text>')
    joined = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in best)
    parts.append(f'<polyline points="{joined}" fill="none" stroke="#2a6fdb"/>')
    for x in (low[0], high[0]):
        parts.append(f'<text x="{place(x, 0)[0]:.1f}" y="{SIZE[1] - 40}" text-anchor="middle">{x:.2f}</text>')
    for y in (low[1], high[1]):
        parts.append(f'<text x="{MARGIN - 8}" y="{place(low[0], y)[1]:.1f}" text-anchor="end">{y:.3f}</text>')
    parts.append(f'<text x="{SIZE[0] / 2}" y="{SIZE[1] - 15}" text-anchor="middle">processor seconds a page</text>')
    parts.append(
        f'<text x="{MARGIN}" y="25">word F1, by least confidence of page / word that needs no second reader</text>'
    )
    axes = f"M{MARGIN} {MARGIN - 20}V{SIZE[1] - MARGIN}H{SIZE[0] - MARGIN + 20}"
    font = 'font-family="sans-serif" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE[0]} {SIZE[1]}" {font}>'
    frame = f'<rect width="100%" height="100%" fill="#fff"/><path d="{axes}" fill="none" stroke="#888"/>'
    to.write_text("\n".join([head, frame, *parts, "</svg>", ""]), "utf-8")
