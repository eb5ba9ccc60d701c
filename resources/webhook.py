"""Messages to a webhook that takes what Slack's do: Slack, Mattermost, Rocket.Chat, Teams by a bridge."""

import html
import json
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ocr_assets.errors import DeliveryError
from resources.alerting import Channel
from resources.secrets import secret

LONGEST = 3_500
"""Characters of a message; Slack cuts longer ones."""


class Webhook(Channel):
    """The URL is a secret, as whoever knows it can write there: `url_variable` is its name."""

    url_variable: str = "OCR_ASSETS_ALERT_WEBHOOK"

    def is_set_up(self) -> bool:
        return bool(secret(self.url_variable))

    def deliver(self, subject: str, text: str) -> None:
        url = secret(self.url_variable) or ""
        if not url.startswith(("https://", "http://")):
            raise DeliveryError(f"{self.url_variable} is not the URL of a webhook")
        told = html.escape(f"{subject}\n{text}"[:LONGEST], quote=False)  # as Slack asks for
        try:
            request = Request(url, json.dumps({"text": told}).encode(), {"Content-Type": "application/json"})
            with build_opener(_NoRedirects).open(request, timeout=self.timeout_seconds):
                pass
        except HTTPError as error:
            error.close()
            raise DeliveryError(f"the webhook answered {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:  # their own words hold the URL
            raise DeliveryError(f"the webhook did not answer: {type(error).__name__}") from None


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would send the message to an address that nobody has set."""

    def redirect_request(self, *_arguments: object) -> None:
        return None
