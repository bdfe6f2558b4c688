"""Our half of OpenID Connect: authorization code with PKCE, and every check of what comes back.

Of the profiles that cities meet it is written after that of the デジタル認証アプリ: `private_key_jwt`, `acr_values`, a
`sub` that differs from service to service. What differs elsewhere is a setting.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from server.columns import now
from server.settings import OpenIdSettings
from server.signin import fetching, id_token
from server.signin.client_keys import Key, algorithm_of
from server.signin.fetching import OpenIdError
from server.signin.id_token import must
from server.signin.trip import Trip

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_S: Final = 60
KEEP_S: Final = 3600.0
"""How long what a service says of itself is taken as known."""
AGAIN_S: Final = 60.0
"""How often a token with an unknown key may make us ask for the keys again."""
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OF_TOKEN: Final = ("iss", "aud", "exp", "iat", "acr", "nonce")


@dataclass(frozen=True, slots=True)
class Proof:
    """Who came back: `subject` is good at this issuer alone, and for us alone where it is pairwise."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]


class Service:
    """One sign-in service. What it says of itself is asked for once an hour."""

    def __init__(self, openid: OpenIdSettings, key: Key, *, max_age: int) -> None:
        """Take what was agreed, our key, and how many seconds ago a proof there may have been given."""
        self.openid = openid
        self.max_age = max_age
        self.key = key
        self._lock = threading.Lock()
        self._about: dict[str, Any] = {}
        self._about_at = float("-inf")
        self._keys: list[jwk.Key] = []
        self._keys_at = float("-inf")

    def address(self, trip: Trip, *, back: str) -> str:
        """Return where the browser goes to prove who sits before it. Raise OpenIdError (`unreachable`, `invalid`)."""
        asked = {
            "response_type": "code",
            "client_id": self.openid.client_id,
            "redirect_uri": back,
            "scope": self.openid.scope,
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
        }
        if self.openid.acr_values:
            asked["acr_values"] = self.openid.acr_values
        if self.openid.proves_anew:
            asked["max_age"] = str(self.max_age)
        where = str(self._said()["authorization_endpoint"])
        return where + ("&" if "?" in where else "?") + urlencode(asked)

    def finish(self, trip: Trip, answer: Mapping[str, str], *, back: str) -> Proof:
        """Return who came back with `answer`, the values in the address that the browser was sent back to.

        Raises:
            OpenIdError: as its `code` says; whatever it is, nobody is signed in.
        """
        ours = hmac.compare_digest(answer.get("state", "").encode(), trip.state.encode())
        must(ours, "state is not the one that this browser was given", code="stale")
        self._check_sender(answer)
        must("error" not in answer, "the sign-in service, or the person there, said no", code="cancelled")
        must(bool(answer.get("code")), "code is missing in the answer")
        tokens = self._exchanged(answer["code"], trip, back)
        access_token = str(tokens.get("access_token", ""))
        claims = self._read(str(tokens.get("id_token", "")))
        at = int(now().timestamp())
        id_token.check(claims, self.openid, nonce=trip.nonce, access_token=access_token, at=at, max_age=self.max_age)
        subject: str = claims["sub"]
        return Proof(self.openid.issuer, subject, {**claims, **self._told(access_token, subject)})

    # --- steps ---------------------------------------------------------------------------------------------------

    def _check_sender(self, answer: Mapping[str, str]) -> None:
        """Refuse an answer that another service sent (RFC 9207)."""
        announced = self._said().get("authorization_response_iss_parameter_supported") is True
        must("iss" in answer or not announced, "iss is missing in the answer, though the service announces it")
        must(answer.get("iss", self.openid.issuer) == self.openid.issuer, "iss of the answer names another service")

    def _exchanged(self, code: str, trip: Trip, back: str) -> dict[str, Any]:
        where = str(self._said()["token_endpoint"])
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": trip.verifier,
            "client_id": self.openid.client_id,
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(where),
        }
        return fetching.post(self.openid, where, form)

    def _assertion(self, token_endpoint: str) -> str:
        """Return the proof that it is us (RFC 7523), good for a minute and once."""
        at = int(now().timestamp())
        claims = {
            "iss": self.openid.client_id,
            "sub": self.openid.client_id,
            "aud": token_endpoint if self.openid.audience == "token" else self.openid.issuer,
            "jti": secrets.token_urlsafe(24),
            "iat": at,
            "exp": at + ASSERTION_S,
        }
        algorithm = algorithm_of(self.key)
        return jwt.encode({"alg": algorithm, "kid": self.key.thumbprint()}, claims, self.key, algorithms=[algorithm])

    def _read(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that the service signed, by one of the algorithms that we take."""
        try:
            return jwt.decode(token, self._key_of, algorithms=list(self.openid.algorithms)).claims
        except (JoseError, ValueError) as error:
            msg = f"the ID token is not signed by the service ({type(error).__name__})"
            raise OpenIdError(msg, code="invalid") from None

    def _told(self, access_token: str, subject: str) -> dict[str, Any]:
        """Return what the service tells of the person, when we asked for more than who it is."""
        about = self._said()
        if "userinfo_endpoint" not in about or self.openid.scope.strip() == "openid":
            return {}
        where = fetching.check_address(self.openid, "userinfo_endpoint", about["userinfo_endpoint"])
        told = fetching.get(self.openid, where, token=access_token)
        must(told.get("sub") == subject, "sub of what the service tells is not that of the ID token")
        return {name: value for name, value in told.items() if name not in _OF_TOKEN}

    # --- what the service says of itself -------------------------------------------------------------------------

    def _said(self) -> dict[str, Any]:
        with self._lock:
            if time.monotonic() - self._about_at > KEEP_S:
                about = fetching.get(self.openid, self.openid.issuer.rstrip("/") + "/.well-known/openid-configuration")
                named = about.get("issuer") == self.openid.issuer
                must(named, f"the service at {self.openid.issuer} names itself otherwise; correct the setting `issuer`")
                for name in _ENDPOINTS:
                    fetching.check_address(self.openid, name, about.get(name))
                self._about, self._about_at = about, time.monotonic()
            return self._about

    def _key_of(self, token: Any) -> jwk.Key:
        """Return the key that a token says it is signed with; ask for the keys again when it is a new one."""
        kid = token.headers().get("kid")
        found = self._known_key(kid)
        if found is None:
            self._fetch_keys()
            found = self._known_key(kid)
        if found is None:
            msg = "the ID token is signed with a key that the service does not show"
            raise ValueError(msg)
        return found

    def _known_key(self, kid: object) -> jwk.Key | None:
        with self._lock:
            keys = self._keys if time.monotonic() - self._keys_at <= KEEP_S else []
        named = keys if kid is None else [key for key in keys if key.kid == kid]
        return named[0] if len(named) == 1 else None

    def _fetch_keys(self) -> None:
        where = str(self._said()["jwks_uri"])
        with self._lock:
            if time.monotonic() - self._keys_at < AGAIN_S:
                return
            shown = fetching.get(self.openid, where).get("keys")
            self._keys = [key for one in shown if (key := _public(one))] if isinstance(shown, list) else []
            self._keys_at = time.monotonic()


def _public(shown: object) -> jwk.Key | None:
    """Return a key that verifies signatures, or None: a shared secret is none, for whoever checks can also sign."""
    if not isinstance(shown, dict) or shown.get("kty") not in ("EC", "RSA") or shown.get("use") == "enc":
        return None
    try:
        return jwk.import_key(shown)
    except (JoseError, ValueError, TypeError):
        return None
