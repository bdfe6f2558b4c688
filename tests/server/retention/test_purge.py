"""Every table has a period that a purge can keep, and keeps it: walked over the data model, by a stopped clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Table, func, select
from sqlalchemy.orm import Session

from drill.record.run import RunHeader
from server.consent import service as consent
from server.db import Base, Database
from server.drills import service as drills
from server.features import load_models
from server.people import service as people
from server.privacy import Kept, statements
from server.retention import service
from server.retention.jobs import PURGE, enqueue_if_due
from server.retention.models import PurgeReport
from tests.server.retention.rows import key_of, make_row, table_of

NOW = dt.datetime(2030, 2, 28, 15, 30, tzinfo=dt.UTC)
load_models()
KEPT = {kept.table: kept for said in statements() for kept in said.keeps}
BY_COLUMN = sorted(name for name, kept in KEPT.items() if kept.since)


def test_every_table_is_in_the_map_and_the_map_can_be_kept() -> None:
    assert set(KEPT) == set(Base.metadata.tables)
    assert {name: service.faults(kept, Base.metadata.tables) for name, kept in KEPT.items()} == {n: [] for n in KEPT}


@pytest.mark.parametrize(
    "kept",
    [
        Kept("planted", personal=True, days=None, why="x"),
        Kept("planted", personal=False, days=5, why="x"),
        Kept("planted", personal=False, days=5, why="x", since="forgotten_at"),
        Kept("planted", personal=False, days=5, why="x", follows="nowhere"),
        Kept("planted", personal=False, days=5, why="x", since="at", follows="planted"),
        Kept("planted", personal=False, days=None, why="x", since="at"),
    ],
)
def test_a_promise_that_nothing_keeps_is_seen(kept: Kept) -> None:
    """The control of the test above."""
    table = Table("planted", MetaData(), Column("id", Integer, primary_key=True), Column("at", DateTime))
    assert service.faults(kept, {"planted": table})


def test_what_follows_a_table_goes_with_it() -> None:
    for name, kept in KEPT.items():
        if kept.follows:
            parent = KEPT[kept.follows]
            assert parent.days is not None
            cascades = {
                foreign.column.table.name for foreign in table_of(name).foreign_keys if foreign.ondelete == "CASCADE"
            }
            assert parent.purges or kept.follows in cascades, f"{name} does not go with {kept.follows}"


def test_every_row_goes_when_its_period_is_over_and_not_before(database: Database) -> None:
    margin = dt.timedelta(days=2)
    made = {}
    with time_machine.travel(NOW, tick=False):
        with database.session() as db:
            for name in BY_COLUMN:
                old, young = (NOW - dt.timedelta(days=KEPT[name].days or 0) + by for by in (-margin, margin))
                made[name] = [key_of(table_of(name), make(db, name, at)) for at in (old, young)]
        report = service.purge(database)
        with database.reading() as db:
            left = {name: _keys(db, name) for name in BY_COLUMN}
    assert {name for name, (old, _) in made.items() if old in left[name]} == set()
    assert {name for name, (_, young) in made.items() if young not in left[name]} == set()
    assert {name for name in BY_COLUMN if not report[name].deleted} == set()
    assert len(BY_COLUMN) > 20


def make(db: Session, name: str, at: dt.datetime) -> dict[str, Any]:
    table, kept = table_of(name), KEPT[name]
    return make_row(db, table, at, **{kept.since: _as(table, kept, at)})


def _keys(db: Session, name: str) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in db.execute(select(*table_of(name).primary_key.columns))}


def _as(table: Table, kept: Kept, at: dt.datetime) -> Any:
    return at.date() if isinstance(table.c[kept.since].type, Date) else at


def test_a_hold_on_a_table_keeps_its_rows(database: Database) -> None:
    personal = [name for name in BY_COLUMN if KEPT[name].personal]
    with time_machine.travel(NOW, tick=False):
        with database.session() as db:
            for name in personal:
                make(db, name, NOW - dt.timedelta(days=(KEPT[name].days or 0) + 9))
            holds = [service.hold(db, kind="table", subject=name, reason="訴訟", actor="staff:x") for name in personal]
            assert len(holds) > 10
        assert {name: service.purge(database)[name].state for name in personal} == dict.fromkeys(personal, "held")
        with database.session() as db:
            assert all(_keys(db, name) for name in personal)
            assert all(service.end_hold(db, one.id, actor="staff:x") for one in service.holds(db))
            assert not any(service.end_hold(db, one.id, actor="staff:x") for one in holds)
        report = service.purge(database)
        assert {name for name in personal if not report[name].deleted} == set()


def run_of(run_id: str, **changes: Any) -> RunHeader:
    usual: dict[str, Any] = {
        "run_id": run_id, "scenario": "gym-flood", "scenario_hash": "f" * 64, "seed": 7, "build": "0.1.0",
        "profile": "lab", "device": "test", "locomotion": "screen", "started_at": "2026-11-24T10:00:00+09:00",
        "consent": "1",
    }  # fmt: skip
    return RunHeader(**(usual | changes))


def test_runs_go_after_three_years_with_what_hangs_on_them(database: Database) -> None:
    with time_machine.travel(NOW - dt.timedelta(days=1096), tick=False), database.session() as db:
        drills.register_run(db, run_of("1" * 32))
        drills.register_run(db, run_of("3" * 32, locomotion="scripted", consent=""))
        drills.register_run(db, run_of("4" * 32, consent="published-measurement", profile="measured"))
        make_row(db, table_of("run_analysis"), NOW, run_id="1" * 32, metrics={})
    with time_machine.travel(NOW - dt.timedelta(days=1094), tick=False), database.session() as db:
        drills.register_run(db, run_of("2" * 32))
    with time_machine.travel(NOW, tick=False):
        assert service.purge(database)["run"].deleted == 1
        assert service.purge(database)["run"].deleted == 0
    with database.reading() as db:
        assert {run.run_id[0] for run in drills.list_runs(db)} == {"2", "3", "4"}
        assert consent.live(db, kind="run", subject="1" * 32, purpose=consent.RECORDING) is None
        assert consent.live(db, kind="run", subject="2" * 32, purpose=consent.RECORDING) is not None
        assert db.scalar(select(func.count()).select_from(table_of("run_analysis"))) == 0


def test_a_no_outlives_its_proof(database: Database) -> None:
    """The withdrawn consent goes after three years; a station that comes even later is refused all the same."""
    key = "c" * 64
    with time_machine.travel(NOW - dt.timedelta(days=1100), tick=False), database.session() as db:
        consent.give(db, kind="ticket", subject=key, purpose=consent.RECORDING, version="1", source="x")
        consent.withdraw(db, kind="ticket", subject=key, purpose=consent.RECORDING, source="x")
        consent.give(db, kind="ticket", subject="d" * 64, purpose=consent.RECORDING, version="1", source="x")
    with time_machine.travel(NOW, tick=False):
        assert service.purge(database)["consent"].deleted == 1
        with database.session() as db, pytest.raises(consent.ConsentError, match="erased"):
            drills.register_run(db, run_of("5" * 32, ticket_hash=key))
        with database.session() as db:
            drills.register_run(db, run_of("6" * 32, ticket_hash="d" * 64))


def test_a_hold_on_a_person_keeps_their_tickets_and_runs_and_nobody_elses(database: Database) -> None:
    with time_machine.travel(NOW - dt.timedelta(days=2000), tick=False), database.session() as db:
        ids = [people.new_person(db, name=name, actor="staff:x").id for name in ("髙﨑 花", "𠮷田 実")]
        for person, digit in zip(ids, "ab", strict=True):
            make_row(db, table_of("ticket"), NOW - dt.timedelta(days=2000), hash=digit * 64)
            consent.give(db, kind="person", subject=person, purpose="results", version="results-1", source="test")
            people.claim_ticket(db, person, digit * 64, actor=f"person:{person}")
            drills.register_run(db, run_of(digit * 32, ticket_hash=digit * 64))
    with time_machine.travel(NOW, tick=False):
        with database.session() as db:
            service.hold(db, kind="person", subject=ids[0], reason="情報公開の争い", actor="staff:x")
        report = service.purge(database)
    assert report["ticket"].held == 1
    with database.reading() as db:
        assert [run.run_id[0] for run in drills.list_runs(db)] == ["a"]
        assert db.scalars(select(table_of("ticket").c.hash)).all() == ["a" * 64]
        assert people.get(db, ids[0]).id == ids[0]
        with pytest.raises(people.UnknownPersonError):
            people.get(db, ids[1])


def test_a_row_that_something_refers_to_stays_and_is_told_and_the_others_go(database: Database) -> None:
    old = NOW - dt.timedelta(days=2000)
    with time_machine.travel(NOW, tick=False):
        with database.session() as db:
            named = make_row(db, table_of("staff"), old)["id"]
            free = make_row(db, table_of("staff"), old)["id"]
            make_row(db, table_of("sign_in"), NOW, staff_id=named)
        report = service.purge(database)
    assert (report["staff"].deleted, report["staff"].state) == (1, "blocked")
    with database.reading() as db:
        left = set(db.scalars(select(table_of("staff").c.id)))
    assert named in left
    assert free not in left


def test_a_purge_is_queued_once_a_day_and_keeps_its_report(database: Database) -> None:
    jobs = table_of("job")
    with time_machine.travel(NOW, tick=False):
        assert enqueue_if_due(database)
        service.purge(database)
        assert not enqueue_if_due(database)
    with time_machine.travel(NOW + dt.timedelta(hours=23), tick=False):
        assert enqueue_if_due(database)
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(jobs).where(jobs.c.kind == PURGE)) == 2
        assert db.scalar(select(func.count()).select_from(PurgeReport)) == 1


@pytest.mark.parametrize(("kind", "subject", "reason"), [("table", "none", "x"), ("all", "x", "x"), ("run", "x", " ")])
def test_holds_that_cannot_be_set(sqlite_database: Database, kind: str, subject: str, reason: str) -> None:
    with sqlite_database.session() as db, pytest.raises(service.HoldError):
        service.hold(db, kind=kind, subject=subject, reason=reason, actor="staff:x")
