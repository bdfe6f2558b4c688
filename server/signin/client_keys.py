"""The key by which a sign-in service knows us (`private_key_jwt`): ours alone; its public half is registered there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from joserfc import jwk
from joserfc.errors import JoseError

from server.ops.private_file import KeyFileError, create_private, read_private
from server.settings import OpenIdSettings, Settings

Door = Literal["resident", "staff"]
_ALGORITHMS: Final = {"EC": "ES256", "RSA": "RS256"}
Key = jwk.ECKey | jwk.RSAKey


def openid_of(settings: Settings, door: Door) -> OpenIdSettings | None:
    """Return the settings of a door's sign-in service; None when that door is closed."""
    return settings.resident_openid if door == "resident" else settings.staff_openid


def key_file(settings: Settings, door: Door) -> Path:
    """Return where our private key for a door's sign-in service is."""
    openid = openid_of(settings, door)
    if openid is not None and openid.key_file:
        return Path(openid.key_file)
    return settings.data_dir / "keys" / f"openid-{door}.json"


def client_key(settings: Settings, door: Door) -> Key:
    """Return our private key for a door's sign-in service; one is made (P-256) where there is none.

    Raises:
        KeyFileError: the file is damaged or open to others.
    """
    path = key_file(settings, door)
    if not path.exists():
        made = jwk.ECKey.generate_key("P-256", auto_kid=True)
        create_private(path, json.dumps(made.as_dict(private=True)))
    found = _read(read_private(path))
    if found is None or not found.is_private:
        msg = f"{path} does not hold a private key as JWK, EC P-256 or RSA; put back the copy from your backup"
        raise KeyFileError(msg)
    return found


def _read(text: str) -> Key | None:
    try:
        content = json.loads(text)
        kind = (content["kty"], content.get("crv"))
        found = jwk.import_key(content) if kind in (("EC", "P-256"), ("RSA", None)) else None
    except (ValueError, TypeError, KeyError, AttributeError, JoseError):
        return None
    return found if isinstance(found, jwk.ECKey | jwk.RSAKey) else None


def algorithm_of(key: Key) -> str:
    """Return how we sign with our key."""
    return _ALGORITHMS[key.key_type]


def public_keys(settings: Settings, door: Door) -> dict[str, Any]:
    """Return what is registered at the sign-in service: our public key as a JWK set."""
    key = client_key(settings, door)
    public = {"kid": key.thumbprint(), "use": "sig", "alg": algorithm_of(key)}
    return {"keys": [{**key.as_dict(private=False), **public}]}
