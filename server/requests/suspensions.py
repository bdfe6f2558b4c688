"""Data that are kept and not used: what a granted request for suspension of use comes to."""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.audit.service import record
from server.columns import now
from server.privacy import Subject
from server.requests import store
from server.requests.models import Suspension


def tickets(db: Session) -> frozenset[str]:
    """Return the hashes of tickets whose runs are not used: not listed, not counted, not exported, not on a bundle."""
    return frozenset(one.subject for one in store.live_suspensions(db, "ticket"))


def is_suspended(db: Session, person_id: str) -> bool:
    """Tell whether a person's data are not used: no letter to many, no figure, no export."""
    return any(one.subject == person_id for one in store.live_suspensions(db, "person"))


def suspend(db: Session, subject: Subject, *, request_id: str = "", actor: str) -> int:
    """Let nothing of a person and of their tickets be used; return how many flags are new."""
    new = 0
    for kind, key in _keys(subject):
        if not any(one.subject == key for one in store.live_suspensions(db, kind)):
            db.add(Suspension(kind=kind, subject=key, request_id=request_id, since=now()))
            new += 1
    db.flush()
    if new:
        record(db, actor, "suspension.begin", f"request:{request_id}", {"flags": new})
    return new


def resume(db: Session, subject: Subject, *, request_id: str = "", actor: str) -> int:
    """Let them be used again; return how many flags were taken away."""
    gone = sum(store.end_suspensions(db, kind=kind, subject=key, at=now()) for kind, key in _keys(subject))
    if gone:
        record(db, actor, "suspension.end", f"request:{request_id}", {"flags": gone})
    return gone


def _keys(subject: Subject) -> list[tuple[str, str]]:
    people = [("person", one) for one in (subject.person_id, *subject.merged) if one]
    return [*people, *(("ticket", ticket) for ticket in subject.tickets)]
