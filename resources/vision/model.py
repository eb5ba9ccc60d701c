"""The vision model: any OpenAI-compatible endpoints of one model, how it is asked, and what it may cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import Field

from ocr_assets.errors import UsageError
from resources.chat_model import ChatModel
from resources.checkpoints import Checkpoints
from resources.vision.answers import PaidAnswers
from resources.vision.asking import Asker
from resources.vision.batches import BatchSender
from resources.vision.client import Client
from resources.vision.endpoints import Endpoints
from resources.vision.launch import LocalServer, launched
from resources.vision.ledger import Ledger
from resources.vision.profiles.databricks_claude import DATABRICKS_CLAUDE
from resources.vision.profiles.deepseek_ocr import DEEPSEEK_OCR
from resources.vision.profiles.generic import GENERIC
from resources.vision.profiles.openai import OPENAI
from resources.vision.profiles.profile import Profile

PROFILES: Final = {profile.name: profile for profile in (GENERIC, OPENAI, DATABRICKS_CLAUDE, DEEPSEEK_OCR)}
LEDGER: Final = "vision.sqlite"
LAUNCHED: Final = "http://127.0.0.1:8000/v1"
"""Where a server is started if no address is given: vLLM's own default."""


class VisionModel(ChatModel):
    """Reads pages and describes figures; with `launch` behind a server that is started for it."""

    profile: str = "generic"
    concurrency: int = Field(default=8, ge=1, description="Requests at a time to each endpoint.")
    seconds: float = Field(default=180, gt=0, description="A request that takes longer is given up.")
    pixels: int = Field(default=0, ge=0, description="Of a picture that is sent; 0 is what the profile says.")
    mode: str = Field(default="now", pattern="^(now|batch)$", description="Asked at once, or by OpenAI's Batch API.")
    batch_share: float = Field(default=0.5, description="Share of the price that the Batch API charges.")
    launch: bool = Field(default=False, description="Whether to start a vLLM server for the model.")
    launch_options: str = Field(default="", description="Further options of its command line.")
    launch_seconds: float = Field(default=900.0, description="What it may take to load the model.")

    @property
    def way(self) -> Profile:
        """The profile. Raises UsageError for an unknown one."""
        if self.profile not in PROFILES:
            raise UsageError(f"there is no vision profile {self.profile!r}; use one of {', '.join(PROFILES)}")
        return PROFILES[self.profile]

    @property
    def ledger(self) -> Ledger:
        """What was asked and spent."""
        return self.ledger_of(LEDGER, "the vision model")

    @property
    def addresses(self) -> list[str | None]:
        """The base URLs; None is OpenAI's own."""
        return [LAUNCHED if url is None and self.launch else url for url in super().addresses]

    def client(self) -> Client:
        """The endpoints, none of them asked yet."""
        endpoints = Endpoints(self.addresses, self.concurrency, self.first_pause)
        return Client(self.model, self.way.key_variable, endpoints, self.ledger, self.seconds, self.prepare)

    def prepare(self) -> None:
        """Start the server, if this process is to have one of its own."""
        if self.launch:
            url, way = self.addresses[0] or LAUNCHED, self.way.serve
            launched(LocalServer(self.model, url, Path(self.home), way, self.launch_options, self.launch_seconds))

    @contextmanager
    def asking(self, run: str, stage: str, checkpoints: Checkpoints) -> Iterator[Asker]:
        """What asks about pages of a stage in this run; its connections end with the context."""
        sender = self._sender(checkpoints)
        pixels = self.pixels or self.way.pixels
        try:
            if isinstance(sender, BatchSender):
                sender.collect()
            yield Asker(sender, PaidAnswers(checkpoints, stage), self.way, self.model, run, stage, pixels)
        finally:
            sender.close()

    def _sender(self, checkpoints: Checkpoints) -> Client | BatchSender:
        client = self.client()
        if self.mode == "now":
            return client
        return BatchSender(client, self.addresses[0], checkpoints, Path(self.home) / "vision", self.batch_share)
