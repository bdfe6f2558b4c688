"""Rules of the purge: every table by its own period, nothing that is held, and a report of what was done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.audit.service import record
from server.columns import now
from server.db import Base, Database
from server.drills import service as drills
from server.people import service as people
from server.privacy import Held, Kept, statements
from server.retention import store
from server.retention.models import LegalHold, PurgeReport

KINDS: Final = ("table", "person", "ticket", "run")
OWNED_BY: Final[Mapping[str, frozenset[str]]] = {
    "person": frozenset(
        {"person_id", "for_person_id", "holder_person_id", "person_a", "person_b", "asker_id", "person.id"}
    ),
    "ticket": frozenset({"ticket_hash", "ticket.hash"}),
    "run": frozenset({"run_id"}),
}
"""Columns that name the owner of a row. A hold finds its rows by them."""


class HoldError(ValueError):
    """A hold that cannot be set: its kind or table is unknown, or it has no subject or reason."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did with one table: rows deleted, rows that a hold kept, and whether it could not be done."""

    deleted: int = 0
    held: int = 0
    state: str = ""
    """Empty, or held (the whole table), or blocked (something else still refers to its rows)."""


def purge(database: Database) -> dict[str, Purged]:
    """Delete what every feature's period says; keep and return a report by table. Each table is its own transaction.

    Rows that something else still refers to are left for the next time; their table is reported as blocked.
    """
    done: dict[str, Purged] = {}
    for kept in to_purge():
        try:
            with database.session() as db:
                done[kept.table] = _purge_table(db, kept)
        except IntegrityError:
            with database.session() as db:
                done[kept.table] = _purge_one_by_one(db, kept)
    counts = {table: _as_dict(one) for table, one in done.items() if one != Purged()}
    with database.session() as db:
        db.add(PurgeReport(tables=counts))
        record(db, "system", "retention.purge", "table", counts)
    return done


def to_purge() -> Iterator[Kept]:
    """Yield the tables that a purge looks at; features in reverse, so that what refers goes before what it names."""
    for said in reversed(statements()):
        yield from (kept for kept in reversed(said.keeps) if kept.period is not None and not kept.follows)


def faults(kept: Kept, tables: Mapping[str, Table]) -> list[str]:
    """Return what is wrong with what a feature says of a table; empty when the purge can hold its promise."""
    found = []
    ways = [bool(kept.since), bool(kept.follows), kept.purges is not None]
    if kept.days is None:
        if any(ways):
            found.append("is kept for ever and yet says how its rows go")
    elif sum(ways) != 1:
        found.append("must say one of since, follows and purges")
    if kept.personal and kept.days is None:
        found.append("holds personal data for ever")
    if kept.since and kept.since not in tables[kept.table].c:
        found.append(f"counts from {kept.since!r}, which is no column of it")
    if kept.follows and kept.follows not in tables:
        found.append(f"follows {kept.follows!r}, which is no table")
    return found


def held(db: Session) -> Held:
    """Return what is held, by kind: of a person also their tickets, of a ticket also its runs."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for one in store.holds(db):
        found[one.kind].add(one.subject)
    for person_id in list(found["person"]):
        try:
            subject = people.subject_of(db, person_id)
        except people.UnknownPersonError:
            continue
        found["person"] |= {subject.person_id, *subject.merged}
        found["ticket"] |= set(subject.tickets)
    for ticket in found["ticket"]:
        found["run"] |= {run.run_id for run in drills.runs_of_ticket(db, ticket)}
    return found


def hold(db: Session, *, kind: str, subject: str, reason: str, actor: str) -> LegalHold:
    """Keep rows beyond their period until the hold is ended. Raise HoldError."""
    if kind not in KINDS or not subject or not reason.strip():
        msg = f"a hold is on one of {', '.join(KINDS)} (it is {kind[:20]!r}), names what and says why"
        raise HoldError(msg)
    if kind == "table" and subject not in Base.metadata.tables:
        msg = f"there is no table {subject[:40]!r}"
        raise HoldError(msg)
    made = LegalHold(kind=kind, subject=subject, reason=reason.strip(), set_by=actor)
    db.add(made)
    db.flush()
    record(db, actor, "hold.set", f"hold:{made.id}", {"kind": kind})
    return made


def end_hold(db: Session, hold_id: str, *, actor: str) -> bool:
    """End a hold; return whether it held."""
    found = db.get(LegalHold, hold_id)
    if found is None or found.ended_at is not None:
        return False
    found.ended_at = now()
    db.flush()
    record(db, actor, "hold.end", f"hold:{hold_id}", {"kind": found.kind})
    return True


def is_held(db: Session, *, person_id: str = "", tickets: Collection[str] = ()) -> bool:
    """Tell whether a hold stands in the way of erasing a person or tickets."""
    return bool(store.holds_of(db, person_id=person_id, tickets=tickets))


def holds(db: Session) -> list[LegalHold]:
    """Return the holds that hold, newest first."""
    return store.holds(db)


def reports(db: Session, *, limit: int = 10) -> list[PurgeReport]:
    """Return the latest purge reports."""
    return store.reports(db, limit=limit)


def _purge_table(db: Session, kept: Kept) -> Purged:
    kept_back = held(db)
    if kept.period is None or kept.table in kept_back["table"]:
        return Purged(state="held")
    before = now() - kept.period
    if kept.purges is not None:
        return Purged(kept.purges(db, before, kept_back))
    table = Base.metadata.tables[kept.table]
    deleted, stays = store.delete_before(db, table, table.c[kept.since], before, _owned(table, kept_back))
    return Purged(deleted, stays)


def _purge_one_by_one(db: Session, kept: Kept) -> Purged:
    """Delete what nothing refers to of a table whose rows cannot go together."""
    if kept.period is None or not kept.since:
        return Purged(state="blocked")
    table, before, deleted = Base.metadata.tables[kept.table], now() - kept.period, 0
    owned = _owned(table, held(db))
    for key in store.keys_before(db, table, table.c[kept.since], before, owned):
        try:
            with db.begin_nested():
                store.delete_row(db, table, key)
            deleted += 1
        except IntegrityError:
            continue
    return Purged(deleted, state="blocked")


def _owned(table: Table, kept_back: Held) -> list[tuple[str, list[str]]]:
    return [
        (column.name, sorted(kept_back[kind]))
        for kind, names in OWNED_BY.items()
        for column in table.c
        if kept_back[kind] and (column.name in names or f"{table.name}.{column.name}" in names)
    ]


def _as_dict(one: Purged) -> dict[str, Any]:
    return {"deleted": one.deleted, "held": one.held, "state": one.state}
