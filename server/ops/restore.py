"""Restoring: a backup is proved whole first, then put in place, brought up to date and cleared of what was erased.

Nothing of the house is touched before the backup is proved. A mark stands in the data folder from then on until those
who were erased are erased again: while it stands nothing is served (see `server.ops.doctor`), and a restore that was
killed is simply run again.
"""

from __future__ import annotations

import os
import secrets as random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, make_url, text

from server.accounts import codes, sign_ins
from server.audit.service import record
from server.columns import now
from server.db import Database
from server.devices import service as devices
from server.features import load_models
from server.migrations.applying import migrate
from server.ops import postgres, secrets
from server.ops.backup import FILES, folder_of
from server.ops.private_file import create_private, read_private, replace_private
from server.ops.recovery import read_recovery_key
from server.ops.snapshots import Contents, contents, sqlite_copy
from server.ops.unpacking import Unpacked, unpack
from server.requests import tombstones
from server.settings import Settings
from server.signin import mail_links

_STAGING: Final = "restoring"
_MARK: Final = "restoring.unfinished"
_SERVER_KEY: Final = "keys/server.key"
_TOMBSTONES: Final = "tombstones.txt"
Say = Callable[[str], None]


class RestoreError(RuntimeError):
    """The backup cannot be restored here: something is in its place, or it came out otherwise than it went in."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        made_at: when the backup was made (ISO 8601).
        contents: what came out, equal to what went in.
        revision: the database's revision now.
        erased_again: how much was erased again because tombstones say so, by kind.
        ended_sign_ins: sign-ins that were open in the backup.
        set_aside: folder with what was here before; None when nothing was.
    """

    made_at: str
    contents: Contents
    revision: str
    erased_again: dict[str, int]
    ended_sign_ins: int
    set_aside: Path | None


def verify(settings: Settings, file: Path, key_file: Path, *, say: Say = lambda _text: None) -> Unpacked:
    """Restore a backup into a scratch place, compare everything, and throw it away again.

    A dump of PostgreSQL is loaded into a scratch database on the server of the settings.

    Raises:
        CrateError, SnapshotError, RestoreError, RecoveryKeyError, PostgresProgramError: what is wrong with it.
    """
    settings.make_data_dir()
    with tempfile.TemporaryDirectory(prefix=".making-verify-", dir=settings.data_dir) as scratch:
        say("decrypting")
        found = unpack(file, read_recovery_key(key_file), Path(scratch))
        say("comparing every table")
        if found.engine == "sqlite":
            with sqlite_copy(found.database) as copied:
                _must_hold(contents(copied), found.contents)
        else:
            with _scratch_database(settings) as (name, database):
                _load(settings, found.database, database, name=name)
                with database.engine.connect() as connection, connection.begin():
                    _must_hold(contents(connection), found.contents)
    return found


def restore(
    settings: Settings,
    file: Path,
    key_file: Path,
    *,
    replace: bool = False,
    graves: Sequence[Path] = (),
    say: Say = lambda _text: None,
) -> Restored:
    """Put a backup in place; the caller holds the data folder (`only_server`).

    Args:
        settings: of the house to be restored.
        file: the backup.
        key_file: the recovery key, as `init` wrote it or typed in again.
        replace: whether an embedded database that is here may be set aside.
        graves: copies of the list of what was erased, besides those in the data folder and beside backups.
        say: told of each step.

    Raises:
        RestoreError: something is in its place, or it came out otherwise than it went in; nothing was changed.
        CrateError, SnapshotError, RecoveryKeyError, PostgresProgramError, TombstoneFileError: what is wrong.
    """
    private = read_recovery_key(key_file)
    settings.make_data_dir()
    staging = settings.data_dir / _STAGING
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700)
    try:
        say("decrypting")
        found = unpack(file, private, staging)
        _must_fit(settings, found, replace=replace)
        for grave_file in (grave_files := _grave_files(settings, file, graves)):
            tombstones.read(grave_file)  # a damaged one is told before anything is changed
        say("comparing every table")
        if found.engine == "sqlite":
            with sqlite_copy(found.database) as copied:
                _must_hold(contents(copied), found.contents)
        say("putting it in place")
        unfinished(settings).touch(mode=0o600)
        aside = _set_aside(settings)
        _place_files(settings, found, aside)
        _place_database(settings, found)
        for grave_file in [*grave_files, staging / FILES / _TOMBSTONES]:
            tombstones.merge(settings, grave_file)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    say("bringing it up to date, erasing again what was erased")
    done = _settle(settings, found, aside)
    unfinished(settings).unlink()
    return done


def unfinished(settings: Settings) -> Path:
    """Return the mark that stands while a restore is under way, and after one that was killed."""
    return settings.data_dir / _MARK


def _settle(settings: Settings, found: Unpacked, aside: Path | None) -> Restored:
    load_models()
    database = Database(settings)
    try:
        revision = migrate(database)
        with database.session() as db:
            erased = tombstones.reapply(db)
            ended = sign_ins.end_everybody(db, actor="system")
            codes.forget_all(db)
            mail_links.forget_all(db)
            devices.forget_codes(db)
            detail = {"made_at": found.made_at, "head": found.contents.audit_head, "erased_again": erased}
            record(db, "system", "house.restore", f"revision:{found.contents.revision}", detail)
    finally:
        database.close()
    return Restored(found.made_at, found.contents, revision, erased, ended, aside)


