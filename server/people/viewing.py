"""One person's record opens to staff for a stated purpose alone, for a short while, and that is logged.

The person may see on their own page that it was opened, when and what for.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy.orm import Session

from server.access import cardinality
from server.accounts.principal import Principal
from server.audit.service import record
from server.columns import now
from server.people import known, store
from server.people.models import Person, Viewing
from server.settings import Settings

PURPOSES: Final = ("counter", "telephone", "request", "doubles", "card", "safety")
"""At the counter, by telephone, a request about their data, a likely double, a lost card, danger to somebody."""


class PurposeError(ValueError):
    """A record was to be opened without a purpose, or for one that is none."""


def open_record(db: Session, who: Principal, person_id: str, purpose: str) -> Person:
    """Open a person's record to this staff member's sign-in and return the person.

    Raises:
        PurposeError: the purpose is not one of PURPOSES.
        UnknownPersonError: there is no such person.
        TooManyPeople: too many different people within the hour; the answer is 429.
    """
    if purpose not in PURPOSES:
        msg = f"purpose {purpose[:20]!r} is none; known are {', '.join(PURPOSES)}"
        raise PurposeError(msg)
    found = known.get(db, person_id)
    cardinality.check(db, who, found.id)
    db.add(Viewing(person_id=found.id, staff_id=who.id, sign_in_id=who.sign_in, purpose=purpose, opened_at=now()))
    record(db, who.actor, "person.view", f"person:{found.id}", {"purpose": purpose})
    return found


def is_open(db: Session, settings: Settings, who: Principal, person_id: str) -> Viewing | None:
    """Return by which opening this sign-in may see a person's record now, or None."""
    since = now() - dt.timedelta(minutes=settings.record_minutes)
    return store.viewing_since(db, sign_in_id=who.sign_in, person_id=person_id, since=since)


def openings_of(db: Session, person_id: str) -> list[Viewing]:
    """Return when staff opened a person's record, newest first."""
    return store.viewings(db, known.ids_of(db, person_id))
