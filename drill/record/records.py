"""The record file: what a spool's segments and an open run file (`run.sonae`) are made of.

A file begins with eight bytes of magic. Then records follow: length of the body u32, type u8, body, crc32 u32 over
all before it, little-endian. A record is whole or it is not there: what a crash tore off is seen by length and crc.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from drill.record.wire import MAGIC, MAX_FRAME

FILE_MAGIC: Final = b"SONAE1\r\n"
MAX_BODY: Final = MAX_FRAME
_HEAD: Final = struct.Struct("<IB")
_CRC: Final = struct.Struct("<I")
HEAD_BYTES: Final = _HEAD.size
"""From where a record begins to its body."""
OVERHEAD: Final = _HEAD.size + _CRC.size


class RecordType(IntEnum):
    """What a record holds."""

    OPEN_HEADER = 1
    """RunHeader as JSON; only for runs that hold nothing personal."""
    SEALED_HEADER = 2
    """16 bytes of run id, then the RunHeader as JSON in a sealed box to the city."""
    KEY = 3
    """Segment u32, then its key in a sealed box to the city."""
    DATA = 4
    """A DATA frame as it goes over the wire."""
    END = 5
    """The END message as JSON."""


_TYPES: Final = frozenset(int(t) for t in RecordType)


@dataclass(frozen=True, slots=True)
class Record:
    """A record at `offset` of its file; `body_offset` is where its body begins."""

    offset: int
    type: RecordType
    body: bytes

    @property
    def body_offset(self) -> int:
        """Where the body begins in the file."""
        return self.offset + _HEAD.size


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a file that hold no whole record: from `offset` on, `length` bytes.

    `tail` is True when nothing readable follows: the usual mark of a crash while writing.
    """

    offset: int
    length: int
    tail: bool


def pack_record(kind: RecordType, body: bytes) -> bytes:
    """Return a record. Raise ValueError when the body is longer than MAX_BODY."""
    if len(body) > MAX_BODY:
        msg = f"record body of {len(body)} bytes; at most {MAX_BODY}"
        raise ValueError(msg)
    head = _HEAD.pack(len(body), kind) + body
    return head + _CRC.pack(zlib.crc32(head))


def read_records(content: bytes) -> Iterator[Record | Damage]:
    """Yield the records of a file in order, and the damage between and after them."""
    offset = len(FILE_MAGIC)
    if content[:offset] != FILE_MAGIC:
        offset = 0
        found = _next_record(content, 0)
        yield Damage(0, (found if found is not None else len(content)), found is None)
        if found is None:
            return
        offset = found
    while offset < len(content):
        record = _record_at(content, offset)
        if record is not None:
            yield record
            offset += OVERHEAD + len(record.body)
            continue
        found = _next_record(content, offset + 1)
        end = len(content) if found is None else found
        yield Damage(offset, end - offset, found is None)
        offset = end


def _record_at(content: bytes, offset: int) -> Record | None:
    if offset < 0 or len(content) - offset < OVERHEAD:
        return None
    length, kind = _HEAD.unpack_from(content, offset)
    end = offset + _HEAD.size + length
    if length > MAX_BODY or end + _CRC.size > len(content) or kind not in _TYPES:
        return None
    if zlib.crc32(content[offset:end]) != _CRC.unpack_from(content, end)[0]:
        return None
    return Record(offset, RecordType(kind), content[offset + _HEAD.size : end])


def _next_record(content: bytes, start: int) -> int | None:
    """Return where the next whole record begins at or after `start`: a DATA record, found by its magic, or END."""
    for marker in (MAGIC, b'{"type":"end"'):
        at = content.find(marker, start)
        while at >= 0:
            if _record_at(content, at - _HEAD.size) is not None and at - _HEAD.size >= start:
                return at - _HEAD.size
            at = content.find(marker, at + 1)
    return None
