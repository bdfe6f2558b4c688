"""Batches: the rows of a channel as the bytes of one or more DATA payloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from drill import TICK_HZ
from drill.record.channels import HAZARD, HAZARD_HEAD_COLUMNS, Column
from drill.record.sealing import TAG_BYTES
from drill.record.wire import HEADER, MAX_FRAME, WireError

MAX_PAYLOAD: Final = MAX_FRAME - HEADER.size - TAG_BYTES
"""Bytes of an open payload that still fit the frame cap when sealed."""

_encode_records = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one channel, not yet numbered: what a `Sink` takes.

    Attributes:
        channel: name of the channel.
        n: rows or records.
        t0_us: run time of the first row, µs.
        payload: the columns one after another, or the MessagePack array.
        gaze: whether a pose batch has the gaze column.
    """

    channel: str
    n: int
    t0_us: int
    payload: bytes
    gaze: bool = False


@dataclass(frozen=True, slots=True)
class HazardEntry:
    """One row of the hazard channel before it is packed: `values` as float32 bytes, little-endian."""

    tick: int
    hazard: int
    kind: int
    values: bytes


def tick_us(tick: int) -> int:
    """Return the run time of a tick in µs, rounded half up."""
    return (tick * 1_000_000 + TICK_HZ // 2) // TICK_HZ


def row_bytes(columns: Sequence[Column]) -> int:
    """Return the bytes of one row over all columns."""
    return sum(np.dtype(c.dtype).itemsize * c.width for c in columns)


def columnar_batches(
    channel: str,
    columns: Sequence[Column],
    values: Sequence[npt.NDArray[Any]],
    *,
    t_us: Sequence[int] | npt.NDArray[Any],
    gaze: bool = False,
) -> Iterator[Batch]:
    """Yield a columnar channel's rows as batches that fit the frame cap.

    Args:
        channel: name of the channel.
        columns: its columns.
        values: one array a column, shape (n,) or (n, width).
        t_us: run time of each row, µs, shape (n,).
        gaze: whether the columns are those with gaze.
    """
    n = len(t_us)
    step = MAX_PAYLOAD // row_bytes(columns)
    for begin in range(0, n, step):
        end = min(begin + step, n)
        parts = [
            np.ascontiguousarray(v[begin:end], dtype=c.dtype).tobytes() for c, v in zip(columns, values, strict=True)
        ]
        yield Batch(channel, end - begin, int(t_us[begin]), b"".join(parts), gaze)


def hazard_batches(entries: Sequence[HazardEntry]) -> Iterator[Batch]:
    """Yield entries of the hazard channel as batches that fit the frame cap."""
    head = row_bytes(HAZARD_HEAD_COLUMNS)
    begin, size = 0, 0
    for index, entry in enumerate(entries):
        grown = size + head + len(entry.values)
        if grown > MAX_PAYLOAD and index > begin:
            yield _hazard_batch(entries[begin:index])
            begin, grown = index, head + len(entry.values)
        if grown > MAX_PAYLOAD:
            msg = f"hazard {entry.hazard} has {len(entry.values)} bytes of values in one row; at most {MAX_PAYLOAD}"
            raise WireError(msg)
        size = grown
    if entries:
        yield _hazard_batch(entries[begin:])


def record_batches(channel: str, records: Sequence[Any]) -> Iterator[Batch]:
    """Yield records (each with a `tick`) as MessagePack arrays that fit the frame cap."""
    if not records:
        return
    payload = _encode_records(list(records))
    if len(payload) <= MAX_PAYLOAD:
        yield Batch(channel, len(records), tick_us(records[0].tick), payload)
        return
    if len(records) == 1:
        msg = (
            f"one record of channel {channel} at tick {records[0].tick} has {len(payload)} bytes; at most {MAX_PAYLOAD}"
        )
        raise WireError(msg)
    half = len(records) // 2
    yield from record_batches(channel, records[:half])
    yield from record_batches(channel, records[half:])


def _hazard_batch(entries: Sequence[HazardEntry]) -> Batch:
    columns = (
        np.array([e.tick for e in entries], "<u4"),
        np.array([e.hazard for e in entries], "<u1"),
        np.array([e.kind for e in entries], "<u1"),
        np.array([len(e.values) // 4 for e in entries], "<u4"),
    )
    payload = b"".join([*(c.tobytes() for c in columns), *(e.values for e in entries)])
    return Batch(HAZARD, len(entries), tick_us(entries[0].tick), payload)
