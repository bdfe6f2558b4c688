"""Backups: database, keys and scenarios of one moment in one encrypted file, read back and copied elsewhere."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from server.audit.service import record
from server.columns import now
from server.db import Database
from server.ops import crate, snapshots
from server.ops.private_file import replace_private
from server.ops.recovery import RecoveryKey, recovery_key
from server.ops.snapshots import Contents
from server.requests import tombstones
from server.settings import Settings

SUFFIX: Final = ".sonae"
MANIFEST: Final = "manifest.json"
FILES: Final = "files/"
_NOT_TAKEN: Final = ("backups", "serve.lock", "backup.lock", "restoring", "restoring.unfinished")
_NOT_TAKEN_STARTS: Final = ("sonae.sqlite", "recovery-key-", "replaced-", ".")
_BLOCK: Final = 1 << 20
Say = Callable[[str], None]


class BackupError(RuntimeError):
    """No backup can be made: no recovery key, another is being made, or there is no room."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and read back.

    Attributes:
        file: where it lies.
        copies: where copies of it lie.
        size: in bytes.
        check: SHA-256 of all but the file's last 32 bytes, which are this very check.
        contents: what the database held.
        removed: older backups that were removed because their period is over.
    """

    file: Path
    copies: tuple[Path, ...]
    size: int
    check: str
    contents: Contents
    removed: tuple[Path, ...]


def folder_of(settings: Settings) -> Path:
    """Return the folder where backups are written."""
    return settings.backup_dir or settings.data_dir / "backups"


def backups(folder: Path) -> list[Path]:
    """Return the backups in a folder, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def last_made_at(settings: Settings) -> datetime | None:
    """Return when the newest backup was made, as its header says; None when there is none."""
    for file in reversed(backups(folder_of(settings))):
        try:
            return datetime.fromisoformat(crate.header_of(file)["made_at"])
        except (crate.CrateError, KeyError, ValueError, TypeError):
            continue
    return None


def is_due(settings: Settings) -> bool:
    """Tell whether the server should make a backup by itself now."""
    if settings.backup_hours == 0 or recovery_key(settings) is None:
        return False
    last = last_made_at(settings)
    return last is None or now() - last >= timedelta(hours=settings.backup_hours)


def make_backup(
    database: Database,
    *,
    folder: Path | None = None,
    copy_to: Path | None = None,
    noted: bool = True,
    say: Say = lambda _text: None,
) -> Backup:
    """Back the house up while it is used.

    Args:
        database: of the house.
        folder: where to write; the settings' folder when None.
        copy_to: where to copy; the settings' folder for copies when None.
        noted: whether it is written into the audit record; not before an upgrade, where tables may be older than we.
        say: told of each step.

    Raises:
        BackupError: no recovery key, another backup is being made, no room, or a copy that differs.
        SnapshotError: the database's copy is damaged or its audit record is not whole.
        PostgresProgramError: pg_dump is missing or failed.
    """
    settings = database.settings
    key = recovery_key(settings)
    if key is None:
        msg = "there is no recovery key to lock a backup with: run `sonae-server init` once"
        raise BackupError(msg)
    target = folder or folder_of(settings)
    copies = [place for place in (copy_to or settings.backup_copy_dir,) if place is not None]
    with _alone(settings), _room_checked():
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=settings.data_dir) as scratch:
            say("copying the database")
            copied, held = snapshots.take(database, Path(scratch))
            say("encrypting")
            file, check = _write(settings, key, copied, held, target)
        say("reading it back")
        _must_be(file, check)
        made = tuple(_copy(file, place, check, say) for place in copies)
        for place in (target, *copies):
            copy_list_of_erased(settings, place)
        removed = tuple(old for place in (target, *copies) for old in _purge(settings, place, keep=file.name))
        if noted:
            _note(database, file, held, copies=len(made), removed=len(removed))
    return Backup(file, made, file.stat().st_size, check, held, removed)


def _note(database: Database, file: Path, held: Contents, *, copies: int, removed: int) -> None:
    with database.session() as db:
        detail = {"head": held.audit_head, "copies": copies, "removed": removed}
        record(db, "system", "backup.make", f"backup:{file.name}", detail)


def copy_list_of_erased(settings: Settings, place: Path) -> bool:
    """Copy the list of what was erased beside backups, where a restore finds it; return whether it had grown.

    What the copy alone holds stays in it: it may know of more than a house that was restored from an older backup.
    """
    source, copy = tombstones.file_of(settings), place / tombstones.file_of(settings).name
    if source == copy:
        return False
    known = copy.read_text("utf-8").splitlines() if copy.exists() else []
    added = source.read_text("utf-8").splitlines() if source.exists() else []
    lines = list(dict.fromkeys([*known, *added]))
    if lines == known and copy.exists():
        return False
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_private(copy, "".join(f"{line}\n" for line in lines))
    return True


