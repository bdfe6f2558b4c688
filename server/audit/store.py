"""Queries of the audit record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, or_, select, text
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


def newest(
    db: Session,
    *,
    limit: int,
    before: int | None = None,
    actor: str = "",
    action: str = "",
    target: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[AuditEntry]:
    """Return entries that fit every filter that is given, newest first."""
    wanted = select(AuditEntry)
    if before is not None:
        wanted = wanted.where(AuditEntry.seq < before)
    if actor:
        wanted = wanted.where(AuditEntry.actor == actor)
    if action:
        wanted = wanted.where(
            or_(AuditEntry.action == action, AuditEntry.action.startswith(f"{action}.", autoescape=True))
        )
    if target:
        wanted = wanted.where(AuditEntry.target == target)
    if since is not None:
        wanted = wanted.where(AuditEntry.at >= since)
    if until is not None:
        wanted = wanted.where(AuditEntry.at < until)
    return list(db.scalars(wanted.order_by(AuditEntry.seq.desc()).limit(limit)))


def actions(db: Session) -> list[str]:
    """Return every kind of act that was ever recorded."""
    return list(db.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def newest_by_target(db: Session, *, actor: str, action: str, since: datetime) -> dict[str, datetime]:
    """Return the newest time of each target that an actor did something to since a moment."""
    wanted = select(AuditEntry.target, func.max(AuditEntry.at).label("at"))
    wanted = wanted.where(AuditEntry.actor == actor, AuditEntry.at >= since, AuditEntry.action == action)
    return {row[0]: row[1] for row in db.execute(wanted.group_by(AuditEntry.target))}