def _must_fit(settings: Settings, found: Unpacked, *, replace: bool) -> None:
    """Raise RestoreError when the backup has no place here."""
    here = "postgresql" if settings.sqlalchemy_url.startswith("postgresql") else "sqlite"
    if here != found.engine:
        how = "set SONAE_DATABASE_URL to an empty database" if found.engine == "postgresql" else "unset it"
        msg = f"the backup is of {found.engine}, and the settings (SONAE_DATABASE_URL) say {here}: {how}"
        raise RestoreError(msg)
    if here == "sqlite":
        if settings.sqlite_file.exists() and not replace and not unfinished(settings).exists():
            msg = (
                f"there is a database in {settings.data_dir} already: restore with another --data-dir, "
                "or add --replace to have it set aside"
            )
            raise RestoreError(msg)
        return
    database = Database(settings)
    try:
        with database.engine.connect() as connection, connection.begin():
            tables = inspect(connection).get_table_names()
    finally:
        database.close()
    if tables:
        msg = (
            f"the database of SONAE_DATABASE_URL holds {len(tables)} tables already: make an empty one "
            "(createdb sonae_restored) and name that"
        )
        raise RestoreError(msg)


def _must_hold(found: Contents, said: Contents) -> None:
    """Raise RestoreError when what came out is not what went in."""
    if found == said:
        return
    differ = sorted(name for name in {*found.tables, *said.tables} if found.tables.get(name) != said.tables.get(name))
    msg = (
        f"what comes out of the backup is not what went in: revision {found.revision} of {said.revision}, "
        f"tables that differ: {differ[:10]}; take another backup"
    )
    raise RestoreError(msg)


def _grave_files(settings: Settings, backup: Path, given: Sequence[Path]) -> list[Path]:
    """Return the lists of what was erased that can be found: the given ones, ours, and those beside backups."""
    for file in given:
        if not file.exists():
            msg = f"{file} is not there: name the newest copy of {_TOMBSTONES}"
            raise RestoreError(msg)
    name = tombstones.file_of(settings).name
    places = (backup.parent, settings.backup_copy_dir, folder_of(settings))
    beside = [place / name for place in places if place is not None]
    return [*given, *(file for file in (tombstones.file_of(settings), *beside) if file.exists())]


def _set_aside(settings: Settings) -> Path | None:
    """Move the embedded database that is here out of the way; return where to."""
    names = [settings.sqlite_file.with_name(settings.sqlite_file.name + end) for end in ("-wal", "-shm", "")]
    present = [path for path in names if path.exists()]
    if not present:
        return None
    aside = settings.data_dir / f"replaced-{now():%Y%m%dT%H%M%S}Z-{random.token_hex(2)}"
    aside.mkdir(mode=0o700)
    for path in present:
        path.rename(aside / path.name)
    return aside


def _place_files(settings: Settings, found: Unpacked, aside: Path | None) -> None:
    """Put keys and scenarios in place. Of the server's own keys those here stay valid: something may be sealed by them.

    The list of what was erased is merged elsewhere, never written over.
    """
    for name in found.files:
        source, target = found.folder / FILES / name, settings.data_dir / name
        if name == _TOMBSTONES:
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = source.read_bytes()
        if name == _SERVER_KEY:
            _merge_server_keys(settings, source)
            continue
        if target.exists() and target.read_bytes() != content and aside is not None:
            kept = aside / name
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.rename(kept)
        source.replace(target)


def _merge_server_keys(settings: Settings, restored: Path) -> None:
    path = secrets.secret_file(settings)
    lines = restored.read_text("ascii").split()
    if path.exists():
        lines = list(dict.fromkeys([*read_private(path).split(), *lines]))
        replace_private(path, "".join(f"{line}\n" for line in lines))
    else:
        create_private(path, "".join(f"{line}\n" for line in lines))


def _place_database(settings: Settings, found: Unpacked) -> None:
    if found.engine == "sqlite":
        target = settings.sqlite_file
        with found.database.open("rb") as file:
            os.fsync(file.fileno())
        found.database.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return
    database = Database(settings)
    try:
        _load(settings, found.database, database)
        with database.engine.connect() as connection, connection.begin():
            _must_hold(contents(connection), found.contents)
    finally:
        database.close()


def _load(settings: Settings, dump: Path, database: Database, *, name: str = "") -> None:
    """Load a dump into an empty database, whole or not at all."""
    with database.engine.connect() as connection, connection.begin():
        major = _major(connection)
    call = [postgres.program(settings, "pg_restore", at_least=major), "--exit-on-error", "--single-transaction"]
    target = name or str(make_url(settings.sqlalchemy_url).database)
    postgres.run(settings, [*call, "--no-owner", "--no-privileges", f"--dbname={target}", str(dump)], database=target)


def _major(connection: Connection) -> int:
    return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


@contextmanager
def _scratch_database(settings: Settings) -> Iterator[tuple[str, Database]]:
    """Make an empty database on the same server and drop it at the end.

    Raises:
        RestoreError: the role may not make one.
    """
    url = make_url(settings.sqlalchemy_url)
    if not settings.sqlalchemy_url.startswith("postgresql"):
        msg = "this backup is of PostgreSQL: set SONAE_DATABASE_URL to a server where it can be tried"
        raise RestoreError(msg)
    name = f"sonae_verify_{random.token_hex(4)}"
    own = Database(settings)
    scratch = None
    try:
        with own.engine.execution_options(isolation_level="AUTOCOMMIT", sonae_writes=True).connect() as connection:
            try:
                connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
            except Exception as error:
                msg = f"cannot make a scratch database ({type(error).__name__}): let the role make some (CREATEDB)"
                raise RestoreError(msg) from None
            address = url.set(database=name).render_as_string(hide_password=False)
            scratch = Database(settings.model_copy(update={"database_url": address}))
            try:
                yield name, scratch
            finally:
                scratch.close()
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        own.close()
