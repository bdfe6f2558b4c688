"""Rules of the audit record: a chain that shows a changed, missing or inserted entry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from server.audit import store
from server.audit.models import AuditEntry
from server.columns import now

GENESIS: Final = "0" * 64


def record(db: Session, actor: str, action: str, target: str, detail: dict[str, Any] | None = None) -> AuditEntry:
    """Add an entry in the caller's transaction: the act and its record are kept together or not at all.

    Args:
        db: a session that may write.
        actor: who, such as a principal's `actor`, `device:<id>` or `system`.
        action: what, such as `device.pair`.
        target: on whom or what, by id; no personal data.
        detail: more about it, plain JSON; no personal data.
    """
    store.lock_chain(db)
    before = store.last(db)
    entry = AuditEntry(
        seq=1 if before is None else before.seq + 1,
        at=now(),
        actor=actor,
        action=action,
        target=target,
        detail=detail or {},
        previous_hash=GENESIS if before is None else before.hash,
    )
    entry.hash = entry_hash(entry)
    db.add(entry)
    db.flush()
    return entry


def entry_hash(entry: AuditEntry) -> str:
    """Return SHA-256 over the entry's columns and the hash before, as sorted JSON."""
    content = {
        "seq": entry.seq,
        "at": _moment(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "detail": entry.detail,
        "previous": entry.previous_hash,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(db: Session, *, head: str | None = None, heads: Mapping[int, str] | None = None) -> list[int]:
    """Return the numbers of entries that do not fit the chain; an empty list means that it is whole.

    A cut tail, and a chain that was made anew from some entry on, show only against what was kept elsewhere: then the
    number of the entry that differs is returned, or the number after the last one.

    Args:
        db: a session.
        head: hash of the newest entry there is.
        heads: hashes of entries by number, as they were when each was the newest.
    """
    faults: list[int] = []
    kept = {seq: hash_ for seq, hash_ in (heads or {}).items() if seq}
    previous, expected = GENESIS, 1
    for entry in store.in_order(db):
        whole = entry.seq == expected and entry.previous_hash == previous and entry.hash == entry_hash(entry)
        if not whole or kept.get(entry.seq, entry.hash) != entry.hash:
            faults.append(entry.seq)
        previous, expected = entry.hash, entry.seq + 1
    if (head is not None and previous != head) or any(seq >= expected for seq in kept):
        faults.append(expected)
    return faults


def head(db: Session) -> str:
    """Return the hash of the newest entry, to be kept elsewhere."""
    entry = store.last(db)
    return GENESIS if entry is None else entry.hash


def newest(
    db: Session,
    *,
    limit: int = 100,
    before: int | None = None,
    actor: str = "",
    action: str = "",
    target: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[AuditEntry]:
    """Return entries that fit every filter that is given, newest first.

    Args:
        db: a session.
        limit: how many at most.
        before: entries with a smaller number alone.
        actor: who, whole.
        action: what, or how it begins: `person` finds `person.view`.
        target: on whom or what, whole.
        since: from this moment.
        until: before this moment.
    """
    return store.newest(
        db, limit=limit, before=before, actor=actor, action=action, target=target, since=since, until=until
    )


def count(db: Session) -> int:
    """Return how many entries there are: the number of the newest."""
    entry = store.last(db)
    return 0 if entry is None else entry.seq


def actions(db: Session) -> list[str]:
    """Return every kind of act that was ever recorded, by name."""
    return store.actions(db)


def newest_of_each(db: Session, *, actor: str, action: str, since: datetime) -> dict[str, datetime]:
    """Return what an actor did something to since a moment, each with the last time that they did."""
    return store.newest_by_target(db, actor=actor, action=action, since=since)


def found(db: Session, *, actor: str, action: str, target: str, since: datetime) -> bool:
    """Tell whether somebody did this to that since a moment."""
    return bool(store.newest(db, limit=1, actor=actor, action=action, target=target, since=since))


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
