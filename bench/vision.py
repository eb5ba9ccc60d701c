"""Many pages through a vision model that misbehaves: how many are read, what goes wrong, and that all is accounted.

The model is the tests' server: it validates requests, reads what it is sent with Tesseract, and makes one request in
ten go wrong: limits, errors, stalls, cut streams, loops, invented text, wrong boxes. A local reader's words are what
answers are measured against, as in the pipeline.
"""

import io
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageDraw

from ocr_assets.core.pages import PageReading
from ocr_assets.errors import TransientFault
from resources.checkpoints import Checkpoints
from resources.vision.asking import Asker
from resources.vision.model import VisionModel
from resources.vision.pages import AskedPage, ask_page
from resources.vision.threads import with_asked
from tests.services.chat_server import KEY, MODEL, ChatServer

PAGES = 1_000
FAULTY = 0.1
ROUNDS = 5
FAULTS = (
    "rate_limit", "retry_after", "server_error", "overloaded", "stall", "cut_stream", "garbage", "no_choices",
    "empty", "cut", "loop", "quiet_loop", "invented", "refused", "filtered", "truncated_json", "wrong_boxes",
)  # fmt: skip
WORDS = (
    "anchor", "barrel", "candle", "dagger", "engine", "feather", "garden",
    "hammer", "island", "jacket", "kettle", "ladder", "marble", "needle",
)  # fmt: skip
PRICES: dict[str, Any] = {"input_price": 1.0, "output_price": 4.0}


@dataclass(frozen=True)
class Outcome:
    """What became of all pages: the asked ones by number, what the server charged, and what was entered of it."""

    pages: dict[int, AskedPage]
    server: ChatServer
    states: Counter[str]
    entered_tokens: tuple[int, int]
    cost: float
    seconds: float

    @property
    def read(self) -> list[int]:
        """Numbers of the pages with a reading."""
        return sorted(number for number, page in self.pages.items() if page.reading)

    @property
    def wrong(self) -> list[int]:
        """Numbers of the pages whose reading is not what the page says."""
        return [n for n in self.read if not (said(n) & read_words(self.pages[n])) >= set(sorted(said(n))[:10])]


def measure(pages: int = PAGES) -> Outcome:
    """Print what became of so many pages."""
    with TemporaryDirectory() as home:
        outcome = run(Path(home), pages)
    faults = Counter(a.fault for page in outcome.pages.values() for a in page.attempts if a.fault)
    unread = pages - len(outcome.read)
    print(
        f"{pages} pages, {outcome.server.attempts} requests in {outcome.seconds:.0f} s: {len(outcome.read)} read, ",
        end="",
    )
    print(f"{unread} left to the local reader with reasons, {len(outcome.wrong)} with a wrong text")
    print(f"bad answers: {', '.join(f'{fault} {count}' for fault, count in faults.most_common())}")
    print(
        f"entered: {', '.join(f'{state} {count}' for state, count in outcome.states.items())}; charged by the server: ",
        end="",
    )
    print(
        f"{outcome.server.charged} answers, {sum(outcome.server.tokens)} tokens, {sum(outcome.entered_tokens)} entered"
    )
    return outcome


def run(home: Path, pages: int, concurrency: int = 8) -> Outcome:
    """Ask for so many pages, eight at a time, of a document for each hundred."""
    with served() as server, with_key():
        vision = VisionModel(
            model=MODEL, urls=server.base_url, profile="databricks_claude", home=str(home), seconds=120,
            concurrency=concurrency, first_pause=0.01, **PRICES,
        )  # fmt: skip
        began = time.monotonic()
        with vision.asking("run", "ocr_text", Checkpoints(root=f"{home}/checkpoints")) as asker:
            numbers = iter(range(pages))
            asked = dict(
                with_asked(numbers, lambda _: True, partial(ask, asker, server), lambda n: (n, AskedPage()), 8)
            )
        seconds = time.monotonic() - began
        rows = vision.ledger.rows()
    states = Counter(row["state"] for row in rows)
    answered = [row for row in rows if row["state"] == "answered"]
    tokens = sum(row["input"] for row in answered), sum(row["output"] for row in answered)
    return Outcome(asked, server, states, tokens, sum(row["cost"] for row in rows), seconds)


def ask(asker: Asker, server: ChatServer, number: int) -> tuple[int, AskedPage]:
    """A page of its own, with what a local reader makes of it."""
    image = drawn(number)
    out = io.BytesIO()
    image.save(out, "PNG")
    words = tuple(read.word for line in server.lines(image) for read in line)
    local = PageReading("tesseract", "", 0.95, (), words)
    for _ in range(ROUNDS):
        try:
            return number, ask_page(asker, f"d{number // 100}", number % 100 + 1, out.getvalue(), local)
        except TransientFault:  # the service is away: its document waits, and a later run asks again
            time.sleep(0.1)
    raise AssertionError(f"page {number} was never answered")


def drawn(number: int) -> Image.Image:
    """A small page with words of its own."""
    image = Image.new("L", (620, 260), 255)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines(number)):
        draw.text((20, 15 + 48 * row), line, 0, font_size=30)
    return image


def lines(number: int) -> list[str]:
    """What the page says."""
    dice = random.Random(number)
    return [f"Sheet {10_000 + number} of the ledger", *(" ".join(dice.sample(WORDS, 4)) for _ in range(4))]


def said(number: int) -> set[str]:
    return {word.casefold() for line in lines(number) for word in line.split()}


def read_words(page: AskedPage) -> set[str]:
    return {word.casefold() for word in page.reading.text.split()} if page.reading else set()


@contextmanager
def served() -> Iterator[ChatServer]:
    """The server, which makes one request in ten go wrong, always the same ones."""

    def fault(number: int) -> str | None:
        dice = random.Random(number * 7919)
        return dice.choice(FAULTS) if dice.random() < FAULTY else None

    with ChatServer(fault=fault, stalls=2.0).running() as server:
        yield server


@contextmanager
def with_key() -> Iterator[None]:
    before = os.environ.get("DATABRICKS_TOKEN")
    os.environ["DATABRICKS_TOKEN"] = KEY
    try:
        yield
    finally:
        os.environ.pop("DATABRICKS_TOKEN")
        if before is not None:
            os.environ["DATABRICKS_TOKEN"] = before
