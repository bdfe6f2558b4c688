"""Looks at the data folder: who may read it, its keys, what was left in it, and the disk below it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.ops import secrets
from server.ops.backup import folder_of
from server.ops.findings import Finding, finding
from server.ops.keys import city_keys, key_file
from server.ops.private_file import KeyFileError, read_private
from server.ops.recovery import RecoveryKeyError, recovery_key
from server.ops.restore import unfinished
from server.requests import tombstones
from server.settings import Settings

LOW_MIB: Final = 1024
FEWEST_BYTES: Final = 12
"""32 random bytes hold fewer different ones in less than one of 10^12 keys."""
_NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs", "fuse.gvfsd-fuse"})


def check_files(settings: Settings) -> Iterator[Finding]:
    """Yield what is unsafe about the data folder. Nothing is made or changed."""
    if not settings.data_dir.exists():
        return
    mode = settings.data_dir.stat().st_mode & 0o777
    if mode & 0o022:
        yield finding("data-dir-open", path=settings.data_dir, mode=f"{mode:o}")
    yield from _open_files(settings)
    yield from _keys(settings)
    yield from _left(settings)
    yield from _disk(settings)
    if os.geteuid() == 0:
        yield finding("root")


def _open_files(settings: Settings) -> Iterator[Finding]:
    """Files that others can really reach: the folder above counts, too."""
    private = [
        *settings.data_dir.glob("sonae.sqlite*"),
        *(settings.data_dir / "keys").glob("*"),
        *settings.data_dir.glob("recovery-key-*"),
        tombstones.file_of(settings),
    ]
    for path in sorted({*private, *folder_of(settings).glob("*.sqlite")}):
        if path.is_file() and path.stat().st_mode & 0o044 and _reached(path.parent):
            yield finding("file-open", path=path, mode=f"{path.stat().st_mode & 0o777:o}")


def _reached(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o011 for place in (folder.resolve(), *folder.resolve().parents))


def _keys(settings: Settings) -> Iterator[Finding]:
    for path, read in ((key_file(settings), city_keys), (secrets.secret_file(settings), secrets.make_sure)):
        if not path.exists():
            continue
        try:
            read(settings)
        except KeyFileError as error:
            yield finding("key-damaged", why=error)
            continue
        if any(len(set(bytes.fromhex(line))) < FEWEST_BYTES for line in read_private(path).split()):
            yield finding("key-default", path=path)
    try:
        recovery_key(settings)
    except (RecoveryKeyError, KeyFileError) as error:
        yield finding("key-damaged", why=error)


def _left(settings: Settings) -> Iterator[Finding]:
    if unfinished(settings).exists():
        yield finding("restore-unfinished")
    for path in sorted(settings.data_dir.glob("recovery-key-*")):
        yield finding("recovery-key-here", path=path)
    for path in sorted(settings.data_dir.glob("replaced-*")):
        yield finding("set-aside", path=path)


def _disk(settings: Settings) -> Iterator[Finding]:
    kind = file_system_of(settings.data_dir)
    if not settings.database_url and kind in _NETWORK:
        yield finding("network-disk", kind=kind)
    free = shutil.disk_usage(settings.data_dir).free >> 20
    if free < LOW_MIB:
        yield finding("disk-low", path=settings.data_dir, free=free)


def file_system_of(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Return the kind of file system that a path lies on; empty where the system does not tell."""
    if not mounts.exists():
        return ""
    inside = path.resolve()
    best, kind = -1, ""
    for line in mounts.read_text("utf-8", errors="replace").splitlines():
        _, place, found, *_ = line.split(" ")
        mounted = Path(place.replace("\\040", " "))
        if inside.is_relative_to(mounted) and len(mounted.parts) > best:
            best, kind = len(mounted.parts), found
    return kind
