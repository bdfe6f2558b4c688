"""Applies the revisions to a database, each whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.db import WRITES, Database

FOLDER: Final = Path(__file__).resolve().parent


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
    settings = config()
    with database.engine.execution_options(**{WRITES: True}).begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
    return str(current(database))


def current(database: Database) -> str | None:
    """Return the revision of the database, or None when it is empty."""
    with database.engine.begin() as connection:
        return MigrationContext.configure(connection).get_current_revision()
