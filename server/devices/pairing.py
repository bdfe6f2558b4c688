"""What stands beside a pairing code: where the server is, and how to be sure that it is this one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request

from server.ops.certificate import Certificate, serves_tls
from server.ops.certificate import certificate_of as read_certificate
from server.settings import LOOPBACK, Settings

GROUPS_A_LINE: Final = 4


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Know the certificate that this server shows: read once, as the server itself reads it at its start."""
    settings: Settings = app.state.settings
    own = settings.data_dir / "keys" / "tls.crt"
    behind = bool(settings.trusted_proxies) and not serves_tls(settings)  # it is the proxy's certificate that is seen
    there = not behind and (own.exists() or settings.tls_certificate is not None)
    app.state.certificate = read_certificate(settings) if there else None
    yield


def certificate_of(request: Request) -> Certificate | None:
    """Return the certificate that this request came in by; None over plain HTTP, on this machine or behind a proxy."""
    found: Certificate | None = request.app.state.certificate if request.url.scheme == "https" else None
    return found


def pairing_of(request: Request, *, name: str, code: str) -> dict[str, Any]:
    """Return what the page shows beside a new pairing code: also how to be sure that this is the right server."""
    settings: Settings = request.app.state.settings
    certificate = certificate_of(request)
    address = f"{request.url.scheme}://{request.url.netloc}"
    if request.url.hostname in LOOPBACK:
        address = settings.public_url or address  # elsewhere the page came by a way that a machine beside it has too
    pinned = certificate if certificate is not None and certificate.own else None
    return {
        "name": name,
        "code": code,
        "minutes": settings.pairing_minutes,
        "address": address,
        "fingerprint": lines_of(pinned),
        "command": _command(address, code, pinned),
        "here_only": urlsplit(address).hostname in LOOPBACK,
    }


def lines_of(certificate: Certificate | None) -> list[str]:
    """Return a fingerprint in lines that two people can compare aloud."""
    groups = certificate.shown.split() if certificate is not None else []
    return [" ".join(groups[at : at + GROUPS_A_LINE]) for at in range(0, len(groups), GROUPS_A_LINE)]


def _command(address: str, code: str, certificate: Certificate | None) -> str:
    """Return what is typed on the machine; eight groups of the fingerprint are enough to tell servers apart."""
    pinned = f' --fingerprint "{" ".join(certificate.shown.split()[:8])}"' if certificate is not None else ""
    return f"sonae-drill pair {address} {code}{pinned}"
