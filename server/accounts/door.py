"""A key for a browser before anybody signed in: what was begun in one browser is finished in no other.

It ties the second step of a sign-in to its first, and a passkey's challenge to whoever asked for it.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE: Final = "__Host-sonae-door"
SECONDS: Final = 600


def new_key() -> str:
    """Return a fresh key of 256 random bits for `set_cookie`."""
    return secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(f"door {key}".encode()).hexdigest()


def binding_of(connection: HTTPConnection) -> str:
    """Return the hash of the key that this browser holds; "" when it holds none."""
    key = connection.cookies.get(COOKIE, "")
    return hash_of(key) if key else ""


def set_cookie(response: Response, key: str) -> None:
    """Give the browser its key for some minutes."""
    response.set_cookie(COOKIE, key, max_age=SECONDS, secure=True, httponly=True, samesite="lax", path="/")


def clear_cookie(response: Response) -> None:
    """Take the key from the browser: what it was for is done."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")
