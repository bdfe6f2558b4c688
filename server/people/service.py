"""Rules of people: who they are, how they are known again, and which tickets are theirs.

Whoever was merged into another is that other: every function that takes a person's id may be given either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy.orm import Session

from server.accounts.principal import Principal
from server.audit.service import record
from server.columns import now, today
from server.consent import service as consent
from server.consent import wording
from server.people import doubles, mandates, names, store
from server.people.known import UnknownPersonError, get, ids_of
from server.people.models import Identity, Mandate, Person, TicketClaim
from server.privacy import Subject

__all__ = ["UnknownPersonError", "get", "ids_of"]
"""These stand in `known`, so that the modules below this one can use them too."""

IdentityKind = Literal["oidc", "passkey", "mail", "paper"]


class IdentityTakenError(ValueError):
    """This way in leads to another person already: a clerk must look at it."""


class ClaimedError(ValueError):
    """The ticket belongs to another person already."""


def new_person(
    db: Session,
    *,
    name: str,
    name_kana: str = "",
    birth_date: dt.date | None = None,
    verified: bool = False,
    actor: str,
) -> Person:
    """Add a person and return them. Who may be the same as somebody known goes to the queue of doubles.

    Args:
        db: a session that may write.
        name: as they write it.
        name_kana: their own reading, hiragana or katakana; empty when unknown.
        birth_date: None when unknown.
        verified: name and birth date were proved just now, by an identity provider or a document at the counter.
        actor: who does this.

    Raises:
        UnusableNameError: name or reading cannot be kept.
        ValueError: the birth date lies in the future or before 1900.
    """
    made = Person(verified_at=now() if verified else None)
    _take(made, name=name, name_kana=name_kana, birth_date=birth_date)
    db.add(made)
    db.flush()
    record(db, actor, "person.new", f"person:{made.id}", {"verified": verified})
    doubles.look_for(db, made)
    return made


def change_person(
    db: Session,
    person_id: str,
    *,
    name: str,
    name_kana: str = "",
    birth_date: dt.date | None = None,
    verified: bool = False,
    actor: str,
) -> Person:
    """Correct who a person is; errors as `new_person` and UnknownPersonError. The record names fields, not values."""
    found = get(db, person_id)
    before = {"name": found.name, "name_kana": found.name_kana, "birth_date": found.birth_date}
    _take(found, name=name, name_kana=name_kana, birth_date=birth_date)
    if verified:
        found.verified_at = now()
    db.flush()
    changed = [field for field, value in before.items() if getattr(found, field) != value]
    record(db, actor, "person.change", f"person:{found.id}", {"fields": changed, "verified": verified})
    doubles.look_for(db, found)
    return found


def _take(one: Person, *, name: str, name_kana: str, birth_date: dt.date | None) -> None:
    if birth_date is not None and not dt.date(1900, 1, 1) <= birth_date <= today():
        msg = "a birth date lies between 1900 and today"
        raise ValueError(msg)
    one.name = names.kept(name)
    one.name_kana = names.kept_kana(name_kana)
    one.birth_date = birth_date
    one.name_key = names.key_of_name(one.name)
    one.kana_key = names.key_of_kana(one.name_kana)


def person_of_identity(db: Session, *, kind: IdentityKind, issuer: str = "", subject: str) -> Person | None:
    """Return whom a way in leads to, or None."""
    found = store.identity(db, kind=kind, issuer=issuer, subject=subject)
    return get(db, found.person_id) if found is not None else None


def add_identity(
    db: Session, person_id: str, *, kind: IdentityKind, issuer: str = "", subject: str, actor: str
) -> Identity:
    """Let a way in lead to a person. The same twice is kept once.

    Raises:
        IdentityTakenError: it leads to somebody else.
        UnknownPersonError: there is no such person.
    """
    owner = get(db, person_id)
    known = store.identity(db, kind=kind, issuer=issuer, subject=subject)
    if known is not None:
        if get(db, known.person_id).id != owner.id:
            msg = f"this {kind} identity leads to another person"
            raise IdentityTakenError(msg)
        return known
    made = Identity(person_id=owner.id, kind=kind, issuer=issuer, subject=subject)
    db.add(made)
    db.flush()
    record(db, actor, "identity.add", f"person:{owner.id}", {"identity": made.id, "kind": kind})
    return made


def identities_of(db: Session, person_id: str) -> list[Identity]:
    """Return the ways in that a person holds, oldest first."""
    return store.identities(db, ids_of(db, person_id))


def remove_identity(db: Session, person_id: str, identity_id: str, *, actor: str) -> bool:
    """Take a way in from a person; return whether they held it."""
    found = next((one for one in identities_of(db, person_id) if one.id == identity_id), None)
    if found is None:
        return False
    record(db, actor, "identity.remove", f"person:{get(db, person_id).id}", {"identity": found.id, "kind": found.kind})
    db.delete(found)
    db.flush()
    return True


def note_used(db: Session, person_id: str, *, kind: IdentityKind, issuer: str = "", subject: str) -> None:
    """Note that a person was here by this way: call it when they sign in."""
    found = store.identity(db, kind=kind, issuer=issuer, subject=subject)
    if found is not None:
        found.used_at = now()
    note_seen(db, person_id)


def note_seen(db: Session, person_id: str) -> None:
    """Note that a person was here: what is kept of them is kept from now."""
    store.note_seen(db, get(db, person_id).id, at=now())


def subject_of(db: Session, person_id: str) -> Subject:
    """Return the person as every feature's privacy is asked about them: all ids, all tickets. UnknownPersonError."""
    ids = ids_of(db, person_id)
    return Subject(ids[0], tuple(claim.ticket_hash for claim in store.claims(db, ids)), merged=tuple(ids[1:]))


