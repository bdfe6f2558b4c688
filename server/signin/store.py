"""Queries of links by e-mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from server.signin.models import MailLink


def open_link(db: Session, key_hash: str, *, at: datetime) -> MailLink | None:
    """Return the link with this key that may be used at a moment."""
    wanted = select(MailLink).where(MailLink.key_hash == key_hash, MailLink.expires_at > at)
    return db.scalars(wanted).one_or_none()


def use(db: Session, link_id: str) -> bool:
    """Delete a link; return whether it was still there: of two who use it at once, one is told no."""
    gone = delete(MailLink).where(MailLink.id == link_id).returning(MailLink.id)
    return db.scalars(gone).one_or_none() is not None


def open_count(db: Session, address: str, *, since: datetime) -> int:
    """Return how many links were sent to an address since a moment and are not used."""
    wanted = select(func.count()).where(MailLink.address == address, MailLink.created_at >= since)
    return db.scalars(wanted).one()


def delete_expired(db: Session, *, at: datetime) -> int:
    """Delete links that are too old to be used; return how many."""
    return len(db.scalars(delete(MailLink).where(MailLink.expires_at <= at).returning(MailLink.id)).all())


def of_person(db: Session, person_id: str) -> list[MailLink]:
    """Return the links by which a person may add an address."""
    return list(db.scalars(select(MailLink).where(MailLink.person_id == person_id)))


def delete_of(db: Session, *, person_id: str, addresses: list[str]) -> int:
    """Delete the links of a person and those to some addresses; return how many."""
    whose = or_(MailLink.person_id == person_id, MailLink.address.in_(addresses))
    return len(db.scalars(delete(MailLink).where(whose).returning(MailLink.id)).all())
