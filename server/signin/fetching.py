"""Requests to a sign-in service: to its own hosts only, encrypted, not followed elsewhere, short in time and size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from server.settings import LOOPBACK, OpenIdSettings

LARGEST: Final = 262_144


class OpenIdError(RuntimeError):
    """A sign-in by OpenID Connect did not come about.

    Attributes:
        code: for the reader's words. `unreachable`: the service does not answer; `cancelled`: the person or the service
            said no; `stale`: it was begun elsewhere or too long ago; `invalid`: an answer breaks a rule that keeps
            impostors out; `weak`: the proof is not strong enough; `facts`: the answer lacks what we need.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def check_address(openid: OpenIdSettings, name: str, address: object) -> str:
    """Return an address that the service named for `name`.

    Raises:
        OpenIdError: it is not on the issuer's host or one of `hosts`, or not encrypted.
    """
    issuer = urlsplit(openid.issuer)
    try:
        found = urlsplit(address) if isinstance(address, str) else urlsplit("")
        loopback = f"[{found.hostname}]" in LOOPBACK or found.hostname in LOOPBACK
        own = found.netloc == issuer.netloc or (found.port is None and found.hostname in openid.hosts)
    except ValueError:
        own, loopback, found = False, False, urlsplit("")
    if own and (found.scheme == "https" or (found.scheme == "http" and issuer.scheme == "http" and loopback)):
        return str(address)
    msg = f"{name} of the sign-in service at {openid.issuer} is not on its own host, nor on one in its setting `hosts`"
    raise OpenIdError(msg, code="invalid")


def get(openid: OpenIdSettings, address: str, *, token: str = "") -> dict[str, Any]:
    """Return the JSON object at an address. Raise OpenIdError."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    status, found = _asked(openid, "GET", address, headers=headers)
    if status != httpx.codes.OK:
        raise _unexpected(openid, status)
    return found


def post(openid: OpenIdSettings, address: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Send a form and return the JSON object that is the answer. Raise OpenIdError, `invalid` when it is refused."""
    status, found = _asked(openid, "POST", address, form=form)
    if status == httpx.codes.OK:
        return found
    if 400 <= status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
        error = found.get("error")
        shown = error if isinstance(error, str) and error.isidentifier() and len(error) < 40 else "unnamed"
        msg = f"the sign-in service at {openid.issuer} refused with {status} ({shown})"
        raise OpenIdError(msg, code="invalid")
    raise _unexpected(openid, status)


def _unexpected(openid: OpenIdSettings, status: int) -> OpenIdError:
    return OpenIdError(f"the sign-in service at {openid.issuer} answered {status}", code="unreachable")


def _asked(
    openid: OpenIdSettings,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    outside = not openid.issuer.startswith("http:")  # a trial on loopback goes through no proxy
    client = httpx.Client(timeout=openid.wait_s, follow_redirects=False, trust_env=outside)
    sent = {"Accept": "application/json", **(headers or {})}
    try:
        with client, client.stream(method, address, headers=sent, data=form) as response:
            body = bytearray()
            for piece in response.iter_bytes(16_384):
                body += piece
                if len(body) > LARGEST:
                    msg = f"the sign-in service at {openid.issuer} answered more than {LARGEST} bytes"
                    raise OpenIdError(msg, code="invalid")
            status = response.status_code
    except httpx.HTTPError as error:
        msg = f"the sign-in service at {openid.issuer} does not answer ({type(error).__name__})"
        raise OpenIdError(msg, code="unreachable") from None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return status, found
    if status != httpx.codes.OK:
        return status, {}
    msg = f"the sign-in service at {openid.issuer} did not answer a JSON object"
    raise OpenIdError(msg, code="invalid")
