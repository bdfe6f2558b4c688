"""Queries of the audit record."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.audit.models import AuditEntry

_LOCK = 0x534F4E41
"""Number of the PostgreSQL advisory lock that lets one writer at a time extend the chain."""


def lock_chain(db: Session) -> None:
    """Let nobody else extend the chain before this transaction ends. On SQLite a writer already holds the one lock."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def last(db: Session) -> AuditEntry | None:
    """Return the newest entry."""
    return db.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one_or_none()


def in_order(db: Session) -> Iterator[AuditEntry]:
    """Yield all entries, oldest first."""
    yield from db.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=500))


def newest(db: Session, *, limit: int) -> list[AuditEntry]:
    """Return entries, newest first."""
    return list(db.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)))
