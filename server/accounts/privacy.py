"""What accounts keep: staff, and who is signed in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.accounts import store
from server.columns import now
from server.privacy import Kept, Privacy, Subject


def _disclose(db: Session, subject: Subject) -> dict[str, Any]:
    found = [one for owner in subject.owners for one in store.open_sign_ins(db, at=now(), **owner)]
    keys = store.passkeys_of(db, "person", subject.person_id) if subject.person_id else []
    said: dict[str, Any] = {}
    if found:
        said["sign_ins"] = [{"since": s.created_at.isoformat(), "method": s.method} for s in found]
    if keys:
        said["passkeys"] = [{"name": key.name, "since": key.created_at.isoformat()} for key in keys]
    return said


def _erase(db: Session, subject: Subject) -> int:
    gone = sum(store.delete_sign_ins(db, **owner) for owner in subject.owners)
    if subject.person_id:
        gone += store.delete_passkeys_of(db, "person", subject.person_id)
    return gone


PRIVACY = Privacy(
    feature="accounts",
    keeps=(
        Kept(
            "staff",
            personal=True,
            days=1095,
            why="who did what, three years after an account was closed",
            since="disabled_at",
        ),
        Kept(
            "sign_in",
            personal=True,
            days=30,
            why="to see who was signed in, a month after its end",
            since="expires_at",
        ),
        Kept("second_step", personal=True, days=1, why="a sign-in half-way lives for minutes", since="expires_at"),
        Kept("staff_code", personal=True, days=1, why="a one-time code lives for hours", since="expires_at"),
        Kept(
            "passkey",
            personal=True,
            days=1095,
            why="as long as its owner uses it, and three years; it goes with the account",
            since="used_at",
        ),
        Kept(
            "passkey_challenge",
            personal=True,
            days=1,
            why="a passkey answers it within minutes",
            since="expires_at",
        ),
    ),
    discloses=_disclose,
    erases=_erase,
)
