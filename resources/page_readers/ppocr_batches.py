"""PP-OCR over many pages at once: what `ppocr_lines` says of each, with the networks shown many pictures at a time.

The detector is shown pages of about the same size together, the recogniser lines of about the same width from all of
them. Smaller pictures are filled up, which moves what the networks say a little: `python -m bench gpu` tells how far.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from ocr_assets.core.merging import TextLine
from ocr_assets.core.pages import Box
from resources.page_process import is_out_of_memory
from resources.page_readers.bands import MOST_PIXELS, bands
from resources.page_readers.ppocr import (
    LEAST_WIDTH,
    LINE_HEIGHT,
    boxes_of,
    characters,
    line_image,
    shown,
    stacked,
)
from resources.page_readers.ppocr_device import Networks
from resources.page_readers.ppocr_lines import Room, cut_line, line_of, lines_at, sized_to_type, widest_first

if TYPE_CHECKING:
    from PIL.Image import Image

    from resources.page_readers.ppocr import Floats, Integers

T = TypeVar("T")

STEP: Final = 64
"""Pixels to multiples of which the sides of pages are filled up."""
MOST_WIDER: Final = 1.05
"""Lines up to so many times as wide as the narrowest are read together."""
PAPER: Final = 1.0
GREY: Final = 0.0
"""What the recogniser was trained to see behind a line's end."""


class ToRead(NamedTuple):
    """A level page in mode L, the height of its capital letters in pixels, and what it may take: no limit if None."""

    grey: "Image"
    type_height: float
    room: Room | None = None


@dataclass
class Budget:
    """The pixels that a network is shown at a time, which bound its memory: halved for good when that runs out."""

    pixels: int

    def run(
        self, network: "Callable[[list[Image]], Sequence[T]]", images: "Sequence[Image]", groups: Iterable[list[int]]
    ) -> list[T]:
        """What the network says of each image; it is shown some of one group, numbers of images, at a time.

        Raises what the network raises; that memory ran out, only where it did over a single image.
        """
        answers: dict[int, T] = {}
        for group in groups:
            size = max(images[number].width * images[number].height for number in group)
            place = 0
            while place < len(group):
                part = group[place : place + max(1, self.pixels // size)]
                try:
                    answers |= zip(part, network([images[number] for number in part]), strict=True)
                except Exception as error:
                    if len(part) == 1 or not is_out_of_memory(error):
                        raise
                    self.pixels = size * (len(part) // 2)
                else:
                    place += len(part)
        return [answers[number] for number in range(len(images))]


class BatchReader:
    """Reads pages on these networks, of which each is shown at most about `pages` pages at once."""

    def __init__(self, networks: Networks, pages: int) -> None:
        self.networks = networks
        self.detecting, self.recognising = Budget(pages * MOST_PIXELS), Budget(pages * MOST_PIXELS)

    def read(self, pages: Sequence[ToRead]) -> list[list[TextLine]]:
        """For each page its lines with text, in no order; the widest ones that its room is enough for."""
        cut = [
            (number, box, line_image(image))
            for number, boxes in enumerate(self.find([sized_to_type(page.grey, page.type_height) for page in pages]))
            for box in _with_room(pages[number], boxes)
            if (image := cut_line(pages[number].grey, box)) is not None
        ]
        images = [image for _, _, image in cut]
        lines: list[list[TextLine]] = [[] for _ in pages]
        said = self.recognising.run(self._recognised, images, by_width([image.width for image in images]))
        for (number, box, image), (best, sure, width) in zip(cut, said, strict=True):
            if line := line_of(characters(best, sure, self.networks.alphabet, width / image.width), box):
                lines[number].append(line)
        return lines

    def find(self, pages: "Sequence[Image]") -> list[list[Box]]:
        """For each page, sized to its type, where its lines are."""
        import numpy as np

        parts = [(number, band) for number, page in enumerate(pages) for band in bands(page)]
        images = [shown(band.image) for _, band in parts]
        groups = defaultdict[tuple[int, int], list[int]](list)
        for number, image in enumerate(images):
            groups[filled_up(image)].append(number)
        scores = self.detecting.run(self._detected, images, groups.values())
        found: list[list[Integers]] = [[] for _ in pages]
        for (number, band), seen in zip(parts, scores, strict=True):
            found[number].append(boxes_of(seen, band))
        return [lines_at(np.concatenate(boxes), page) for boxes, page in zip(found, pages, strict=True)]

    def _detected(self, images: "list[Image]") -> "list[Floats]":
        scores = self.networks.detected(stacked(images, filled_up(images[0]), PAPER))
        return [seen[: image.height, : image.width] for seen, image in zip(scores, images, strict=True)]

    def _recognised(self, images: "list[Image]") -> "list[tuple[Integers, Floats, int]]":
        width = max(LEAST_WIDTH, *(image.width for image in images))
        said = self.networks.recognised(stacked(images, (width, LINE_HEIGHT), GREY))
        return [(best, sure, width) for best, sure in said]


def _with_room(page: ToRead, boxes: Sequence[Box]) -> Sequence[Box]:
    return boxes if page.room is None else page.room.taken(page.grey, widest_first(boxes))


def filled_up(image: "Image") -> tuple[int, int]:
    """Width and height at which a page is shown to the detector."""
    return -(-image.width // STEP) * STEP, -(-image.height // STEP) * STEP


def by_width(widths: Sequence[int]) -> list[list[int]]:
    """The numbers of lines of these widths in groups of about the same one, the widest first."""
    groups: list[list[int]] = []
    for number in sorted(range(len(widths)), key=lambda number: -widths[number]):
        if groups and widths[groups[-1][0]] <= MOST_WIDER * max(LEAST_WIDTH, widths[number]):
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups
