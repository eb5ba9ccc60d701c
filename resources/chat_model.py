"""What models behind OpenAI's chat API have in common: where they are asked, how many at a time, what it may cost."""

from pathlib import Path

import dagster as dg
from pydantic import Field

from resources.vision.endpoints import FIRST_PAUSE
from resources.vision.ledger import Ledger


class ChatModel(dg.ConfigurableResource):  # type: ignore[type-arg]
    """`model` empty is none at all. `urls`, comma-separated, are endpoints of the same model; empty is OpenAI's own.

    `home` is the folder of the ledger. Prices are for a million tokens, budgets in the same currency, 0 for none.
    """

    model: str = ""
    # A secret to Dagster, whose UI shows a resource's settings: some endpoints take their key within the URL.
    urls: str = Field(default="", json_schema_extra={"dagster__is_secret": True})
    home: str = "data"
    concurrency: int = Field(default=4, ge=1, description="Requests at a time to each endpoint.")
    seconds: float = Field(default=120, gt=0, description="A request that takes longer is given up.")
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
    def addresses(self) -> list[str | None]:
        """The base URLs; None is OpenAI's own."""
        given: list[str | None] = [url.strip().rstrip("/") for url in self.urls.split(",") if url.strip()]
        return given or [None]

    @property
    def threads(self) -> int:
        """Questions that can be asked at once."""
        return self.concurrency * len(self.addresses)

    def ledger_of(self, file: str, models: str) -> Ledger:
        """The ledger in this file of the home; `models` is what its messages call those that share it."""
        prices = (self.input_price, self.output_price, self.run_budget, self.day_budget)
        return Ledger(Path(self.home) / file, *prices, models)
