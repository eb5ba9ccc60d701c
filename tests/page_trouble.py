"""`page_images.render_page` in trouble: importable, so that page processes can run it."""

from ocr_assets.core.rendering import RenderedPage
from ocr_assets.page_images import Rendering, render_page
from tests.resources.page_tasks import misbehave

TROUBLE = {2: "hang", 3: "eat memory", 4: "segfault", 5: "defect"}
"""What rendering a page of that number does."""


def render_in_trouble(task: Rendering) -> RenderedPage:
    misbehave(TROUBLE.get(task.page, "behave"))
    return render_page(task)
