from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.audit import service
from server.db import Database


def acts(database: Database, count: int) -> None:
    for n in range(count):
        with database.session() as db:
            service.record(db, "staff:local", "test.act", f"thing:{n}", {"n": n, "場所": "高梁"})


def test_a_whole_chain_verifies(database: Database) -> None:
    acts(database, 3)
    with database.reading() as db:
        assert service.verify(db) == []
        assert service.verify(db, head=service.head(db)) == []
        assert [entry.seq for entry in service.newest(db)] == [3, 2, 1]


def test_an_empty_chain_verifies(database: Database) -> None:
    with database.reading() as db:
        assert service.verify(db, head=service.GENESIS) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = 'nobody' WHERE seq = 2", "DELETE FROM audit_entry WHERE seq = 2"]
)
def test_the_database_refuses_a_change(database: Database, statement: str) -> None:
    acts(database, 3)
    with pytest.raises(DBAPIError, match="append-only"), database.session() as db:
        db.execute(text(statement))
    with database.reading() as db:
        assert service.verify(db) == []


def unlock(database: Database) -> None:
    """Do as someone who owns the database file: take the triggers away."""
    drop = {
        "sqlite": ["DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"],
        "postgresql": ["DROP TRIGGER audit_entry_no_change ON audit_entry"],
    }
    with database.session() as db:
        for statement in drop[database.dialect]:
            db.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("UPDATE audit_entry SET actor = 'nobody' WHERE seq = 2", [2]),
        ("UPDATE audit_entry SET hash = previous_hash WHERE seq = 2", [2, 3]),
        ("DELETE FROM audit_entry WHERE seq = 2", [3]),
        ("UPDATE audit_entry SET detail = '{\"n\": 7}' WHERE seq = 1", [1]),
    ],
)
def test_a_change_behind_the_triggers_shows(database: Database, statement: str, faults: list[int]) -> None:
    acts(database, 4)
    unlock(database)
    with database.session() as db:
        db.execute(text(statement))
    with database.reading() as db:
        assert service.verify(db) == faults


def test_a_cut_tail_shows_only_against_a_head_kept_elsewhere(database: Database) -> None:
    acts(database, 4)
    with database.reading() as db:
        head = service.head(db)
    unlock(database)
    with database.session() as db:
        db.execute(text("DELETE FROM audit_entry WHERE seq = 4"))
    with database.reading() as db:
        assert service.verify(db) == []
        assert service.verify(db, head=head) == [4]


def test_writers_at_once_make_one_chain(database: Database) -> None:
    threads = [threading.Thread(target=acts, args=(database, 5)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as db:
        assert service.verify(db) == []
        assert service.newest(db)[0].seq == 30


def _record_and_fail(database: Database) -> None:
    with database.session() as db:
        service.record(db, "a", "b", "c")
        raise RuntimeError


def test_an_act_that_fails_leaves_no_entry(database: Database) -> None:
    acts(database, 1)
    with pytest.raises(RuntimeError):
        _record_and_fail(database)
    acts(database, 1)
    with database.reading() as db:
        assert [entry.seq for entry in service.newest(db)] == [2, 1]
        assert service.verify(db) == []
