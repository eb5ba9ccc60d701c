"""Figures described by a vision model: which ones, and what comes of an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ocr_assets.core.document import Figure
from ocr_assets.core.figure_answers import UNTOLD, FigureAnswer, is_ornament
from resources.vision.asking import Asker, Attempt
from resources.vision.profiles.profile import CONTEXT

LONGEST: Final = 4_000
"""Characters of a description: a paragraph has some hundreds."""
LONGEST_CONTEXT: Final = 1_000


@dataclass(frozen=True, slots=True)
class AskedFigure:
    """What the model says of a figure, None where nothing good came of it or it was not asked; `by` is its name."""

    answer: FigureAnswer | None = None
    attempts: tuple[Attempt, ...] = ()
    by: str = ""

    @property
    def is_told(self) -> bool:
        """Whether there is a description; logos and ornaments get none."""
        return self.answer is not None and self.answer.kind not in UNTOLD


NOT_ASKED: Final = AskedFigure()


def ask_figure(asker: Asker, document: str, figure: Figure) -> AskedFigure:
    """Ask what a figure shows, with the document's own caption as context; ornaments and rules are not sent.

    Raises UsageError, TransientFault.
    """
    if is_ornament(figure.box, figure.kind):
        return AskedFigure(FigureAnswer("ornament", ""))
    printed = figure.caption if figure.caption_source == "document" else ""
    context = CONTEXT.format(caption=printed[:LONGEST_CONTEXT]) if printed else ""
    prompts = asker.profile.figure
    kind = "formula" if figure.kind == "equation" else figure.kind
    texts = [prompt.text.format(kind=kind, context=context) for prompt in prompts]
    asked = asker.ask(document, figure.page, figure.image, prompts, texts, _judge_of(printed))
    return AskedFigure(asked.value, asked.attempts, asker.model if asked.value else "")


def _judge_of(printed: str) -> Callable[[FigureAnswer], str | None]:
    def fault(answer: FigureAnswer) -> str | None:
        if len(answer.description) > LONGEST:
            return "too_long"
        same = " ".join(printed.split()).casefold() == answer.description.casefold()
        return "repeats_caption" if printed and same else None

    return fault
