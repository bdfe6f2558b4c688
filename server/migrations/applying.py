"""Applies the revisions to a database, all of them or none: a kill at any moment leaves it as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from server.columns import now
from server.db import WRITES, Database
from server.ops.backup import make_backup
from server.ops.recovery import recovery_key

FOLDER: Final = Path(__file__).resolve().parent
_LOCK: Final = 0x534F4E42
"""Number of the PostgreSQL advisory lock that lets one server at a time migrate."""


class NewerDatabaseError(RuntimeError):
    """The database was made by a newer Sonae than this one."""


def config() -> Config:
    """Return Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("path_separator", "os")
    return made


def migrate(database: Database) -> str:
    """Bring the database to the newest revision and return its name; the whole way in one transaction.

    Raises:
        NewerDatabaseError: the database stands at a revision that this Sonae does not know.
    """
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    at = current(database)
    if at is not None and at not in known:
        msg = f"the database stands at revision {at!r}, which this Sonae does not know: update Sonae on this machine"
        raise NewerDatabaseError(msg)
    newest = ScriptDirectory.from_config(config()).get_current_head()
    if at is not None and at != newest:
        _back_up(database, at)
    with database.engine.execution_options(**{WRITES: True}).connect() as connection:
        if database.dialect == "sqlite":
            # Rebuilding a table drops it, and with it what refers to it. Inside a transaction this is ignored.
            _driver(connection, "PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                _alone(connection)
                settings = config()
                settings.attributes["connection"] = connection
                command.upgrade(settings, "head")
                _check_references(connection)
        finally:
            if database.dialect == "sqlite":
                _driver(connection, "PRAGMA foreign_keys = ON")
    return str(current(database))


def current(database: Database) -> str | None:
    """Return the revision of the database, or None when it is empty."""
    with database.engine.begin() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _alone(connection: Connection) -> None:
    """Let nobody else migrate before this transaction ends. On SQLite a writer already holds the one lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _driver(connection: Connection, statement: str) -> None:
    """Execute a statement without beginning a transaction."""
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _check_references(connection: Connection) -> None:
    """Raise when a revision left a row that refers to nothing (PostgreSQL checks this by itself)."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            tables = sorted({row[0] for row in broken})
            msg = f"the revision would leave {len(broken)} rows that refer to nothing, in {tables}: nothing was changed"
            raise RuntimeError(msg)


def _back_up(database: Database, at: str) -> None:
    """Back up before an upgrade: encrypted where there is a recovery key, else a plain copy of the embedded database.

    Without a recovery key PostgreSQL is backed up by its own tools, by whoever runs it.
    """
    if recovery_key(database.settings) is not None:
        make_backup(database, noted=False)
        return
    if database.dialect != "sqlite" or database.settings.database_url:
        return
    folder = database.settings.data_dir / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    target = folder / f"before-upgrade-from-{at}-{now():%Y%m%dT%H%M%S%f}.sqlite"
    connection = database.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM INTO ?", (str(target),))
        cursor.close()
    finally:
        connection.close()
    target.chmod(0o600)
