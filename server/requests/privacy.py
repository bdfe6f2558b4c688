"""What requests keep: who asked what about their data, and only hashes of what was erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.privacy import Kept, Privacy, Subject
from server.requests import store


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    asked = store.of_subject(db, person_id=subject.person_id, tickets=subject.tickets)
    if not asked:
        return {}
    corrected = store.corrections(db, person_id=subject.person_id) if subject.person_id else []
    return {
        "requests": [
            {
                "kind": one.kind,
                "asked_by": one.asked_by,
                "about": one.about,
                "received_on": one.received_on.isoformat(),
                "due_on": one.due_on.isoformat(),
                "outcome": one.outcome,
                "reason": one.reason,
            }
            for one in asked
        ],
        "corrections": [
            {"field": c.field, "before": c.before, "after": c.after, "at": c.at.isoformat()} for c in corrected
        ],
    }


def _erase(db: Session, subject: Subject) -> int:
    return store.forget(db, person_id=subject.person_id, tickets=subject.tickets)


PRIVACY = Privacy(
    feature="requests",
    keeps=(
        Kept(
            "data_request",
            personal=True,
            days=1825,
            why="how a request was answered, five years after it was closed; erasure blanks who asked",
            since="closed_at",
        ),
        Kept(
            "data_correction",
            personal=True,
            days=1825,
            why="what was corrected; goes with its request",
            follows="data_request",
        ),
        Kept(
            "data_suspension",
            personal=True,
            days=1095,
            why="since when data were not used, three years after that ended",
            since="ended_at",
        ),
        Kept("tombstone", personal=False, days=None, why="so that no restored backup brings back what was erased"),
    ),
    discloses=_disclose,
    erases=_erase,
)
