"""What waits for somebody: each feature may say what it has, and the first page of staff shows all of it.

A feature says so in a module `waiting` with a function `waiting(db, who)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.accounts.principal import Principal
from server.features import modules


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to do.

    Attributes:
        key: of the text, which may hold {n}.
        count: how many there are; with none nothing is shown.
        address: where it is done.
        urgent: whether it stands before the others.
    """

    key: str
    count: int
    address: str
    urgent: bool = False


def waiting_for(db: Session, who: Principal) -> list[Waiting]:
    """Return what waits for somebody, the urgent first."""
    found = [one for module in modules("waiting") for one in module.waiting(db, who) if one.count]
    return sorted(found, key=lambda one: not one.urgent)
