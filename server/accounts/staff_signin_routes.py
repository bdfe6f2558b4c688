"""The staff's door: password, then second factor; or a passkey alone. And the way out."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow, clear_cookie, local_path
from server.accounts import door, passkeys, proving, sign_ins, staff
from server.accounts.forms import ACCOUNT, Answer, Password, Text, plain, signed_in, to
from server.accounts.passkeys import relying_party
from server.accounts.passwords import of_app
from server.db import Database, Db
from server.web.pages import render

router = APIRouter()
HOME: Final = "/"
Next = Annotated[str, Query(max_length=400)]


@router.get("/staff/signin", dependencies=[allow("sign_in")])
def sign_in_page(request: Request, who: Who, next: Next = HOME) -> Response:  # noqa: A002 - the name in the address
    """Ask for login and password; who is signed in goes on."""
    if who.kind == "staff":
        return to(ACCOUNT if who.limited else local_path(next))
    return _sign_in_page(request, local_path(next))


@router.post("/staff/signin", dependencies=[allow("sign_in")])
def sign_in(request: Request, who: Who, login: Text = "", password: Password = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Take the first step. An unknown login and a wrong password get the same answer after the same work.

    The route holds no session of its own while the password is hashed.
    """
    limits.hit(request, "sign_in", account=staff.normal_login(login))
    database: Database = request.app.state.database
    step = proving.with_password(database, of_app(request.app), login=login, password=password, before=who)
    leads_to = local_path(next)
    if step.outcome == "wrong":
        return _sign_in_page(request, leads_to, login=login, wrong=True)
    if step.outcome == "limited":
        return signed_in(ACCOUNT, step.key)
    response = to(f"/staff/signin/second?{_query(leads_to)}")
    door.set_cookie(response, step.key)
    return response


@router.get("/staff/signin/second", dependencies=[allow("sign_in")])
def second_page(request: Request, db: Db, next: Next = HOME) -> Response:  # noqa: A002 - the name in the address
    """Ask for the second factor."""
    return _second_page(request, db, local_path(next))


@router.post("/staff/signin/second", dependencies=[allow("sign_in")])
def second(request: Request, db: Db, who: Who, code: Text = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Take the second step with six digits."""
    _count_second(request, db)
    key = proving.with_totp(db, request.app.state.settings, door.binding_of(request), code, before=who)
    return _after_second(request, db, key, local_path(next), "second.wrong_code")


@router.post("/staff/signin/second/passkey/options", dependencies=[allow("sign_in")])
def second_passkey_options(request: Request, db: Db) -> Response:
    """Give the browser what it needs to ask the device of who proved the password."""
    binding = door.binding_of(request)
    found = proving.second_step(db, binding)
    if found is None:
        return JSONResponse({}, status_code=401)
    party = relying_party(request)
    return JSONResponse(passkeys.proof_options(db, party, owner_kind="staff", owner_id=found.id, binding=binding))


@router.post("/staff/signin/second/passkey", dependencies=[allow("sign_in")])
def second_passkey(request: Request, db: Db, who: Who, answer: Answer = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Take the second step with a passkey."""
    _count_second(request, db)
    settings, binding = request.app.state.settings, door.binding_of(request)
    key = proving.with_second_passkey(db, settings, relying_party(request), binding, answer, before=who)
    return _after_second(request, db, key, local_path(next), "second.wrong_passkey")


@router.post("/staff/signin/passkey/options", dependencies=[allow("sign_in")])
def passkey_options(request: Request, db: Db) -> Response:
    """Give the browser what it needs to ask the device, bound to this browser."""
    limits.hit(request, "passkey")
    key = request.cookies.get(door.COOKIE) or door.new_key()
    options = passkeys.proof_options(db, relying_party(request), owner_kind="staff", binding=door.hash_of(key))
    response = JSONResponse(options)
    door.set_cookie(response, key)
    return response


@router.post("/staff/signin/passkey", dependencies=[allow("sign_in")])
def by_passkey(request: Request, db: Db, who: Who, answer: Answer = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Sign in whose passkey answered."""
    limits.hit(request, "passkey")
    settings, binding = request.app.state.settings, door.binding_of(request)
    key = proving.with_passkey(db, settings, relying_party(request), binding, answer, before=who)
    if not key:
        return _sign_in_page(request, local_path(next), wrong_passkey=True)
    return _through(local_path(next), key)


@router.post("/signout", dependencies=[allow("public")])
def sign_out(db: Db, who: Who) -> Response:
    """End the sign-in of this browser."""
    if who.sign_in:
        sign_ins.end(db, who.sign_in, actor=who.actor)
    response = to(HOME)
    clear_cookie(response)
    door.clear_cookie(response)
    return response


def _query(leads_to: str) -> str:
    return urlencode({"next": leads_to})


def _through(leads_to: str, key: str) -> Response:
    response = signed_in(leads_to, key)
    door.clear_cookie(response)
    return response


def _count_second(request: Request, db: Db) -> None:
    found = proving.second_step(db, door.binding_of(request))
    limits.hit(request, "second_factor", account=found.id if found else "")


def _after_second(request: Request, db: Db, key: str, leads_to: str, message: str) -> Response:
    if key:
        return _through(leads_to, key)
    return _second_page(request, db, leads_to, error=plain(request, message))


def _sign_in_page(
    request: Request, leads_to: str, *, login: str = "", wrong: bool = False, wrong_passkey: bool = False
) -> Response:
    values: dict[str, Any] = {
        "leads_to": leads_to,
        "login": login,
        "error": plain(request, "staff_signin.wrong_passkey" if wrong_passkey else "staff_signin.wrong"),
        "wrong": wrong or wrong_passkey,
        "passkeys": relying_party(request).usable,
        "openid": request.app.state.settings.staff_openid is not None,
    }
    return render(request, "accounts/signin.html", status=422 if values["wrong"] else 200, **values)


def _second_page(request: Request, db: Db, leads_to: str, *, error: str = "") -> Response:
    found = proving.second_step(db, door.binding_of(request))
    if found is None:
        return to(f"/staff/signin?{_query(leads_to)}")
    values = {
        "leads_to": leads_to,
        "factors": staff.factors_of(db, found),
        "error": error,
        "passkeys": relying_party(request).usable,
    }
    return render(request, "accounts/second.html", status=422 if error else 200, **values)
