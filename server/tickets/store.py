"""Queries of the ticket table."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from server.db import insert_into
from server.tickets.models import PinTry, Ticket


def of_sessions(db: Session, session_ids: Collection[str], *, at: datetime) -> list[Ticket]:
    """Return the tickets of some drill sessions that are good at a moment."""
    good = select(Ticket).where(
        Ticket.session_id.in_(session_ids),
        Ticket.revoked_at.is_(None),
        or_(Ticket.expires_at.is_(None), Ticket.expires_at > at),
    )
    return list(db.scalars(good.order_by(Ticket.hash)))


def hashes(db: Session) -> list[str]:
    """Return the hashes of all tickets."""
    return list(db.scalars(select(Ticket.hash).order_by(Ticket.hash)))


def revoke(db: Session, ticket_hash: str, *, at: datetime) -> bool:
    """Revoke a ticket; return whether it was good before."""
    wanted = update(Ticket).where(Ticket.hash == ticket_hash, Ticket.revoked_at.is_(None))
    return db.scalars(wanted.values(revoked_at=at).returning(Ticket.hash)).one_or_none() is not None


def erase(db: Session, ticket_hash: str) -> int:
    """Delete a ticket and the tries at it; return how many tickets there were."""
    forget_tries(db, ticket_hash)
    return len(db.scalars(delete(Ticket).where(Ticket.hash == ticket_hash).returning(Ticket.hash)).all())


def count_try(db: Session, ticket_hash: str, *, at: datetime) -> PinTry:
    """Return the row that counts tries at a ticket, made if it is new; nobody else may count until we are done."""
    made = insert_into(db, PinTry).values(ticket_hash=ticket_hash, tries=0, last_at=at)
    again = made.on_conflict_do_update(index_elements=["ticket_hash"], set_={"last_at": at})
    db.execute(again)
    return db.get_one(PinTry, ticket_hash, populate_existing=True)


def forget_tries(db: Session, ticket_hash: str) -> None:
    """Forget the tries at a ticket: it was opened, or has a new PIN."""
    db.execute(delete(PinTry).where(PinTry.ticket_hash == ticket_hash))
