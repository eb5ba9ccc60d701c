"""Pages read by a vision model: which are asked for, and what comes of an answer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ocr_assets.core.answer_faults import Evidence, page_fault
from ocr_assets.core.ink import ink_of
from ocr_assets.core.model_answers import PageAnswer
from ocr_assets.core.model_reading import page_reading
from ocr_assets.core.pages import PageReading
from ocr_assets.core.valid_reading import valid_reading
from resources.page_readers.layout import grey_page
from resources.vision.asking import Asker, Attempt

if TYPE_CHECKING:
    from ocr_assets.core.ink import Ink

LEAST_MARKS: Final = 3
"""Marks of a letter's size that a page must have to be sent: models invent text on blank ones."""


@dataclass(frozen=True, slots=True)
class AskedPage:
    """The model's reading, None where none of its answers is good; `unplaced` words of it have no box."""

    reading: PageReading | None = None
    attempts: tuple[Attempt, ...] = ()
    unplaced: int = 0


NOT_ASKED: Final = AskedPage()


def ask_page(asker: Asker, document: str, page: int, image: bytes, local: PageReading | None) -> AskedPage:
    """Ask for a page whose encoded upright image this is; `local` is what the local readers made of it, if anything.

    A page without marks is not sent. Raises UsageError, TransientFault.
    """
    grey = grey_page(image)
    ink = ink_of(grey)
    if len(ink.marks) < LEAST_MARKS:
        return NOT_ASKED
    evidence = evidence_of(ink, grey.height / grey.width, local)
    prompts = asker.profile.page

    def fault(answer: PageAnswer) -> str | None:
        return page_fault(answer, evidence)

    asked = asker.ask(document, page, image, prompts, [prompt.text for prompt in prompts], fault)
    if asked.value is None:
        return AskedPage(None, asked.attempts)
    placed = page_reading(asked.value, local, f"vision:{asker.model}")
    return AskedPage(valid_reading(placed.reading), asked.attempts, placed.unplaced)


def evidence_of(ink: "Ink", aspect: float, local: PageReading | None) -> Evidence:
    """What an answer about a page of this `aspect`, height over width, is measured against."""
    written = ink.written(aspect)
    return Evidence(len(ink.marks), written, local.words if local else (), local.confidence if local else 0.0)
