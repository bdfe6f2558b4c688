"""Queries of the consent tables: tickets and runs stand in one, persons in the other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from server.consent.models import Consent, PersonConsent

AnyConsent = Consent | PersonConsent


def live(db: Session, *, kind: str, subject: str, purpose: str) -> AnyConsent | None:
    """Return the newest consent that was not withdrawn."""
    model = _model(kind)
    wanted = (
        select(model)
        .where(_of(kind, [subject]), model.purpose == purpose, model.withdrawn_at.is_(None))
        .order_by(model.given_at.desc(), model.id)
        .limit(1)
    )
    return cast("AnyConsent | None", db.scalars(wanted).one_or_none())


def withdraw(db: Session, *, kind: str, subject: str, purpose: str, at: datetime) -> list[str]:
    """Withdraw every live consent for a purpose; return their ids."""
    model = _model(kind)
    wanted = update(model).where(_of(kind, [subject]), model.purpose == purpose, model.withdrawn_at.is_(None))
    return list(db.scalars(wanted.values(withdrawn_at=at).returning(model.id)))


def withdraw_one(db: Session, consent_id: str, *, at: datetime) -> tuple[str, str, str] | None:
    """Withdraw one consent by its id; return kind, subject and purpose, or None when it was not live."""
    found: AnyConsent | None = db.get(Consent, consent_id) or db.get(PersonConsent, consent_id)
    if found is None or found.withdrawn_at is not None:
        return None
    found.withdrawn_at = at
    db.flush()
    return kind_of(found), subject_of(found), found.purpose


def live_ids(db: Session) -> list[str]:
    """Return the ids of all consents that were not withdrawn."""
    of_tickets = select(Consent.id).where(Consent.withdrawn_at.is_(None))
    of_persons = select(PersonConsent.id).where(PersonConsent.withdrawn_at.is_(None))
    return [*db.scalars(of_tickets), *db.scalars(of_persons)]


def of_subjects(
    db: Session, kind: str, subjects: Collection[str], *, purpose: str = "", lock: bool = False
) -> list[AnyConsent]:
    """Return all consents of some subjects, oldest first; `lock` holds them until the transaction ends."""
    model = _model(kind)
    wanted = select(model).where(_of(kind, subjects)).order_by(model.given_at, model.id)
    if purpose:
        wanted = wanted.where(model.purpose == purpose)
    if lock:
        wanted = wanted.with_for_update()
    return list(db.scalars(wanted))


def kind_of(consent: AnyConsent) -> str:
    """Return what the subject of a consent is."""
    return "person" if isinstance(consent, PersonConsent) else consent.subject_kind


def subject_of(consent: AnyConsent) -> str:
    """Return the subject of a consent."""
    return consent.person_id if isinstance(consent, PersonConsent) else consent.subject


def erase(db: Session, *, kind: str, subject: str) -> int:
    """Delete the consents of a subject; return how many."""
    model = _model(kind)
    return len(db.scalars(delete(model).where(_of(kind, [subject])).returning(model.id)).all())


def delete_withdrawn(db: Session, *, kind: str, before: datetime, but: Collection[str]) -> list[tuple[str, str]]:
    """Delete consents that were withdrawn before a moment, but those of some subjects; return whose and what for."""
    model = _model(kind)
    gone = delete(model).where(model.withdrawn_at < before)
    if model is Consent:
        gone = gone.where(Consent.subject_kind == kind)
    if but:
        gone = gone.where(~_of(kind, but))
    whose = PersonConsent.person_id if kind == "person" else Consent.subject
    return [(row[0], row[1]) for row in db.execute(gone.returning(whose, model.purpose))]


def _model(kind: str) -> type[Consent] | type[PersonConsent]:
    return PersonConsent if kind == "person" else Consent


def _of(kind: str, subjects: Collection[str]) -> ColumnElement[bool]:
    if kind == "person":
        return PersonConsent.person_id.in_(subjects)
    return (Consent.subject_kind == kind) & Consent.subject.in_(subjects)
