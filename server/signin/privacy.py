"""What the doors keep: links by e-mail for minutes, and who was shown to live in the city."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.privacy import Kept, Privacy, Subject
from server.signin import store


def _ids(subject: Subject) -> list[str]:
    return [owner["person_id"] for owner in subject.owners if "person_id" in owner]


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    ids = _ids(subject)
    links = [one for person in ids for one in store.of_person(db, person)]
    noted = store.residence(db, ids)
    found: dict[str, Any] = {}
    if links:
        found["links"] = [{"address": one.address, "asked_at": one.created_at.isoformat()} for one in links]
    if noted is not None:
        found["lives_in_the_city"] = {"answer": noted.lives_here, "told_at": noted.checked_at.isoformat()}
    return found


def _erase(db: Session, subject: Subject) -> int:
    return sum(store.delete_of_person(db, person) for person in _ids(subject))


PRIVACY = Privacy(
    feature="signin",
    keeps=(
        Kept("mail_link", personal=True, days=1, why="a link by e-mail lives for minutes", since="expires_at"),
        Kept(
            "residence",
            personal=True,
            days=1095,
            why="what is for residents alone asks it; renewed at each sign-in",
            since="checked_at",
        ),
    ),
    discloses=_disclose,
    erases=_erase,
)
