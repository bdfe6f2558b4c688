"""Who works here: an administrator's pages over staff accounts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.access import limits
from server.access.enforcing import Who, allow
from server.accounts import members, sign_ins, staff
from server.accounts.forms import Roles, Text, fresh, plain, to
from server.accounts.models import Staff
from server.accounts.principal import ROLES, Principal
from server.db import Db
from server.errors import Refused
from server.web.pages import language_of, render

router = APIRouter(prefix="/staff/members")


@router.get("", dependencies=[allow("staff")])
def show_all(request: Request, db: Db, who: Who) -> Response:
    """List the accounts."""
    return _list(request, db, who)


@router.post("", dependencies=[allow("staff.write")])
def add(request: Request, db: Db, who: Who, login: Text = "", name: Text = "", department: Text = "") -> Response:
    """Make an account that may do nothing yet, and show the code that it begins with, this once."""
    values = {"login": login, "name": name, "department": department}
    try:
        made, code = members.new_member(db, request.app.state.settings, who, **values)
    except members.LoginTakenError:
        return _list(request, db, who, values=values, errors={"login": plain(request, "members.wrong_taken")})
    except staff.UnknownStaffError:
        errors = {"department": plain(request, "members.wrong_department")}
        return _list(request, db, who, values=values, errors=errors)
    except ValueError:
        wrong = "name" if not name.strip() else "login"
        return _list(request, db, who, values=values, errors={wrong: plain(request, f"members.wrong_{wrong}")})
    return _show_code(request, made, code)


@router.get("/{staff_id}", dependencies=[allow("staff")])
def member(request: Request, db: Db, who: Who, staff_id: str) -> Response:
    """Show one account."""
    return _page(request, db, who, _found(db, who, staff_id))


@router.post("/{staff_id}/rights", dependencies=[allow("staff.write")])
def rights(
    request: Request,
    db: Db,
    who: Who,
    staff_id: str,
    roles: Roles | None = None,
    department: Text = "",
    reason: Text = "",
) -> Response:
    """Change roles and department: at once where they shrink, else when a second person agrees."""
    one = _found(db, who, staff_id)
    enabled = one.disabled_at is None
    return _change(request, db, who, one, roles=roles or [], department=department, enabled=enabled, reason=reason)


@router.post("/{staff_id}/disable", dependencies=[allow("staff.write")])
def disable(request: Request, db: Db, who: Who, staff_id: str) -> Response:
    """Close an account at once."""
    one = _found(db, who, staff_id)
    return _change(request, db, who, one, roles=one.roles, department=one.department, enabled=False, reason="")


@router.post("/{staff_id}/enable", dependencies=[allow("staff.write")])
def enable(request: Request, db: Db, who: Who, staff_id: str, reason: Text = "") -> Response:
    """Propose that a closed account is opened again."""
    one = _found(db, who, staff_id)
    return _change(request, db, who, one, roles=one.roles, department=one.department, enabled=True, reason=reason)


@router.post("/{staff_id}/invite", dependencies=[allow("staff.write")])
def invite(request: Request, db: Db, who: Who, staff_id: str, reason: Text = "") -> Response:
    """Show a code to begin anew with, or propose it where nobody agreed to one yet."""
    one = _found(db, who, staff_id)
    if members.may_invite(db, one):
        return _show_code(request, one, members.invite(db, request.app.state.settings, who, one.id))
    limits.hit(request, "proposal", account=who.actor)
    try:
        members.ask_for_invite(db, who, one.id, reason=reason)
    except Refused as refusal:
        return _refused(request, db, who, one, refusal)
    return to(f"/staff/members/{one.id}?done=proposed")


@router.post("/{staff_id}/signins/end", dependencies=[allow("staff.write")])
def end_sign_ins(db: Db, who: Who, staff_id: str) -> Response:
    """End every sign-in of an account."""
    one = _found(db, who, staff_id)
    sign_ins.end_all(db, staff_id=one.id, actor=who.actor)
    return to(f"/staff/members/{one.id}?done=done")


def _found(db: Db, who: Principal, staff_id: str) -> Staff:
    try:
        return members.member(db, who, staff_id)
    except staff.UnknownStaffError:
        raise HTTPException(404) from None


def _change(request: Request, db: Db, who: Principal, one: Staff, **wanted: Any) -> Response:
    limits.hit(request, "proposal", account=who.actor)
    try:
        outcome = members.change_rights(db, who, one.id, **wanted)
    except staff.UnknownStaffError:
        errors = {"department": plain(request, "members.wrong_department")}
        return _page(request, db, who, one, errors=errors)
    except Refused as refusal:
        return _refused(request, db, who, one, refusal)
    return to(f"/staff/members/{one.id}?done={outcome}")


def _refused(request: Request, db: Db, who: Principal, one: Staff, refusal: Refused) -> Response:
    said = refusal.en if language_of(request) == "en" else refusal.ja
    return _page(request, db, who, one, errors={"reason": said})


def _list(
    request: Request,
    db: Db,
    who: Principal,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    shown: dict[str, Any] = {
        "members": members.listed(db, who),
        "values": values or {"login": "", "name": "", "department": who.department},
        "errors": errors or {},
        "fresh": fresh(request, who),
    }
    return render(request, "accounts/members.html", status=422 if errors else 200, **shown)


def _page(request: Request, db: Db, who: Principal, one: Staff, *, errors: dict[str, str] | None = None) -> Response:
    done = request.query_params.get("done", "")
    shown: dict[str, Any] = {
        "one": one,
        "factors": staff.factors_of(db, one),
        "sign_ins": staff.open_sign_ins(db, one.id),
        "roles": ROLES,
        "own": one.id == who.id,
        "invites": members.may_invite(db, one),
        "fresh": fresh(request, who),
        "errors": errors or {},
        "done": done if done in ("done", "proposed", "same") else "",
    }
    return render(request, "accounts/member.html", status=422 if errors else 200, **shown)


def _show_code(request: Request, one: Staff, code: str) -> Response:
    hours = request.app.state.settings.staff_code_hours
    base = request.app.state.settings.public_url or str(request.base_url).rstrip("/")
    address = f"{base}/staff/code/{code}"
    return render(request, "accounts/code_shown.html", one=one, code=code, address=address, hours=hours)
