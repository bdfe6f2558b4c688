"""Rules of staff accounts that an administrator keeps: who there is, and what each may.

Taking rights away happens at once; giving them asks for a second person (`server.approvals`). Either ends every
sign-in of that account, so that nobody goes on with rights of yesterday.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from server.accounts import codes, sign_ins, store
from server.accounts.models import Staff
from server.accounts.principal import ROLES, Principal, Role
from server.accounts.staff import UnknownStaffError, by_login, get, has_second_factor, normal_login
from server.approvals import service as approvals
from server.approvals.models import Approval
from server.audit.service import record
from server.columns import now
from server.errors import Refused
from server.settings import Settings

INVITE_STANDS: Final = timedelta(days=3)
NAME_LENGTH: Final = 80


class LoginTakenError(ValueError):
    """Another account has this login."""


class RightsPayload(BaseModel):
    """What an account shall have, as two people agree to it."""

    model_config = ConfigDict(extra="forbid")

    staff_id: str
    roles: list[Role]
    department: Annotated[str, Field(max_length=80)]
    enabled: bool = True


class InvitePayload(BaseModel):
    """Whose password and factors are to be set anew."""

    model_config = ConfigDict(extra="forbid")

    staff_id: str


def listed(db: Session, who: Principal) -> list[Staff]:
    """Return the accounts that this administrator looks after: of their department, or all."""
    return [staff for staff in store.all_staff(db) if _manages(who, staff.department)]


def member(db: Session, who: Principal, staff_id: str) -> Staff:
    """Return one of them. Raise UnknownStaffError."""
    found = get(db, staff_id)
    if not _manages(who, found.department):
        raise UnknownStaffError(staff_id)
    return found


def add(db: Session, *, login: str, name: str, department: str, actor: str) -> Staff:
    """Make an account that may do nothing yet.

    Raises:
        LoginTakenError: another account has this login.
        ValueError: login or name is empty or too long.
    """
    login, name = normal_login(login), name.strip()
    if not login or not name or len(name) > NAME_LENGTH or any(c.isspace() for c in login):
        msg = f"an account needs a login without spaces and a name, each of 1 to {NAME_LENGTH} characters"
        raise ValueError(msg)
    if is_taken(db, login):
        msg = "another account has this login"
        raise LoginTakenError(msg)
    made = Staff(login=login, name=name, department=department.strip()[:80], roles=[])
    db.add(made)
    db.flush()
    record(db, actor, "staff.add", f"staff:{made.id}")
    return made


def is_taken(db: Session, login: str) -> bool:
    """Tell whether an account has this login."""
    return by_login(db, login) is not None


def new_member(
    db: Session, settings: Settings, who: Principal, *, login: str, name: str, department: str
) -> tuple[Staff, str]:
    """Make an account and return it with the code that it begins with.

    Raises:
        LoginTakenError: another account has this login.
        ValueError: login or name is empty or too long.
        UnknownStaffError: the department is none of this administrator's business.
    """
    if not _manages(who, department.strip()):
        raise UnknownStaffError(department)
    made = add(db, login=login, name=name, department=department, actor=who.actor)
    return made, codes.new_code(db, settings, purpose="invite", staff_id=made.id, actor=who.actor)


def change_rights(
    db: Session,
    who: Principal,
    staff_id: str,
    *,
    roles: Collection[str],
    department: str,
    enabled: bool,
    reason: str,
) -> Literal["same", "done", "proposed"]:
    """Give an account the rights it shall have: at once where they only shrink, else once a second person agrees.

    Raises:
        UnknownStaffError: no such account, or none of this administrator's business.
        Refused: one's own account; the last administrator; no reason where a second person must agree.
    """
    staff = member(db, who, staff_id)
    wanted: list[Role] = [role for role in ROLES if role in roles]
    department = department.strip()[:80]
    if not _manages(who, department):
        raise UnknownStaffError(department)
    if (staff.roles, staff.department, staff.disabled_at is None) == (wanted, department, enabled):
        return "same"
    if staff.id == who.id:
        ja, en = "ご自分の権限は、ほかの管理者が変えます。", "Another administrator changes your own rights."
        raise Refused(ja, en, code="own")
    gives = not set(wanted) <= set(staff.roles) or (enabled and staff.disabled_at is not None)
    widens = bool(staff.department) and department != staff.department
    if enabled and (gives or widens):
        payload = RightsPayload(staff_id=staff.id, roles=wanted, department=department, enabled=enabled)
        approvals.propose(db, who, act="staff.rights", payload=payload, reason=reason)
        return "proposed"
    put_rights(db, staff, roles=wanted, department=department, enabled=enabled, actor=who.actor)
    return "done"


def put_rights(
    db: Session, staff: Staff, *, roles: Collection[str], department: str, enabled: bool, actor: str
) -> None:
    """Set an account's rights and end all its sign-ins. For who may: see `change_rights`.

    Raises:
        Refused: no administrator would be left.
    """
    stays = "administrator" in roles and enabled
    if not stays and _is_last_administrator(db, staff):
        ja = "管理者がいなくなるため、変えられません。先に、ほかの人を管理者にしてください。"
        raise Refused(ja, "No administrator would be left. First make somebody else one.", code="last")
    staff.roles = [role for role in ROLES if role in roles]
    staff.department = department
    if enabled != (staff.disabled_at is None):
        staff.disabled_at = None if enabled else now()
    db.flush()
    detail = {"roles": staff.roles, "enabled": enabled, "whole_city": not department}
    record(db, actor, "staff.rights", f"staff:{staff.id}", detail)
    store.end_second_steps(db, staff.id)
    sign_ins.end_all(db, staff_id=staff.id, actor=actor)


def may_invite(db: Session, staff: Staff) -> bool:
    """Tell whether a code to begin with may be handed out: two agreed to it, or the account never had anything."""
    agreed = staff.invite_until is not None and staff.invite_until > now()
    untouched = not staff.roles and not staff.password_hash and not has_second_factor(db, staff)
    return staff.disabled_at is None and (agreed or untouched)


def invite(db: Session, settings: Settings, who: Principal, staff_id: str) -> str:
    """Hand out a code to begin (anew) with; return it.

    Raises:
        UnknownStaffError: no such account, or none of this administrator's business.
        Refused: nobody agreed to it.
    """
    staff = member(db, who, staff_id)
    if not may_invite(db, staff):
        ja, en = "先に、ほかの管理者の承認が必要です。", "Another administrator must agree first."
        raise Refused(ja, en, code="approval")
    staff.invite_until = None
    return codes.new_code(db, settings, purpose="invite", staff_id=staff.id, actor=who.actor)


def ask_for_invite(db: Session, who: Principal, staff_id: str, *, reason: str) -> None:
    """Propose that a staff member who lost password or second factor begins anew. Raise as `change_rights` does."""
    staff = member(db, who, staff_id)
    approvals.propose(db, who, act="staff.invite", payload=InvitePayload(staff_id=staff.id), reason=reason)


def has_administrator(db: Session) -> bool:
    """Tell whether anybody administers this installation."""
    return administrators(db) > 0


def administrators(db: Session) -> int:
    """Return how many administer this installation."""
    return sum(_administers(staff) for staff in store.all_staff(db))


def _manages(who: Principal, department: str) -> bool:
    return not who.department or who.department == department


def _administers(staff: Staff) -> bool:
    return staff.disabled_at is None and "administrator" in staff.roles


def _is_last_administrator(db: Session, staff: Staff) -> bool:
    return _administers(staff) and not any(_administers(other) for other in store.all_staff(db) if other.id != staff.id)


# --- what two people agree to ------------------------------------------------------------------------------------


def _describe(db: Session, payload: RightsPayload | InvitePayload) -> dict[str, str]:
    staff = db.get(Staff, payload.staff_id)
    said = {"account.name": staff.name if staff else "–", "account.login": staff.login if staff else "–"}
    if isinstance(payload, RightsPayload):
        said["account.roles"] = ", ".join(payload.roles) or "–"
        said["account.department"] = payload.department or "–"
    return said


@approvals.act("staff.rights", RightsPayload, proposes="staff.write", describe=_describe)
def _give_rights(db: Session, payload: RightsPayload, approval: Approval) -> dict[str, Any]:
    staff = get(db, payload.staff_id)
    put_rights(
        db,
        staff,
        roles=payload.roles,
        department=payload.department,
        enabled=payload.enabled,
        actor=f"staff:{approval.decided_by}",
    )
    return {"staff": staff.id}


@approvals.act("staff.invite", InvitePayload, proposes="staff.write", describe=_describe)
def _allow_invite(db: Session, payload: InvitePayload, _approval: Approval) -> dict[str, Any]:
    staff = get(db, payload.staff_id)
    staff.invite_until = now() + INVITE_STANDS
    return {"staff": staff.id}
