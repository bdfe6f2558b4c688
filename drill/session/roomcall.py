"""What the stations of a room say to each other, sealed with the room's key; and the gate that refuses what is not so.

A datagram is `SNR1`, kind u8, sender 8 bytes, counter u64, wall clock in ms u64 (big-endian), a MessagePack body, and
the HMAC-SHA256 of all before it under the room's key. Nothing in it is secret: it names a station and what it does.

A stop must get through on machines whose clocks stand wrong (a laptop without network and with an empty battery), and
an old one must not. So a stop is fresh in one of two ways: its time is within `WINDOW_S` of the hearer's clock, or it
names the hearer's own `call`, a number that every station says in its beacons and changes every `CALL_S`. Nobody
without the key can make either.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Literal

import msgspec

MAGIC: Final = b"SNR1"
HEAD: Final = struct.Struct(">4sB8sQQ")
MAC_BYTES: Final = 32
KEY_BYTES: Final = 32
MOST_BYTES: Final = 1200
"""A datagram that every network carries in one piece."""
MOST_CALLS: Final = 64
WINDOW_S: Final = 30.0
CALL_S: Final = 30.0
REMEMBERED: Final = 4096
NAME_CHARACTERS: Final = 40

StationState = Literal["waiting", "consent", "drill", "paused", "debrief"]
Reason = Literal["not_ours", "wrong_key", "replayed", "late", "unreadable"]


class RoomRefusedError(ValueError):
    """A datagram that is not obeyed. `reason` says why."""

    def __init__(self, *, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)


class Here(msgspec.Struct, frozen=True, array_like=True, tag="here"):
    """A station's beacon: its name, what it does, its call of now, and the stop that it heard ("" for none)."""

    name: str
    state: StationState
    call: bytes
    heard: bytes = b""


class Stop(msgspec.Struct, frozen=True, array_like=True, tag="stop"):
    """訓練中止 is in force (`on`) or lifted: its own number, the calls of who is meant, and who called it."""

    stop: bytes
    on: bool
    calls: tuple[bytes, ...] = ()
    by: str = ""


Said = Here | Stop
_KINDS: Final[dict[type[Said], int]] = {Here: 1, Stop: 2}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Said).decode


class Voice:
    """Says things in a room: every datagram with a counter of its own that only rises.

    Args:
        key: the room's key, `KEY_BYTES` long.
        wall: wall clock in seconds.
    """

    def __init__(self, key: bytes, *, wall: Callable[[], float] = time.time) -> None:
        self._key = checked_key(key)
        self._wall = wall
        self._counter = 0
        self.sender = secrets.token_bytes(8)

    def datagram(self, said: Said) -> bytes:
        """Return what is sent. Raise ValueError for more than a datagram holds."""
        self._counter += 1
        head = HEAD.pack(MAGIC, _KINDS[type(said)], self.sender, self._counter, max(0, int(self._wall() * 1000)))
        content = head + _encode(said)
        if len(content) + MAC_BYTES > MOST_BYTES:
            msg = f"a datagram of {len(content) + MAC_BYTES} bytes; a room carries at most {MOST_BYTES}"
            raise ValueError(msg)
        return content + _mac(self._key, content)


class Gate:
    """Judges what comes from the network.

    Args:
        key: the room's key.
        wall, now: wall clock and monotonic clock in seconds.
    """

    def __init__(
        self, key: bytes, *, wall: Callable[[], float] = time.time, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._key = checked_key(key)
        self._wall, self._now = wall, now
        self._own = secrets.token_bytes(16)
        self._counters: OrderedDict[bytes, int] = OrderedDict()
        self.refused: dict[Reason, int] = {}

    @property
    def call(self) -> bytes:
        """The number by which this station is called now."""
        return self._call(self._turn())

    def judge(self, datagram: bytes) -> tuple[bytes, Said]:
        """Return who said what.

        Raises:
            RoomRefusedError: not of this room (no or another key), said before, too old, or not to be read.
        """
        try:
            return self._judged(datagram)
        except RoomRefusedError as error:
            self.refused[error.reason] = self.refused.get(error.reason, 0) + 1
            raise

    def _judged(self, datagram: bytes) -> tuple[bytes, Said]:
        if not HEAD.size + MAC_BYTES < len(datagram) <= MOST_BYTES or not datagram.startswith(MAGIC):
            raise RoomRefusedError(reason="not_ours")
        content, mac = datagram[:-MAC_BYTES], datagram[-MAC_BYTES:]
        if not hmac.compare_digest(mac, _mac(self._key, content)):
            raise RoomRefusedError(reason="wrong_key")
        _, kind, sender, counter, time_ms = HEAD.unpack_from(content)
        try:
            said = _decode(content[HEAD.size :])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RoomRefusedError(reason="unreadable") from error
        if kind != _KINDS[type(said)]:
            raise RoomRefusedError(reason="unreadable")
        if counter <= self._counters.get(sender, 0):
            raise RoomRefusedError(reason="replayed")
        if isinstance(said, Stop) and not self._fresh(said, time_ms / 1000):
            raise RoomRefusedError(reason="late")
        self._counters[sender] = counter
        self._counters.move_to_end(sender)
        while len(self._counters) > REMEMBERED:
            self._counters.popitem(last=False)
        return sender, said

    def _fresh(self, said: Stop, said_s: float) -> bool:
        turn = self._turn()
        mine = {self._call(turn), self._call(turn - 1)}
        return abs(self._wall() - said_s) <= WINDOW_S or not mine.isdisjoint(said.calls)

    def _turn(self) -> int:
        return int(self._now() // CALL_S)

    def _call(self, turn: int) -> bytes:
        return hmac.digest(self._own, str(turn).encode(), hashlib.sha256)[:8]


def checked_key(key: bytes) -> bytes:
    """Return the key. Raise ValueError when it has another length."""
    if len(key) != KEY_BYTES:
        msg = f"a room's key has {KEY_BYTES} bytes, this one {len(key)}"
        raise ValueError(msg)
    return key


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)
