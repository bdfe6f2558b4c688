"""JSON batches: the easy path for a station that is no simulator. They become the same payload as a DATA frame."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from drill.record.batches import MAX_PAYLOAD
from drill.record.channels import (
    CHANNELS,
    CROWD,
    CROWD_COLUMNS,
    EVENTS,
    HAZARD,
    HAZARD_HEAD_COLUMNS,
    INPUTS,
    POSE,
    POSE_COLUMNS,
    POSE_GAZE_COLUMNS,
    Column,
)
from drill.record.decoding import check_batch
from drill.record.events import AnyEvent
from drill.record.inputs import Inputs
from drill.record.wire import MAX_ROWS, Data, JsonBatch, WireError

GAZE: Final = "gaze"
VALUES: Final = "values"
"""Name of the hazard channel's float values in a JSON batch, after its head columns."""
_COLUMNS: Final[dict[str, Sequence[Column]]] = {
    POSE: POSE_COLUMNS,
    CROWD: CROWD_COLUMNS,
    HAZARD: (*HAZARD_HEAD_COLUMNS, Column(VALUES, "<f4")),
}


def json_crc32(text: bytes) -> int:
    """Return the crc32 of a JSON batch: CRC-32 of its text as sent, in UTF-8."""
    return zlib.crc32(text)


def json_payload(batch: JsonBatch) -> Data:
    """Return a JSON batch as an open DATA frame of the same rows, checked.

    The frame's own crc32 is that of the columns; the batch's identity on the wire is `json_crc32`.

    Raises:
        WireError: unknown channel, missing or foreign columns, wrong counts, a value that its type cannot hold.
    """
    if batch.channel not in CHANNELS:
        msg = f"channel {batch.channel!r} is unknown; known are {', '.join(CHANNELS)}"
        raise WireError(msg)
    if not 0 <= batch.n <= MAX_ROWS or not 0 <= batch.seq < 2**64 or not 0 <= batch.t0_us < 2**64:
        msg = f"seq {batch.seq}, n {batch.n} or t0_us {batch.t0_us} is out of range"
        raise WireError(msg)
    gaze = batch.channel == POSE and GAZE in batch.columns
    if batch.channel in (INPUTS, EVENTS):
        payload = _records(batch)
    else:
        payload = _columns(batch, POSE_GAZE_COLUMNS if gaze else _COLUMNS[batch.channel])
    if len(payload) > MAX_PAYLOAD:
        msg = f"seq {batch.seq} has {len(payload)} bytes of columns; at most {MAX_PAYLOAD}: split it into several seq"
        raise WireError(msg)
    check_batch(batch.channel, batch.n, payload, gaze=gaze)
    return Data(batch.seq, batch.channel, batch.t0_us, batch.n, payload, 0, gaze)


def _columns(batch: JsonBatch, columns: Sequence[Column]) -> bytes:
    names = [c.name for c in columns]
    if sorted(batch.columns) != sorted(names):
        msg = f"channel {batch.channel} has the columns {', '.join(names)}; got {', '.join(batch.columns) or 'none'}"
        raise WireError(msg)
    parts = []
    for name, dtype, width in columns:
        values = batch.columns[name]
        if name != VALUES and len(values) != batch.n * width:
            msg = f"column {name}: {batch.n} rows need {batch.n * width} values, got {len(values)}"
            raise WireError(msg)
        parts.append(_packed(name, dtype, values))
    return b"".join(parts)


def _packed(name: str, dtype: str, values: list[float]) -> bytes:
    floats = np.array(values, np.float64)
    kind = np.dtype(dtype)
    if kind.kind != "f":
        limits = np.iinfo(kind)
        wrong = (floats != np.floor(floats)) | (floats < limits.min) | (floats > limits.max)
    else:
        wrong = ~(np.abs(floats) <= np.finfo(kind).max)
    if wrong.any():
        index = int(np.argmax(wrong))
        msg = f"column {name}: value {index} is {values[index]}, which {kind.name} cannot hold"
        raise WireError(msg)
    return floats.astype(kind).tobytes()


def _records(batch: JsonBatch) -> bytes:
    kind: Any = list[Inputs] if batch.channel == INPUTS else list[AnyEvent]
    try:
        records = msgspec.convert(batch.records, kind)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        msg = f"channel {batch.channel}: {error}"
        raise WireError(msg) from error
    return msgspec.msgpack.encode(records)
