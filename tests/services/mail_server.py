"""A local mail server: SMTP with STARTTLS and AUTH as far as sending a message goes (RFC 5321, 3207, 4954).

It answers out of order where the client is, and misbehaves on demand.
"""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

USER, PASSWORD = "pipeline", "correct horse 7d1b"


class Session(socketserver.BaseRequestHandler):
    """One connection; `state` is the server."""

    state: "MailServer"

    def handle(self) -> None:
        try:
            if self.state.tls_from_the_start:
                self.request = self.state.wrapped(self.request)
            self.talk()
        except OSError:  # the client went, or does not like the certificate
            return
        finally:
            self.request.close()

    def talk(self) -> None:
        self.secure, self.known = self.state.tls_from_the_start, False
        self.file = self.request.makefile("rb")
        self.say("220 mail.test ESMTP")
        try:
            self.answer()
        finally:
            self.file.close()

    def answer(self) -> None:
        while line := self.file.readline():
            words = line.decode().strip()
            self.state.lines.append(words)
            command = words.split(" ")[0].split(":")[0].upper()
            if command == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"do_{command.lower()}", self.unknown)(words)

    def say(self, line: str) -> None:
        self.request.sendall(f"{line}\r\n".encode())

    def unknown(self, _words: str) -> None:
        self.say("502 no such command")

    def do_ehlo(self, _words: str) -> None:
        offered = ["AUTH PLAIN"] if self.state.login and (self.secure or not self.state.certificate) else []
        offered += ["STARTTLS"] if self.state.certificate and not self.secure else []
        for word in ["mail.test", *offered][:-1]:
            self.say(f"250-{word}")
        self.say(f"250 {['mail.test', *offered][-1]}")

    def do_starttls(self, _words: str) -> None:
        self.say("220 go ahead")
        self.file.close()
        self.request = self.state.wrapped(self.request)
        self.file, self.secure = self.request.makefile("rb"), True

    def do_auth(self, words: str) -> None:
        _, user, password = base64.b64decode(words.split(" ")[2]).decode().split("\0")
        self.known = (user, password) == (USER, PASSWORD)
        self.say("235 welcome" if self.known else f"535 {user} {password} is not known")

    def do_mail(self, _words: str) -> None:
        self.say("250 ok" if self.known or not self.state.login else "530 log in first")

    def do_rcpt(self, _words: str) -> None:
        self.say(f"{self.state.refuse} no" if self.state.refuse else "250 ok")

    def do_rset(self, _words: str) -> None:
        self.say("250 ok")

    def do_data(self, _words: str) -> None:
        self.say("354 go on")
        taken = bytearray()
        while (line := self.file.readline()) not in (b".\r\n", b""):
            taken += line.removeprefix(b".") if line.startswith(b"..") else line
        self.state.messages.append(cast("EmailMessage", message_from_bytes(bytes(taken), policy=policy.default)))
        self.say("250 taken")


@dataclass
class MailServer:
    """`messages` were taken; `refuse` is a code to answer to every recipient with; `certificate` turns STARTTLS on."""

    certificate: Path | None = None
    tls_from_the_start: bool = False
    login: bool = False
    refuse: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def running(self) -> Iterator["MailServer"]:
        session = type("Session", (Session,), {"state": self})
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), session)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.port = server.server_address[1]
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def wrapped(self, connection: Any) -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.certificate))
        return context.wrap_socket(connection, server_side=True)


def make_certificate(file: Path) -> Path:
    """A self-signed certificate for localhost, with its key, in one PEM file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
