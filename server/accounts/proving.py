"""How staff prove who they are: a password and a second factor, or a passkey, which is both.

Nothing here holds a session of the database while a password is hashed: writers wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from server.accounts import door, passkeys, sign_ins, store, totp
from server.accounts.models import SecondStep, SignIn, Staff
from server.accounts.passkeys import RelyingParty
from server.accounts.passwords import Passwords
from server.accounts.principal import NOBODY, Principal
from server.accounts.staff import has_second_factor, normal_login
from server.audit.service import record
from server.columns import now
from server.db import Database
from server.settings import Settings

TRIES: Final = 5
"""Wrong second factors before the password is asked for again."""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What a password led to: nothing (`wrong`), the second step (`second`), or a sign-in that may only set one up.

    `key` is the door key of the second step, or the key of the sign-in.
    """

    outcome: Literal["wrong", "second", "limited"]
    key: str = ""


def with_password(
    database: Database, passwords: Passwords, *, login: str, password: str, before: Principal = NOBODY
) -> FirstStep:
    """Take the first step: a known and an unknown login cost the same and get the same answer.

    A sign-in ends the one that the browser had `before`; here as in the other functions.

    Raises:
        BusyError: too many passwords are being checked.
    """
    with database.reading() as db:
        found = store.staff_by_login(db, normal_login(login))
        staff = found if found is not None and found.disabled_at is None else None
    kept = staff.password_hash if staff else ""
    right = passwords.holds(kept, password)
    anew = passwords.hash(password) if right and passwords.is_outdated(kept) else ""
    with database.session() as db:
        staff = db.get(Staff, staff.id, populate_existing=True) if staff else None
        if not right or staff is None or staff.disabled_at is not None or staff.password_hash != kept:
            record(db, "nobody", "sign_in.refused", f"staff:{found.id if found else 'unknown'}", {"step": "password"})
            return FirstStep("wrong")
        if anew:
            staff.password_hash = anew
        if not has_second_factor(db, staff):
            key = sign_ins.sign_in_staff(db, database.settings, staff, method="password", limited=True, before=before)
            return FirstStep("limited", key)
        return FirstStep("second", _begin_second(db, staff))


def _begin_second(db: Session, staff: Staff) -> str:
    store.delete_stale(db, at=now())
    key = door.new_key()
    until = now() + timedelta(seconds=door.SECONDS)
    db.add(SecondStep(key_hash=door.hash_of(key), staff_id=staff.id, expires_at=until))
    db.flush()
    return key


def second_step(db: Session, binding: str) -> Staff | None:
    """Return whose second factor is asked for in the browser with this door key."""
    step = store.second_step(db, binding, at=now()) if binding else None
    staff = db.get(Staff, step.staff_id) if step is not None else None
    return staff if staff is not None and staff.disabled_at is None else None


def with_totp(db: Session, settings: Settings, binding: str, code: str, *, before: Principal = NOBODY) -> str:
    """Take the second step with six digits; return the sign-in's key, or "" when they are wrong.

    Call `second_step` after a wrong one to see whether another may be tried.
    """
    staff, step = _both(db, binding)
    if staff is None or step is None:
        return ""
    if not totp.holds(db, settings, staff, code):
        _wrong(db, staff, step, "totp")
        return ""
    return _finish(db, settings, staff, step, method="totp", before=before)


def with_second_passkey(
    db: Session, settings: Settings, party: RelyingParty, binding: str, answer: str, *, before: Principal = NOBODY
) -> str:
    """Take the second step with a passkey; return the sign-in's key, or "" when the answer does not hold."""
    staff, step = _both(db, binding)
    if staff is None or step is None:
        return ""
    key = passkeys.prove(db, party, answer, owner_kind="staff", owner_id=staff.id, binding=binding)
    if key is None:
        _wrong(db, staff, step, "passkey")
        return ""
    return _finish(db, settings, staff, step, method="passkey", before=before)


def with_passkey(
    db: Session, settings: Settings, party: RelyingParty, binding: str, answer: str, *, before: Principal = NOBODY
) -> str:
    """Sign in with a passkey alone: the device asked for its PIN, finger or face. Return the key, or ""."""
    key = passkeys.prove(db, party, answer, owner_kind="staff", binding=binding)
    staff = db.get(Staff, key.owner_id) if key is not None else None
    if staff is None or staff.disabled_at is not None:
        record(db, "nobody", "sign_in.refused", f"staff:{staff.id if staff else 'unknown'}", {"step": "passkey"})
        return ""
    return sign_ins.sign_in_staff(db, settings, staff, method="passkey", before=before)


def again_with_password(database: Database, passwords: Passwords, who: Principal, *, password: str, code: str) -> str:
    """Prove anew who is signed in, with password and, where there is one, six digits; return the new key, or "".

    Raises:
        BusyError: too many passwords are being checked.
    """
    with database.reading() as db:
        staff = db.get_one(Staff, who.id)
    kept, right = staff.password_hash, passwords.holds(staff.password_hash, password)
    with database.session() as db:
        staff = db.get_one(Staff, who.id, populate_existing=True)
        good = right and staff.password_hash == kept
        # An account with passkeys alone proves itself by one of them; limited sign-ins have no second factor yet.
        if good and not who.limited:
            good = totp.holds(db, database.settings, staff, code)
        if not good:
            record(db, who.actor, "proof.refused", f"sign_in:{who.sign_in}", {"step": "password"})
            return ""
        record(db, who.actor, "proof.given", f"sign_in:{who.sign_in}", {"method": "password"})
        return sign_ins.renew(db, who.sign_in)


def again_with_passkey(db: Session, party: RelyingParty, who: Principal, answer: str) -> str:
    """Prove anew who is signed in, staff or person, with one of their passkeys; return the new key, or ""."""
    kind: passkeys.OwnerKind = "staff" if who.kind == "staff" else "person"
    key = passkeys.prove(db, party, answer, owner_kind=kind, owner_id=who.id, binding=who.sign_in)
    if key is None:
        record(db, who.actor, "proof.refused", f"sign_in:{who.sign_in}", {"step": "passkey"})
        return ""
    record(db, who.actor, "proof.given", f"sign_in:{who.sign_in}", {"method": "passkey"})
    return sign_ins.renew(db, who.sign_in)


def method_of(db: Session, who: Principal) -> str:
    """Return how a sign-in was proved when it was opened."""
    found = db.get(SignIn, who.sign_in)
    return found.method if found is not None else ""


def _both(db: Session, binding: str) -> tuple[Staff | None, SecondStep | None]:
    staff = second_step(db, binding)
    return staff, store.second_step(db, binding, at=now()) if staff is not None else None


def _wrong(db: Session, staff: Staff, step: SecondStep, factor: str) -> None:
    record(db, "nobody", "sign_in.refused", f"staff:{staff.id}", {"step": factor})
    if store.count_try(db, step.id) >= TRIES:
        store.end_second_step(db, step.id)


def _finish(
    db: Session, settings: Settings, staff: Staff, step: SecondStep, *, method: sign_ins.Method, before: Principal
) -> str:
    if not store.end_second_step(db, step.id):
        return ""
    return sign_ins.sign_in_staff(db, settings, staff, method=method, before=before)
