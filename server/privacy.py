"""What the house knows of a person: every feature says what it discloses, what it erases and how long it keeps.

A subject is a person by id, the tickets that they claimed, or tickets alone; nothing here knows a name. A test walks
all tables and fails on one that no feature claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from server.features import modules


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, as far as the house knows one: by id where there is an account, and by the hashes of their tickets."""

    person_id: str = ""
    tickets: tuple[str, ...] = ()

    @property
    def owners(self) -> list[dict[str, str]]:
        """What rows may be owned by: the person, each ticket; as keyword arguments."""
        person = [{"person_id": self.person_id}] if self.person_id else []
        return [*person, *({"ticket_hash": ticket} for ticket in self.tickets)]


@dataclass(frozen=True, slots=True)
class Kept:
    """How long rows of a table are kept. `days` None means as long as the installation; `why` says for what."""

    table: str
    personal: bool
    days: int | None
    why: str

    @property
    def period(self) -> timedelta | None:
        """The period, or None."""
        return None if self.days is None else timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Privacy:
    """What one feature says. `discloses` gives everything kept about a subject; `erases` returns rows touched."""

    feature: str
    keeps: tuple[Kept, ...]
    discloses: Callable[[Session, Subject], dict[str, Any]]
    erases: Callable[[Session, Subject], int]


def nothing_to_disclose(_db: Session, _subject: Subject) -> dict[str, Any]:
    """For a feature that keeps nothing about a person."""
    return {}


def nothing_to_erase(_db: Session, _subject: Subject) -> int:
    """For a feature that keeps nothing about a person, or what must outlive them."""
    return 0


def statements() -> list[Privacy]:
    """Return what every feature says."""
    return [module.PRIVACY for module in modules("privacy")]


def unclaimed(metadata: MetaData, said: Iterable[Privacy]) -> set[str]:
    """Return the tables that no feature claims."""
    return set(metadata.tables) - {kept.table for privacy in said for kept in privacy.keeps}


def disclose(db: Session, subject: Subject) -> dict[str, dict[str, Any]]:
    """Return everything that the house keeps about a subject, by feature."""
    found = {privacy.feature: privacy.discloses(db, subject) for privacy in statements()}
    return {feature: content for feature, content in found.items() if content}


def erase(db: Session, subject: Subject) -> dict[str, int]:
    """Erase a subject everywhere; return rows touched, by feature.

    In reverse order of the features: what was recorded of a run goes before the run that tells whose it is.
    """
    return {privacy.feature: privacy.erases(db, subject) for privacy in reversed(statements())}
