"""What retention keeps: which purge did what, and which holds were set. Subjects of holds are ids."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.privacy import Kept, Privacy, Subject, nothing_to_erase
from server.retention import store


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    held = store.holds_of(db, person_id=subject.person_id, tickets=subject.tickets)
    return {"holds": [{"since": h.since.isoformat(), "reason": h.reason} for h in held]} if held else {}


PRIVACY = Privacy(
    feature="retention",
    keeps=(
        Kept(
            "legal_hold",
            personal=True,
            days=1095,
            why="why rows were kept beyond their period, three years after the hold ended",
            since="ended_at",
        ),
        Kept("purge_report", personal=False, days=1095, why="proof that periods are kept", since="at"),
    ),
    discloses=_disclose,
    erases=nothing_to_erase,
)
"""A hold stands in the way of an erasure (`requests.service` says so), so that erasing leaves it alone."""
