"""Queries of staff, sign-ins and what they are proved with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from server.accounts.models import Passkey, PasskeyChallenge, SecondStep, SignIn, Staff, StaffCode


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


def end_everybody(db: Session, *, at: datetime) -> int:
    """End every sign-in; return how many were open."""
    ended = update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=at).returning(SignIn.id)
    return len(db.scalars(ended).all())


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


def use_totp_step(db: Session, staff_id: str, step: int) -> bool:
    """Note that the code of a time step was used; return whether it was still unused: of two at once, one loses."""
    wanted = update(Staff).where(Staff.id == staff_id, Staff.totp_step < step).values(totp_step=step)
    return db.scalars(wanted.returning(Staff.id)).one_or_none() is not None


def second_step(db: Session, key_hash: str, *, at: datetime) -> SecondStep | None:
    """Return the sign-in half-way that a browser holds the key of."""
    wanted = select(SecondStep).where(SecondStep.key_hash == key_hash, SecondStep.expires_at > at)
    return db.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def count_try(db: Session, step_id: str) -> int:
    """Count a wrong second factor; return how many there were."""
    wanted = update(SecondStep).where(SecondStep.id == step_id).values(tries=SecondStep.tries + 1)
    return db.scalars(wanted.returning(SecondStep.tries)).one_or_none() or 0


def end_second_step(db: Session, step_id: str) -> bool:
    """Delete a sign-in half-way; return whether it was still there."""
    gone = delete(SecondStep).where(SecondStep.id == step_id).returning(SecondStep.id)
    return db.scalars(gone).one_or_none() is not None


def end_second_steps(db: Session, staff_id: str) -> None:
    """Delete all sign-ins half-way of a staff member."""
    db.execute(delete(SecondStep).where(SecondStep.staff_id == staff_id))


def staff_code(db: Session, code_hash: str, *, at: datetime) -> StaffCode | None:
    """Return the one-time code with this hash that may be used at a moment."""
    return db.scalars(
        select(StaffCode).where(StaffCode.code_hash == code_hash, StaffCode.expires_at > at)
    ).one_or_none()


def use_staff_code(db: Session, code_id: str) -> bool:
    """Delete a one-time code; return whether it was still there: of two who use it at once, one is told no."""
    gone = delete(StaffCode).where(StaffCode.id == code_id).returning(StaffCode.id)
    return db.scalars(gone).one_or_none() is not None


def delete_staff_codes(db: Session, *, purpose: str, staff_id: str | None) -> None:
    """Delete the codes for one purpose of a staff member, or of nobody: a new code makes older ones worthless."""
    whose = StaffCode.staff_id.is_(None) if staff_id is None else StaffCode.staff_id == staff_id
    db.execute(delete(StaffCode).where(StaffCode.purpose == purpose, whose))


def passkeys_of(db: Session, owner_kind: str, owner_id: str) -> list[Passkey]:
    """Return an owner's passkeys, oldest first."""
    wanted = select(Passkey).where(Passkey.owner_kind == owner_kind, Passkey.owner_id == owner_id)
    return list(db.scalars(wanted.order_by(Passkey.created_at, Passkey.id)))


def passkey_by_credential(db: Session, credential_id: bytes) -> Passkey | None:
    """Return the passkey with this credential id."""
    return db.scalars(select(Passkey).where(Passkey.credential_id == credential_id)).one_or_none()


def delete_passkey(db: Session, owner_kind: str, owner_id: str, passkey_id: str) -> bool:
    """Delete one passkey of an owner; return whether it was there and theirs."""
    gone = delete(Passkey).where(
        Passkey.id == passkey_id, Passkey.owner_kind == owner_kind, Passkey.owner_id == owner_id
    )
    return db.scalars(gone.returning(Passkey.id)).one_or_none() is not None


def delete_passkeys_of(db: Session, owner_kind: str, owner_id: str) -> int:
    """Delete all passkeys of an owner; return how many there were."""
    gone = delete(Passkey).where(Passkey.owner_kind == owner_kind, Passkey.owner_id == owner_id)
    return len(db.scalars(gone.returning(Passkey.id)).all())


def take_challenge(
    db: Session, challenge: bytes, *, purpose: str, binding: str, owner_kind: str, at: datetime
) -> PasskeyChallenge | None:
    """Delete and return the challenge that is open for this purpose in this browser; of two who take it, one does."""
    gone = (
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == challenge,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.binding == binding,
            PasskeyChallenge.owner_kind == owner_kind,
            PasskeyChallenge.expires_at > at,
        )
        .returning(PasskeyChallenge)
    )
    return db.scalars(gone).one_or_none()


def delete_stale(db: Session, *, at: datetime) -> None:
    """Delete challenges, codes and sign-ins half-way that are too old to be used."""
    for table in (PasskeyChallenge, SecondStep, StaffCode):
        db.execute(delete(table).where(table.expires_at <= at))


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
