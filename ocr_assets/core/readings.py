"""Readings as plain values and back: what checkpoints and the lake keep of a page."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ocr_assets.core.document import Element, Figure, PageBox
from ocr_assets.core.pages import Block, Box, FormField, PageReading, Word

PRECISION = 5
"""Decimals of a box: a hundredth of a millimetre on A4, well under what any reader can tell."""
FIELD_TEXTS: Final = ("kind", "name", "label", "value")


def box_value(box: Box) -> dict[str, float]:
    """A box as a struct of the lake."""
    x0, y0, x1, y1 = map(float, box)
    return {  # spelled out: of what a page's words cost on their way to the lake most was a loop over these names
        "x0": round(x0, PRECISION),
        "y0": round(y0, PRECISION),
        "x1": round(x1, PRECISION),
        "y1": round(y1, PRECISION),
    }


def box_of(value: Mapping[str, float]) -> Box:
    """A box of a struct."""
    return Box(*(value[name] for name in Box._fields))


def word_value(word: Word) -> dict[str, Any]:
    """A word as a struct of the lake."""
    return {"text": word.text, "box": box_value(word.box), "confidence": round(word.confidence, 4)}


def block_value(block: Block) -> dict[str, Any]:
    """A block as a struct of the lake."""
    return {"kind": block.kind, "box": box_value(block.box), "text": block.text, "level": block.level} | {
        "size": block.size,
        "bold": block.bold,
    }


def field_value(field: FormField) -> dict[str, Any]:
    """A field of a form as a struct of the lake."""
    return {name: getattr(field, name) for name in FIELD_TEXTS} | {"box": box_value(field.box)}


def blocks_of(values: Sequence[Mapping[str, Any]]) -> tuple[Block, ...]:
    """Blocks of their structs."""
    return tuple(Block(v["kind"], box_of(v["box"]), v["text"], v["level"], v["size"], v["bold"]) for v in values)


def words_of(values: Sequence[Mapping[str, Any]]) -> tuple[Word, ...]:
    """Words of their structs."""
    return tuple(Word(v["text"], box_of(v["box"]), v["confidence"]) for v in values)


def reading_of(row: Mapping[str, Any]) -> PageReading:
    """The reading that a row of `ocr_text` keeps."""
    return PageReading(row["reader"], row["text"], row["confidence"], blocks_of(row["blocks"]), words_of(row["words"]))


def figure_of(row: Mapping[str, Any], image: bytes = b"") -> Figure:
    """The figure that a row of `figure_captions` keeps, with its picture where that is wanted."""
    names = ("page", "kind", "caption", "caption_source", "text")
    return Figure(**{name: row[name] for name in names}, box=box_of(row["box"]), image=image)


def elements_of(values: Sequence[Mapping[str, Any]]) -> tuple[Element, ...]:
    """The elements that a row of `documents` keeps."""
    return tuple(
        Element(
            value["kind"],
            value["text"],
            value["level"],
            tuple(PageBox(region["page"], box_of(region["box"])) for region in value["regions"]),
        )
        for value in values
    )
