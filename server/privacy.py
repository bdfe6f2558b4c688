"""What the house knows of a person: every feature says what it discloses, what it erases and how long it keeps.

A subject is a person by id, the tickets that they claimed, or tickets alone; nothing here knows a name. A test walks
all tables and fails on one that no feature claims.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from server.features import modules

Held = Mapping[str, Collection[str]]
"""What a legal hold keeps: by kind of owner (`person`, `ticket`, `run`) the ids that nothing may be purged of."""
Purge = Callable[[Session, datetime, Held], int]
"""Deletes what is older than a moment and not held; returns how many rows went."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, as far as the house knows one: by id where there is an account, and by the hashes of their tickets."""

    person_id: str = ""
    tickets: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    """Ids of the same person from before accounts were merged; no feature need look at them: see `parts`."""

    @property
    def parts(self) -> list[Subject]:
        """The subject by one person id each: every feature is asked once for each id."""
        return [Subject(self.person_id, self.tickets), *(Subject(other) for other in self.merged)]

    @property
    def owners(self) -> list[dict[str, str]]:
        """What rows may be owned by: the person, each ticket; as keyword arguments."""
        person = [{"person_id": self.person_id}] if self.person_id else []
        return [*person, *({"ticket_hash": ticket} for ticket in self.tickets)]


@dataclass(frozen=True, slots=True)
class Kept:
    """How long rows of a table are kept. `days` None means as long as the installation; `why` says for what.

    A table that is kept for some days says how its rows go: by `since`, the column that the days count from (a row
    where it is empty stays), by `follows`, the table whose rows they hang on and go with (ON DELETE CASCADE), or by
    `purges`, a function of its own.
    """

    table: str
    personal: bool
    days: int | None
    why: str
    since: str = ""
    follows: str = ""
    purges: Purge | None = None

    @property
    def period(self) -> timedelta | None:
        """The period, or None."""
        return None if self.days is None else timedelta(days=self.days)


def nothing_to_disclose(_db: Session, _subject: Subject) -> dict[str, Any]:
    """For a feature that keeps nothing about a person."""
    return {}


def nothing_to_erase(_db: Session, _subject: Subject) -> int:
    """For a feature that keeps nothing about a person, or what must outlive them."""
    return 0


def nothing_to_end(_db: Session, _kind: str, _subject: str, _purpose: str) -> int:
    """For a feature that keeps nothing on the strength of a consent."""
    return 0


def nothing_known(_db: Session, _kind: str) -> Iterable[str]:
    """For a feature that is nobody's home."""
    return ()


@dataclass(frozen=True, slots=True)
class Privacy:
    """What one feature says.

    Attributes:
        feature: its name.
        keeps: its tables.
        discloses: gives everything kept about a subject.
        erases: erases a subject; returns rows touched.
        ends: called with kind (`ticket`, `run`, `person`), subject and purpose when a consent was taken back: deletes
            what was kept on its strength alone and returns rows touched.
        knows: gives the keys of all persons (`person`), tickets (`ticket`: hashes), runs (`run`) or live consents
            (`consent`: ids) that stand in its tables: after a restore each is compared with the tombstones.
    """

    feature: str
    keeps: tuple[Kept, ...]
    discloses: Callable[[Session, Subject], dict[str, Any]]
    erases: Callable[[Session, Subject], int]
    ends: Callable[[Session, str, str, str], int] = nothing_to_end
    knows: Callable[[Session, str], Iterable[str]] = nothing_known


def statements() -> list[Privacy]:
    """Return what every feature says."""
    return [module.PRIVACY for module in modules("privacy")]


def unclaimed(metadata: MetaData, said: Iterable[Privacy]) -> set[str]:
    """Return the tables that no feature claims."""
    return set(metadata.tables) - {kept.table for privacy in said for kept in privacy.keeps}


def disclose(db: Session, subject: Subject) -> dict[str, dict[str, Any]]:
    """Return everything that the house keeps about a subject, by feature."""
    found: dict[str, dict[str, Any]] = {}
    for privacy in statements():
        for part in subject.parts:
            for name, content in privacy.discloses(db, part).items():
                known = found.setdefault(privacy.feature, {})
                known[name] = known[name] + content if isinstance(known.get(name), list) else content
    return found


def erase(db: Session, subject: Subject) -> dict[str, int]:
    """Erase a subject everywhere; return rows touched, by feature.

    In reverse order of the features: what was recorded of a run goes before the run that tells whose it is.
    """
    return {
        privacy.feature: sum(privacy.erases(db, part) for part in subject.parts) for privacy in reversed(statements())
    }


def consent_ended(db: Session, *, kind: str, subject: str, purpose: str) -> dict[str, int]:
    """Delete what was kept on the strength of a consent that was taken back; return rows touched, by feature."""
    return {privacy.feature: privacy.ends(db, kind, subject, purpose) for privacy in reversed(statements())}
