"""Stamps and signatures that a scan shows, and the words that readers made of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from ocr_assets.core.marked import Marked
from ocr_assets.core.pages import Word
from ocr_assets.core.regions import holds
from ocr_assets.core.signatures import signatures_on
from ocr_assets.core.stamps import stamps_on

if TYPE_CHECKING:
    from PIL.Image import Image

OWN: Final = 0.5
"""Share of a word's ink that is the stamp's: then it is no print beneath it."""
SURE: Final = 0.9
"""Confidence of words that are kept of a stamp. Its letters run in a ring, or over print: what is unsure is made up."""
LEAST_LETTERS: Final = 3


class SeenMarks(NamedTuple):
    """`words` are those of the page's print, `stamped` the sure ones within stamps."""

    marked: tuple[Marked, ...]
    words: tuple[Word, ...]
    stamped: tuple[Word, ...] = ()


def seen_marks(page: "Image", grey: "Image", words: Sequence[Word]) -> SeenMarks:
    """`page` is the scan in its colours, `grey` in mode L and dark on light; `words` are what was read of it."""
    marked, stamped, print_ = [], [], list(words)
    for stamp in stamps_on(page):
        own = [word for word in print_ if holds(stamp.box, word.box) and stamp.share(word.box) >= OWN]
        print_ = [word for word in print_ if word not in own]
        sure = [word for word in own if word.confidence >= SURE and sum(map(str.isalnum, word.text)) >= LEAST_LETTERS]
        marked.append(Marked("stamp", stamp.box, " ".join(word.text for word in sure)))
        stamped += sure
    for box in signatures_on(grey, print_):
        marked.append(Marked("signature", box))
        print_ = [word for word in print_ if word.confidence >= SURE or not holds(box, word.box)]
    return SeenMarks(tuple(marked), tuple(print_), tuple(stamped))
