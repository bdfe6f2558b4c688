"""Queries of requests, corrections, suspensions and tombstones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Table, delete, func, or_, select, update
from sqlalchemy.orm import Session

from server.db import insert_into
from server.requests.models import CLOSED, OPEN, Correction, DataRequest, Suspension, Tombstone


def requests(db: Session, *, state: str = "", limit: int = 200, offset: int = 0) -> list[DataRequest]:
    """Return the ledger: open ones by their due date, closed ones newest first."""
    wanted = select(DataRequest)
    if state:
        wanted = wanted.where(DataRequest.state == state)
    order = DataRequest.closed_at.desc() if state == CLOSED else DataRequest.due_on
    return list(db.scalars(wanted.order_by(order, DataRequest.created_at, DataRequest.id).limit(limit).offset(offset)))


def request(db: Session, request_id: str) -> DataRequest | None:
    """Return a request."""
    return db.get(DataRequest, request_id, populate_existing=True)


def of_subject(db: Session, *, person_id: str = "", tickets: Iterable[str] = ()) -> list[DataRequest]:
    """Return the requests about a person or tickets, newest first."""
    wanted = select(DataRequest).where(_about(person_id, tickets))
    return list(db.scalars(wanted.order_by(DataRequest.created_at.desc(), DataRequest.id)))


def overdue(db: Session, *, on: dt.date) -> list[DataRequest]:
    """Return open requests whose day has passed."""
    return list(db.scalars(select(DataRequest).where(DataRequest.state == OPEN, DataRequest.due_on < on)))


def corrections(db: Session, *, person_id: str = "", request_id: str = "") -> list[Correction]:
    """Return corrections of a person or under a request, oldest first."""
    wanted = select(Correction)
    wanted = wanted.where(Correction.person_id == person_id) if person_id else wanted
    wanted = wanted.where(Correction.request_id == request_id) if request_id else wanted
    return list(db.scalars(wanted.order_by(Correction.at, Correction.id)))


def live_suspensions(db: Session, kind: str) -> list[Suspension]:
    """Return the suspensions of a kind (person, ticket) that hold."""
    wanted = select(Suspension).where(Suspension.kind == kind, Suspension.ended_at.is_(None))
    return list(db.scalars(wanted.order_by(Suspension.since, Suspension.id)))


def end_suspensions(db: Session, *, kind: str, subject: str, at: dt.datetime) -> int:
    """End the suspensions of a subject; return how many held."""
    wanted = update(Suspension).where(
        Suspension.kind == kind, Suspension.subject == subject, Suspension.ended_at.is_(None)
    )
    return len(db.scalars(wanted.values(ended_at=at).returning(Suspension.id)).all())


def forget(db: Session, *, person_id: str = "", tickets: Iterable[str] = ()) -> int:
    """Take what says who asked and about what out of the ledger; the row stays as a count. Return rows touched."""
    tickets = list(tickets)
    mine = select(DataRequest.id).where(_about(person_id, tickets))
    gone = db.scalars(delete(Correction).where(Correction.request_id.in_(mine)).returning(Correction.id)).all()
    subjects = [("person", person_id)] if person_id else []
    for kind, subject in [*subjects, *(("ticket", ticket) for ticket in tickets)]:
        wanted = delete(Suspension).where(Suspension.kind == kind, Suspension.subject == subject)
        gone = [*gone, *db.scalars(wanted.returning(Suspension.id)).all()]
    blank = {"person_id": "", "ticket_hash": "", "asker_id": "", "about": "", "reason": "", "extended": ""}
    blanked = update(DataRequest).where(_about(person_id, tickets)).values(**blank)
    return len(gone) + len(db.scalars(blanked.returning(DataRequest.id)).all())


def _about(person_id: str, tickets: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition for what is about a person or tickets; nothing when none is given."""
    by_ticket = DataRequest.ticket_hash.in_([ticket for ticket in tickets if ticket])
    if not person_id:
        return by_ticket
    return or_(DataRequest.person_id == person_id, DataRequest.asker_id == person_id, by_ticket)


# --- tombstones --------------------------------------------------------------------------------------------------


def add_tombstones(db: Session, graves: Iterable[tuple[str, str, dt.datetime]]) -> None:
    """Keep tombstones (hash, kind, moment); those that are there stay as they are."""
    for key, kind, at in graves:
        new = insert_into(db, Tombstone).values(hash=key, kind=kind, at=at)
        db.execute(new.on_conflict_do_nothing(index_elements=["hash"]))


def tombstones(db: Session) -> list[Tombstone]:
    """Return all tombstones, oldest first."""
    return list(db.scalars(select(Tombstone).order_by(Tombstone.at, Tombstone.hash)))


def has_tombstone(db: Session, key: str) -> bool:
    """Tell whether there is a tombstone with this hash."""
    return db.scalar(select(Tombstone.hash).where(Tombstone.hash == key)) is not None


def count_rows(db: Session, table: Table) -> int:
    """Return how many rows a table has."""
    return db.scalar(select(func.count()).select_from(table)) or 0
