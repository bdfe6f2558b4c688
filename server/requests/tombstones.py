"""What was erased stays erased: hashes of its ids, kept in the database and in a file that no restore overwrites.

A tombstone is written to the file before the erasure is committed. A crash in between leaves a tombstone without an
erasure, which the next `reapply` completes; it never leaves an erasure that an older backup could undo.
The ids are random, so that a hash of one says nothing. No key is used: a lost key would bring the dead back.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from sqlalchemy.orm import Session

from server import privacy
from server.audit.service import record
from server.columns import now
from server.db import settings_of
from server.requests import store
from server.settings import Settings

Kind = Literal["person", "ticket", "run", "consent"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LINE_BYTES: Final = 512
"""More than any line has."""
ORDER: Final[tuple[Kind, ...]] = ("consent", "run", "ticket", "person")
"""In which a restored database is cleared: a consent that was taken back takes its runs along."""


class TombstoneFileError(RuntimeError):
    """The file of tombstones holds a line that is none; nothing of it was used."""


class Grave(NamedTuple):
    """A tombstone: the hash of what was erased, what kind of thing it was, and when."""

    hash: str
    kind: Kind
    at: datetime


def hash_of(kind: Kind, key: str) -> str:
    """Return the hash by which something erased is known: a person's or consent's id, a ticket's hash, a run id."""
    return hashlib.sha256(f"sonae tombstone {kind}:{key}".encode()).hexdigest()


def file_of(settings: Settings) -> Path:
    """Return the file of tombstones: beside the database, copied apart, never part of what a restore overwrites."""
    return settings.tombstones_file or settings.data_dir / "tombstones.txt"


def note(db: Session, kind: Kind, keys: Collection[str]) -> None:
    """Write down that something is erased, in the caller's transaction and, before it ends, in the file."""
    graves = [Grave(hash_of(kind, key), kind, now()) for key in keys]
    if graves:
        store.add_tombstones(db, graves)
        _append(file_of(settings_of(db)), graves)


def is_erased(db: Session, kind: Kind, key: str) -> bool:
    """Tell whether something was erased: then nothing of it may be taken in again."""
    return store.has_tombstone(db, hash_of(kind, key))


def read(file: Path) -> list[Grave]:
    """Return the tombstones of a file; none when it is not there.

    A last line that a power cut broke off is passed over: its erasure was not committed either.

    Raises:
        TombstoneFileError: another line is no tombstone.
    """
    if not file.exists():
        return []
    whole, _, _broken = file.read_text("utf-8").rpartition("\n")
    return [_grave(line, number, file) for number, line in enumerate(whole.splitlines(), 1)]


def merge(settings: Settings, other: Path) -> int:
    """Take the tombstones of a copied file into our own; return how many were new. Raise TombstoneFileError."""
    own = {grave.hash for grave in read(file_of(settings))}
    new = [grave for grave in read(other) if grave.hash not in own]
    if new:
        _append(file_of(settings), new)
    return len(new)


def reapply(db: Session) -> dict[str, int]:
    """Erase again what tombstones say was erased; call it after every restore. Return how many of each kind came up.

    The tombstones are those of the database and those of the file; afterwards each knows all of them.

    Raises:
        TombstoneFileError: the file is damaged: nothing was changed.
    """
    file = file_of(settings_of(db))
    written = read(file)
    kept = [Grave(row.hash, _kind(row.kind), row.at) for row in store.tombstones(db)]
    known, on_paper = {grave.hash for grave in kept}, {grave.hash for grave in written}
    store.add_tombstones(db, [grave for grave in written if grave.hash not in known])
    if missing := [grave for grave in kept if grave.hash not in on_paper]:
        _append(file, missing)
    hashes = known | on_paper
    found: Counter[str] = Counter()
    for kind in ORDER:
        for key in _known(db, kind):
            if hash_of(kind, key) in hashes:
                _bury(db, kind, key)
                found[kind] += 1
    if found:
        record(db, "system", "tombstones.reapply", "tombstone", dict(found))
    return dict(found)


def _known(db: Session, kind: Kind) -> list[str]:
    return sorted({key for said in privacy.statements() for key in said.knows(db, kind)})


def _bury(db: Session, kind: Kind, key: str) -> None:
    if kind == "person":
        privacy.erase(db, privacy.Subject(person_id=key))
    elif kind == "ticket":
        privacy.erase(db, privacy.Subject(tickets=(key,)))
    elif kind == "run":
        privacy.consent_ended(db, kind="run", subject=key, purpose="recording")
    else:
        privacy.consent_ended(db, kind="consent", subject=key, purpose="")


def _append(file: Path, graves: Collection[Grave]) -> None:
    """Add lines to the file, durable when this returns."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = not file.exists()
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        _drop_torn_line(handle)
        lines = "".join(f"{grave.hash} {grave.kind} {grave.at.isoformat()}\n" for grave in graves)
        os.write(handle, lines.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _drop_torn_line(handle: int) -> None:
    """Cut off what a power cut left of a last line: its erasure was not committed."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, LINE_BYTES, max(size - LINE_BYTES, 0))
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(handle, size - torn)


def _grave(line: str, number: int, file: Path) -> Grave:
    try:
        key, kind, at = line.split(" ")
        moment = datetime.fromisoformat(at)
        if len(key) != 64 or set(key) - set("0123456789abcdef") or moment.tzinfo is None:
            raise ValueError
        return Grave(key, _kind(kind), moment)
    except ValueError:
        msg = f"line {number} of {file} is no tombstone: restore this file from its copy, or remove that line"
        raise TombstoneFileError(msg) from None


def _kind(text: str) -> Kind:
    for known in KINDS:
        if known == text:
            return known
    msg = f"{text[:20]!r} is no kind of tombstone; known are {', '.join(KINDS)}"
    raise ValueError(msg)
