"""Decoding: batches as they were recorded, checked and put together as a `RecordedRun`.

Nothing is believed: lengths are checked before anything is allocated, floats must be finite and within bounds,
numbers of states and kinds must be known. Time that runs backwards is put in order and flagged, not refused: a
clock fault must not cost a run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from drill.people.state import BodyState
from drill.record.batches import row_bytes
from drill.record.bounds import MAX_ABS, MAX_TICK, bounded
from drill.record.channels import (
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
from drill.record.events import AnyEvent
from drill.record.inputs import Inputs
from drill.record.run import CrowdTrack, HazardRow, PoseTrack, RecordedRun, RunHeader, RunState
from drill.record.wire import MAX_ROWS, WireError

KINDS: Final = (1, 2, 3, 4, 5)

_POSE_BYTES: Final = row_bytes(POSE_COLUMNS)
_POSE_FLOATS: Final = 21
"""Values of head, left and right, which lie together behind the times."""

RawBatch = tuple[str, int, int, bytes, bool]
"""channel, n, t0_us, payload (open), gaze."""
Columns = dict[str, npt.NDArray[Any]]
_read_inputs = msgspec.msgpack.Decoder(list[Inputs]).decode
_read_events = msgspec.msgpack.Decoder(list[AnyEvent]).decode
_within_bounds: Final = {
    INPUTS: msgspec.msgpack.Decoder(bounded(list[Inputs])).decode,
    EVENTS: msgspec.msgpack.Decoder(bounded(list[AnyEvent])).decode,
}


@dataclass(slots=True)
class _Collected:
    pose: list[Columns] = field(default_factory=list)
    crowd: list[Columns] = field(default_factory=list)
    hazards: list[HazardRow] = field(default_factory=list)
    inputs: list[Inputs] = field(default_factory=list)
    events: list[AnyEvent] = field(default_factory=list)


def decode_batches(
    header: RunHeader,
    batches: Iterable[RawBatch],
    *,
    state: RunState = "complete",
    missing_seq: tuple[tuple[int, int], ...] = (),
) -> RecordedRun:
    """Return a run from its batches in the order of their `seq`.

    Args:
        header: the run's header.
        batches: channel, n, t0_us, open payload and whether there is gaze, of each batch.
        state: what is known of the run's completeness.
        missing_seq: half-open ranges of batches that are known to be missing.

    Raises:
        WireError: a batch is not what its channel allows; the text says which and why.
    """
    got = _Collected()
    for number, (channel, n, _, payload, gaze) in enumerate(batches):
        try:
            _collect(got, channel, n, payload, gaze=gaze)
        except WireError as error:
            msg = f"batch {number}: {error}"
            raise WireError(msg) from error
    flags: list[str] = []
    return RecordedRun(
        header=header,
        pose=_pose_track(got.pose, flags),
        crowd=_crowd_track(got.crowd, flags),
        hazards=tuple(_by_tick(got.hazards, HAZARD, flags)),
        inputs=tuple(_by_tick(got.inputs, INPUTS, flags)),
        events=tuple(_by_tick(got.events, EVENTS, flags)),
        state=state,
        missing_seq=missing_seq,
        flags=tuple(flags),
    )


def check_batch(channel: str, n: int, payload: bytes, *, gaze: bool = False) -> None:
    """Raise WireError when an open payload is not what its channel allows."""
    if channel in _within_bounds:
        # What is wrong, if anything, is said by the slower look below.
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError):
            if len(_within_bounds[channel](payload)) == n <= MAX_ROWS:
                return
    elif channel == POSE and not gaze and len(payload) == n * _POSE_BYTES and n <= MAX_ROWS:
        floats = np.frombuffer(payload, "<f4", _POSE_FLOATS * n, 4 * n)
        if n == 0 or np.abs(floats).max() <= MAX_ABS:
            return
    _collect(_Collected(), channel, n, payload, gaze=gaze)


def decode_columns(channel: str, columns: Sequence[Column], n: int, payload: bytes) -> Columns:
    """Return the columns of a payload by name, checked for length and finite floats. Raise WireError."""
    size = n * row_bytes(columns)
    if len(payload) != size:
        msg = f"channel {channel}: {n} rows need {size} bytes, payload has {len(payload)}"
        raise WireError(msg)
    return _split(channel, columns, n, payload)


def _collect(got: _Collected, channel: str, n: int, payload: bytes, *, gaze: bool) -> None:
    if not 0 <= n <= MAX_ROWS:
        msg = f"channel {channel}: {n} rows; 0 to {MAX_ROWS} are allowed"
        raise WireError(msg)
    if channel == POSE:
        got.pose.append(decode_columns(POSE, POSE_GAZE_COLUMNS if gaze else POSE_COLUMNS, n, payload))
    elif channel == CROWD:
        got.crowd.append(_crowd(n, payload))
    elif channel == HAZARD:
        got.hazards.extend(_hazards(n, payload))
    elif channel == INPUTS:
        got.inputs.extend(_records(INPUTS, _read_inputs, n, payload))
    elif channel == EVENTS:
        got.events.extend(_records(EVENTS, _read_events, n, payload))
    else:
        msg = f"channel {channel!r} is unknown"
        raise WireError(msg)


def _split(channel: str, columns: Sequence[Column], n: int, payload: bytes) -> Columns:
    values: Columns = {}
    offset = 0
    for name, dtype, width in columns:
        column = np.frombuffer(payload, dtype, n * width, offset)
        offset += column.nbytes
        if column.dtype.kind == "f":
            _check_floats(column, f"channel {channel}, column {name}")
        values[name] = column.reshape(n, width) if width > 1 else column
    return values


def _check_floats(values: npt.NDArray[Any], where: str) -> None:
    wrong = ~(np.abs(values) <= MAX_ABS)
    if wrong.any():
        index = int(np.argmax(wrong))
        msg = f"{where}: value {index} is {values[index]}; floats must be finite and at most {MAX_ABS:g}"
        raise WireError(msg)


def _crowd(n: int, payload: bytes) -> Columns:
    values = decode_columns(CROWD, CROWD_COLUMNS, n, payload)
    if n and int(values["state"].max()) > max(BodyState):
        msg = f"channel crowd: state {int(values['state'].max())} is unknown; known are 0 to {max(BodyState)}"
        raise WireError(msg)
    if n and int(values["floor"].min()) < 0:
        msg = f"channel crowd: floor {int(values['floor'].min())} is negative"
        raise WireError(msg)
    return values


def _hazards(n: int, payload: bytes) -> list[HazardRow]:
    size = n * row_bytes(HAZARD_HEAD_COLUMNS)
    if len(payload) < size:
        msg = f"channel hazard: {n} rows need at least {size} bytes, payload has {len(payload)}"
        raise WireError(msg)
    head = _split(HAZARD, HAZARD_HEAD_COLUMNS, n, payload[:size])
    total = int(head["count"].sum(dtype=np.uint64))
    if len(payload) != size + 4 * total:
        msg = f"channel hazard: {n} rows with {total} values need {size + 4 * total} bytes, not {len(payload)}"
        raise WireError(msg)
    unknown = set(head["kind"].tolist()) - set(KINDS)
    if unknown:
        msg = f"channel hazard: kind {min(unknown)} is unknown; known are {KINDS}"
        raise WireError(msg)
    values = np.frombuffer(payload, "<f4", total, size)
    _check_floats(values, "channel hazard, values")
    rows, offset = [], 0
    for tick, hazard, kind, count in zip(*(head[c.name].tolist() for c in HAZARD_HEAD_COLUMNS), strict=True):
        rows.append(HazardRow(tick, hazard, kind, values[offset : offset + count]))
        offset += count
    return rows


def _records(channel: str, read: Any, n: int, payload: bytes) -> list[Any]:
    try:
        records = read(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        msg = f"channel {channel}: not an array of its records: {error}"
        raise WireError(msg) from error
    if len(records) != n:
        msg = f"channel {channel}: header says {n} records, payload has {len(records)}"
        raise WireError(msg)
    for record in records:
        if not 0 <= record.tick <= MAX_TICK:
            msg = f"channel {channel}: tick {record.tick}; 0 to {MAX_TICK} are allowed"
            raise WireError(msg)
        if not _bounded(msgspec.structs.astuple(record)):
            msg = f"channel {channel}: {record!r:.200}: numbers must be finite and at most {MAX_ABS:g}"
            raise WireError(msg)
    return list(records)


def _bounded(values: Iterable[Any]) -> bool:
    for value in values:
        kind = type(value)
        if kind is float:
            if not -MAX_ABS <= value <= MAX_ABS:
                return False
        elif kind is tuple:
            if not _bounded(value):
                return False
        elif isinstance(value, msgspec.Struct) and not _bounded(msgspec.structs.astuple(value)):
            return False
    return True


def _joined(parts: list[Columns], columns: Sequence[Column]) -> Columns:
    empty = {c.name: np.zeros((0, c.width) if c.width > 1 else 0, c.dtype) for c in columns}
    return {c.name: np.concatenate([p[c.name] for p in parts] or [empty[c.name]]) for c in columns}


def _pose_track(parts: list[Columns], flags: list[str]) -> PoseTrack:
    values = _joined(parts, POSE_COLUMNS)
    gaze = None
    if any("gaze" in p for p in parts):
        gaze = np.concatenate([p.get("gaze", np.full((len(p["t_us"]), 3), np.nan, np.float32)) for p in parts])
    t_us = values["t_us"].astype(np.int64)
    if (np.diff(t_us) < 0).any():
        flags.append("pose_time_backwards")
        order = np.argsort(t_us, kind="stable")
        t_us = t_us[order]
        values = {name: column[order] for name, column in values.items()}
        gaze = gaze[order] if gaze is not None else None
    t_s = t_us.astype(np.float64) / 1e6
    return PoseTrack(t_s, values["head"], values["left"], values["right"], values["tracked"], gaze)


def _crowd_track(parts: list[Columns], flags: list[str]) -> CrowdTrack:
    values = _joined(parts, CROWD_COLUMNS)
    if (np.diff(values["tick"].astype(np.int64)) < 0).any():
        flags.append("crowd_time_backwards")
    order = np.lexsort((values["id"], values["tick"]))
    values = {name: column[order] for name, column in values.items()}
    return CrowdTrack(
        tick=values["tick"],
        id=values["id"],
        x_m=values["x_cm"] / 100.0,
        y_m=values["y_cm"] / 100.0,
        floor=values["floor"],
        state=values["state"],
    )


def _by_tick(records: list[Any], channel: str, flags: list[str]) -> list[Any]:
    if any(b.tick < a.tick for a, b in pairwise(records)):
        flags.append(f"{channel}_time_backwards")
        return sorted(records, key=lambda r: r.tick)
    return records
