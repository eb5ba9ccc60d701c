"""How an operator is told: by mail or by a webhook, whichever is set up; the log has every message anyway."""

from abc import ABC, abstractmethod

import dagster as dg


class Channel(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """A way to tell an operator."""

    timeout_seconds: float = 10

    @abstractmethod
    def is_set_up(self) -> bool:
        """Whether the operator wants messages this way."""

    @abstractmethod
    def deliver(self, subject: str, text: str) -> None:
        """Send one message. Raises DeliveryError where it was not taken; no secret is in that."""


def one_line(text: str) -> str:
    """Without line breaks, for a subject: two would begin a mail's body."""
    return " ".join(text.split())
