"""Queries of staff and sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from server.accounts.models import SignIn, Staff


def open_sign_in(db: Session, key_hash: str, *, at: datetime) -> SignIn | None:
    """Return the sign-in with this key that is open at a moment."""
    wanted = select(SignIn).where(SignIn.key_hash == key_hash, SignIn.ended_at.is_(None), SignIn.expires_at > at)
    return db.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def open_sign_ins(
    db: Session, *, at: datetime, staff_id: str = "", person_id: str = "", ticket_hash: str = ""
) -> list[SignIn]:
    """Return the open sign-ins of a staff member, a person or a ticket, newest first."""
    wanted = select(SignIn).where(SignIn.ended_at.is_(None), SignIn.expires_at > at)
    wanted = wanted.where(_of(staff_id, person_id, ticket_hash))
    return list(db.scalars(wanted.order_by(SignIn.created_at.desc(), SignIn.id)))


def end(db: Session, sign_in_id: str, *, at: datetime) -> bool:
    """End a sign-in; return whether it was open."""
    wanted = update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
    return db.scalars(wanted.values(ended_at=at).returning(SignIn.id)).one_or_none() is not None


def end_all(
    db: Session, *, at: datetime, staff_id: str = "", person_id: str = "", ticket_hash: str = "", but: str = ""
) -> int:
    """End all sign-ins of a staff member, a person or a ticket but one; return how many were open."""
    wanted = update(SignIn).where(SignIn.ended_at.is_(None), SignIn.id != but)
    wanted = wanted.where(_of(staff_id, person_id, ticket_hash))
    return len(db.scalars(wanted.values(ended_at=at).returning(SignIn.id)).all())


def delete_sign_ins(db: Session, *, staff_id: str = "", person_id: str = "", ticket_hash: str = "") -> int:
    """Delete all sign-ins of a staff member, a person or a ticket; return how many there were."""
    gone = delete(SignIn).where(_of(staff_id, person_id, ticket_hash)).returning(SignIn.id)
    return len(db.scalars(gone).all())


def seen(db: Session, sign_in_id: str, *, at: datetime) -> None:
    """Note when a sign-in was last used."""
    db.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=at))


def staff_by_login(db: Session, login: str) -> Staff | None:
    """Return the staff member with this login."""
    return db.scalars(select(Staff).where(Staff.login == login)).one_or_none()


def all_staff(db: Session) -> list[Staff]:
    """Return all staff by login."""
    return list(db.scalars(select(Staff).order_by(Staff.login)))


def _of(staff_id: str, person_id: str, ticket_hash: str) -> ColumnElement[bool]:
    """Return the condition for one owner. Raise ValueError when none is given: then all would be meant."""
    given = [
        column == value
        for column, value in (
            (SignIn.staff_id, staff_id),
            (SignIn.person_id, person_id),
            (SignIn.ticket_hash, ticket_hash),
        )
        if value
    ]
    if not given:
        msg = "whose sign-ins? give staff_id, person_id or ticket_hash"
        raise ValueError(msg)
    return or_(*given)
