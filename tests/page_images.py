"""Pages of the test documents as their readers get them."""

import io
from pathlib import Path

from PIL import Image

from ocr_assets.core.pages import PageInput
from ocr_assets.core.rendering import RenderSettings, render
from resources.page_readers.orientation import straightened

DOCUMENTS = Path(__file__).parent / "documents"


def page_input(path: str | Path, page: int = 1) -> PageInput:
    """The page rendered as the stage `page_images` does it."""
    image = render(str(path), page, RenderSettings(), (), straightened)
    return PageInput(str(path), page, image.kind, image.dpi, image.png, (), image.turned, image.skew)


def image_input(folder: Path, image: Image.Image) -> PageInput:
    """The page of an image file in that folder."""
    path = folder / "page.png"
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    path.write_bytes(encoded.getvalue())
    return PageInput(str(path), 1, "scanned", 200.0, encoded.getvalue())
