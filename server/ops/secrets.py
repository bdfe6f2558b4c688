"""The server's own secret: what it locks in the database, and hashes that nobody without it can recompute.

`keys/server.key` in the data folder holds one key a line, the newest first. New things are locked with the newest; the
older ones still open what they locked, so that a key can be changed at any time (`sonae-server key rotate`) and what
was sealed before stays readable. Each purpose has a key of its own, derived: what was sealed for one purpose opens for
no other.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
)
from nacl.exceptions import CryptoError

from server.ops.private_file import KeyFileError, create_private, read_private, replace_private
from server.settings import Settings

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_ID_BYTES: Final = 4
_NONCE_BYTES: Final = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES


class UnsealError(ValueError):
    """What was sealed is damaged, was sealed for another purpose, or its key is gone."""


def secret_file(settings: Settings) -> Path:
    """Return where the server's own keys are kept."""
    return settings.data_dir / "keys" / "server.key"


def seal(settings: Settings, purpose: str, data: bytes) -> bytes:
    """Lock bytes with the newest key (XChaCha20-Poly1305); 45 bytes longer than `data`.

    Raises:
        KeyFileError: the key file is damaged or open to others.
    """
    key = _keys(settings)[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    head = _VERSION + _id(key)
    return (
        head
        + nonce
        + crypto_aead_xchacha20poly1305_ietf_encrypt(data, head + purpose.encode(), nonce, _derived(key, purpose))
    )


def unseal(settings: Settings, purpose: str, sealed: bytes) -> bytes:
    """Return the bytes that were sealed for this purpose, with whichever key it was.

    Raises:
        UnsealError: damaged, of another purpose, or the key is gone.
        KeyFileError: the key file is damaged or open to others.
    """
    head, nonce = sealed[: 1 + _ID_BYTES], sealed[1 + _ID_BYTES : 1 + _ID_BYTES + _NONCE_BYTES]
    body = sealed[1 + _ID_BYTES + _NONCE_BYTES :]
    for key in _keys(settings):
        if head == _VERSION + _id(key) and len(nonce) == _NONCE_BYTES:
            try:
                return crypto_aead_xchacha20poly1305_ietf_decrypt(
                    body, head + purpose.encode(), nonce, _derived(key, purpose)
                )
            except (CryptoError, ValueError):  # ValueError: shorter than its own check
                break
    msg = f"cannot open something sealed for {purpose!r}: it is damaged, or {secret_file(settings)} lacks its key"
    raise UnsealError(msg)


def keyed_hash(settings: Settings, purpose: str, text: str) -> str:
    """Return 64 hexadecimal digits for a text: the same each time, and not to be guessed without the key.

    To look something up, use `keyed_hashes`: after a change of key, what was kept before has the older hash.
    """
    return keyed_hashes(settings, purpose, text)[0]


def keyed_hashes(settings: Settings, purpose: str, text: str) -> list[str]:
    """Return a text's hash by each key, the newest first."""
    keys = _keys(settings)
    return [hmac.digest(_derived(key, purpose), text.encode(), hashlib.sha256).hex() for key in keys]


def needs_resealing(settings: Settings, sealed: bytes) -> bool:
    """Tell whether something was sealed with a key that is no longer the newest."""
    return sealed[1 : 1 + _ID_BYTES] != _id(_keys(settings)[0])


def rotate(settings: Settings) -> int:
    """Put a new key before the others and return how many there are now."""
    keys = _keys(settings)
    replace_private(secret_file(settings), _lines([secrets.token_bytes(KEY_BYTES), *keys]))
    return len(keys) + 1


def make_secret(settings: Settings) -> None:
    """Make the key file where there is none."""
    if not secret_file(settings).exists():
        settings.make_data_dir()
        create_private(secret_file(settings), _lines([secrets.token_bytes(KEY_BYTES)]))


def make_sure(settings: Settings) -> None:
    """Raise KeyFileError when the key file is damaged or open to others; it is made where there is none."""
    _keys(settings)


def _keys(settings: Settings) -> list[bytes]:
    path = secret_file(settings)
    make_secret(settings)
    try:
        found = [bytes.fromhex(line) for line in read_private(path).split()]
    except ValueError:
        found = []
    if not found or any(len(key) != KEY_BYTES for key in found):
        msg = f"{path} does not hold keys of 64 hexadecimal digits; put back the copy from your backup"
        raise KeyFileError(msg)
    return found


def _lines(keys: list[bytes]) -> str:
    return "".join(f"{key.hex()}\n" for key in keys)


def _id(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=_ID_BYTES, person=b"sonae key id").digest()


def _derived(key: bytes, purpose: str) -> bytes:
    """Return a purpose's own key."""
    return hashlib.blake2b(purpose.encode(), key=key, digest_size=KEY_BYTES, person=b"sonae purpose").digest()
