"""What the outbox keeps: that a letter went, after its words and its address are emptied."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.mail import store
from server.mail.models import MailMessage
from server.privacy import Kept, Privacy, Subject


def _ids(subject: Subject) -> list[str]:
    return [owner["person_id"] for owner in subject.owners if "person_id" in owner]


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    found = [one for person in _ids(subject) for one in store.of_person(db, person)]
    return {"letters": [_told(one) for one in found]} if found else {}


def _told(one: MailMessage) -> dict[str, Any]:
    settled = one.settled_at.isoformat() if one.settled_at else None
    return {"about": one.kind, "state": one.state, "made_at": one.created_at.isoformat(), "settled_at": settled}


def _erase(db: Session, subject: Subject) -> int:
    return sum(store.delete_of_person(db, person) for person in _ids(subject))


PRIVACY = Privacy(
    feature="mail",
    keeps=(
        Kept(
            "mail_message",
            personal=True,
            days=30,
            why="to answer whether a letter went; its words are gone by then",
            since="created_at",
        ),
        Kept(
            "mail_batch",
            personal=False,
            days=1095,
            why="who let letters to many go; holds no recipient",
            since="made_at",
        ),
    ),
    discloses=_disclose,
    erases=_erase,
)
