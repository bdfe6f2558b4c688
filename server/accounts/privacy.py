"""What accounts keep: staff, and who is signed in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.accounts import store
from server.columns import now
from server.privacy import Kept, Privacy, Subject


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    found = [one for owner in subject.owners for one in store.open_sign_ins(db, at=now(), **owner)]
    return {"sign_ins": [{"since": s.created_at.isoformat(), "method": s.method} for s in found]} if found else {}


def _erase(db: Session, subject: Subject) -> int:
    return sum(store.delete_sign_ins(db, **owner) for owner in subject.owners)


PRIVACY = Privacy(
    feature="accounts",
    keeps=(
        Kept("staff", personal=True, days=1095, why="who did what, three years after an account was closed"),
        Kept("sign_in", personal=True, days=30, why="to see who was signed in, a month after its end"),
    ),
    discloses=_disclose,
    erases=_erase,
)
