"""Rules of one's own staff account: what it signs in with. What an administrator keeps of all is in `members`."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from server.accounts import passkeys, passwords, sign_ins, store
from server.accounts.models import Passkey, SignIn, Staff
from server.accounts.principal import Principal
from server.audit.service import record
from server.columns import now
from server.settings import Settings

LOGIN_LENGTH: Final = 80


class UnknownStaffError(LookupError):
    """There is no such account, or it is none of this administrator's business."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account signs in with."""

    password: bool
    totp: bool
    passkeys: list[Passkey]

    @property
    def count(self) -> int:
        """How many second factors there are."""
        return self.totp + len(self.passkeys)


def normal_login(typed: str) -> str:
    """Return a login as it is kept: width and case as typed on another keyboard make no other account."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()[:LOGIN_LENGTH]


def factors_of(db: Session, staff: Staff) -> Factors:
    """Return what an account signs in with."""
    return Factors(bool(staff.password_hash), staff.totp_secret is not None, passkeys.of_owner(db, "staff", staff.id))


def has_second_factor(db: Session, staff: Staff) -> bool:
    """Tell whether an account has a second factor."""
    return factors_of(db, staff).count > 0


def guessable(settings: Settings, staff: Staff) -> list[str]:
    """Return the words that whoever knows this staff member would try first."""
    return [staff.login, staff.name, staff.department, "sonae", *settings.city_words]


def by_login(db: Session, typed: str) -> Staff | None:
    """Return the account with this login."""
    return store.staff_by_login(db, normal_login(typed))


def get(db: Session, staff_id: str) -> Staff:
    """Return an account. Raise UnknownStaffError."""
    found = db.get(Staff, staff_id, populate_existing=True)
    if found is None:
        raise UnknownStaffError(staff_id)
    return found


def set_password(db: Session, who: Principal, kept: str) -> None:
    """Keep a new password's hash and end every other sign-in of the account, also one half-way."""
    get(db, who.id).password_hash = kept
    record(db, who.actor, "staff.password", f"staff:{who.id}")
    store.end_second_steps(db, who.id)
    sign_ins.end_all(db, staff_id=who.id, but=who.sign_in, actor=who.actor)


def remove_totp(db: Session, who: Principal) -> bool:
    """Take away the authenticator app; return False when it is the last second factor, which stays."""
    staff = get(db, who.id)
    if staff.totp_secret is None or factors_of(db, staff).count < 2:
        return False
    staff.totp_secret = None
    record(db, who.actor, "staff.totp_remove", f"staff:{who.id}")
    return True


def remove_passkey(db: Session, who: Principal, passkey_id: str) -> bool:
    """Take away a passkey; return False when it is the last second factor, which stays.

    Raises:
        UnknownStaffError: it is not theirs.
    """
    staff = get(db, who.id)
    factors = factors_of(db, staff)
    if passkey_id not in {key.id for key in factors.passkeys}:
        raise UnknownStaffError(passkey_id)
    return factors.count > 1 and passkeys.remove(db, passkey_id, owner_kind="staff", owner_id=staff.id, actor=who.actor)


def open_sign_ins(db: Session, staff_id: str) -> list[SignIn]:
    """Return an account's open sign-ins, newest first."""
    return store.open_sign_ins(db, at=now(), staff_id=staff_id)


def begin(db: Session, staff: Staff, kept: str) -> None:
    """Let an account begin (anew): this password, no second factor, no sign-in of before."""
    staff.password_hash, staff.totp_secret, staff.invite_until = kept, None, None
    actor = f"staff:{staff.id}"
    passkeys.remove_all(db, owner_kind="staff", owner_id=staff.id, actor=actor)
    record(db, actor, "staff.begin", actor)
    store.end_second_steps(db, staff.id)
    sign_ins.end_all(db, staff_id=staff.id, actor=actor)


def fault_of_password(settings: Settings, staff: Staff, password: str) -> str:
    """Return why a new password is not taken, as `passwords.fault` does."""
    return passwords.fault(password, guessable=guessable(settings, staff))
