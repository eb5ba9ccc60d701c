"""The official client of an endpoint that speaks OpenAI's API, made so that a wrong address says which setting is."""

from typing import TYPE_CHECKING

from ocr_assets.errors import UsageError

if TYPE_CHECKING:
    import openai


def client_of(url: str | None, key: str, seconds: float, retries: int, where: str, url_setting: str) -> "openai.OpenAI":
    """A client; `where` names the endpoint in messages. Raises UsageError where the URL is none."""
    import openai

    try:
        return openai.OpenAI(base_url=url, api_key=key, timeout=seconds, max_retries=retries)
    except Exception as error:  # noqa: BLE001 - httpx's InvalidURL has no base but Exception
        raise UsageError(f"{where} is no address ({type(error).__name__}); correct {url_setting}") from None
