"""Whom a resident's pages are about: themselves, or somebody for whom they act by a mandate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.requests import HTTPConnection
from sqlalchemy.orm import Session

from server.access.enforcing import Who
from server.accounts.principal import Principal
from server.audit.service import record
from server.db import Db
from server.people import known, mandates, service, store
from server.people.models import Acting, Mandate, Person
from server.privacy import Subject


class NoMandateError(LookupError):
    """The sign-in's person holds no such mandate, or it holds no longer."""


@dataclass(frozen=True, slots=True)
class About:
    """Whom a resident's page is about.

    Attributes:
        actor: who acts, for the audit record: always who signed in.
        person: whom it is about; None for a ticket alone.
        subject: the same as every feature's privacy is asked.
        mandate: by which somebody else acts; None when the page is about who signed in.
    """

    actor: str
    person: Person | None
    subject: Subject
    mandate: Mandate | None = None

    @property
    def person_id(self) -> str:
        """Id of whom it is about; empty for a ticket alone."""
        return self.person.id if self.person is not None else ""

    @property
    def fully(self) -> bool:
        """Whether everything may be done that the person may do: by themselves and by a parent, not by a carer."""
        return self.mandate is None or self.mandate.kind == "parent"

    @property
    def detail(self) -> dict[str, Any]:
        """What the audit record of an act adds when it is done for somebody else."""
        return {"mandate": self.mandate.id, "for": f"person:{self.person_id}"} if self.mandate is not None else {}


def about(db: Session, who: Principal) -> About:
    """Return whom this resident's page is about. A mandate that ended since is no longer acted by."""
    if who.kind != "resident" or not who.id:
        return About(who.actor, None, service.own_subject(db, who))
    own = known.get(db, who.id)
    mandate = _acted_by(db, who)
    if mandate is None:
        return About(who.actor, own, service.subject_of(db, own.id))
    other = known.get(db, mandate.for_person_id)
    return About(who.actor, other, service.subject_of(db, other.id), mandate)


def start(db: Session, who: Principal, mandate_id: str) -> Mandate:
    """Let a resident's sign-in act for the person of a mandate. Raise NoMandateError."""
    mandate = next((m for m in service.acts_for(db, who.id) if m.id == mandate_id), None) if who.id else None
    if mandate is None:
        msg = f"the mandate {mandate_id[:16]!r} is not held by this person, or not any more"
        raise NoMandateError(msg)
    store.act(db, who.sign_in, mandate.id)
    record(db, who.actor, "acting.start", f"person:{mandate.for_person_id}", {"mandate": mandate.id})
    return mandate


def stop(db: Session, who: Principal) -> bool:
    """Let a resident's sign-in be about themselves again; return whether it was not."""
    ended = store.stop_acting(db, who.sign_in)
    if ended is not None:
        record(db, who.actor, "acting.stop", f"mandate:{ended}")
    return ended is not None


def _acted_by(db: Session, who: Principal) -> Mandate | None:
    acting = db.get(Acting, who.sign_in, populate_existing=True) if who.sign_in else None
    mandate = store.mandate(db, acting.mandate_id) if acting is not None else None
    if mandate is None or not mandates.is_good(mandate):
        return None
    return mandate if mandate.holder_person_id in known.ids_of(db, who.id) else None


def _about(connection: HTTPConnection, db: Db, who: Who) -> About:
    found = about(db, who)
    # The page says at its top for whom one acts; an error's page too, when the session is over.
    connection.state.acting_for = found.person.name if found.mandate is not None and found.person is not None else ""
    return found


AboutWhom = Annotated[About, Depends(_about)]
"""A route's answer to whom it is about: `own: AboutWhom`."""
