"""Queries of holds and purge reports, and the one DELETE that every purge comes down to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy import Column, Date, Table, delete, func, or_, select
from sqlalchemy.orm import Session

from server.retention.models import LegalHold, PurgeReport


def holds(db: Session, *, open_only: bool = True) -> list[LegalHold]:
    """Return holds, newest first."""
    wanted = select(LegalHold)
    if open_only:
        wanted = wanted.where(LegalHold.ended_at.is_(None))
    return list(db.scalars(wanted.order_by(LegalHold.since.desc(), LegalHold.id)))


def holds_of(db: Session, *, person_id: str, tickets: Iterable[str]) -> list[LegalHold]:
    """Return the holds that are set on a person or on tickets."""
    on_person = (LegalHold.kind == "person") & (LegalHold.subject == person_id)
    on_tickets = (LegalHold.kind == "ticket") & LegalHold.subject.in_(list(tickets))
    wanted = select(LegalHold).where(or_(on_person, on_tickets), LegalHold.ended_at.is_(None))
    return list(db.scalars(wanted.order_by(LegalHold.since, LegalHold.id)))


def reports(db: Session, *, limit: int) -> list[PurgeReport]:
    """Return purge reports, newest first."""
    return list(db.scalars(select(PurgeReport).order_by(PurgeReport.at.desc(), PurgeReport.id).limit(limit)))


def delete_before(
    db: Session, table: Table, since: Column[object], before: dt.datetime, held: Iterable[tuple[str, Collection[str]]]
) -> tuple[int, int]:
    """Delete the rows of a table whose `since` lies before a moment.

    `held` are columns with the values whose rows stay. Returns how many rows went and how many a hold kept.
    """
    old = since < (before.date() if isinstance(since.type, Date) else before)
    old &= since.is_not(None)
    kept = or_(*(table.c[name].in_(values) for name, values in held if values)) if any(v for _, v in held) else None
    if kept is None:
        return _count(db, table, old, delete_too=True), 0
    stays = _count(db, table, old & kept, delete_too=False)
    return _count(db, table, old & or_(kept.is_(None), ~kept), delete_too=True), stays


def _count(db: Session, table: Table, which: object, *, delete_too: bool) -> int:
    count = db.scalar(select(func.count()).select_from(table).where(which)) or 0  # type: ignore[arg-type]  # a condition
    if delete_too and count:
        db.execute(delete(table).where(which))  # type: ignore[arg-type]  # a condition
    return count
