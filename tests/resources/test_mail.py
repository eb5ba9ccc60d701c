"""Mail to a real server: with and without TLS and login, and what comes of a server that does not take it."""

from pathlib import Path
from typing import Any

import pytest

from ocr_assets.errors import DeliveryError
from resources.mail import Mail
from tests.services.mail_server import PASSWORD, USER, MailServer, make_certificate

SECRET = "OCR_ASSETS_ALERT_SMTP_PASSWORD"


def mail(server: MailServer, **fields: Any) -> Mail:
    return Mail(to="one@example.org, two@example.org", host="localhost", port=server.port, **fields)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


def test_a_message_reaches_its_addresses_with_subject_and_text() -> None:
    with MailServer().running() as server:
        mail(server).deliver("3 given up in\nraw_pdfs: corrupt", "grüße\n.\nüber drei Zeilen")
    (message,) = server.messages
    assert message["Subject"] == "3 given up in raw_pdfs: corrupt"
    assert message["To"] == "one@example.org, two@example.org"
    assert message.get_content().splitlines() == ["grüße", ".", "über drei Zeilen"]
    recipients = [line for line in server.lines if line.upper().startswith("RCPT")]
    assert recipients == ["rcpt TO:<one@example.org>", "rcpt TO:<two@example.org>"]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_login_goes_over_tls(tls: str, trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    with MailServer(certificate=trusted, tls_from_the_start=tls == "tls", login=True).running() as server:
        mail(server, tls=tls, user=USER).deliver("subject", "text")
    assert len(server.messages) == 1
    assert ("STARTTLS" in server.lines) == (tls == "starttls")


def test_a_password_is_not_sent_to_a_server_without_the_tls_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    with MailServer(login=True).running() as server, pytest.raises(DeliveryError, match="did not take it"):
        mail(server, tls="starttls", user=USER).deliver("subject", "text")
    assert not any(line.upper().startswith("AUTH") for line in server.lines)


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with MailServer(certificate=certificate).running() as server, pytest.raises(DeliveryError, match="SSL"):
        mail(server, tls="starttls").deliver("subject", "text")
    assert server.messages == []


def test_a_refused_login_tells_neither_name_nor_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "wrong-61c4")
    with MailServer(login=True).running() as server, pytest.raises(DeliveryError) as raised:
        mail(server, user=USER).deliver("subject", "text")
    assert str(raised.value) == f"the mail server localhost:{server.port} answered 535"
    assert raised.value.__cause__ is None


def test_a_refused_recipient_and_a_server_that_is_not_there_are_told() -> None:
    with MailServer(refuse=550).running() as server, pytest.raises(DeliveryError, match="did not take it"):
        mail(server).deliver("subject", "text")
    with pytest.raises(DeliveryError, match="ConnectionRefusedError"):
        mail(server).deliver("subject", "text")


def test_without_an_address_there_is_no_mail() -> None:
    assert not Mail().is_set_up()
    assert Mail(to="a@example.org").is_set_up()
