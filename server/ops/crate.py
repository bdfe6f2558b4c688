"""One encrypted file that cannot be cut short or changed unseen.

    magic | length, header (JSON, readable by anyone: no secret, nothing personal) | sealed key | stream header
    | chunks, each its length and its ciphertext; the last one is marked as the last | SHA-256 of all before

The chunks are a libsodium secretstream under a key made for this file alone; that key is sealed (sealed box) to the
recovery key's public half. The SHA-256 at the end lets anyone check a copy without any key; the stream, whose every
chunk is authenticated, is what a restore believes.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_keygen,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
)
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from server.ops.recovery import RecoveryKey, public_half

MAGIC: Final = b"SONAE-BACKUP-1\n"
CHUNK_BYTES: Final = 1 << 20
_LENGTH: Final = struct.Struct(">I")
_SEALED_KEY_BYTES: Final = 32 + 48
_CHECK_BYTES: Final = 32
_LARGEST_HEADER: Final = 65_536
_CHUNK_EXTRA: Final = 17


class CrateError(RuntimeError):
    """A file is no backup, is cut short or damaged, or is locked to another recovery key."""


class CrateWriter(io.RawIOBase):
    """Encrypts what is written to it. `seal()` ends the file; without it the file stays unreadable."""

    def __init__(self, file: BinaryIO, key: RecoveryKey, header: dict[str, Any]) -> None:
        super().__init__()
        self._file = file
        self._check = hashlib.sha256()
        self._buffer = bytearray()
        self._state = crypto_secretstream_xchacha20poly1305_state()
        stream_key = crypto_secretstream_xchacha20poly1305_keygen()
        head = json.dumps({**header, "recovery_key": key.id}, ensure_ascii=False, sort_keys=True).encode()
        self._bound: bytes | None = head
        self._put(MAGIC + _LENGTH.pack(len(head)) + head)
        self._put(SealedBox(PublicKey(key.public)).encrypt(stream_key))
        self._put(crypto_secretstream_xchacha20poly1305_init_push(self._state, stream_key))

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any, /) -> int:
        """Take bytes."""
        self._buffer += data
        while len(self._buffer) > CHUNK_BYTES:
            self._push(bytes(self._buffer[:CHUNK_BYTES]), crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
            del self._buffer[:CHUNK_BYTES]
        return len(data)

    def seal(self) -> str:
        """Write the last chunk and the check; return the check, 64 hexadecimal digits."""
        self._push(bytes(self._buffer), crypto_secretstream_xchacha20poly1305_TAG_FINAL)
        digest = self._check.digest()
        self._file.write(digest)
        return digest.hex()

    def _push(self, plain: bytes, tag: int) -> None:
        # The readable header is bound to the first chunk: changing it there makes the rest unreadable.
        bound, self._bound = self._bound, None
        chunk = crypto_secretstream_xchacha20poly1305_push(self._state, plain, bound, tag)
        self._put(_LENGTH.pack(len(chunk)) + chunk)

    def _put(self, data: bytes) -> None:
        self._check.update(data)
        self._file.write(data)


class CrateReader(io.RawIOBase):
    """Decrypts a crate as it is read. Nothing of a chunk is given out before it is proved whole."""

    def __init__(self, file: BinaryIO, path: Path, private: bytes) -> None:
        super().__init__()
        self._file = file
        self._path = path
        self.header = _header(file, path)
        head = json.dumps(self.header, ensure_ascii=False, sort_keys=True).encode()
        self._bound: bytes | None = head
        sealed = _exactly(file, _SEALED_KEY_BYTES, path)
        stream_header = _exactly(file, crypto_secretstream_xchacha20poly1305_HEADERBYTES, path)
        try:
            stream_key = SealedBox(PrivateKey(private)).decrypt(sealed)
        except CryptoError:
            given, wanted = public_half(private).id, self.header.get("recovery_key")
            reason = "its key is damaged" if given == wanted else f"take the paper or stick with id {wanted}"
            msg = f"{path} is locked to recovery key {wanted}, not opened by {given}: {reason}"
            raise CrateError(msg) from None
        self._state = crypto_secretstream_xchacha20poly1305_state()
        crypto_secretstream_xchacha20poly1305_init_pull(self._state, stream_header, stream_key)
        self._buffer = b""
        self._at = 0
        self._last = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: Any, /) -> int:
        """Fill a buffer; 0 at the proved end. Raise CrateError where the file is cut short or damaged."""
        view = memoryview(target)
        while self._at == len(self._buffer):
            if self._last:
                return 0
            self._next()
        count = min(len(view), len(self._buffer) - self._at)
        view[:count] = self._buffer[self._at : self._at + count]
        self._at += count
        return count

    def _next(self) -> None:
        at = self._file.tell()
        (length,) = _LENGTH.unpack(_exactly(self._file, _LENGTH.size, self._path))
        if not _CHUNK_EXTRA <= length <= CHUNK_BYTES + _CHUNK_EXTRA:
            raise CrateError(_damaged(self._path, at))
        chunk = _exactly(self._file, length, self._path)
        bound, self._bound = self._bound, None
        try:
            self._buffer, tag = crypto_secretstream_xchacha20poly1305_pull(self._state, chunk, bound)
        except (CryptoError, ValueError):
            raise CrateError(_damaged(self._path, at)) from None
        self._at = 0
        self._last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL


@contextmanager
def opened(path: Path, private: bytes) -> Iterator[CrateReader]:
    """Open a crate with the recovery key's private half.

    Raises:
        CrateError: no crate, damaged, or locked to another key.
    """
    with path.open("rb") as file:
        yield CrateReader(file, path, private)


def header_of(path: Path) -> dict[str, Any]:
    """Return the readable header. Raise CrateError when the file is no backup."""
    with path.open("rb") as file:
        return _header(file, path)


def check_copy(path: Path) -> str:
    """Read a crate to its end without any key and compare its check; return the check.

    It shows a copy that was cut short or damaged on the way. It is no proof against someone who forges: that is
    what the chunks' own proofs are for.

    Raises:
        CrateError: no crate, cut short or damaged.
    """
    size = path.stat().st_size
    check = hashlib.sha256()
    with path.open("rb") as file:
        _header(file, path)
        file.seek(0)
        left = size - _CHECK_BYTES
        while left > 0:
            block = file.read(min(left, CHUNK_BYTES))
            check.update(block)
            left -= len(block)
        if file.read() != check.digest():
            msg = f"{path} is cut short or damaged ({size} bytes): take another copy of this backup"
            raise CrateError(msg)
    return check.hexdigest()


def _header(file: BinaryIO, path: Path) -> dict[str, Any]:
    start = file.read(len(MAGIC) + _LENGTH.size)
    if not start.startswith(MAGIC) or len(start) < len(MAGIC) + _LENGTH.size:
        msg = f"{path} is no backup of Sonae"
        raise CrateError(msg)
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    if length > _LARGEST_HEADER:
        raise CrateError(_damaged(path, len(MAGIC)))
    try:
        found = json.loads(_exactly(file, length, path))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CrateError(_damaged(path, len(MAGIC)))
    return found


def _exactly(file: BinaryIO, count: int, path: Path) -> bytes:
    data = file.read(count)
    if len(data) != count:
        msg = f"{path} is cut short: it ends at byte {file.tell()}; take another copy of this backup"
        raise CrateError(msg)
    return data


def _damaged(path: Path, at: int) -> str:
    return f"{path} is damaged at byte {at}: take another copy of this backup"
