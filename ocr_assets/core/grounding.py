"""The answers of DeepSeek-OCR: `<|ref|>LABEL<|/ref|><|det|>[[x0, y0, x1, y1], …]<|/det|>` and then the block's text.

Coordinates run from 0 to 999 over the whole image. Labels are kinds of blocks; asked for lines, the model puts a line's
text in the place of the label. Ends of tags may be missing, and tags may begin within others.
"""

import json
import re
from typing import Any, Final

from ocr_assets.core.fences import page_within
from ocr_assets.core.model_answers import KINDS, AnswerBlock, PageAnswer, boxes_of, markdown_blocks, typed

SCALE: Final = 999
_REF = "<|ref|>"
_REGION = re.compile(
    r"(?P<label>[^<\n]*)(?:<\|/ref\|>)?\s*<\|det\|>\s*(?P<boxes>\[.*?\]|[^<\n]*?)\s*(?:<\|/det\|>|(?=<\||\n|\Z))",
    re.DOTALL,
)
_SPECIAL = re.compile(r"<[|\uff5c][^<>\n]{0,40}[|\uff5c]>")


def grounded_answer(text: str) -> PageAnswer:
    """The blocks of an answer with grounding tags; one without any is taken for Markdown."""
    first, *parts = page_within(text).split(_REF)
    blocks = list(markdown_blocks(_SPECIAL.sub("", first)))
    said = wrong = 0
    for part in parts:
        region = _REGION.match(part)
        if region is None:  # a tag that another one interrupts, or without its places
            label, _, rest = part.partition("<|/ref|>")
            blocks += markdown_blocks(_SPECIAL.sub("", rest if label.strip().lower() in KINDS else label + rest))
            continue
        values = _values(region["boxes"])
        boxes = tuple(boxes_of(values, SCALE))
        said, wrong = said + max(1, len(values)), wrong + max(1, len(values)) - len(boxes)
        blocks += _blocks(region["label"].strip(), boxes, _SPECIAL.sub("", part[region.end() :]).strip())
    return PageAnswer(tuple(block for block in blocks if block.text or block.boxes), said, wrong)


def _blocks(label: str, boxes: tuple[Any, ...], text: str) -> list[AnswerBlock]:
    kind = KINDS.get(label.lower())
    if kind is None:  # a line of text with its place
        return [AnswerBlock("text", "\n".join(filter(None, (label, text))), boxes)]
    if kind == "figure":  # each box a picture of its own; what follows them belongs to no place
        return [AnswerBlock(kind, "", (box,)) for box in boxes] + list(markdown_blocks(text))
    if kind == "text":
        inside = list(markdown_blocks(text))
        return [AnswerBlock(inside[0].kind, inside[0].text, boxes, inside[0].level), *inside[1:]] if inside else []
    return [typed(kind, text, boxes)]


def _values(text: str) -> list[Any]:
    """The listed boxes; none where the list is broken off."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = [
            [int(n) for n in box] for box in re.findall(r"\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]", text)
        ]
    if isinstance(values, list) and len(values) == 4 and all(isinstance(n, int | float) for n in values):
        return [values]
    return values if isinstance(values, list) else []
