"""Sealing: what a station keeps of a person is readable only with the city's private key.

A segment of a spool has a fresh 32 byte key. The key itself lies in a libsodium sealed box to the city's public
key (X25519, XSalsa20-Poly1305), so the station forgets it when it stops and cannot read its own spool any more.
A payload is sealed by XChaCha20-Poly1305 (IETF construction) with

- nonce: segment u32 | seq u64 | 12 zero bytes, little-endian: never twice under a key, as `seq` never repeats;
- additional data: the 16 bytes of the run id, then the first 36 bytes of the frame's header, whose `length` is that
  of the ciphertext: a batch cannot be moved to another run, place or channel unseen.
"""

from __future__ import annotations

import secrets
import struct
from typing import Final, NamedTuple

import msgspec
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from drill.record.channels import CHANNELS
from drill.record.run import RunHeader
from drill.record.wire import FLAG_GAZE, FLAG_SEALED, HEADER, MAGIC, Data, WireError

KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
"""Bytes that sealing adds to a payload."""
BOX_BYTES: Final = 48
"""Bytes that a sealed box adds to its content."""
BOUND_HEADER_BYTES: Final = 36
"""The header without its crc, which covers the ciphertext and so cannot be known before it."""

_NONCE: Final = struct.Struct("<IQ12x")


class SealError(WireError):
    """What was sealed does not open: another key, another run or place, or changed bytes."""


class CityKeys(NamedTuple):
    """The city's key pair, 32 bytes each. The private half never leaves the server."""

    private: bytes
    public: bytes


def new_city_keys() -> CityKeys:
    """Return a fresh key pair."""
    private = PrivateKey.generate()
    return CityKeys(bytes(private), bytes(private.public_key))


def public_of(private: bytes) -> bytes:
    """Return the public half of a private key. Raise SealError when it is not 32 bytes."""
    return bytes(PrivateKey(_key(private, "private")).public_key)


def new_segment_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def seal_to_city(content: bytes, public: bytes) -> bytes:
    """Return `content` in a sealed box to the city. Raise SealError when the key is not 32 bytes."""
    return bytes(SealedBox(PublicKey(_key(public, "public"))).encrypt(content))


def open_from_city(box: bytes, private: bytes) -> bytes:
    """Return what a sealed box holds. Raise SealError when it was sealed to another key or changed."""
    try:
        return bytes(SealedBox(PrivateKey(_key(private, "private"))).decrypt(box))
    except (CryptoError, ValueError, TypeError) as error:
        msg = f"a sealed box of {len(box)} bytes does not open with this city's key: other key or changed bytes"
        raise SealError(msg) from error


def seal_header(header: RunHeader, public: bytes) -> bytes:
    """Return the run header as JSON in a sealed box to the city."""
    return seal_to_city(msgspec.json.encode(header), public)


def open_header(box: bytes, private: bytes) -> RunHeader:
    """Return the run header in a sealed box. Raise SealError, or WireError when it is not a run header."""
    return read_header(open_from_city(box, private))


def read_header(content: bytes) -> RunHeader:
    """Return the run header in JSON. Raise WireError when it is not one."""
    try:
        header = msgspec.json.decode(content, type=RunHeader)
        run_bytes(header.run_id)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        msg = f"not a run header: {error}"
        raise WireError(msg) from error
    return header


def run_bytes(run_id: str) -> bytes:
    """Return the 16 bytes of a run id. Raise WireError unless it is 32 lower-case hexadecimal digits."""
    try:
        raw = bytes.fromhex(run_id)
    except ValueError:
        raw = b""
    if len(raw) != 16 or raw.hex() != run_id:
        msg = f"run id {run_id[:80]!r} is not 32 lower-case hexadecimal digits"
        raise WireError(msg)
    return raw


def seal_batch(
    key: bytes,
    *,
    run_id: str,
    segment: int,
    seq: int,
    channel: str,
    t0_us: int,
    n: int,
    payload: bytes,
    gaze: bool = False,
) -> Data:
    """Return the batch as a DATA frame whose payload is sealed with the segment's key."""
    if segment < 1:
        msg = f"segment {segment} cannot be sealed: segments count from 1, 0 means open"
        raise WireError(msg)
    flags = FLAG_SEALED | (FLAG_GAZE if gaze else 0)
    length = len(payload) + TAG_BYTES
    bound = HEADER.pack(MAGIC, seq, CHANNELS.index(channel), flags, 0, segment, t0_us, n, length, 0)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        payload,
        run_bytes(run_id) + bound[:BOUND_HEADER_BYTES],
        _NONCE.pack(segment, seq),
        _key(key, "segment"),
    )
    return Data(seq, channel, t0_us, n, sealed, segment, gaze)


def open_payload(key: bytes, *, run_id: str, data: Data) -> bytes:
    """Return the payload of a sealed DATA frame; an open one (segment 0) is returned as it is.

    Raises:
        SealError: the payload was sealed with another key, for another run or place, or was changed.
    """
    if data.segment == 0:
        return data.payload
    key = _key(key, "segment")
    flags = FLAG_SEALED | (FLAG_GAZE if data.gaze else 0)
    channel, length = CHANNELS.index(data.channel), len(data.payload)
    header = HEADER.pack(MAGIC, data.seq, channel, flags, 0, data.segment, data.t0_us, data.n, length, 0)
    bound = run_bytes(run_id) + header[:BOUND_HEADER_BYTES]
    nonce = _NONCE.pack(data.segment, data.seq)
    try:
        return bytes(crypto_aead_xchacha20poly1305_ietf_decrypt(data.payload, bound, nonce, key))
    except (CryptoError, ValueError, TypeError) as error:
        msg = f"seq {data.seq} of segment {data.segment} does not open: other key, other run or changed bytes"
        raise SealError(msg) from error


def _key(key: bytes, name: str) -> bytes:
    if len(key) != KEY_BYTES:
        msg = f"a {name} key has {KEY_BYTES} bytes, not {len(key)}"
        raise SealError(msg)
    return key
