"""The objects of a bucket that a run under faults has to account for: real files and drawn ones, good and bad.

Half of them are there at the beginning, the others come later; some of those rewrite what was there.
"""

import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.pdf_making import text, write_pdf

PREFIX = "in/"
LARGEST, MOST_PAGES = 150_000, 4
SCANS = 4
"""Pages that are read from their image take seconds each, and that is not what is measured here."""
ODD_NAMES = (
    "ümläut ünd space.pdf",
    "100% (a+b)=c&d?.pdf",
    "tab\tname.pdf",
    "no extension",
    "日本語/报告.PDF",
    "'quoted'.pdf",
)
BROKEN = (b"", b"just words, no document", b"%PDF-1.7\nand then nothing", b"\x89PNG\r\n\x1a\nand no picture")


@dataclass(frozen=True)
class Waves:
    """What is put at first, and what later: contents by key. A key that is in both is rewritten."""

    first: dict[str, bytes]
    later: dict[str, bytes]

    @property
    def final(self) -> dict[str, bytes]:
        """What lies in the bucket in the end."""
        return self.first | self.later

    @property
    def contents(self) -> dict[str, bytes]:
        """Every content that was ever there, by its hash."""
        return {sha256(data).hexdigest(): data for wave in (self.first, self.later) for data in wave.values()}


def waves(count: int, evaluation: Path | None) -> Waves:
    """That many objects, of which about one in ten is a duplicate, rewritten, broken or oddly named."""
    special = max(2, count // 40)
    named: list[tuple[str, bytes]] = []
    files = list(_real(evaluation, count // 2)) if evaluation else []
    named += [(f"real/{number:03}-{path.name}", path.read_bytes()) for number, path in enumerate(files)]
    named += [(f"broken/{number}.pdf", BROKEN[number % len(BROKEN)]) for number in range(special)]
    named += [
        (f"odd/{number} {ODD_NAMES[number % len(ODD_NAMES)]}", drawn(f"odd {number}")) for number in range(special)
    ]
    while len(named) < count - special:
        named.append((f"drawn/{len(named):03}.pdf", drawn(f"number {len(named)}")))
    seeded = random.Random(7)
    seeded.shuffle(named)
    half = len(named) // 2
    copies = [(f"again/{number}.pdf", seeded.choice(named)[1]) for number in range(special)]
    rewritten = [(key, drawn(f"{key} anew")) for key, _ in named[:special]]
    first, later = dict(named[:half] + copies[::2]), dict(named[half:] + copies[1::2] + rewritten)
    return Waves(*({PREFIX + key: data for key, data in wave.items()} for wave in (first, later)))


def drawn(words: str) -> bytes:
    """A PDF of one or two pages with a text layer, whose bytes depend on the words."""
    digest = sha256(words.encode()).hexdigest()
    page = b"".join(
        text(f"Report {digest[:8]} of {3 * line} May says that part {line} is due.", y=700 - 20 * line)
        for line in range(1, 12)
    )
    with tempfile.TemporaryDirectory() as folder:
        return Path(write_pdf(Path(folder, "a.pdf"), *[page] * (1 + int(digest[0], 16) % 2))).read_bytes()


def _real(evaluation: Path, most: int) -> Iterator[Path]:
    """Small files of the evaluation set, mostly such as need no reading from the image."""
    rows = [json.loads(line) for line in (evaluation / "manifest.jsonl").read_text("utf-8").splitlines()]
    small = [row for row in rows if row["bytes"] <= LARGEST and (row["pages"] or 1) <= MOST_PAGES]
    scans = [row for row in small if row["kind"] == "scanned"][:SCANS]
    others = [row for row in small if row["kind"] != "scanned"]
    yield from (evaluation / row["path"] for row in (scans + others)[:most])
