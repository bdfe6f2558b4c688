"""Queries of holds and purge reports, and the one DELETE that every purge comes down to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Date, Table, delete, false, func, or_, select
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
    db: Session, table: Table, since: Column[Any], before: dt.datetime, held: Iterable[tuple[str, Collection[str]]]
) -> tuple[int, int]:
    """Delete the rows of a table whose `since` lies before a moment.

    `held` are columns with the values whose rows stay. Returns how many rows went and how many a hold kept.
    """
    old, kept = _old(since, before), _kept(table, held)
    stays = db.scalar(select(func.count()).select_from(table).where(old, kept)) or 0
    return len(db.execute(delete(table).where(old, ~kept).returning(since)).all()), stays


def keys_before(
    db: Session, table: Table, since: Column[Any], before: dt.datetime, held: Iterable[tuple[str, Collection[str]]]
) -> list[tuple[Any, ...]]:
    """Return the primary keys of the rows that `delete_before` would delete."""
    wanted = select(*table.primary_key.columns).where(_old(since, before), ~_kept(table, held))
    return [tuple(row) for row in db.execute(wanted)]


def delete_row(db: Session, table: Table, key: tuple[Any, ...]) -> None:
    """Delete one row by its primary key."""
    columns = zip(table.primary_key.columns, key, strict=True)
    db.execute(delete(table).where(*(column == value for column, value in columns)))


def _old(since: Column[Any], before: dt.datetime) -> ColumnElement[bool]:
    """Return the condition for rows from before a moment; a row without the moment is not old."""
    return since < (before.date() if isinstance(since.type, Date) else before)


def _kept(table: Table, held: Iterable[tuple[str, Collection[str]]]) -> ColumnElement[bool]:
    """Return the condition for rows that somebody who is held owns: false, never unknown, where a column is empty."""
    return or_(false(), *(func.coalesce(table.c[name], "").in_(values) for name, values in held if values))
