"""Requirement 34: under the role that docs/postgresql.md makes, nobody can change the audit record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from server.audit import service
from server.db import Database
from server.drills import service as drills
from server.migrations.applying import migrate

PAGE = Path(__file__).resolve().parents[3] / "docs" / "postgresql.md"


@pytest.fixture
def application(database: Database) -> Iterator[Database]:
    """The database as the server's own role sees it, set up by the block of the page."""
    if database.dialect != "postgresql":
        pytest.skip("the embedded database has no roles")
    block = re.search(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    owner = database.settings.database_url
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(block[1])
        connection.execute(block[1])  # again, as after an update
    url = owner.replace("//sonae@", "//sonae_app@")
    assert url != owner
    made = Database(database.settings.model_copy(update={"database_url": url}))
    yield made
    made.close()


def test_the_server_works_under_it(application: Database) -> None:
    migrate(application)  # up to date: nothing to do, and nothing that it may not
    with application.session() as db:
        service.record(db, "system", "test.act", "x")
        drills.import_shipped(db)
    with application.reading() as db:
        assert service.verify(db) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'nobody'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DROP TRIGGER audit_entry_no_change ON audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TABLE audit_entry",
        "CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_it_may_not_touch_the_record(application: Database, statement: str) -> None:
    with application.session() as db:
        service.record(db, "system", "test.act", "x")
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), application.session() as db:
        db.execute(text(statement))
    with application.reading() as db:
        assert service.verify(db) == []


def test_the_owner_could(application: Database, database: Database) -> None:
    """The control: what the role may not, its owner may; only the trigger is in the way, and that can be taken away."""
    with application.session() as db:
        service.record(db, "system", "test.act", "x")
    with pytest.raises(DBAPIError, match="append-only"), database.session() as db:
        db.execute(text("DELETE FROM audit_entry"))
    with database.session() as db:
        db.execute(text("DROP TRIGGER audit_entry_no_change ON audit_entry"))
        db.execute(text("DELETE FROM audit_entry"))
