"""Who comes in by a door, and the sign-in that is opened for them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from server.accounts import sign_ins
from server.accounts.principal import Principal
from server.columns import now
from server.people import service as people
from server.people.models import Person
from server.people.names import UnusableNameError
from server.settings import Settings
from server.signin import store
from server.signin.facts import Facts, read_facts
from server.signin.fetching import OpenIdError
from server.signin.models import MailLink, Residence
from server.signin.openid import Proof


def by_proof(db: Session, settings: Settings, proof: Proof) -> Person:
    """Return whom a sign-in service proved; a person is added at their first visit, with what is needed of the facts.

    Raises:
        OpenIdError: `facts` when no usable name came for somebody new.
    """
    facts = read_facts(proof.claims, city=settings.resident_address)
    known = people.person_of_identity(db, kind="oidc", issuer=proof.issuer, subject=proof.subject)
    try:
        person = _renewed(db, known, facts) if known is not None else _added(db, proof, facts)
    except (UnusableNameError, ValueError) as error:
        msg = f"the facts that the sign-in service told cannot be kept ({type(error).__name__})"
        raise OpenIdError(msg, code="facts") from None
    people.note_used(db, person.id, kind="oidc", issuer=proof.issuer, subject=proof.subject)
    _note_residence(db, person, facts)
    return person


def add_proof(db: Session, settings: Settings, person_id: str, proof: Proof) -> None:
    """Add what a sign-in service proved to a person's ways.

    Raises:
        IdentityTakenError: it leads to somebody else already: a clerk must look at it.
    """
    actor = f"person:{person_id}"
    people.add_identity(db, person_id, kind="oidc", issuer=proof.issuer, subject=proof.subject, actor=actor)
    _note_residence(db, people.get(db, person_id), read_facts(proof.claims, city=settings.resident_address))


def by_link(
    db: Session, link: MailLink, *, name: str = "", name_kana: str = "", birth_date: dt.date | None = None
) -> Person:
    """Return whose address a link went to; who is not known yet is added with what they say of themselves.

    Raises:
        UnusableNameError: of somebody new: name or reading cannot be kept.
        ValueError: of somebody new: the birth date lies in the future or before 1900.
    """
    person = owner_of(db, link)
    if person is None:
        actor = "nobody"
        person = people.new_person(db, name=name, name_kana=name_kana, birth_date=birth_date, actor=actor)
        people.add_identity(db, person.id, kind="mail", subject=link.address, actor=f"person:{person.id}")
    people.note_used(db, person.id, kind="mail", subject=link.address)
    return person


def owner_of(db: Session, link: MailLink) -> Person | None:
    """Return whose address a link went to; None when nobody has said so yet."""
    return people.person_of_identity(db, kind="mail", subject=link.address)


def open_sign_in(db: Session, settings: Settings, person_id: str, *, method: sign_ins.Method, before: Principal) -> str:
    """Open a sign-in of a person, end the one that this browser had, and return the cookie's key."""
    if before.sign_in:
        sign_ins.end(db, before.sign_in, actor=before.actor)
    return sign_ins.sign_in_resident(db, settings, method=method, person_id=person_id)


def residence_of(db: Session, person_id: str) -> Residence | None:
    """Return what a sign-in service last told of whether a person lives in the city; None when none ever did."""
    return store.residence(db, people.ids_of(db, person_id))


def _added(db: Session, proof: Proof, facts: Facts) -> Person:
    made = people.new_person(db, name=facts.name, birth_date=facts.birth_date, verified=True, actor="nobody")
    people.add_identity(db, made.id, kind="oidc", issuer=proof.issuer, subject=proof.subject, actor=f"person:{made.id}")
    return made


def _renewed(db: Session, known: Person, facts: Facts) -> Person:
    """Take over a name or birth date that changed: the card is right. What did not come stays as it was."""
    name, born = facts.name or known.name, facts.birth_date or known.birth_date
    if (name, born) == (known.name, known.birth_date):
        return known
    actor = f"person:{known.id}"
    return people.change_person(
        db, known.id, name=name, name_kana=known.name_kana, birth_date=born, verified=True, actor=actor
    )


def _note_residence(db: Session, person: Person, facts: Facts) -> None:
    if facts.lives_here is not None:
        store.note_residence(db, person.id, lives_here=facts.lives_here, at=now())
