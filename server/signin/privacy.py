"""What the doors keep: links by e-mail that were asked for, until they are used or too old."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.privacy import Kept, Privacy, Subject
from server.signin import store


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    found = store.of_person(db, subject.person_id) if subject.person_id else []
    links = [{"address": one.address, "asked_at": one.created_at.isoformat()} for one in found]
    return {"links": links} if links else {}


def _erase(db: Session, subject: Subject) -> int:
    return store.delete_of(db, person_id=subject.person_id, addresses=[]) if subject.person_id else 0


PRIVACY = Privacy(
    feature="signin",
    keeps=(Kept("mail_link", personal=True, days=1, why="a link by e-mail lives for minutes"),),
    discloses=_disclose,
    erases=_erase,
)
