"""The vision model: any OpenAI-compatible endpoints of one model, how it is asked, and what it may cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import dagster as dg
from pydantic import Field

from ocr_assets.errors import UsageError
from resources.checkpoints import Checkpoints
from resources.vision.answers import PaidAnswers
from resources.vision.asking import Asker
from resources.vision.client import Client
from resources.vision.endpoints import FIRST_PAUSE, Endpoints
from resources.vision.ledger import Ledger
from resources.vision.profiles.databricks_claude import DATABRICKS_CLAUDE
from resources.vision.profiles.deepseek_ocr import DEEPSEEK_OCR
from resources.vision.profiles.generic import GENERIC
from resources.vision.profiles.openai import OPENAI
from resources.vision.profiles.profile import Profile

PROFILES: Final = {profile.name: profile for profile in (GENERIC, OPENAI, DATABRICKS_CLAUDE, DEEPSEEK_OCR)}
LEDGER: Final = "vision.sqlite"


class VisionModel(dg.ConfigurableResource):  # type: ignore[type-arg]
    """`model` empty is none at all. `urls`, comma-separated, are endpoints of the same model; empty is OpenAI's own.

    `home` is the folder of the ledger. Prices are for a million tokens, budgets in the same currency, 0 for none.
    """

    model: str = ""
    # A secret to Dagster, whose UI shows a resource's settings: some endpoints take their key within the URL.
    urls: str = Field(default="", json_schema_extra={"dagster__is_secret": True})
    profile: str = "generic"
    home: str = "data"
    concurrency: int = Field(default=8, ge=1, description="Requests at a time to each endpoint.")
    seconds: float = Field(default=180, gt=0, description="A request that takes longer is given up.")
    pixels: int = Field(default=0, ge=0, description="Of a picture that is sent; 0 is what the profile says.")
    input_price: float = 0.0
    output_price: float = 0.0
    run_budget: float = 0.0
    day_budget: float = 0.0
    first_pause: float = Field(default=FIRST_PAUSE, description="Seconds before a sick endpoint is tried again.")

    @property
    def is_there(self) -> bool:
        """Whether a model is configured."""
        return bool(self.model)

    @property
    def way(self) -> Profile:
        """The profile. Raises UsageError for an unknown one."""
        if self.profile not in PROFILES:
            raise UsageError(f"there is no vision profile {self.profile!r}; use one of {', '.join(PROFILES)}")
        return PROFILES[self.profile]

    @property
    def ledger(self) -> Ledger:
        """What was asked and spent."""
        return Ledger(Path(self.home) / LEDGER, self.input_price, self.output_price, self.run_budget, self.day_budget)

    @property
    def addresses(self) -> list[str | None]:
        """The base URLs; None is OpenAI's own."""
        return [url.strip().rstrip("/") for url in self.urls.split(",") if url.strip()] or [None]

    @property
    def threads(self) -> int:
        """Questions that can be asked at once."""
        return self.concurrency * len(self.addresses)

    def client(self) -> Client:
        """The endpoints, none of them asked yet."""
        endpoints = Endpoints(self.addresses, self.concurrency, self.first_pause)
        return Client(self.model, self.way.key_variable, endpoints, self.ledger, self.seconds)

    @contextmanager
    def asking(self, run: str, stage: str, checkpoints: Checkpoints) -> Iterator[Asker]:
        """What asks about pages of a stage in this run; its connections end with the context."""
        client = self.client()
        try:
            yield Asker(
                client,
                PaidAnswers(checkpoints, stage),
                self.way,
                self.model,
                run,
                stage,
                self.pixels or self.way.pixels,
            )
        finally:
            client.close()
