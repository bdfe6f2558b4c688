"""Where one-time codes are used: opening the address shows what the code does, a button does it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from server.access import limits
from server.access.enforcing import Who, allow, local_path
from server.accounts import codes, members, sign_ins, staff
from server.accounts.forms import ACCOUNT, Password, Text, new_password_errors, plain, signed_in, to
from server.accounts.models import Staff, StaffCode
from server.accounts.passwords import RECOMMENDED, SHORTEST, of_app
from server.db import Database, Db
from server.settings import Settings
from server.web.pages import render

router = APIRouter(prefix="/staff/code")
HOME: Final = "/"
Next = Annotated[str, Query(max_length=400)]


@router.get("", dependencies=[allow("sign_in")])
def type_page(request: Request) -> Response:
    """Ask for a code that was handed over on paper."""
    return _type_page(request)


@router.post("", dependencies=[allow("sign_in")])
def typed(request: Request, db: Db, code: Text = "") -> Response:
    """Go to the page of a code that was typed."""
    limits.hit(request, "one_time_code")
    if codes.look_up(db, code) is None:
        return _type_page(request, wrong=True)
    return to(f"/staff/code/{codes.read_code(code)}")


@router.get("/{code}", dependencies=[allow("sign_in")])
def show(request: Request, db: Db, code: str, next: Next = HOME) -> Response:  # noqa: A002 - the name in the address
    """Show what a code does; opening it alone uses nothing up."""
    limits.hit(request, "one_time_code")
    found = _usable(db, code)
    if found is None:
        return _type_page(request, wrong=True)
    return _page(request, db, found, code, leads_to=local_path(next))


@router.post("/{code}", dependencies=[allow("sign_in")])
def use(
    request: Request,
    who: Who,
    code: str,
    login: Text = "",
    name: Text = "",
    new: Password = "",
    repeated: Password = "",
    next: Text = HOME,  # noqa: A002 - the name in the form
) -> Response:
    """Use a code: sign in by a link, or set a password; who did goes on to the second factor.

    The route holds no session while the password is hashed.
    """
    limits.hit(request, "one_time_code")
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    with database.reading() as db:
        found = _usable(db, code)
        if found is None:
            return _type_page(request, wrong=True)
        purpose = found.purpose
        whose = staff.get(db, found.staff_id) if found.staff_id else Staff(login=login, name=name, department="")
        errors = _errors(request, settings, whose, purpose, new, repeated)
        if purpose == "setup" and members.is_taken(db, login):
            errors["login"] = plain(request, "members.wrong_taken")
        if errors:
            return _page(request, db, found, code, errors=errors, values={"login": login, "name": name})
    kept = "" if purpose == "link" else of_app(request.app).hash(new)
    with database.session() as db:
        found = _usable(db, code)
        if found is None or not codes.use(db, found):
            return _type_page(request, wrong=True)
        if purpose == "link":
            key = sign_ins.sign_in_staff(db, settings, staff.get(db, str(found.staff_id)), method="code", before=who)
            return signed_in(local_path(next), key)
        if purpose == "setup":
            one = members.add(db, login=login, name=name, department="", actor="console")
            members.put_rights(db, one, roles=["administrator"], department="", enabled=True, actor="console")
        else:
            one = staff.get(db, str(found.staff_id))
        staff.begin(db, one, kept)
        return signed_in(ACCOUNT, sign_ins.sign_in_staff(db, settings, one, method="code", limited=True, before=who))


def _usable(db: Session, code: str) -> StaffCode | None:
    """Return the code if it may be used: the first administrator is made once, a closed account stays closed."""
    found = codes.look_up(db, code)
    if found is None:
        return None
    if found.staff_id is None:
        return None if members.has_administrator(db) else found
    return found if staff.get(db, found.staff_id).disabled_at is None else None


def _errors(
    request: Request, settings: Settings, whose: Staff, purpose: str, new: str, repeated: str
) -> dict[str, str]:
    if purpose == "link":
        return {}
    errors: dict[str, str] = {}
    if purpose == "setup":
        login = staff.normal_login(whose.login)
        if not login or any(c.isspace() for c in login):
            errors["login"] = plain(request, "members.wrong_login")
        if not whose.name.strip() or len(whose.name.strip()) > members.NAME_LENGTH:
            errors["name"] = plain(request, "members.wrong_name")
    return errors | new_password_errors(request, new, repeated, staff.guessable(settings, whose))


def _type_page(request: Request, *, wrong: bool = False) -> Response:
    error = plain(request, "code.wrong") if wrong else ""
    return render(request, "accounts/code_type.html", status=404 if wrong else 200, error=error)


def _page(
    request: Request,
    db: Session,
    found: StaffCode,
    code: str,
    *,
    leads_to: str = HOME,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    shown: dict[str, Any] = {
        "purpose": found.purpose,
        "one": staff.get(db, found.staff_id) if found.staff_id else None,
        "code": codes.read_code(code),
        "leads_to": leads_to,
        "errors": errors or {},
        "values": values or {"login": "", "name": ""},
        "shortest": SHORTEST,
        "recommended": RECOMMENDED,
    }
    return render(request, "accounts/code.html", status=422 if errors else 200, **shown)
