"""The rules that an ID token's claims must keep (OpenID Connect Core 3.1.3.7); its signature was checked before."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from server.settings import OpenIdSettings
from server.signin.fetching import OpenIdError
from server.signin.trip import base64url

OLDEST_S: Final = 600
"""A token is used within seconds; an older one was kept by somebody."""
SUBJECT_LENGTH: Final = 255


def must(kept: bool, rule: str, *, code: str = "invalid") -> None:
    """Raise OpenIdError when a rule is not kept. `rule` says which, and never holds a value of the answer."""
    if not kept:
        raise OpenIdError(rule, code=code)


def check(
    claims: Mapping[str, Any], openid: OpenIdSettings, *, nonce: str, access_token: str, at: int, max_age: int
) -> None:
    """Return when every rule is kept.

    Args:
        claims: of a token whose signature is good.
        openid: what was agreed with the service.
        nonce: what this browser's trip was given.
        access_token: what came with it.
        at: the present moment, seconds since 1970.
        max_age: how many seconds ago the person may have proved who they are there.

    Raises:
        OpenIdError: a rule is broken; `weak` when it is the strength of the proof.
    """
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    must(claims.get("iss") == openid.issuer, "iss of the ID token names another service")
    must(openid.client_id in audiences, "aud of the ID token does not name us")
    must(len(audiences) == 1 or "azp" in claims, "azp of an ID token for several is missing")
    must(claims.get("azp", openid.client_id) == openid.client_id, "azp of the ID token does not name us")
    latest = at + openid.clock_s
    must(_moment(claims, "exp") > at - openid.clock_s, "exp of the ID token is over")
    must(at - OLDEST_S <= _moment(claims, "iat") <= latest, "iat of the ID token is not of now")
    must("nbf" not in claims or _moment(claims, "nbf") <= latest, "nbf of the ID token lies ahead")
    must(_same(claims.get("nonce"), nonce), "nonce of the ID token is not that of this trip")
    hashed = _half_hash(access_token)
    must("at_hash" not in claims or claims["at_hash"] == hashed, "at_hash of the ID token does not fit")
    subject = claims.get("sub")
    must(isinstance(subject, str) and 0 < len(subject) <= SUBJECT_LENGTH, "sub of the ID token is missing or too long")
    if openid.proves_anew:
        must("auth_time" in claims, "auth_time of the ID token is missing", code="weak")
        proved = _moment(claims, "auth_time")
        must(at - max_age - openid.clock_s <= proved <= latest, "auth_time of the ID token is too old", code="weak")
    strong = not openid.acr_accepted or claims.get("acr") in openid.acr_accepted
    must(strong, "acr of the ID token is not a strength that we accept", code="weak")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    must(isinstance(value, int | float) and not isinstance(value, bool), f"{name} of the ID token is no moment")
    return float(value or 0)


def _same(found: object, wanted: str) -> bool:
    return isinstance(found, str) and hmac.compare_digest(found.encode(), wanted.encode())


def _half_hash(access_token: str) -> str:
    """Return the left half of SHA-256, as ES256, RS256 and PS256 want it (OpenID Connect Core 3.1.3.6)."""
    return base64url(hashlib.sha256(access_token.encode()).digest()[:16])
