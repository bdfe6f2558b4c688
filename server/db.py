"""The database: SQLAlchemy 2 over embedded SQLite or PostgreSQL, chosen by `Settings.database_url` alone.

Durability is set on every connection and read back: SQLite runs WAL with `synchronous=FULL` (an acknowledged commit
survives a power cut), PostgreSQL runs `synchronous_commit=on`. A writer takes SQLite's one write lock when it begins
(`BEGIN IMMEDIATE`), so that it never fails half-way because another wrote in between. A reader cannot write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from server.settings import Settings

WRITES: Final = "sonae_writes"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PRAGMAS: Final = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("recursive_triggers", "ON", 1),
)

_PAGE_BYTES: Final = 16_384
"""Batches of a few KiB waste less of a large page, and a checkpoint writes fewer; it holds for a new file alone."""


class DatabaseError(RuntimeError):
    """The database does not run as durably as Sonae promises, or its address is of an unknown engine."""


class Base(DeclarativeBase):
    """Base of all tables. Constraints have names, so that a migration can find them on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """An engine and its sessions. One for a process; `close()` gives the connections back."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        url = settings.sqlalchemy_url
        self.engine: Engine = _sqlite(settings) if url.startswith("sqlite") else _postgresql(settings)
        self._closed = False
        event.listen(self.engine, "begin", _begin)
        event.listen(self.engine, "checkin", self._given_back)
        writing = self.engine.execution_options(**{WRITES: True})
        info = {"settings": settings}
        self.writing = sessionmaker(writing, expire_on_commit=False, info=info)
        self._read = sessionmaker(self.engine, expire_on_commit=False, info=info)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that may write: committed at the end, rolled back when an error leaves it."""
        with self.writing() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session over one moment of the database that cannot write. Keep it short: it holds back checkpoints."""
        with self._read() as session, session.begin():
            yield session

    def raw_connection(self) -> PoolProxiedConnection:
        """Return a driver connection for a statement too hot for SQLAlchemy; the caller closes it.

        SQLite: begins nothing by itself; send `BEGIN IMMEDIATE` and `COMMIT`. PostgreSQL (psycopg): a transaction
        begins with the first statement; call `commit()`. Durability is set as on every other connection.
        """
        connection = self.engine.raw_connection()
        if self.dialect == "sqlite":
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only = OFF")
            cursor.close()
        return connection

    def close(self) -> None:
        """Close all connections; one that a thread still works with is closed as soon as that ends."""
        self._closed = True
        self.engine.dispose()

    def _given_back(self, _connection: object, record: ConnectionPoolEntry) -> None:
        if self._closed:
            record.invalidate()


def settings_of(session: Session) -> Settings:
    """Return the settings that a session's database was opened with."""
    settings: Settings = session.info["settings"]
    return settings


def insert_into(session: Session, table: Table | type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return the engine's INSERT, which knows `on_conflict_do_nothing(index_elements=[...])` and `..._do_update`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def _sqlite(settings: Settings) -> Engine:
    if not settings.database_url:
        settings.make_data_dir()
    engine = create_engine(
        settings.sqlalchemy_url,
        pool_size=settings.pool_size,
        connect_args={"timeout": settings.database_wait_s, "check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _postgresql(settings: Settings) -> Engine:
    url = settings.sqlalchemy_url
    if not url.startswith("postgresql+psycopg:"):
        scheme = url.partition("://")[0]
        msg = f"database_url begins with {scheme!r}; Sonae knows sqlite:///FILE and postgresql://..."
        raise DatabaseError(msg)
    wait_ms = int(settings.database_wait_s * 1000)
    engine = create_engine(
        url,
        pool_size=settings.pool_size,
        pool_pre_ping=True,
        connect_args={"options": f"-c synchronous_commit=on -c timezone=UTC -c lock_timeout={wait_ms}"},
    )
    event.listen(engine, "connect", _check_postgresql)
    return engine


def _set_up_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Set what durability needs on a new connection and read it back: `synchronous` is set per connection."""
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        for name, wanted, expected in _PRAGMAS:
            cursor.execute(f"PRAGMA {name} = {wanted}")
            found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
            if found != expected:
                msg = f"SQLite answers {name} = {found!r}, not {expected!r}: commits would not be durable here"
                raise DatabaseError(msg)
    finally:
        cursor.close()


def _check_postgresql(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        found = cursor.execute("SHOW synchronous_commit").fetchone()[0]
    connection.autocommit = False
    if found != "on":
        msg = f"PostgreSQL answers synchronous_commit = {found!r}, not 'on': commits would not be durable here"
        raise DatabaseError(msg)


def _begin(connection: Connection) -> None:
    """Begin a transaction: writers take the lock at once, readers cannot write."""
    writes = connection.get_execution_options().get(WRITES, False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif not writes:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def request_session(request: Request) -> Iterator[Session]:
    """Give a route its session: one that cannot write for GET and HEAD, committed before the answer is sent."""
    database: Database = request.app.state.database
    opened = database.reading() if request.method in SAFE_METHODS else database.session()
    with opened as session:
        yield session


Db = Annotated[Session, Depends(request_session, scope="function")]
"""A route's session. It is committed when the route returns and rolled back when it raises."""
