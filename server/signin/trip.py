"""A trip to a sign-in service and back: what we must remember of it lies sealed in the browser that began it.

So nobody can let another's browser end a trip that they began, and beginning one writes nothing on the server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec
from starlette.responses import Response

from server.columns import now
from server.ops.secrets import UnsealError, seal, unseal
from server.settings import Settings

COOKIE: Final = "__Host-sonae-trip"
LONGEST: Final = timedelta(minutes=10)
_PURPOSE: Final = "openid trip"


class Trip(msgspec.Struct, frozen=True):
    """What we remember: `person_id` when somebody who is signed in adds this way to those they hold."""

    door: str
    state: str
    nonce: str
    verifier: str
    until: datetime
    leads_to: str = "/"
    person_id: str = ""

    @property
    def challenge(self) -> str:
        """What the service is told of `verifier` (PKCE, S256)."""
        return base64url(hashlib.sha256(self.verifier.encode()).digest())


def begin(*, door: str, leads_to: str, person_id: str = "") -> Trip:
    """Return a new trip with fresh secrets."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Trip(door, state, nonce, verifier, now() + LONGEST, leads_to, person_id)


def pack(settings: Settings, trip: Trip, response: Response) -> None:
    """Give the browser the sealed trip. The answer to a visit from the service's page must find it: SameSite=Lax."""
    sealed = base64url(seal(settings, _PURPOSE, msgspec.json.encode(trip)))
    age = int(LONGEST.total_seconds())
    response.set_cookie(COOKIE, sealed, max_age=age, secure=True, httponly=True, samesite="lax", path="/")


def unpack(settings: Settings, sealed: str, *, door: str) -> Trip | None:
    """Return the trip that a browser brings back; None when it is none of ours, another door's or too old."""
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        trip = msgspec.json.decode(unseal(settings, _PURPOSE, raw), type=Trip)
    except (binascii.Error, UnsealError, msgspec.DecodeError, ValueError):
        return None
    return trip if trip.door == door and trip.until > now() else None


def drop(response: Response) -> None:
    """Take the trip from the browser: it serves once."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")


def base64url(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
