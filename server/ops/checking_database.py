"""Looks at the database: its revision, its promises, who we are there, its clock, and what waits in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server.accounts import members
from server.audit import service as audit
from server.columns import now
from server.db import Database, DatabaseError
from server.jobs import service as jobs
from server.jobs.models import FAILED
from server.migrations import applying
from server.ops.findings import Finding, finding
from server.settings import LOOPBACK, Settings

CLOCKS_S: Final = 60
_BEHIND: Final = timedelta(minutes=5)
_DURABLE: Final = ("fsync", "full_page_writes")
_THOUGHT_OF: Final = frozenset({"postgres", "postgresql", "password", "sonae", "admin", "secret", "changeme", "test"})


def check_database(settings: Settings, *, deep: bool) -> Iterator[Finding]:
    """Yield what is unsafe about the database; `deep` also reads all of it."""
    url = make_url(settings.sqlalchemy_url)
    password = (url.password or "").lower()
    if password and (password in _THOUGHT_OF or password == (url.username or "").lower()):
        yield finding("database-password", user=url.username)
    if not settings.database_url and not settings.sqlite_file.exists():
        return  # made at the start
    database = None
    try:
        database = Database(settings)
        yield from _opened(database, url, deep=deep)
    except (SQLAlchemyError, DatabaseError, OSError) as error:
        why = str(error) if isinstance(error, DatabaseError) else type(error).__name__
        yield finding("database-unreachable", why=why)
    finally:
        if database is not None:
            database.close()


def _opened(database: Database, url: URL, *, deep: bool) -> Iterator[Finding]:
    with database.engine.connect() as connection, connection.begin():
        if database.dialect == "postgresql":
            yield from _postgresql(connection, url)
        elif deep:
            found = str(connection.exec_driver_sql("PRAGMA integrity_check").scalar_one())
            if found != "ok":
                yield finding("database-damaged", why=found[:100])
    script = ScriptDirectory.from_config(applying.config())
    revision, newest = applying.current(database), script.get_current_head()
    if revision is None:
        return
    if revision not in {known.revision for known in script.walk_revisions()}:
        yield finding("database-newer", revision=revision)
        return
    if revision != newest:
        yield finding("database-behind", revision=revision)
        return
    with database.reading() as db:
        yield from _house(db, database.settings, deep=deep)


def _postgresql(connection: Connection, url: URL) -> Iterator[Finding]:
    off = [name for name in _DURABLE if connection.execute(text(f"SHOW {name}")).scalar_one() != "on"]
    if off:
        yield finding("database-not-durable", names=", ".join(off), first=off[0])
    tls = connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar()
    yield from check_line(url, tls=bool(tls))
    role = connection.execute(text("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")).one()
    if role.usesuper:
        yield finding("database-superuser", user=role.current_user)
    apart = abs((connection.execute(text("SELECT clock_timestamp()")).scalar_one() - now()).total_seconds())
    if apart > CLOCKS_S:
        yield finding("clock-apart", seconds=round(apart))


def check_line(url: URL, *, tls: bool) -> Iterator[Finding]:
    """Yield a finding when the database is on another machine and the line to it is open."""
    host = str(url.host or url.query.get("host") or "")
    if host and not host.startswith("/") and host not in (*LOOPBACK, "::1") and not tls:
        yield finding("database-plain", host=host)


def _house(db: Session, settings: Settings, *, deep: bool) -> Iterator[Finding]:
    newest = audit.newest(db, limit=1)
    if newest and newest[0].at > now() + _BEHIND:
        minutes = round((newest[0].at - now()).total_seconds() / 60)
        yield finding("clock-back", newest=f"{newest[0].at:%Y-%m-%d %H:%M}Z", minutes=minutes)
    administrators = members.administrators(db)
    if not administrators:
        yield finding("no-administrator")
    elif administrators == 1 and not settings.single_on_duty:
        yield finding("administrator-alone")
    elif administrators > 1 and settings.single_on_duty:
        yield finding("single-on-duty", count=administrators)
    if failed := jobs.counts(db).get(FAILED, 0):
        yield finding("jobs-failed", count=failed)
    if deep and (faults := audit.verify(db)):
        yield finding("audit-broken", entries=", ".join(map(str, faults[:10])))
