"""What consent keeps: who agreed to what and when, known by ticket hash, run id or person id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server import privacy
from server.columns import now
from server.consent import store
from server.consent.service import RECORDING
from server.privacy import Held, Kept, Privacy, Subject
from server.requests import tombstones


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    consents = store.of_subjects(db, "ticket", subject.tickets)
    if subject.person_id:
        consents += store.of_subjects(db, "person", [subject.person_id])
    if not consents:
        return {}
    return {
        "consents": [
            {
                "purpose": c.purpose,
                "version": c.version,
                "language": c.language,
                "given_by": c.given_by,
                "given_at": c.given_at.isoformat(),
                "withdrawn_at": c.withdrawn_at.isoformat() if c.withdrawn_at else None,
            }
            for c in consents
        ]
    }


def _erase(db: Session, subject: Subject) -> int:
    person = store.erase(db, kind="person", subject=subject.person_id) if subject.person_id else 0
    return person + sum(store.erase(db, kind="ticket", subject=ticket) for ticket in subject.tickets)


def _ends(db: Session, kind: str, subject: str, _purpose: str) -> int:
    """Take a restored consent back that a tombstone names by its id, and with it what stood on it."""
    if kind != "consent":
        return 0
    found = store.withdraw_one(db, subject, at=now())
    if found is None:
        return 0
    of, whose, purpose = found
    return 1 + sum(privacy.consent_ended(db, kind=of, subject=whose, purpose=purpose).values())


def _knows(db: Session, kind: str) -> Iterable[str]:
    return store.live_ids(db) if kind == "consent" else ()


def _purge(kind: str) -> privacy.Purge:
    def purge(db: Session, before: datetime, held: Held) -> int:
        if kind == "person":
            return len(store.delete_withdrawn(db, kind="person", before=before, but=held.get("person", ())))
        of_runs = store.delete_withdrawn(db, kind="run", before=before, but=held.get("run", ()))
        of_tickets = store.delete_withdrawn(db, kind="ticket", before=before, but=held.get("ticket", ()))
        refused = {ticket for ticket, purpose in of_tickets if purpose == RECORDING}
        left = {store.subject_of(c) for c in store.of_subjects(db, "ticket", refused, purpose=RECORDING)}
        tombstones.note(db, "ticket", refused - left)  # else a forgotten no would be no no to an old spool
        return len(of_runs) + len(of_tickets)

    return purge


PRIVACY = Privacy(
    feature="consent",
    keeps=(
        Kept(
            "consent",
            personal=True,
            days=1095,
            why="proof of the consent for three years after it was taken back; a live one as long as what stands on it",
            purges=_purge("ticket"),
        ),
        Kept(
            "person_consent",
            personal=True,
            days=1095,
            why="proof of the consent for three years after it was taken back; a live one as long as the person",
            purges=_purge("person"),
        ),
    ),
    discloses=_disclose,
    erases=_erase,
    ends=_ends,
    knows=_knows,
)
