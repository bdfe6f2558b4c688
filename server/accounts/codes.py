"""Codes that staff are handed and that serve once: to make the first account, to begin with one, to sign in.

A code is 24 characters of the tickets' alphabet (120 bits), so it cannot be guessed; it may be typed from paper. The
table holds its hash, and using it deletes the row.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from drill.ticket import ALPHABET
from server.accounts import store
from server.accounts.models import StaffCode
from server.audit.service import record
from server.columns import now
from server.settings import Settings

CodePurpose = Literal["setup", "invite", "link"]
LENGTH: Final = 24
_GROUP: Final = 4
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code(
    db: Session,
    settings: Settings,
    *,
    purpose: CodePurpose,
    staff_id: str | None = None,
    minutes: int | None = None,
    actor: str = "console",
) -> str:
    """Make a code and return it as it is read out, `ABCD-EFGH-...`: it is shown this once.

    Older codes for the same purpose and staff member stop working.

    Args:
        db: a session that may write.
        settings: how long codes live, where `minutes` does not say.
        purpose: `setup` makes the first administrator; `invite` lets a staff member set a password and takes away
            what they signed in with before; `link` signs a staff member in.
        staff_id: whose; None for `setup` alone.
        minutes: how long it lives.
        actor: who had it made, for the audit record.

    Raises:
        ValueError: `setup` for somebody, or another purpose for nobody.
    """
    if (purpose == "setup") != (staff_id is None):
        msg = f"a code to {purpose!r} is {'for nobody yet' if purpose == 'setup' else 'for a staff member'}"
        raise ValueError(msg)
    at = now()
    store.delete_stale(db, at=at)
    store.delete_staff_codes(db, purpose=purpose, staff_id=staff_id)
    lives = minutes or (settings.sign_in_link_minutes if purpose == "link" else 60 * settings.staff_code_hours)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    db.add(
        StaffCode(code_hash=_hash(code), purpose=purpose, staff_id=staff_id, expires_at=at + timedelta(minutes=lives))
    )
    db.flush()
    record(db, actor, "staff_code.make", f"staff:{staff_id or ''}", {"purpose": purpose, "minutes": lives})
    return "-".join(code[i : i + _GROUP] for i in range(0, LENGTH, _GROUP))


def look_up(db: Session, code: str) -> StaffCode | None:
    """Return the row of a code that may be used now, however it was typed; None when it is unknown, used or too old."""
    plain = read_code(code)
    return store.staff_code(db, _hash(plain), at=now()) if plain else None


def use(db: Session, found: StaffCode) -> bool:
    """Use a code up; return False when somebody else just did."""
    return store.use_staff_code(db, found.id)


def forget_all(db: Session) -> None:
    """Forget every code: after a restore, those that were used since the backup would serve once more."""
    store.delete_stale(db, at=datetime.max.replace(tzinfo=UTC))


def read_code(typed: str) -> str:
    """Return the characters of a typed code, or "" where it cannot be one."""
    plain = "".join(c for c in typed.upper() if c.isalnum()).translate(_READ_AS)
    return plain if len(plain) == LENGTH and set(plain) <= set(ALPHABET) else ""


def _hash(code: str) -> str:
    return hashlib.sha256(f"staff code {code}".encode()).hexdigest()
