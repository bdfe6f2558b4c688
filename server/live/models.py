"""Tables of the ingest: one row a run's stream, one a batch, one a frame that contradicts a stored batch."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.columns import UtcDateTime, now
from server.db import Base

Key: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts a primary key up only when its type is INTEGER."""


class RunStream(Base):
    """How far a run has arrived. `w` stands in a row of its own, so that compaction never moves it.

    Attributes:
        run_id: the run's 32 hexadecimal digits.
        w: lowest seq that is not durable yet; written in the transaction of the batches below it.
        epoch: number of HELLOs; only the newest connection's frames count.
        missing: half-open ranges of seq that the station no longer had.
        batches: batches of the run, once END has said it.
        rows: rows of each channel, once verified.
        digest: SHA-256 over the crc32s in order, once verified.
        conflicts: frames that contradicted a stored batch.
        opened_at: when the first HELLO came, UTC.
        heard_at: when the newest HELLO came, UTC.
        ended_at: when END was verified, UTC.
    """

    __tablename__ = "run_streams"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.run_id", ondelete="CASCADE"), unique=True)
    w: Mapped[int] = mapped_column(BigInteger, default=0)
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    missing: Mapped[list[Any]] = mapped_column(JSON, default=list)
    batches: Mapped[int | None] = mapped_column(BigInteger, default=None)
    rows: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    digest: Mapped[str] = mapped_column(String(64), default="")
    conflicts: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    heard_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, default=None)


class Chunk(Base):
    """One batch as it arrived, opened. Appended by row id, found by (stream, seq).

    Attributes:
        channel: the channel's number on the wire.
        length: bytes of the payload as sent.
        crc32: CRC-32 of the payload as sent, which is what END's hash covers.
        segment: spool segment that sealed it, 0 when it came open.
        payload: the columns, opened.
    """

    __tablename__ = "chunks"
    __table_args__ = (UniqueConstraint("stream_id", "seq"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    stream_id: Mapped[int] = mapped_column(Key, ForeignKey("run_streams.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[int] = mapped_column(SmallInteger)
    t0_us: Mapped[int] = mapped_column(BigInteger)
    n: Mapped[int] = mapped_column(Integer)
    gaze: Mapped[bool] = mapped_column(Boolean)
    segment: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(Integer)
    crc32: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class Quarantined(Base):
    """A frame with a seq that is stored with other bytes: a cloned device or a spool restored from a copy."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    stream_id: Mapped[int] = mapped_column(Key, ForeignKey("run_streams.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    stored_crc32: Mapped[int] = mapped_column(BigInteger)
    crc32: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[str] = mapped_column(String(64))
    frame: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
