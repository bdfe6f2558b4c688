"""Who may act for whom: a parent for a child, a carer for a neighbour, staff as proxy. Each explicit, with an end.

Sources: parental authority ends at 18 (Civil Code art. 4 and 818, since April 2022); the other ends are the house's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final, Literal

from sqlalchemy.orm import Session

from server.audit.service import record
from server.columns import JST, now
from server.people import known, store
from server.people.models import Mandate, Person

Kind = Literal["parent", "carer", "proxy"]
Channel = Literal["counter", "telephone"]
Fault = Literal["self", "holder", "age", "birth", "end", "proof"]
ADULT: Final = 18
CARER_DAYS: Final = 366
PROXY_HOURS: Final = 8
PROOFS: Final[dict[tuple[Kind, Channel], tuple[str, ...]]] = {
    ("parent", "counter"): ("household", "guardian_deed"),
    ("carer", "counter"): ("letter", "present"),
    ("proxy", "counter"): ("document", "known_facts"),
    ("proxy", "telephone"): ("callback", "known_facts"),
}
"""How it can be shown: a household record or a guardian's deed; a signed letter, or both being there; a document or
facts that only they know; a call back to the number that the city has. By telephone staff alone become proxy."""


class MandateError(ValueError):
    """A mandate cannot be given so. `fault` says why."""

    def __init__(self, *, fault: Fault) -> None:
        super().__init__(f"this mandate cannot be given: {fault}")
        self.fault: Fault = fault


def give(
    db: Session,
    *,
    kind: Kind,
    for_person_id: str,
    holder_person_id: str = "",
    holder_staff_id: str = "",
    channel: Channel,
    proof: str,
    until: dt.datetime | None = None,
    actor: str,
) -> Mandate:
    """Let somebody act for a person and return the mandate.

    `until` None means the latest end there may be: the child's 18th birthday, a year, 8 hours.

    Raises:
        MandateError: `self` (nobody needs one for themselves), `holder` (parents and carers are people, proxies are
            staff), `age` (no child any more), `birth` (a child's birth date is unknown), `end` (none, past or later
            than may be), `proof` (not shown in a way that this kind asks for).
        UnknownPersonError: the person or the holder is not known.
    """
    person = known.get(db, for_person_id)
    holder = known.get(db, holder_person_id) if holder_person_id else None
    if (kind == "proxy") is not bool(holder_staff_id) or (holder is None) is not (kind == "proxy"):
        raise MandateError(fault="holder")
    if holder is not None and holder.id == person.id:
        raise MandateError(fault="self")
    if proof not in PROOFS.get((kind, channel), ()):
        raise MandateError(fault="proof")
    latest = latest_end(kind, person)
    until = latest if until is None else until
    if not now() < until <= latest:
        raise MandateError(fault="age" if kind == "parent" and latest <= now() else "end")
    made = Mandate(
        kind=kind,
        holder_person_id=holder.id if holder is not None else None,
        holder_staff_id=holder_staff_id or None,
        for_person_id=person.id,
        channel=channel,
        proof=proof,
        from_at=now(),
        until_at=until,
        created_by=actor,
    )
    db.add(made)
    db.flush()
    detail = {"mandate": made.id, "kind": kind, "channel": channel, "proof": proof, "until": until.isoformat()}
    record(db, actor, "mandate.give", f"person:{person.id}", detail)
    return made


def latest_end(kind: Kind, person: Person) -> dt.datetime:
    """Return the latest moment at which a mandate for a person may end. Raise MandateError("birth")."""
    if kind == "carer":
        return now() + dt.timedelta(days=CARER_DAYS)
    if kind == "proxy":
        return now() + dt.timedelta(hours=PROXY_HOURS)
    if person.birth_date is None:
        raise MandateError(fault="birth")
    return dt.datetime.combine(birthday(person.birth_date, ADULT), dt.time(), tzinfo=JST)


def birthday(born: dt.date, age: int) -> dt.date:
    """Return the day on which somebody turns `age`; who was born on 29 February does on 1 March in other years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


def is_good(mandate: Mandate) -> bool:
    """Tell whether a mandate holds now."""
    return mandate.revoked_at is None and mandate.from_at <= now() < mandate.until_at


def held_by(db: Session, person_id: str) -> list[Mandate]:
    """Return the mandates that a person holds and that are good now, oldest first."""
    return [m for m in store.mandates_held(db, known.ids_of(db, person_id)) if is_good(m)]


def given_for(db: Session, person_id: str) -> list[Mandate]:
    """Return all mandates for a person, newest first, also those that ended."""
    return store.mandates_for(db, known.ids_of(db, person_id))


def proxy_of(db: Session, staff_id: str, person_id: str) -> Mandate | None:
    """Return the mandate by which a staff member may act for a person now, or None."""
    good = [m for m in given_for(db, person_id) if m.holder_staff_id == staff_id and is_good(m)]
    return good[0] if staff_id and good else None


def may_act(db: Session, holder_person_id: str, for_person_id: str, *, kinds: Collection[Kind] = ()) -> Mandate | None:
    """Return a mandate of a person for another that is good now, of some kinds or of any; else None."""
    ids = known.ids_of(db, for_person_id)
    good = [m for m in held_by(db, holder_person_id) if m.for_person_id in ids and (not kinds or m.kind in kinds)]
    return good[0] if good else None


def revoke(db: Session, mandate_id: str, *, actor: str) -> bool:
    """End a mandate now; return whether it held. Who acts by it stops with the next page."""
    found = store.mandate(db, mandate_id)
    if found is None or not is_good(found):
        return False
    found.revoked_at = now()
    db.flush()
    record(db, actor, "mandate.revoke", f"person:{found.for_person_id}", {"mandate": found.id, "kind": found.kind})
    return True
