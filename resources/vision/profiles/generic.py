"""Any vision model behind an OpenAI-compatible endpoint: it is asked for Markdown, which all of them write."""

from typing import Final

from ocr_assets.core.figure_answers import described, figure_answer
from ocr_assets.core.model_answers import markdown_answer
from resources.vision.profiles.profile import DESCRIBE, FIGURE, MARKDOWN, FigurePrompt, PagePrompt, Profile

SHORT: Final = "Write down all text of this page in reading order, exactly as printed, and nothing else."

GENERIC: Final = Profile(
    name="generic",
    key_variable="OPENAI_API_KEY",
    page=(PagePrompt(MARKDOWN, markdown_answer), PagePrompt(SHORT, markdown_answer)),
    figure=(FigurePrompt(FIGURE, figure_answer), FigurePrompt(DESCRIBE, described)),
)
