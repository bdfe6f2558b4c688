"""Who is known: a person by any id that ever was theirs."""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.people import store
from server.people.models import Person


class UnknownPersonError(LookupError):
    """There is no person with this id."""


def get(db: Session, person_id: str) -> Person:
    """Return a person, who they were merged into if they were. Raise UnknownPersonError."""
    found = store.person(db, person_id)
    while found is not None and found.merged_into is not None:
        found = store.person(db, found.merged_into)
    if found is None:
        msg = f"there is no person {person_id[:16]!r}"
        raise UnknownPersonError(msg)
    return found


def ids_of(db: Session, person_id: str) -> list[str]:
    """Return a person's id and then the ids of all who were merged into them. Raise UnknownPersonError."""
    ids = [get(db, person_id).id]
    layer = ids
    while layer := store.merged_into(db, layer):
        ids = [*ids, *layer]
    return ids
