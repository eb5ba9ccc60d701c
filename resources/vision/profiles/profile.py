"""What a profile of a vision model is: its prompts, the options of its requests, and how its answers are parsed.

One more model is one more small file beside this one, and its name in `PROFILES` of `resources/vision/model.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ocr_assets.core.figure_answers import FigureAnswer
from ocr_assets.core.model_answers import PageAnswer

MARKDOWN: Final = (
    "Transcribe this page to Markdown, completely and in reading order. Keep the wording, spelling, punctuation "
    "and language exactly as printed, and do not translate, correct, summarise or explain. Mark headings with #, "
    "lists with their own marks, tables as Markdown or HTML tables, formulas as LaTeX between $$. Leave out "
    "pictures. Where something cannot be read write [illegible]. Answer with the page's text and nothing else; if"
    " it has none, answer with nothing."
)
BLOCKS: Final = (
    'Transcribe this page as JSON, completely and in reading order: {"blocks": [{"kind": KIND, "text": TEXT, '
    '"box": [x0, y0, x1, y1], "level": LEVEL}]}. KIND is one of title, text, list, table, figure, caption, '
    "equation, header, footer, footnote, stamp, signature. TEXT keeps wording, spelling, punctuation, language "
    "and lines exactly as printed; do not translate, correct or explain; tables are Markdown or HTML tables, "
    "formulas LaTeX, the text of a figure is empty; what cannot be read is [illegible]. The box is where the "
    "block stands, in thousandths of the page's width and height from its upper left corner. LEVEL, of titles "
    'only, is 1 for the highest. Answer with the JSON and nothing else; a page without text is {"blocks": []}.'
)
FIGURE: Final = (
    'Describe this {kind} of a document as JSON: {{"kind": KIND, "description": DESCRIPTION, "text": TEXT, '
    '"data": DATA}}. KIND is one of chart, photo, diagram, map, table, formula, screenshot, drawing, logo, '
    "ornament. DESCRIPTION is one paragraph, in the language of the document, that says what it shows to a reader"
    " who cannot see it: for a chart the axes, units, series and what follows from them, for a formula what it says in"
    " words; never more than is there. TEXT is all text in it, line by line, a formula as LaTeX. DATA, of charts and "
    "tables only, is a list of rows, the first with the column names, each a list of texts, with only those values "
    "that can be read; else null. Answer with the JSON and nothing else.{context}"
)
CONTEXT: Final = " The document's own caption, for context, which is not to be repeated: {caption}"
DESCRIBE: Final = "Describe this {kind} of a document in one paragraph, saying only what can be seen in it.{context}"


@dataclass(frozen=True, slots=True)
class PagePrompt:
    """A way to ask for a page, and how the answer is read; `parse` raises ValueError where it cannot be."""

    text: str
    parse: Callable[[str], PageAnswer]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigurePrompt:
    """A way to ask for a figure: `{kind}` is figure, table or formula, `{context}` the document's caption if any."""

    text: str
    parse: Callable[[str], FigureAnswer]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a family of models is asked.

    `page` and `figure` are the prompts, the best first; a bad answer to one is asked again in other ways. `options` go
    into every request, as OpenAI's chat API or the server's own. `pixels` is the most that the model looks at in an
    image, in all; `side` on its longer side. `warmth` is the temperature of the second try, None where the model takes
    none. `serve` are the options of a vLLM server for it.
    """

    name: str
    key_variable: str
    page: tuple[PagePrompt, ...]
    figure: tuple[FigurePrompt, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    pixels: int = 1_500_000
    side: int = 2_048
    encoding: Literal["png", "jpeg"] = "png"
    max_tokens: int = 8_192
    tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: float | None = 0.0
    warmth: float | None = 0.4
    detail: str | None = None
    serve: tuple[str, ...] = ()
