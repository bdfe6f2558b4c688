"""Rules of sign-ins: kept on the server, revocable, ended by idleness and by age.

The cookie holds 256 random bits; the table holds their hash. A new sign-in is a new key: nothing that was there
before it is carried over.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy.orm import Session

from server.accounts import store
from server.accounts.models import SignIn, Staff
from server.accounts.principal import NOBODY, ROLES, Principal
from server.audit.service import record
from server.columns import now
from server.settings import Settings

Method = Literal["password", "totp", "passkey", "oidc", "mail", "ticket", "code"]
SEEN_EVERY = timedelta(minutes=1)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def sign_in_staff(
    db: Session,
    settings: Settings,
    staff: Staff,
    *,
    method: Method,
    limited: bool = False,
    before: Principal = NOBODY,
) -> str:
    """Open a sign-in of a staff member and return the cookie's key. The one that the browser had `before` ends."""
    if before.sign_in:
        end(db, before.sign_in, actor=before.actor)
    made, key = _open(db, settings, SignIn(kind="staff", staff_id=staff.id, method=method, limited=limited))
    record(db, f"staff:{staff.id}", "sign_in.open", f"sign_in:{made.id}", {"method": method, "limited": limited})
    return key


def sign_in_resident(
    db: Session, settings: Settings, *, method: Method, person_id: str = "", ticket_hash: str = ""
) -> str:
    """Open a sign-in of a resident, known as a person or by a ticket alone, and return the cookie's key."""
    if not person_id and not ticket_hash:
        msg = "a resident signs in as a person or with a ticket; neither was given"
        raise ValueError(msg)
    made, key = _open(
        db,
        settings,
        SignIn(kind="resident", person_id=person_id or None, ticket_hash=ticket_hash or None, method=method),
    )
    actor = f"person:{person_id}" if person_id else f"ticket:{ticket_hash[:12]}"
    record(db, actor, "sign_in.open", f"sign_in:{made.id}", {"method": method})
    return key


def _open(db: Session, settings: Settings, made: SignIn) -> tuple[SignIn, str]:
    key = secrets.token_urlsafe(32)
    made.key_hash = _hash(key)
    made.created_at = made.proved_at = made.seen_at = now()
    made.expires_at = made.created_at + timedelta(hours=settings.sign_in_hours)
    db.add(made)
    db.flush()
    return made, key


def principal_of(db: Session, settings: Settings, key: str) -> Principal:
    """Return who stands behind a cookie's key; NOBODY when the sign-in is unknown, ended, too old or too idle."""
    if not key:
        return NOBODY
    at = now()
    found = store.open_sign_in(db, _hash(key), at=at)
    if found is None or found.seen_at + timedelta(minutes=settings.sign_in_idle_minutes) <= at:
        return NOBODY
    if found.kind == "resident":
        return Principal(
            kind="resident",
            id=found.person_id or "",
            ticket_hash=found.ticket_hash or "",
            sign_in=found.id,
            proved_at=found.proved_at,
        )
    staff = db.get(Staff, found.staff_id or "", populate_existing=True)
    if staff is None or staff.disabled_at is not None:
        return NOBODY
    return Principal(
        kind="staff",
        id=staff.id,
        name=staff.name,
        roles=frozenset(role for role in ROLES if role in staff.roles),
        department=staff.department,
        sign_in=found.id,
        proved_at=found.proved_at,
        limited=found.limited,
    )


def is_idle_note_due(db: Session, sign_in_id: str) -> bool:
    """Tell whether it is time to note again that a sign-in is used."""
    found = db.get(SignIn, sign_in_id)
    return found is not None and now() - found.seen_at >= SEEN_EVERY


def note_seen(db: Session, sign_in_id: str) -> None:
    """Note that a sign-in was used just now."""
    store.seen(db, sign_in_id, at=now())


def note_proof(db: Session, sign_in_id: str) -> None:
    """Note that its holder has proved again who they are."""
    found = db.get(SignIn, sign_in_id)
    if found is not None:
        found.proved_at = now()


def renew(db: Session, sign_in_id: str, *, lifts: bool = False) -> str:
    """Give a sign-in whose holder has just proved again who they are a new key, and return it; the old one is dead.

    Args:
        db: a session that may write.
        sign_in_id: the sign-in.
        lifts: a staff member has set up their second factor: the sign-in is limited no longer.
    """
    key = secrets.token_urlsafe(32)
    found = db.get_one(SignIn, sign_in_id, populate_existing=True)
    found.key_hash, found.proved_at = _hash(key), now()
    if lifts:
        found.limited = False
    db.flush()
    return key


def is_open(db: Session, sign_in_id: str) -> bool:
    """Tell whether a sign-in is still open: ask again while a socket or stream of it lives."""
    found = db.get(SignIn, sign_in_id, populate_existing=True)
    if found is None or found.ended_at is not None or found.expires_at <= now():
        return False
    staff = db.get(Staff, found.staff_id, populate_existing=True) if found.staff_id else None
    return found.kind == "resident" or (staff is not None and staff.disabled_at is None)


def end(db: Session, sign_in_id: str, *, actor: str) -> bool:
    """End a sign-in; return whether it was open."""
    done = store.end(db, sign_in_id, at=now())
    if done:
        record(db, actor, "sign_in.end", f"sign_in:{sign_in_id}")
    return done


def end_all(
    db: Session, *, actor: str, staff_id: str = "", person_id: str = "", ticket_hash: str = "", but: str = ""
) -> int:
    """End all sign-ins of a staff member, a person or a ticket but `but`; return how many were open."""
    count = store.end_all(db, at=now(), staff_id=staff_id, person_id=person_id, ticket_hash=ticket_hash, but=but)
    if count:
        whom = f"staff:{staff_id}" if staff_id else f"person:{person_id}" if person_id else f"ticket:{ticket_hash[:12]}"
        record(db, actor, "sign_in.end_all", whom, {"count": count})
    return count


def end_everybody(db: Session, *, actor: str) -> int:
    """End every sign-in, as after a restore: some had been ended since the backup. Return how many were open."""
    count = store.end_everybody(db, at=now())
    if count:
        record(db, actor, "sign_in.end_everybody", "sign_in", {"count": count})
    return count
