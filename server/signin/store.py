"""Queries of links by e-mail and of who lives in the city."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.db import insert_into
from server.signin.models import MailLink, Residence


def open_link(db: Session, key_hash: str, *, at: datetime) -> MailLink | None:
    """Return the link with this key that may be used at a moment."""
    wanted = select(MailLink).where(MailLink.key_hash == key_hash, MailLink.expires_at > at)
    return db.scalars(wanted).one_or_none()


def use(db: Session, link_id: str) -> bool:
    """Delete a link; return whether it was still there: of two who use it at once, one is told no."""
    gone = delete(MailLink).where(MailLink.id == link_id).returning(MailLink.id)
    return db.scalars(gone).one_or_none() is not None


def delete_expired(db: Session, *, at: datetime) -> int:
    """Delete links that are too old to be used; return how many."""
    return len(db.scalars(delete(MailLink).where(MailLink.expires_at <= at).returning(MailLink.id)).all())


def of_person(db: Session, person_id: str) -> list[MailLink]:
    """Return the links by which a person may add an address."""
    return list(db.scalars(select(MailLink).where(MailLink.person_id == person_id)))


def note_residence(db: Session, person_id: str, *, lives_here: bool, at: datetime) -> None:
    """Note whether a person lives in the city, over what was noted before."""
    values = {"lives_here": lives_here, "checked_at": at}
    noted = insert_into(db, Residence).values(person_id=person_id, **values)
    db.execute(noted.on_conflict_do_update(index_elements=["person_id"], set_=values))


def residence(db: Session, person_ids: Sequence[str]) -> Residence | None:
    """Return what was noted last of a person, by all ids that are theirs."""
    wanted = select(Residence).where(Residence.person_id.in_(person_ids))
    return db.scalars(wanted.order_by(Residence.checked_at.desc(), Residence.person_id).limit(1)).one_or_none()


def delete_of_person(db: Session, person_id: str) -> int:
    """Delete a person's links and what was noted of where they live; return how many rows."""
    links = db.scalars(delete(MailLink).where(MailLink.person_id == person_id).returning(MailLink.id)).all()
    gone = delete(Residence).where(Residence.person_id == person_id).returning(Residence.person_id)
    return len(links) + len(db.scalars(gone).all())
