"""Claude on Databricks Model Serving: `vision_url` is https://<workspace>/serving-endpoints, the model its endpoint.

It has no JSON mode; asked for JSON it gives it, now and then in a code fence. Images beyond 1,568 pixels on a side or
1.15 million in all are scaled down by the service, which costs time and nothing else, so they are sent that small.
"""

from typing import Final

from ocr_assets.core.figure_answers import described, figure_answer
from ocr_assets.core.model_answers import json_answer, markdown_answer
from resources.vision.profiles.profile import BLOCKS, DESCRIBE, FIGURE, MARKDOWN, FigurePrompt, PagePrompt, Profile

DATABRICKS_CLAUDE: Final = Profile(
    name="databricks_claude",
    key_variable="DATABRICKS_TOKEN",
    page=(PagePrompt(BLOCKS, json_answer), PagePrompt(MARKDOWN, markdown_answer)),
    figure=(FigurePrompt(FIGURE, figure_answer), FigurePrompt(DESCRIBE, described)),
    pixels=1_150_000,
    side=1_568,
    encoding="jpeg",
)
