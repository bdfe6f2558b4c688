"""Takes a backup out of its crate, piece by piece, and believes nothing that the manifest does not bear out."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from server.ops import crate
from server.ops.backup import FILES, MANIFEST
from server.ops.digests import TableDigest
from server.ops.snapshots import POSTGRESQL_NAME, SQLITE_NAME, Contents

_BLOCK: Final = 1 << 20
_LARGEST_MANIFEST: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup, taken out and compared with its manifest.

    Attributes:
        folder: where it lies: the database under its own name, the rest under `files/`.
        engine: sqlite or postgresql.
        made_at: as the backup says (ISO 8601).
        sonae: version of Sonae that made it.
        contents: what its database must hold.
        files: names of the other files, as in the data folder.
    """

    folder: Path
    engine: str
    made_at: str
    sonae: str
    contents: Contents
    files: tuple[str, ...]

    @property
    def database(self) -> Path:
        """The file of the database: SQLite's own, or a dump."""
        return self.folder / (SQLITE_NAME if self.engine == "sqlite" else POSTGRESQL_NAME)


def unpack(file: Path, private: bytes, folder: Path) -> Unpacked:
    """Take a backup out into an empty folder.

    Raises:
        CrateError: the file is no backup, is cut short, damaged or locked to another recovery key, or holds something
            else than its manifest says. What lies in the folder then must be thrown away.
    """
    with crate.opened(file, private) as opened:
        reader = io.BufferedReader(opened, _BLOCK)
        try:
            with tarfile.open(fileobj=reader, mode="r|") as tar:
                manifest = _manifest(tar, file)
                expected = _expected(manifest)
                while (member := tar.next()) is not None:
                    if member.name not in expected or not member.isfile():
                        msg = f"{file} holds {member.name[:80]!r}, which its manifest does not name"
                        raise crate.CrateError(msg)
                    _take(tar, member, folder, expected.pop(member.name), file)
        except (tarfile.TarError, KeyError, ValueError, TypeError, AttributeError) as error:
            msg = f"{file} does not hold what a backup holds ({type(error).__name__})"
            raise crate.CrateError(msg) from None
        while reader.read(_BLOCK):
            pass  # to the proved end
    if expected:
        msg = f"{file} lacks {sorted(expected)[:5]}, which its manifest names"
        raise crate.CrateError(msg)
    tables = {name: TableDigest(int(rows), str(digest)) for name, (rows, digest) in manifest["tables"].items()}
    audit = manifest["audit"]
    return Unpacked(
        folder=folder,
        engine=str(manifest["engine"]),
        made_at=str(manifest["made_at"]),
        sonae=str(manifest["sonae"]),
        contents=Contents(str(manifest["revision"]), tables, int(audit["entries"]), str(audit["head"])),
        files=tuple(sorted(manifest["files"])),
    )


def _manifest(tar: tarfile.TarFile, file: Path) -> dict[str, Any]:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > _LARGEST_MANIFEST:
        msg = f"{file} does not begin with a manifest"
        raise crate.CrateError(msg)
    source = tar.extractfile(first)
    found: dict[str, Any] = json.loads(source.read() if source is not None else b"")
    if found["format"] != 1:
        msg = f"{file} is of format {found['format']!r}, made by Sonae {found['sonae']}: restore it with that version"
        raise crate.CrateError(msg)
    if found["database"]["name"] != (SQLITE_NAME if found["engine"] == "sqlite" else POSTGRESQL_NAME):
        raise ValueError
    return found


def _expected(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of every member by its name in the archive."""
    expected = {FILES + name: said for name, said in manifest["files"].items()}
    for name in expected:
        parts = PurePosixPath(name).parts
        if ".." in parts or PurePosixPath(name).is_absolute() or "\\" in name:
            raise ValueError
    return {**expected, manifest["database"]["name"]: manifest["database"]}


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, said: dict[str, Any], file: Path) -> None:
    target = folder / member.name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = tar.extractfile(member)
    check = hashlib.sha256()
    target.touch(mode=0o600)
    with target.open("wb") as out:
        while block := source.read(_BLOCK) if source is not None else b"":
            check.update(block)
            out.write(block)
    if member.size != said["size"] or check.hexdigest() != said["sha256"]:
        msg = f"{file} holds another {member.name[:80]!r} than its manifest says"
        raise crate.CrateError(msg)
