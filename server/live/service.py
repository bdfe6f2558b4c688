"""Rules of the ingest that touch the database: opening a stream, verifying its end, reading a run back."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final, Literal, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from drill.record.channels import CHANNELS
from drill.record.decoding import decode_batches
from drill.record.run import RecordedRun, RunHeader
from drill.record.wire import (
    CLOSE_BAD_FRAME,
    CLOSE_CONFLICT,
    CLOSE_REFUSED,
    CLOSE_UNKNOWN_RUN,
    Data,
    Done,
    End,
    Hello,
)
from server.audit.service import record
from server.columns import now
from server.consent import service as consent
from server.consent.service import ConsentError
from server.drills import service as drills
from server.drills.models import GAPPED, RUNNING
from server.jobs import service as jobs
from server.live import store
from server.live.ingest import Fingerprint, Refused, conflict, fingerprint_of
from server.live.models import Quarantined, RunStream

SILENT_AFTER: Final = timedelta(hours=48)
"""A run whose station has not come back for so long is called gapped; it may still come and be completed."""
MAX_QUARANTINED: Final = 16
"""Frames of one run that are kept for a person to look at; more are counted only."""
ANALYSIS_JOB: Final = "analysis.run"
CONFLICT_FLAG: Final = "conflicting_batches"


class Opened(NamedTuple):
    """A stream as HELLO found it."""

    stream_id: int
    epoch: int
    w: int
    batches: int | None
    gaze: bool


def open_stream(db: Session, hello: Hello, header: RunHeader | None, *, device_id: str) -> Opened:
    """Open a run's stream for a new connection.

    Args:
        db: a session that may write.
        hello: the station's HELLO.
        header: the run's header, opened; None when HELLO had none.
        device_id: the paired device that sends it.

    Raises:
        Refused: unknown run, no consent to record it, another header than the one that is known.
    """
    _register(db, hello, header, device_id)
    stream = store.open_stream(db, hello.run_id, at=now())
    if stream.ended_at is None:
        if hello.first_seq > stream.w:
            stream.missing = _with_gap(stream.missing, stream.w, hello.first_seq)
            stream.w = hello.first_seq
            detail = {"missing": [list(gap) for gap in stream.missing]}
            record(db, f"device:{device_id}", "run.gap", f"run:{hello.run_id}", detail)
        drills.set_run_state(db, hello.run_id, GAPPED if stream.missing else RUNNING)
        db.flush()
    batches = stream.batches if stream.ended_at else None
    return Opened(stream.id, stream.epoch, stream.w, batches, gaze=_gaze_agreed(db, hello.run_id))


def check_known(db: Session, stream_id: int, data: Data, crc32: int) -> None:
    """Raise Refused when a stored seq comes again with other bytes."""
    row = store.known_batch(db, stream_id, data.seq)
    if row is not None and Fingerprint(*row) != fingerprint_of(data, crc32):
        raise conflict(data.seq, row[0], crc32)


def quarantine(db: Session, stream_id: int, *, seq: int, stored: int, crc32: int, frame: bytes, device_id: str) -> None:
    """Keep a frame that contradicts a stored batch for a person to look at, and say so in the audit record."""
    stream = db.get(RunStream, stream_id)
    if stream is None:
        return
    store.add_conflict(db, stream_id)
    if store.count_quarantined(db, stream_id) < MAX_QUARANTINED:
        db.add(
            Quarantined(
                stream_id=stream_id, seq=seq, stored_crc32=stored, crc32=crc32, device_id=device_id, frame=frame
            )
        )
    detail = {"seq": seq, "stored_crc32": f"{stored:08x}", "crc32": f"{crc32:08x}"}
    record(db, f"device:{device_id}", "run.conflict", f"run:{stream.run_id}", detail)


def finish(db: Session, stream_id: int, end: End) -> Done:
    """Verify what is stored against END, close the run and queue its analysis; the same END again changes nothing.

    Raises:
        Refused: batches are missing (code 0: the socket stays), or counts or hash differ from what is stored.
    """
    stream = db.get(RunStream, stream_id, populate_existing=True)
    if stream is None:
        msg = "this run was erased meanwhile"
        raise Refused(CLOSE_UNKNOWN_RUN, msg)
    marks = store.marks(db, stream_id)
    wanted = [mark for mark in marks if mark.seq < end.batches]
    _check_gaps(wanted, end, stream)
    digest = hashlib.sha256(np.array([mark.crc32 for mark in wanted], "<u4").tobytes()).hexdigest()
    rows: Counter[str] = Counter()
    for mark in wanted:
        rows[CHANNELS[mark.channel]] += mark.n
    if not stream.missing:
        _check_counts(end, dict(rows), digest)
    if not _gaze_agreed(db, stream.run_id):
        store.blank_gaze(db, [stream.run_id])
    if stream.ended_at is None:
        stream.batches = max(end.batches, stream.w)
        stream.rows = dict(rows)
        stream.digest = digest
        stream.ended_at = now()
        drills.set_run_state(db, stream.run_id, _final_state(stream, end))
        jobs.enqueue(db, ANALYSIS_JOB, {"run_id": stream.run_id})
        db.flush()
    return Done(stream.run_id, max(stream.w, end.batches))


def recorded_run(db: Session, run_id: str) -> RecordedRun:
    """Return a run as far as it has arrived, decoded. Its `state` tells whether it is known to be complete.

    Raises:
        UnknownRowError: there is no such run.
        WireError: a stored batch is damaged.
    """
    run = drills.get_run(db, run_id)
    stream = store.stream_of_run(db, run.run_id)
    batches = store.batches(db, stream.id) if stream is not None else ()
    recorded = decode_batches(
        drills.header_of(run),
        ((CHANNELS[b.channel], b.n, b.t0_us, b.payload, b.gaze) for b in batches),
        state=run.state,  # type: ignore[arg-type]  # the table's check allows no other
        missing_seq=_gaps((b.seq for b in batches), stream.batches if stream is not None else None),
    )
    if stream is not None and stream.conflicts:
        return dataclasses.replace(recorded, flags=(*recorded.flags, CONFLICT_FLAG))
    return recorded


def sweep(db: Session) -> int:
    """Call runs gapped whose station has been silent for two days; return how many."""
    silent = store.silent_streams(db, since=now() - SILENT_AFTER)
    return sum(drills.set_run_state(db, stream.run_id, GAPPED) for stream in silent)


def _gaze_agreed(db: Session, run_id: str) -> bool:
    """Tell whether whoever played a run agreed to have their gaze kept; a script's gaze is nobody's."""
    run = drills.get_run(db, run_id)
    if run.locomotion == drills.SCRIPTED:
        return True
    kind: consent.Kind = "ticket" if run.ticket_hash else "run"
    return consent.live(db, kind=kind, subject=run.ticket_hash or run_id, purpose=consent.GAZE) is not None


def _register(db: Session, hello: Hello, header: RunHeader | None, device_id: str) -> None:
    try:
        if header is not None:
            drills.register_run(db, header, device_id=device_id)
        elif drills.get_run(db, hello.run_id).device_id != device_id:
            # Its run id alone, which staff can read, lets nobody speak for a run: the header shows who has its spool.
            raise Refused(CLOSE_UNKNOWN_RUN, f"run {hello.run_id} is unknown here: send HELLO with its header")
    except drills.UnknownRowError as error:
        msg = f"run {hello.run_id} is unknown here: send HELLO with its header"
        raise Refused(CLOSE_UNKNOWN_RUN, msg) from error
    except ConsentError as error:
        raise Refused(CLOSE_REFUSED, str(error)) from error
    except drills.RunConflictError as error:
        raise Refused(CLOSE_CONFLICT, str(error)) from error
    except ValueError as error:
        raise Refused(CLOSE_BAD_FRAME, str(error)) from error


def _with_gap(missing: list[list[int]], begin: int, after: int) -> list[list[int]]:
    """Return the missing ranges with one more behind them, joined where they touch."""
    if missing and missing[-1][1] == begin:
        return [*missing[:-1], [missing[-1][0], after]]
    return [*missing, [begin, after]]


def _check_gaps(marks: Iterable[object], end: End, stream: RunStream) -> None:
    gaps = _gaps((mark.seq for mark in marks), end.batches)  # type: ignore[attr-defined]  # rows of store.marks
    absent = [(a, b) for a, b in gaps if not any(begin <= a and b <= after for begin, after in stream.missing)]
    if absent:
        said = ", ".join(f"{a} to {b - 1}" if b > a + 1 else str(a) for a, b in absent[:20])
        msg = f"END says {end.batches} batches; seq {said} are not here: send them, then END again"
        raise Refused(0, msg, absent[0][0])


def _check_counts(end: End, rows: dict[str, int], digest: str) -> None:
    said = {channel: count for channel, count in end.rows.items() if count}
    found = {channel: count for channel, count in rows.items() if count}
    if said != found:
        wrong = sorted(c for c in said.keys() | found.keys() if said.get(c) != found.get(c))
        parts = "; ".join(f"{c[:40]}: END says {said.get(c, 0)} rows, {found.get(c, 0)} are stored" for c in wrong[:5])
        raise Refused(CLOSE_CONFLICT, parts)
    if end.hash != digest:
        msg = f"END's hash {end.hash[:64]!r} is not that of the stored batches, {digest}: a crc32 differs"
        raise Refused(CLOSE_CONFLICT, msg)


def _final_state(stream: RunStream, end: End) -> Literal["complete", "gapped", "abandoned"]:
    if stream.missing:
        return "gapped"
    return "complete" if end.complete else "abandoned"


def _gaps(seqs: Iterable[int], batches: int | None) -> tuple[tuple[int, int], ...]:
    """Return half-open ranges that are missing between 0 and `batches` (None: up to the last one there)."""
    gaps, expected = [], 0
    for seq in seqs:
        if seq > expected:
            gaps.append((expected, seq))
        expected = seq + 1
    if batches is not None and expected < batches:
        gaps.append((expected, batches))
    return tuple(gaps)
