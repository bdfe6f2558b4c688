"""Queries of streams, batches and the quarantine. The one hot INSERT is the writer's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.orm import Session

from server.db import insert_into
from server.live.ingest import without_gaze
from server.live.models import Chunk, Quarantined, RunStream


def stream_of_run(db: Session, run_id: str) -> RunStream | None:
    """Return a run's stream."""
    return db.scalars(select(RunStream).where(RunStream.run_id == run_id)).one_or_none()


def open_stream(db: Session, run_id: str, *, at: datetime) -> RunStream:
    """Return a run's stream with its epoch raised, locked until the transaction ends; made when it is not there."""
    new = insert_into(db, RunStream).values(
        run_id=run_id, w=0, epoch=0, missing=[], rows={}, digest="", conflicts=0, opened_at=at, heard_at=at
    )
    db.execute(new.on_conflict_do_nothing(index_elements=["run_id"]))
    db.execute(
        update(RunStream).where(RunStream.run_id == run_id).values(epoch=RunStream.epoch + 1, heard_at=at),
        execution_options={"synchronize_session": False},
    )
    wanted = select(RunStream).where(RunStream.run_id == run_id)
    return db.scalars(wanted, execution_options={"populate_existing": True}).one()


def known_batch(db: Session, stream_id: int, seq: int) -> Row[int, int, int, int, int, bool, int] | None:
    """Return crc32, length, channel, t0_us, n, gaze and segment of a stored batch."""
    columns = (Chunk.crc32, Chunk.length, Chunk.channel, Chunk.t0_us, Chunk.n, Chunk.gaze, Chunk.segment)
    return db.execute(select(*columns).where(Chunk.stream_id == stream_id, Chunk.seq == seq)).one_or_none()


def marks(db: Session, stream_id: int) -> Sequence[Row[int, int, int, int]]:
    """Return seq, channel, n and crc32 of every stored batch in order of seq."""
    columns = (Chunk.seq, Chunk.channel, Chunk.n, Chunk.crc32)
    return db.execute(select(*columns).where(Chunk.stream_id == stream_id).order_by(Chunk.seq)).all()


def batches(db: Session, stream_id: int) -> Sequence[Row[int, int, int, int, bytes, bool]]:
    """Return seq, channel, n, t0_us, payload and gaze of every stored batch in order of seq."""
    columns = (Chunk.seq, Chunk.channel, Chunk.n, Chunk.t0_us, Chunk.payload, Chunk.gaze)
    return db.execute(select(*columns).where(Chunk.stream_id == stream_id).order_by(Chunk.seq)).all()


def silent_streams(db: Session, *, since: datetime) -> list[RunStream]:
    """Return streams without a verified END that no HELLO has opened since a moment."""
    wanted = select(RunStream).where(RunStream.ended_at.is_(None), RunStream.heard_at < since)
    return list(db.scalars(wanted))


def count_quarantined(db: Session, stream_id: int) -> int:
    """Return how many frames of a stream are in quarantine."""
    wanted = select(func.count()).select_from(Quarantined).where(Quarantined.stream_id == stream_id)
    return db.scalar(wanted) or 0


def add_conflict(db: Session, stream_id: int) -> None:
    """Count a frame that contradicted a stored batch."""
    db.execute(update(RunStream).where(RunStream.id == stream_id).values(conflicts=RunStream.conflicts + 1))


def blank_gaze(db: Session, run_ids: Sequence[str]) -> int:
    """Zero the gaze in the batches of some runs; return how many batches had one."""
    streams = select(RunStream.id).where(RunStream.run_id.in_(run_ids))
    wanted = select(Chunk.id, Chunk.n, Chunk.payload).where(Chunk.stream_id.in_(streams), Chunk.gaze)
    count = 0
    for key, n, payload in db.execute(wanted).all():
        blank = without_gaze(payload, n)
        if blank != payload:
            db.execute(update(Chunk).where(Chunk.id == key).values(payload=blank))
            count += 1
    return count


def delete_streams(db: Session, run_ids: Sequence[str]) -> int:
    """Delete the streams of some runs with their batches; return how many batches went."""
    if not run_ids:
        return 0
    streams = select(RunStream.id).where(RunStream.run_id.in_(run_ids))
    count = db.scalar(select(func.count()).select_from(Chunk).where(Chunk.stream_id.in_(streams))) or 0
    db.execute(delete(RunStream).where(RunStream.run_id.in_(run_ids)))
    return count
