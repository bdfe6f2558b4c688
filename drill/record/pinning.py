"""The server's own certificate, pinned: who it is, told by a fingerprint that people compare aloud.

A gym's network has no authority that could vouch for a server and no name that stays. So the station keeps the
certificate itself when it is paired, trusts that one alone, and says clearly when another is shown.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from drill.record.config import ConfigError, StationConfig, read_server

GROUP: Final = 4
GROUPS_A_LINE: Final = 4
DIGITS: Final = 64
LEAST_DIGITS: Final = 16
"""Digits of the certificate's SHA-256 that must be given at least: 64 bits."""
ASK_S: Final = 10.0
NO_CHECK_TIME: Final = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, for which Python has no name."""

QUESTION: Final = (
    "{server} shows a certificate that it made for itself.\n"
    "このサーバーの証明書は、サーバーが自分でつくったものです。\n"
    "Type the first line of the fingerprint that stands beside the pairing code.\n"
    "ペアリングコードの下にある「証明書の指紋」の1行目（16文字）を入力してください: "
)


def fingerprint_of(certificate: str) -> str:
    """Return the SHA-256 of a certificate in PEM, 64 hexadecimal digits. Raise ConfigError when it is none."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
    except ValueError as error:
        msg = f"the pinned certificate cannot be read: {error}; pair this station again"
        raise ConfigError(msg) from error


def grouped(fingerprint: str) -> list[str]:
    """Return a fingerprint in lines of four groups of four, as the server's pages show it."""
    groups = [fingerprint[at : at + GROUP].upper() for at in range(0, len(fingerprint), GROUP)]
    return [" ".join(groups[at : at + GROUPS_A_LINE]) for at in range(0, len(groups), GROUPS_A_LINE)]


def read_fingerprint(text: str) -> str:
    """Return the beginning of a fingerprint that a person typed, lower case. Raise ConfigError when it is too short."""
    digits = "".join(c for c in text if c not in " :-\t").lower()
    if not LEAST_DIGITS <= len(digits) <= DIGITS or set(digits) - set("0123456789abcdef"):
        msg = f"fingerprint {text!r}: give at least {LEAST_DIGITS} hexadecimal digits of it, as the pairing page shows"
        raise ConfigError(msg)
    return digits


def shown_certificate(server: str) -> str:
    """Return in PEM the certificate that a server shows, whoever it is. Nothing is sent to it.

    Raises:
        ConfigError: the address is not https, or the server was not reached.
    """
    parts = urlsplit(read_server(server))
    if parts.scheme != "https":
        msg = f"{server!r} shows no certificate: only https does"
        raise ConfigError(msg)
    try:
        return ssl.get_server_certificate((parts.hostname or "", parts.port or 443), timeout=ASK_S)
    except OSError as error:
        msg = f"{server} was not reached: {error}"
        raise ConfigError(msg) from error


def pinned_certificate(server: str, fingerprint: str) -> str:
    """Return the server's certificate in PEM when its SHA-256 begins with `fingerprint`. Raise ConfigError."""
    wanted = read_fingerprint(fingerprint)
    certificate = shown_certificate(server)
    found = fingerprint_of(certificate)
    if not found.startswith(wanted):
        msg = (
            f"the server's certificate has the fingerprint {found}, not {wanted}: this is another machine; do not pair "
            "(証明書の指紋が違います。別の機器です。ペアリングをやめてください。)"
        )
        raise ConfigError(msg)
    return certificate


def asked_certificate(server: str, ask: Callable[[str], str]) -> str:
    """Return the server's certificate in PEM once a person has typed the fingerprint's first line from its page.

    What is to be typed is not shown here: who has not looked at the page cannot answer.

    Args:
        server: its address.
        ask: shows a text and returns what was typed.

    Raises:
        ConfigError: what was typed does not agree, or the server was not reached.
    """
    return pinned_certificate(server, ask(QUESTION.format(server=server)))


def tls_of(config: StationConfig) -> ssl.SSLContext | None:
    """Return how the paired server proves who it is; None for plain HTTP on this machine."""
    return None if config.server.startswith("http://") else pinned_context(config.certificate)


@lru_cache(maxsize=8)
def pinned_context(certificate: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificate in PEM alone, or the system's authorities if it is empty.

    A pinned certificate names no host that matters: a gym's server has whatever address the gym's network gives it. Nor
    do its dates: a station whose clock stands wrong must still reach the server, and the pin says who that is.

    Raises:
        ConfigError: it is no certificate.
    """
    if not certificate:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
    try:
        context.load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError) as error:
        msg = f"the pinned certificate cannot be read: {error}; pair this station again"
        raise ConfigError(msg) from error
    return context


def certificate_changed(server: str, certificate: str) -> str:
    """Return what to say when a server shows another certificate than the one that is pinned, or an unknown one."""
    if not certificate:
        return (
            f"{server} shows a certificate that nobody known to this machine has signed: pair with the fingerprint "
            "that the server's pairing page shows (sonae-drill pair --fingerprint). Nothing was sent."
        )
    return (
        f"{server} shows another certificate than the one that this station was paired with "
        f"({grouped(fingerprint_of(certificate))[0]} ...). サーバーの証明書が、ペアリングしたときと違います。 "
        "If staff renewed it, run sonae-drill pin and compare with the page of machines; else another machine stands "
        "between: tell staff. Nothing was sent, all runs are kept."
    )
