from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import DBAPIError, StatementError

from server import db as module
from server.columns import UtcDateTime
from server.db import Database, DatabaseError, insert_into
from server.drills.models import DrillDay
from server.jobs.models import Job
from server.settings import Settings


def sqlite(tmp_path: Path) -> Database:
    return Database(Settings(data_dir=tmp_path, database_url=""))


def test_every_sqlite_connection_is_durable(tmp_path: Path) -> None:
    database = sqlite(tmp_path)
    held = [database.raw_connection() for _ in range(3)]
    for connection in held:
        cursor = connection.cursor()
        assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert cursor.execute("PRAGMA page_size").fetchone()[0] == 16_384
        assert cursor.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert cursor.execute("PRAGMA busy_timeout").fetchone()[0] == 15_000
        connection.close()
    database.close()


def test_a_connection_that_is_not_durable_is_refused(tmp_path: Path) -> None:
    """The control: in memory there is no WAL, so that reading back must fail."""
    database = Database(Settings(data_dir=tmp_path, database_url="sqlite://"))
    with pytest.raises(DatabaseError, match="journal_mode"):
        database.engine.connect()


def test_postgresql_without_synchronous_commit_is_refused(database: Database) -> None:
    if database.dialect != "postgresql":
        pytest.skip("PostgreSQL only")
    options = "options=-csynchronous_commit%3Doff"
    weak = module.create_engine(f"{database.settings.sqlalchemy_url}&{options}")
    event.listen(weak, "connect", module._check_postgresql)
    with pytest.raises(DatabaseError, match="synchronous_commit"):
        weak.connect()
    weak.dispose()


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="'mysql'"):
        Database(Settings(data_dir=tmp_path, database_url="mysql://somewhere/sonae"))


def _write(database: Database, kind: str, *, then: Exception) -> None:
    """Write a job, then fail before the transaction ends."""
    with database.session() as db:
        db.add(Job(kind=kind, payload={}))
        db.flush()
        raise then


def test_a_session_commits_at_its_end_and_rolls_back_on_an_error(database: Database) -> None:
    with database.session() as db:
        db.add(Job(kind="kept", payload={"name": "髙﨑 𠮷田"}))
    with pytest.raises(RuntimeError):
        _write(database, "lost", then=RuntimeError())
    with database.reading() as db:
        kept = db.query(Job).all()
    assert [job.kind for job in kept] == ["kept"]
    assert kept[0].payload == {"name": "髙﨑 𠮷田"}


def test_a_reader_cannot_write_and_the_next_writer_can(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as db:
        db.execute(insert(Job).values(kind="x", payload={}))
    with database.session() as db:
        db.add(Job(kind="x", payload={}))
    connection = database.raw_connection()
    cursor = connection.cursor()
    cursor.execute("DELETE FROM job")
    cursor.close()
    connection.commit()
    connection.close()


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.reading() as db:
        assert db.query(Job).count() == 0
        with database.session() as other:
            other.add(Job(kind="x", payload={}))
        assert db.query(Job).count() == 0
    with database.reading() as db:
        assert db.query(Job).count() == 1


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    """A writer holds the lock from its beginning, so that what it read still holds when it writes."""
    database = Database(Settings(data_dir=tmp_path, database_url="", database_wait_s=0.05))
    with database.session() as db:
        db.execute(text("SELECT 1"))
        other = sqlite3.connect(tmp_path / "sonae.sqlite", timeout=0.01, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    database.close()


def test_moments_come_back_in_utc(database: Database) -> None:
    tokyo = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    with database.session() as db:
        db.add(Job(id="a", kind="x", payload={}, run_after=tokyo))
    with database.reading() as db:
        job = db.get(Job, "a")
    assert job is not None
    assert job.run_after == tokyo
    assert job.run_after.tzinfo is UTC


def test_a_moment_without_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - the fault that is planted
    with pytest.raises(StatementError, match="no time zone"), database.session() as db:
        db.execute(insert(Job).values(kind="x", payload={}, run_after=naive))


def test_a_moment_type_says_nothing_of_nothing() -> None:
    kind = UtcDateTime()
    assert kind.process_bind_param(None, None) is None  # type: ignore[arg-type] - the dialect is not looked at
    assert kind.process_result_value(None, None) is None  # type: ignore[arg-type] - the dialect is not looked at


def test_insert_into_skips_what_is_there_on_the_one_key_only(database: Database) -> None:
    row = {"id": "a", "kind": "x", "payload": {}, "state": "queued"}
    with database.session() as db:
        for _ in range(2):
            db.execute(insert_into(db, Job).values(**row).on_conflict_do_nothing(index_elements=["id"]))
    wrong = row | {"id": "b", "state": "no such state"}
    with pytest.raises(DBAPIError), database.session() as db:
        db.execute(insert_into(db, Job).values(**wrong).on_conflict_do_nothing(index_elements=["id"]))
    with database.reading() as db:
        assert db.query(Job).count() == 1


def test_foreign_keys_hold(database: Database) -> None:
    insert = "INSERT INTO station (id, day_id, name) VALUES ('a', 'none', 'x')"
    with pytest.raises(DBAPIError), database.session() as db:
        db.execute(text(insert))
    with database.reading() as db:
        assert db.query(DrillDay).count() == 0


def test_addresses(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path, database_url="").sqlalchemy_url == f"sqlite:///{tmp_path}/sonae.sqlite"
    for given in ("postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"):
        assert Settings(database_url=given).sqlalchemy_url == "postgresql+psycopg://u@h/d"


def test_what_a_thread_still_uses_at_the_end_is_closed_when_it_is_done(database: Database) -> None:
    opened: list[object] = []
    closed: list[object] = []
    event.listen(database.engine, "connect", lambda connection, _: opened.append(connection))
    event.listen(database.engine, "close", lambda connection, _: closed.append(connection))
    with database.reading() as db:
        db.execute(text("SELECT 1"))
        database.close()
        assert len(closed) == len(opened) - 1
    assert closed == opened
    with database.reading() as db:  # a thread that had not begun yet
        db.execute(text("SELECT 1"))
    assert closed == opened
