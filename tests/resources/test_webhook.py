"""Messages to a real HTTP server as Slack takes them; its URL is a secret."""

import pytest

from ocr_assets.errors import DeliveryError
from resources.webhook import LONGEST, Webhook
from tests.services.webhook_server import WebhookServer

SECRET = "OCR_ASSETS_ALERT_WEBHOOK"


def test_a_message_is_taken_with_what_slack_would_take_for_markup_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebhookServer().running() as server:
        monkeypatch.setenv(SECRET, server.base_url)
        assert Webhook().is_set_up()
        Webhook().deliver("subject", "<!channel> & grüße")
    assert server.texts == ["subject\n&lt;!channel&gt; &amp; grüße"]


def test_a_long_message_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebhookServer().running() as server:
        monkeypatch.setenv(SECRET, server.base_url)
        Webhook().deliver("subject", "x" * 10_000)
    assert [len(text) for text in server.texts] == [LONGEST]


@pytest.mark.parametrize("code", [302, 404, 429, 500])
def test_an_answer_that_is_not_ok_is_told_without_the_url(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with WebhookServer(answers=[code]).running() as server:
        monkeypatch.setenv(SECRET, server.base_url)
        with pytest.raises(DeliveryError) as raised:
            Webhook().deliver("subject", "text")
    assert str(raised.value) == f"the webhook answered {code}"
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "url", [f"http://127.0.0.1:1{WebhookServer.path}", "file:///etc/passwd", "no url", "http://[broken/secret-9f2e"]
)
def test_what_is_no_webhook_is_told_without_the_url(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, url)
    with pytest.raises(DeliveryError) as raised:
        Webhook().deliver("subject", "text")
    assert "secret" not in str(raised.value)
    assert "passwd" not in str(raised.value)


def test_without_a_url_there_is_no_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET, raising=False)
    assert not Webhook().is_set_up()
