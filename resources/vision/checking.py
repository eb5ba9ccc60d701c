"""One page and one figure, to see whether a vision model works, what is wrong if not, and what pages will cost."""

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ocr_assets.core.document import Figure
from ocr_assets.core.pages import Box
from ocr_assets.errors import OcrAssetsError, UsageError
from resources.checkpoints import Checkpoints
from resources.vision.client import Client, where_of
from resources.vision.figures import ask_figure
from resources.vision.model import VisionModel
from resources.vision.pages import ask_page

if TYPE_CHECKING:
    import openai
    from PIL.Image import Image

WORDS: Final = ("heron", "ledger", "quartz", "meadow", "lantern", "saffron", "pelican", "walnut")
"""What the page says: no model guesses them."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one question. `problem` is empty where all is well; cost at the configured prices."""

    what: str
    problem: str
    answer: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float
    seconds: float


def check_model(vision: VisionModel) -> list[Checked]:
    """A page and a figure. Raises UsageError where the settings are wrong, with what to do."""
    if not vision.is_there:
        raise UsageError("no vision model is configured; set OCR_ASSETS_VISION_MODEL, and OCR_ASSETS_VISION_URL")
    client = vision.client()
    try:
        reached_all(client, vision.addresses)
    finally:
        client.close()
    now, run = vision.model_copy(update={"mode": "now"}), f"check-model-{uuid4().hex[:8]}"  # each with a run's budget
    with TemporaryDirectory() as kept, now.asking(run, "check-model", Checkpoints(root=kept)) as asker:
        began = time.monotonic()
        page = ask_page(asker, "check-model", 1, _encoded(_page()), None)
        seen = [word for word in WORDS if page.reading and word in page.reading.text.casefold()]
        text = page.reading.text if page.reading else ""
        if not page.reading:
            problem = f"no good answer: {', '.join(attempt.fault for attempt in page.attempts)}"
        elif len(seen) < len(WORDS) - 1:
            problem = (
                f"it does not read: of {len(WORDS)} words {len(seen)} came back; is {vision.model} a vision model?"
            )
        else:
            problem = ""
        checked = [_checked("page", problem, text, page.attempts, time.monotonic() - began)]
        began = time.monotonic()
        chart = Figure(1, "figure", Box(0.1, 0.1, 0.9, 0.9), "", "none", "", _encoded(_chart()))
        figure = ask_figure(asker, "check-model", chart)
        told = figure.answer.description if figure.answer else ""
        faults = ", ".join(attempt.fault for attempt in figure.attempts)
        problem = "" if figure.answer else f"no good answer: {faults}"
        checked.append(_checked("figure", problem, told, figure.attempts, time.monotonic() - began))
    return checked


def reached_all(client: Client, addresses: Sequence[str | None]) -> None:
    """Every endpoint by itself, as `reached`."""
    role = client.role.name
    for url in addresses:
        where, setting = where_of(url, role), f"OCR_ASSETS_{role.upper()}_URL"
        reached(client.client(url), where, client.model, client.key_variable, setting)


def reached(client: "openai.OpenAI", where: str, model: str, key: str, url_setting: str) -> None:
    """Whether an endpoint is there, takes the key, and has the model, as far as it lists any.

    Raises UsageError, which says what to mend. `key` names the variable that has it.
    """
    import openai

    try:
        names = sorted(one.id for one in client.with_options(max_retries=0).models.list())
    except openai.AuthenticationError:
        raise UsageError(f"{where} does not accept the key in {key}; put a valid one there") from None
    except openai.APIConnectionError as error:
        raise UsageError(
            f"nothing answers at {where} ({type(error).__name__}); correct {url_setting}, or start the server"
        ) from None
    except (openai.APIError, OcrAssetsError, AttributeError, TypeError, ValueError):
        return  # servers need not list their models; the question itself will tell
    if names and model not in names:
        shown = ", ".join(names[:10])
        raise UsageError(f"{where} has no model {model!r}; it has {shown}")


def _checked(what: str, problem: str, answer: str, attempts: Any, seconds: float) -> Checked:
    return Checked(
        what,
        problem,
        answer[:500],
        len(attempts),
        sum(attempt.input_tokens for attempt in attempts),
        sum(attempt.output_tokens for attempt in attempts),
        round(sum(attempt.cost for attempt in attempts), 6),
        round(seconds, 2),
    )


def _page() -> "Image":
    """A page of large print."""
    from PIL import Image, ImageDraw

    page = Image.new("L", (850, 1100), 255)
    draw = ImageDraw.Draw(page)
    for number, word in enumerate(WORDS):
        draw.text((100, 120 + 90 * number), f"{number + 1}. The word here is {word}.", fill=0, font_size=36)
    return page


def _chart() -> "Image":
    """A chart of four bars."""
    from PIL import Image, ImageDraw

    chart = Image.new("RGB", (600, 400), "white")
    draw = ImageDraw.Draw(chart)
    draw.text((200, 10), "Ships a year", fill="black", font_size=28)
    for number, (year, count) in enumerate((("1908", 12), ("1909", 18), ("1910", 9), ("1911", 24))):
        left = 80 + 120 * number
        draw.rectangle((left, 340 - 11 * count, left + 70, 340), fill="steelblue")
        draw.text((left, 350), year, fill="black", font_size=24)
        draw.text((left + 15, 310 - 11 * count), str(count), fill="black", font_size=24)
    return chart


def _encoded(image: "Image") -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
