from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from server.db import Base, Database
from server.features import load_models
from server.migrations import applying, regenerate
from server.migrations.applying import NewerDatabaseError, migrate
from server.settings import Settings


def differences(database: Database) -> list[object]:
    load_models()
    with database.engine.begin() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def test_models_and_revisions_agree(database: Database) -> None:
    """When this fails, run `python -m server.migrations.regenerate` (until the first release)."""
    assert differences(database) == []


def test_a_table_that_no_revision_makes_is_seen(database: Database) -> None:
    """The control: the comparison sees a missing table and a missing column."""
    with database.session() as db:
        db.connection().exec_driver_sql("DROP TABLE consent")
        db.connection().exec_driver_sql("ALTER TABLE job DROP COLUMN error")
    kinds = {difference[0] for difference in differences(database)}  # type: ignore[index] - Alembic's tuples
    assert {"add_table", "add_column"} <= kinds


def test_the_initial_revision_is_what_regenerating_makes(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(applying.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    made = regenerate.regenerate(folder)
    regenerate.put_into_format(made)
    assert made.read_text() == (applying.FOLDER / "versions" / made.name).read_text()


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(applying.config()).get_heads()) == 1


def test_migrating_twice_changes_nothing(database: Database) -> None:
    before = applying.current(database)
    assert migrate(database) == before


def test_a_database_of_a_newer_sonae_is_left_alone(database: Database) -> None:
    with database.session() as db:
        db.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999_future'")
    with pytest.raises(NewerDatabaseError, match="'9999_future'"):
        migrate(database)


def test_the_audit_record_is_locked_by_the_revision(database: Database) -> None:
    with database.session() as db:
        engine = database.dialect
        of = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'",
            "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass",
        }
        names = {row[0] for row in db.connection().exec_driver_sql(of[engine])}
    assert len(names) >= 1
    assert all(name.startswith("audit_entry_no_") for name in names)


KILLED = """
import os, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from server.db import Database
from server.migrations.applying import migrate
from server.settings import Settings

folder, after, safe = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "safe"
database = Database(Settings(data_dir=folder, database_url=""))
if not safe:
    # Alembic's own way: every statement is committed by itself.
    import server.db as module
    event.remove(database.engine, "begin", module._begin)
made = 0

@event.listens_for(database.engine, "after_cursor_execute")
def count(connection, cursor, statement, parameters, context, executemany):
    global made
    made += statement.lstrip().startswith("CREATE TABLE")
    if made == after:
        os._exit(9)

migrate(database)
print(made)
"""


def killed(folder: Path, *, after: int, safe: bool) -> subprocess.CompletedProcess[str]:
    """Migrate in a process that dies after its n-th CREATE TABLE."""
    arguments = [sys.executable, "-c", KILLED, str(folder), str(after), "safe" if safe else "unsafe"]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)


def tables(folder: Path) -> set[str]:
    connection = sqlite3.connect(folder / "sonae.sqlite")
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return found


@pytest.mark.parametrize("after", [2, 9])
def test_a_migration_killed_half_way_leaves_nothing_and_can_be_tried_again(tmp_path: Path, after: int) -> None:
    done = killed(tmp_path, after=after, safe=True)
    assert done.returncode == 9, done.stderr
    assert tables(tmp_path) == set()
    database = Database(Settings(data_dir=tmp_path, database_url=""))
    migrate(database)
    with database.engine.begin() as connection:
        assert "run" in inspect(connection).get_table_names()
    database.close()


def test_without_the_transaction_half_of_it_would_stay(tmp_path: Path) -> None:
    """The control: the same kill without BEGIN IMMEDIATE leaves tables behind, and the retry fails."""
    assert killed(tmp_path, after=9, safe=False).returncode == 9
    assert len(tables(tmp_path)) > 2
    database = Database(Settings(data_dir=tmp_path, database_url=""))
    with pytest.raises(Exception, match="already exists"):
        migrate(database)
    database.close()


def test_the_embedded_database_is_copied_before_an_upgrade(tmp_path: Path) -> None:
    database = Database(Settings(data_dir=tmp_path, database_url=""))
    migrate(database)
    assert not (tmp_path / "backups").exists()
    applying._back_up(database, "0001_initial")
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name.startswith("before-upgrade-from-0001_initial-")
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM run").fetchone() == (0,)
    connection.close()
    database.close()


def test_a_revision_that_orphans_rows_is_refused(tmp_path: Path) -> None:
    database = Database(Settings(data_dir=tmp_path, database_url=""))
    migrate(database)
    raw = sqlite3.connect(tmp_path / "sonae.sqlite")
    raw.execute("INSERT INTO station (id, day_id, name) VALUES ('a', 'gone', 'x')")
    raw.commit()
    raw.close()
    with pytest.raises(RuntimeError, match=r"1 rows that refer to nothing, in \['station'\]"):
        migrate(database)
    with database.session() as db, pytest.raises(Exception, match="FOREIGN KEY"):
        db.connection().exec_driver_sql("INSERT INTO station (id, day_id, name) VALUES ('b', 'gone', 'x')")
    database.close()