def own_subject(db: Session, who: Principal) -> Subject:
    """Return what a resident's sign-in stands for: the person with their tickets, or a ticket alone; else nothing."""
    if who.kind != "resident":
        return Subject()
    return subject_of(db, who.id) if who.id else Subject(tickets=(who.ticket_hash,))


def claim_ticket(
    db: Session, person_id: str, ticket_hash: str, *, actor: str, detail: Mapping[str, Any] | None = None
) -> TicketClaim:
    """Tie a ticket to a person: the caller has checked ticket and PIN. The same twice is kept once.

    Who ties it agrees by that to have it tied; taking that back cuts every link (see `privacy`).

    The record tells that a person claimed a ticket, not which: what is cut later must be gone everywhere. `detail`
    says by which mandate, when somebody else acts.

    Raises:
        ClaimedError: it belongs to another person.
        ConsentError: the person has not agreed to it (see `tying`).
        UnknownPersonError: there is no such person.
    """
    owner = get(db, person_id)
    if consent.person_agrees(db, ids_of(db, owner.id), consent.RESULTS) is None:
        msg = "no live consent of this person for 'results': no ticket may be tied to them"
        raise consent.ConsentError(msg)
    known = store.claim(db, ticket_hash)
    if known is not None:
        if get(db, known.person_id).id != owner.id:
            msg = "the ticket belongs to another person"
            raise ClaimedError(msg)
        return known
    consent.give(
        db,
        kind="person",
        subject=owner.id,
        purpose=consent.RESULTS,
        version=wording.current(consent.RESULTS),
        source=actor,
        given_by="proxy" if detail else "self",
    )
    made = TicketClaim(person_id=owner.id, ticket_hash=ticket_hash)
    db.add(made)
    db.flush()
    record(db, actor, "ticket.claim", f"claim:{made.id}", dict(detail or {}))
    return made


def claims_of(db: Session, person_id: str) -> list[TicketClaim]:
    """Return the tickets that a person claimed, oldest first."""
    return store.claims(db, ids_of(db, person_id))


def claimant(db: Session, ticket_hash: str) -> Person | None:
    """Return whose ticket it is, or None."""
    found = store.claim(db, ticket_hash)
    return get(db, found.person_id) if found is not None else None


def cut_link(
    db: Session, person_id: str, claim_id: str, *, actor: str, detail: Mapping[str, Any] | None = None
) -> bool:
    """Cut the link between a person and a ticket for good; return whether there was one.

    What was recorded under the ticket stays, and nobody can tell any more whose it is.
    """
    found = next((claim for claim in claims_of(db, person_id) if claim.id == claim_id), None)
    if found is None:
        return False
    db.delete(found)
    db.flush()
    record(db, actor, "ticket.cut", f"claim:{claim_id}", dict(detail or {}))
    return True


def acts_for(db: Session, person_id: str) -> list[Mandate]:
    """Return the mandates that a person holds and that are good now."""
    return mandates.held_by(db, person_id)