def manifest_of(database_file: Path, held: Contents, files: dict[str, bytes]) -> dict[str, Any]:
    """Return what stands in the manifest: what must be found again when the backup is restored."""
    return {
        "format": 1,
        "made_at": now().isoformat(),
        "sonae": version("sonae"),
        "engine": "sqlite" if database_file.name == snapshots.SQLITE_NAME else "postgresql",
        "revision": held.revision,
        "tables": {name: list(found) for name, found in held.tables.items()},
        "audit": {"entries": held.audit_entries, "head": held.audit_head},
        "database": {"name": database_file.name, **_of_file(database_file)},
        "files": {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
        },
    }


def files_of(settings: Settings) -> dict[str, bytes]:
    """Return what else lies in the data folder: keys, scenarios, tombstones."""
    found: dict[str, bytes] = {}
    for path in sorted(settings.data_dir.rglob("*")):
        inside = path.relative_to(settings.data_dir)
        top = inside.parts[0]
        hidden = any(part.startswith(".draft-") for part in inside.parts)
        if top in _NOT_TAKEN or top.startswith(_NOT_TAKEN_STARTS) or hidden or path.is_symlink() or not path.is_file():
            continue
        found[inside.as_posix()] = path.read_bytes()
    outside = settings.tombstones_file
    if outside is not None and outside.is_file():
        found["tombstones.txt"] = outside.read_bytes()
    return found


def _write(settings: Settings, key: RecoveryKey, copied: Path, held: Contents, target: Path) -> tuple[Path, str]:
    files = files_of(settings)
    manifest = manifest_of(copied, held, files)
    header = {name: manifest[name] for name in ("format", "made_at", "sonae", "engine", "revision")}
    file = target / f"{now():%Y%m%dT%H%M%S%f}Z-{key.id}{SUFFIX}"
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=target)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            writer = crate.CrateWriter(out, key, header)
            with tarfile.open(fileobj=writer, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                _add(tar, MANIFEST, json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1).encode())
                member = tarfile.TarInfo(copied.name)
                member.size = copied.stat().st_size
                with copied.open("rb") as source:
                    tar.addfile(member, source)
                for inside, data in files.items():
                    _add(tar, FILES + inside, data)
            check = writer.seal()
            out.flush()
            os.fsync(out.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    _settle(target)
    return file, check


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _copy(file: Path, place: Path, check: str, say: Say) -> Path:
    say(f"copying to {place}")
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft, copy = place / f".draft-{file.name}", place / file.name
    try:
        with file.open("rb") as source, draft.open("wb") as out:
            shutil.copyfileobj(source, out, _BLOCK)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(copy)
    finally:
        draft.unlink(missing_ok=True)
    _settle(place)
    _must_be(copy, check)
    return copy


def _must_be(file: Path, check: str) -> None:
    found = crate.check_copy(file)
    if found != check:
        msg = f"{file} reads back as another file than was written: that disk cannot be trusted, use another"
        raise BackupError(msg)


def _purge(settings: Settings, place: Path, *, keep: str) -> Iterator[Path]:
    """Remove backups whose period is over, by the time in their headers; and plain copies of older upgrades."""
    before = now() - timedelta(days=settings.backup_keep_days)
    for file in backups(place):
        try:
            made_at = datetime.fromisoformat(crate.header_of(file)["made_at"])
        except (crate.CrateError, KeyError, ValueError, TypeError):
            continue
        if made_at < before and file.name != keep:
            file.unlink()
            yield file
    for file in sorted(place.glob("before-upgrade-*.sqlite")):
        if datetime.fromtimestamp(file.stat().st_mtime, before.tzinfo) < before:
            file.unlink()
            yield file


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the right to make backups; whatever a killed one left in the data folder is removed."""
    settings.make_data_dir()
    with (settings.data_dir / "backup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"another backup of {settings.data_dir} is being made: wait until it is done"
            raise BackupError(msg) from None
        for left in settings.data_dir.glob(".making-*"):
            shutil.rmtree(left)
        for left in folder_of(settings).glob(".draft-*"):
            left.unlink()
        yield


@contextmanager
def _room_checked() -> Iterator[None]:
    """Say plainly when there is no room."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"cannot write the backup: {said}; is there room for the database twice over?"
        raise BackupError(msg) from None


def _of_bytes(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _of_file(path: Path) -> dict[str, Any]:
    check = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            check.update(block)
    return {"size": path.stat().st_size, "sha256": check.hexdigest()}


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
