"""Reading a recorded run from disk: an open run file, one spool segment or a whole spool folder.

Whatever a crash or a bad disk left is read as far as it goes; what was lost is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from drill.record.decoding import RawBatch, check_batch, decode_batches
from drill.record.records import Damage, Record, RecordType, read_records
from drill.record.run import RecordedRun, RunHeader, RunState
from drill.record.sealing import KEY_BYTES, open_from_city, open_header, open_payload, read_header
from drill.record.tally import Tally
from drill.record.wire import Data, End, WireError, decode_data

SEGMENT_SUFFIX: Final = ".seg"


class ReadError(ValueError):
    """A file holds no run that can be read. The text names it and says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A run and, in words, what of it was lost."""

    run: RecordedRun
    losses: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    header: RunHeader | None = None
    keys: dict[int, bytes] = field(default_factory=dict)
    frames: dict[int, Data] = field(default_factory=dict)
    end: End | None = None
    losses: list[str] = field(default_factory=list)


def read_run(path: Path, private_key: bytes | None = None) -> RecordedRun:
    """Return the run in a `run.sonae` file or a spool folder. `private_key` is the city's, for sealed ones.

    Raises:
        ReadError: there is no run to be read, or it is sealed and the key is missing or another.
    """
    return read_recording(path, private_key).run


def read_recording(path: Path, private_key: bytes | None = None) -> Recording:
    """As `read_run`, with what was lost in words."""
    files = sorted(path.glob("*" + SEGMENT_SUFFIX)) if path.is_dir() else [path]
    if not files:
        msg = f"{path} holds no spool segment (*{SEGMENT_SUFFIX})"
        raise ReadError(msg)
    found = _Found()
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            msg = f"{file} cannot be read: {error}"
            raise ReadError(msg) from error
        for part in read_records(content):
            if isinstance(part, Damage):
                what = "the end is torn off" if part.tail else "damaged"
                found.losses.append(f"{file.name}: {what}: {part.length} bytes from byte {part.offset}")
            else:
                _take(found, part, file, private_key)
    if found.header is None:
        msg = f"{path} has no readable run header"
        raise ReadError(msg)
    return _recording(found, found.header)


def _take(found: _Found, record: Record, file: Path, private_key: bytes | None) -> None:
    try:
        if record.type is RecordType.OPEN_HEADER:
            found.header = read_header(record.body)
        elif record.type is RecordType.SEALED_HEADER:
            found.header = open_header(record.body[16:], _needed(private_key, file))
        elif record.type is RecordType.KEY:
            key = open_from_city(record.body[4:], _needed(private_key, file))
            found.keys[int.from_bytes(record.body[:4], "little")] = key
        elif record.type is RecordType.DATA:
            data = decode_data(record.body)
            found.frames[data.seq] = data
        else:
            found.end = msgspec.json.decode(record.body, type=End)
    except (WireError, msgspec.MsgspecError) as error:
        if record.type in (RecordType.SEALED_HEADER, RecordType.OPEN_HEADER):
            msg = f"{file}: run header: {error}"
            raise ReadError(msg) from error
        found.losses.append(f"{file.name}: record at byte {record.offset}: {error}")


def _needed(private_key: bytes | None, file: Path) -> bytes:
    if private_key is None:
        msg = f"{file} is sealed to the city's key and needs the private one, which only the server has"
        raise ReadError(msg)
    return private_key


def _recording(found: _Found, header: RunHeader) -> Recording:
    batches: list[RawBatch] = []
    have: list[int] = []
    tally = Tally()
    for seq, data in sorted(found.frames.items()):
        try:
            payload = open_payload(found.keys.get(data.segment, bytes(KEY_BYTES)), run_id=header.run_id, data=data)
            check_batch(data.channel, data.n, payload, gaze=data.gaze)
        except WireError as error:
            found.losses.append(f"batch {seq}: {error}")
            continue
        batches.append((data.channel, data.n, data.t0_us, payload, data.gaze))
        tally.add(data.channel, data.n, data.crc32)
        have.append(seq)
    total = found.end.batches if found.end is not None else (have[-1] + 1 if have else 0)
    missing = _missing(have, total)
    found.losses += [f"batches {a} to {b - 1} are missing" for a, b in missing]
    state: RunState = "gapped" if missing else "abandoned"
    if found.end is None:
        found.losses.append("the run has no end: the station stopped while it was on")
    elif not missing:
        if tally.end(complete=found.end.complete) == found.end:
            state = "complete" if found.end.complete else "abandoned"
        else:
            state = "gapped"
            found.losses.append("the end does not agree with the batches")
    run = decode_batches(header, batches, state=state, missing_seq=missing)
    return Recording(run, tuple(found.losses))


def _missing(have: list[int], total: int) -> tuple[tuple[int, int], ...]:
    gaps: list[tuple[int, int]] = []
    expected = 0
    for seq in have:
        if seq > expected:
            gaps.append((expected, seq))
        expected = seq + 1
    if total > expected:
        gaps.append((expected, total))
    return tuple(gaps)
