"""A copy of the database at one moment, while it is written to, with what must be true of the copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from server.audit import service as audit
from server.db import Database
from server.ops import postgres
from server.ops.digests import TableDigest, digests

SQLITE_NAME: Final = "sonae.sqlite"
POSTGRESQL_NAME: Final = "sonae.pgdump"


class SnapshotError(RuntimeError):
    """A copy of the database is damaged, or its audit record is not whole."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: its revision, every table's rows and digest, the audit record's length and head."""

    revision: str
    tables: dict[str, TableDigest]
    audit_entries: int
    audit_head: str


def take(database: Database, folder: Path) -> tuple[Path, Contents]:
    """Copy the database into `folder`; return the file and what it holds. Writers are not stopped.

    Raises:
        SnapshotError: the copy is damaged, or the audit record is not whole.
        PostgresProgramError: pg_dump is missing or failed.
    """
    return _take_sqlite(database, folder) if database.dialect == "sqlite" else _take_postgresql(database, folder)


def contents(connection: Connection) -> Contents:
    """Return what stands behind a connection.

    Raises:
        SnapshotError: the audit record is not whole: no backup or restore is believed over that.
    """
    names = inspect(connection).get_table_names()
    if "audit_entry" not in names:
        msg = f"this database holds no audit record but {len(names)} other tables: it is no database of Sonae"
        raise SnapshotError(msg)
    with Session(bind=connection) as db:
        faults, head = audit.verify(db), audit.head(db)
    if faults:
        msg = f"the audit record is not whole at entries {faults[:10]}: keep this database as it is, and find out why"
        raise SnapshotError(msg)
    tables = digests(connection)
    revision = MigrationContext.configure(connection).get_current_revision()
    return Contents(str(revision), tables, tables["audit_entry"].rows, head)


@contextmanager
def sqlite_copy(file: Path) -> Iterator[Connection]:
    """Open a copied SQLite file so that nothing in it can change.

    Raises:
        SnapshotError: the file is damaged.
    """
    engine = create_engine("sqlite://", creator=lambda: _opened(file), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            try:
                found = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
            except Exception as error:
                msg = f"{file.name} cannot be read as a database ({type(error).__name__})"
                raise SnapshotError(msg) from None
            if found != "ok":
                msg = f"{file.name} is damaged: SQLite's integrity check says {str(found)[:100]!r}"
                raise SnapshotError(msg)
            yield connection
    finally:
        engine.dispose()


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _take_sqlite(database: Database, folder: Path) -> tuple[Path, Contents]:
    file = folder / SQLITE_NAME
    connection = database.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM INTO ?", (str(file),))
        cursor.close()
    finally:
        connection.close()
    file.chmod(0o600)
    with sqlite_copy(file) as copied:
        return file, contents(copied)


def _take_postgresql(database: Database, folder: Path) -> tuple[Path, Contents]:
    file = folder / POSTGRESQL_NAME
    with database.engine.connect() as connection, connection.begin():
        # Begun as every reader: REPEATABLE READ, READ ONLY. pg_dump sees the very same moment.
        moment = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        major = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
        dump = postgres.program(database.settings, "pg_dump", at_least=major)
        file.touch(mode=0o600)
        options = ["--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--snapshot={moment}"]
        postgres.run(database.settings, [dump, *options, f"--file={file}"])
        return file, contents(connection)
