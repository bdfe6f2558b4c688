"""Queries of people, their identities, tickets and the record of who looked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from server.columns import now
from server.db import insert_into
from server.people.models import Acting, Double, Identity, Mandate, Person, TicketClaim, Viewing


def person(db: Session, person_id: str) -> Person | None:
    """Return a person, merged or not."""
    return db.get(Person, person_id) if person_id else None


def merged_into(db: Session, ids: Collection[str]) -> list[str]:
    """Return the ids of the people that were merged into these."""
    return list(db.scalars(select(Person.id).where(Person.merged_into.in_(ids)).order_by(Person.id)))


def identity(db: Session, *, kind: str, issuer: str, subject: str) -> Identity | None:
    """Return the identity with this subject."""
    wanted = select(Identity).where(Identity.kind == kind, Identity.issuer == issuer, Identity.subject == subject)
    return db.scalars(wanted).one_or_none()


def identities(db: Session, ids: Collection[str]) -> list[Identity]:
    """Return the identities of some people, oldest first."""
    wanted = select(Identity).where(Identity.person_id.in_(ids))
    return list(db.scalars(wanted.order_by(Identity.created_at, Identity.id)))


def claim(db: Session, ticket_hash: str) -> TicketClaim | None:
    """Return whose ticket it is."""
    return db.scalars(select(TicketClaim).where(TicketClaim.ticket_hash == ticket_hash)).one_or_none()


def claims(db: Session, ids: Collection[str]) -> list[TicketClaim]:
    """Return the tickets of some people, oldest first."""
    wanted = select(TicketClaim).where(TicketClaim.person_id.in_(ids))
    return list(db.scalars(wanted.order_by(TicketClaim.claimed_at, TicketClaim.id)))


def mandates_about(db: Session, ids: Collection[str]) -> list[Mandate]:
    """Return the mandates that some people hold or gave, newest first."""
    wanted = select(Mandate).where(or_(Mandate.holder_person_id.in_(ids), Mandate.for_person_id.in_(ids)))
    return list(db.scalars(wanted.order_by(Mandate.from_at.desc(), Mandate.id)))


def doubles(db: Session, ids: Collection[str]) -> list[Double]:
    """Return the pairs that some people are in, oldest first."""
    wanted = select(Double).where(or_(Double.person_a.in_(ids), Double.person_b.in_(ids)))
    return list(db.scalars(wanted.order_by(Double.found_at, Double.id)))


def viewings(db: Session, ids: Collection[str]) -> list[Viewing]:
    """Return when staff opened the records of some people, newest first."""
    wanted = select(Viewing).where(Viewing.person_id.in_(ids))
    return list(db.scalars(wanted.order_by(Viewing.opened_at.desc(), Viewing.id)))


def alike(db: Session, one: Person) -> list[Person]:
    """Return the people who were born on the same day and are read, or written, as this one."""
    if one.birth_date is None:
        return []
    same = [column == key for column, key in ((Person.kana_key, one.kana_key), (Person.name_key, one.name_key)) if key]
    wanted = select(Person).where(
        Person.birth_date == one.birth_date, Person.merged_into.is_(None), Person.id != one.id
    )
    return list(db.scalars(wanted.where(or_(*same)).order_by(Person.id))) if same else []


def search(db: Session, *, kana_key: str, name_key: str, birth_date: dt.date | None, limit: int) -> list[Person]:
    """Return people whose reading or name begins so, or who were born on a day; by reading."""
    wanted = select(Person).where(Person.merged_into.is_(None))
    begins = [
        column.startswith(key, autoescape=True)
        for column, key in ((Person.kana_key, kana_key), (Person.name_key, name_key))
        if key
    ]
    if begins:
        wanted = wanted.where(or_(*begins))
    if birth_date is not None:
        wanted = wanted.where(Person.birth_date == birth_date)
    return list(db.scalars(wanted.order_by(Person.kana_key, Person.birth_date, Person.id).limit(limit)))


def viewing_since(db: Session, *, sign_in_id: str, person_id: str, since: dt.datetime) -> Viewing | None:
    """Return the newest opening of a record by a sign-in after a moment."""
    wanted = select(Viewing).where(
        Viewing.sign_in_id == sign_in_id, Viewing.person_id == person_id, Viewing.opened_at > since
    )
    return db.scalars(wanted.order_by(Viewing.opened_at.desc()).limit(1)).one_or_none()


def erase_claims_of_tickets(db: Session, tickets: Collection[str]) -> int:
    """Delete the claims of some tickets; return how many there were."""
    return len(
        db.scalars(delete(TicketClaim).where(TicketClaim.ticket_hash.in_(tickets)).returning(TicketClaim.id)).all()
    )


def erase(db: Session, person_id: str) -> int:
    """Delete a person with everything that hangs on them; return rows deleted."""
    ids = [person_id]
    mandates = select(Mandate.id).where(or_(Mandate.holder_person_id.in_(ids), Mandate.for_person_id.in_(ids)))
    gone = len(db.scalars(delete(Acting).where(Acting.mandate_id.in_(mandates)).returning(Acting.sign_in_id)).all())
    for table, owned in (
        (Viewing, Viewing.person_id.in_(ids)),
        (Double, or_(Double.person_a.in_(ids), Double.person_b.in_(ids))),
        (Mandate, or_(Mandate.holder_person_id.in_(ids), Mandate.for_person_id.in_(ids))),
        (TicketClaim, TicketClaim.person_id.in_(ids)),
        (Identity, Identity.person_id.in_(ids)),
    ):
        gone += len(db.scalars(delete(table).where(owned).returning(table.id)).all())
    return gone + len(db.scalars(delete(Person).where(Person.id.in_(ids)).returning(Person.id)).all())


def person_ids(db: Session) -> list[str]:
    """Return the ids of all people."""
    return list(db.scalars(select(Person.id).order_by(Person.id)))


def claimed_tickets(db: Session) -> list[str]:
    """Return the hashes of all tickets that somebody claimed."""
    return list(db.scalars(select(TicketClaim.ticket_hash).order_by(TicketClaim.ticket_hash)))


def unseen_since(db: Session, moment: dt.datetime) -> list[Person]:
    """Return people, not merged into others, who were last here before a moment."""
    wanted = select(Person).where(Person.merged_into.is_(None), Person.seen_at < moment)
    return list(db.scalars(wanted.order_by(Person.seen_at, Person.id)))


def note_seen(db: Session, person_id: str, *, at: dt.datetime) -> None:
    """Note that a person was here."""
    db.execute(update(Person).where(Person.id == person_id).values(seen_at=at))


def double(db: Session, double_id: str) -> Double | None:
    """Return a pair."""
    return db.get(Double, double_id)


def doubles_by(db: Session, *, decision: str) -> list[Double]:
    """Return the pairs with a decision, or those that wait for one ("")."""
    wanted = select(Double).where(Double.decision == decision)
    return list(db.scalars(wanted.order_by(Double.decided_at, Double.found_at, Double.id)))


def mandate(db: Session, mandate_id: str) -> Mandate | None:
    """Return a mandate."""
    return db.get(Mandate, mandate_id)


def mandates_held(db: Session, ids: Collection[str]) -> list[Mandate]:
    """Return the mandates that some people hold, oldest first."""
    wanted = select(Mandate).where(Mandate.holder_person_id.in_(ids))
    return list(db.scalars(wanted.order_by(Mandate.from_at, Mandate.id)))


def mandates_for(db: Session, ids: Collection[str]) -> list[Mandate]:
    """Return the mandates for some people, newest first."""
    wanted = select(Mandate).where(Mandate.for_person_id.in_(ids))
    return list(db.scalars(wanted.order_by(Mandate.from_at.desc(), Mandate.id)))


def act(db: Session, sign_in_id: str, mandate_id: str) -> None:
    """Let a sign-in act by a mandate instead of any before."""
    made = insert_into(db, Acting).values(sign_in_id=sign_in_id, mandate_id=mandate_id, since=now())
    db.execute(
        made.on_conflict_do_update(index_elements=["sign_in_id"], set_={"mandate_id": mandate_id, "since": now()})
    )


def stop_acting(db: Session, sign_in_id: str) -> str | None:
    """Let a sign-in act by no mandate; return by which it did."""
    gone = delete(Acting).where(Acting.sign_in_id == sign_in_id).returning(Acting.mandate_id)
    return db.scalars(gone).one_or_none()


def exactly(db: Session, *, kana_key: str, birth_date: dt.date) -> list[Person]:
    """Return people who are read so and were born on that day."""
    wanted = select(Person).where(Person.kana_key == kana_key, Person.birth_date == birth_date)
    return list(db.scalars(wanted.where(Person.merged_into.is_(None)).order_by(Person.id)))
