"""Queries of the consent table."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.consent.models import Consent


def live(db: Session, *, kind: str, subject: str, purpose: str) -> Consent | None:
    """Return the newest consent that was not withdrawn."""
    wanted = (
        select(Consent)
        .where(Consent.subject_kind == kind, Consent.subject == subject, Consent.purpose == purpose)
        .where(Consent.withdrawn_at.is_(None))
        .order_by(Consent.given_at.desc(), Consent.id)
        .limit(1)
    )
    return db.scalars(wanted).one_or_none()


def withdraw(db: Session, *, kind: str, subject: str, purpose: str, at: datetime) -> int:
    """Withdraw every live consent for a purpose; return how many."""
    ids = db.scalars(
        update(Consent)
        .where(Consent.subject_kind == kind, Consent.subject == subject, Consent.purpose == purpose)
        .where(Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
        .returning(Consent.id)
    )
    return len(ids.all())


def of_subjects(db: Session, kind: str, subjects: Collection[str]) -> list[Consent]:
    """Return all consents of some subjects, oldest first."""
    wanted = select(Consent).where(Consent.subject_kind == kind, Consent.subject.in_(subjects))
    return list(db.scalars(wanted.order_by(Consent.given_at, Consent.id)))


def erase(db: Session, *, kind: str, subject: str) -> int:
    """Delete the consents of a subject; return how many."""
    gone = delete(Consent).where(Consent.subject_kind == kind, Consent.subject == subject).returning(Consent.id)
    return len(db.scalars(gone).all())
