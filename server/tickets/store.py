"""Queries of the ticket table."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from server.tickets.models import Ticket


def of_sessions(db: Session, session_ids: Collection[str], *, at: datetime) -> list[Ticket]:
    """Return the tickets of some drill sessions that are good at a moment."""
    good = select(Ticket).where(
        Ticket.session_id.in_(session_ids),
        Ticket.revoked_at.is_(None),
        or_(Ticket.expires_at.is_(None), Ticket.expires_at > at),
    )
    return list(db.scalars(good.order_by(Ticket.hash)))


def revoke(db: Session, ticket_hash: str, *, at: datetime) -> bool:
    """Revoke a ticket; return whether it was good before."""
    wanted = update(Ticket).where(Ticket.hash == ticket_hash, Ticket.revoked_at.is_(None))
    return db.scalars(wanted.values(revoked_at=at).returning(Ticket.hash)).one_or_none() is not None


def erase(db: Session, ticket_hash: str) -> int:
    """Delete a ticket; return how many there were."""
    return len(db.scalars(delete(Ticket).where(Ticket.hash == ticket_hash).returning(Ticket.hash)).all())
