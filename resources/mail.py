"""Messages by email, over SMTP."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from ocr_assets.errors import DeliveryError
from resources.alerting import Channel, one_line
from resources.secrets import secret


class Mail(Channel):
    """`to` is addresses, comma-separated. `tls` is none, starttls, or tls from the first byte.

    Logs in where there is a `user`, with the secret `password_variable` as password.
    """

    to: str = ""
    sender: str = "ocr-assets@localhost"
    host: str = "localhost"
    port: int = 25
    tls: str = "none"
    user: str = ""
    password_variable: str = "OCR_ASSETS_ALERT_SMTP_PASSWORD"

    def is_set_up(self) -> bool:
        return bool(self.to)

    def deliver(self, subject: str, text: str) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = one_line(subject), self.sender, self.to
        message.set_content(text)
        try:
            with self._connection() as server:
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(f"the mail server {self.host}:{self.port} answered {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            told = f"the mail server {self.host}:{self.port} did not take it: {type(error).__name__}"
            raise DeliveryError(told) from None  # the server's own words may hold the login

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        if self.tls == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        with server:
            if self.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, secret(self.password_variable) or "")
            yield server
