"""The ways in that a person holds, whichever feature keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.accounts import passkeys
from server.people import service as people


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: an address, a passkey, a sign-in service, a printed card. `shown` is what its holder knows it by."""

    kind: str
    id: str
    owner_id: str
    shown: str
    since: datetime
    used_at: datetime | None


def ways_of(db: Session, person_id: str) -> list[Way]:
    """Return a person's ways in, also those from before accounts were merged. Raise people.UnknownPersonError."""
    found = [
        Way(one.kind, one.id, one.person_id, one.subject if one.kind == "mail" else "", one.created_at, one.used_at)
        for one in people.identities_of(db, person_id)
    ]
    for owner in people.ids_of(db, person_id):
        keys = passkeys.of_owner(db, "person", owner)
        found += [Way("passkey", one.id, owner, one.name, one.created_at, one.used_at) for one in keys]
    return sorted(found, key=lambda way: (way.since, way.id))
