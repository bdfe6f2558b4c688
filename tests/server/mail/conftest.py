"""Real mail servers on loopback, with and without TLS, and a certificate that is made for the run."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Certificate(NamedTuple):
    """Files of a certificate that only this run trusts."""

    chain: Path
    key: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("mail")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.city.example")])
    at = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - dt.timedelta(days=1))
        .not_valid_after(at + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certificate(chain, secret)


class Listening(SMTP):
    """aiosmtpd's own server, which also notes what it was told to send to, as it was said."""

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        self.event_handler.said.append(arg)
        await super().smtp_RCPT(arg)


class Listener(Controller):
    """Runs such a server in a thread."""

    def factory(self) -> SMTP:
        return Listening(self.handler, **self.SMTP_kwargs)


@dataclass
class Sink:
    """A mail server that keeps what it is given, and refuses whom it is told to refuse."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    at_data: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.at_data:
            return self.at_data
        letter = message_from_bytes(bytes(envelope.content or b""), policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"


@pytest.fixture
def mail_server(certificate: Certificate) -> Iterator[Callable[..., Sink]]:
    """Start a mail server: `starttls`, `tls` or `none`; with `password` it asks for a login."""
    running: list[Controller] = []

    def started(security: str = "starttls", *, password: str = "") -> Sink:
        sink = Sink()

        def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            sink.logins.append(data.login.decode())
            return AuthResult(success=data.password.decode() == password)

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.chain, certificate.key)
        options: dict[str, Any] = {}
        if security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if password:
            options |= {
                "authenticator": authenticate,
                "auth_required": True,
                "auth_require_tls": security == "starttls",
            }
        with socket.create_server(("127.0.0.1", 0)) as probe:
            sink.port = probe.getsockname()[1]
        controller = Listener(
            sink,
            hostname="127.0.0.1",
            port=sink.port,
            ssl_context=context if security == "tls" else None,
            **options,
        )
        controller.start()
        running.append(controller)
        return sink

    yield started
    for controller in running:
        controller.stop()
