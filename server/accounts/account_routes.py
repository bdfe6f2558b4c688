"""A staff member's own account: password, second factors, open sign-ins."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow, clear_cookie
from server.accounts import passkeys, sign_ins, staff, totp
from server.accounts.forms import (
    ACCOUNT,
    Answer,
    Password,
    Sealed,
    Text,
    fresh,
    new_password_errors,
    plain,
    signed_in,
    to,
)
from server.accounts.passkeys import relying_party
from server.accounts.passwords import RECOMMENDED, SHORTEST, of_app
from server.accounts.principal import Principal
from server.audit.service import record
from server.db import Database, Db
from server.web.pages import markup, render

router = APIRouter(prefix=ACCOUNT)


@router.get("", dependencies=[allow("account")])
def account(request: Request, db: Db, who: Who) -> Response:
    """Show what there is."""
    return _page(request, db, who)


@router.post("/password", dependencies=[allow("account")])
def password(request: Request, who: Who, old: Password = "", new: Password = "", repeated: Password = "") -> Response:
    """Change the password. The route holds no session while passwords are hashed."""
    limits.hit(request, "proof", account=who.actor)
    database: Database = request.app.state.database
    with database.reading() as db:
        one = staff.get(db, who.id)
    errors = new_password_errors(request, new, repeated, staff.guessable(request.app.state.settings, one))
    if not of_app(request.app).holds(one.password_hash, old):
        errors = {"old": plain(request, "password.wrong_old")} | errors
    kept = "" if errors else of_app(request.app).hash(new)
    with database.session() as db:
        if errors:
            return _page(request, db, who, errors=errors)
        staff.set_password(db, who, kept)
        return signed_in(f"{ACCOUNT}?done=password", sign_ins.renew(db, who.sign_in))


@router.get("/app", dependencies=[allow("account.fresh")])
def offer_app(request: Request, db: Db, who: Who) -> Response:
    """Show a secret for an authenticator app; it is kept once a code of it was shown."""
    secret, sealed = totp.offer(request.app.state.settings, staff.get(db, who.id), who.sign_in)
    return _app_page(request, db, who, secret, sealed)


@router.post("/app", dependencies=[allow("account.fresh")])
def take_app(request: Request, db: Db, who: Who, code: Text = "", sealed: Sealed = "") -> Response:
    """Keep the secret whose code was shown."""
    limits.hit(request, "second_factor", account=who.actor)
    settings, one = request.app.state.settings, staff.get(db, who.id)
    secret = totp.offered(settings, sealed, one, who.sign_in)
    if not secret:
        return to(f"{ACCOUNT}/app")
    if not totp.take(db, settings, one, secret, code):
        return _app_page(request, db, who, secret, sealed, error=plain(request, "account.wrong_code"))
    record(db, who.actor, "staff.totp_add", f"staff:{who.id}")
    return _after_factor(db, who)


@router.post("/app/remove", dependencies=[allow("account.fresh")])
def remove_app(request: Request, db: Db, who: Who) -> Response:
    """Take the authenticator app away, where it is not the last second factor."""
    if not staff.remove_totp(db, who):
        return _page(request, db, who, errors={"factors": plain(request, "account.last_factor")})
    return to(f"{ACCOUNT}?done=factor")


@router.post("/passkeys/options", dependencies=[allow("account.fresh")])
def passkey_options(request: Request, db: Db, who: Who) -> Response:
    """Give the browser what it needs to make a passkey."""
    one = staff.get(db, who.id)
    options = passkeys.registration_options(
        db,
        relying_party(request),
        owner_kind="staff",
        owner_id=one.id,
        binding=who.sign_in,
        account=one.login,
        name=one.name,
    )
    return JSONResponse(options)


@router.post("/passkeys", dependencies=[allow("account.fresh")])
def add_passkey(request: Request, db: Db, who: Who, answer: Answer = "", name: Text = "") -> Response:
    """Keep the passkey that the device made."""
    made = passkeys.register(
        db,
        relying_party(request),
        answer,
        owner_kind="staff",
        owner_id=who.id,
        binding=who.sign_in,
        name=name,
        actor=who.actor,
    )
    if made is None:
        return _page(request, db, who, errors={"factors": plain(request, "account.wrong_passkey")})
    return _after_factor(db, who)


@router.post("/passkeys/{passkey_id}/remove", dependencies=[allow("account.fresh")])
def remove_passkey(request: Request, db: Db, who: Who, passkey_id: str) -> Response:
    """Take a passkey away, where it is not the last second factor."""
    try:
        gone = staff.remove_passkey(db, who, passkey_id)
    except staff.UnknownStaffError:
        raise HTTPException(404) from None
    if not gone:
        return _page(request, db, who, errors={"factors": plain(request, "account.last_factor")})
    return to(f"{ACCOUNT}?done=factor")


@router.post("/signins/end", dependencies=[allow("account")])
def end_everywhere(db: Db, who: Who) -> Response:
    """End every sign-in of this account, this one too."""
    sign_ins.end_all(db, staff_id=who.id, actor=who.actor)
    response = to("/staff/signin")
    clear_cookie(response)
    return response


@router.post("/signins/{sign_in_id}/end", dependencies=[allow("account")])
def end_one(db: Db, who: Who, sign_in_id: str) -> Response:
    """End one of this account's sign-ins."""
    if sign_in_id not in {one.id for one in staff.open_sign_ins(db, who.id)}:
        raise HTTPException(404)
    sign_ins.end(db, sign_in_id, actor=who.actor)
    return to(f"{ACCOUNT}?done=signin")


def _after_factor(db: Db, who: Principal) -> Response:
    """End the other sign-ins and go on with a new key: a limited sign-in is limited no longer."""
    sign_ins.end_all(db, staff_id=who.id, but=who.sign_in, actor=who.actor)
    return signed_in(f"{ACCOUNT}?done=factor", sign_ins.renew(db, who.sign_in, lifts=True))


def _page(request: Request, db: Db, who: Principal, *, errors: dict[str, str] | None = None) -> Response:
    one = staff.get(db, who.id)
    done = request.query_params.get("done", "")
    values: dict[str, Any] = {
        "one": one,
        "factors": staff.factors_of(db, one),
        "sign_ins": staff.open_sign_ins(db, who.id),
        "fresh": fresh(request, who),
        "errors": errors or {},
        "done": done if done in ("password", "factor", "signin") else "",
        "passkeys": relying_party(request).usable,
        "shortest": SHORTEST,
        "recommended": RECOMMENDED,
    }
    return render(request, "accounts/account.html", status=422 if errors else 200, **values)


def _app_page(request: Request, db: Db, who: Principal, secret: str, sealed: str, *, error: str = "") -> Response:
    values = {
        "picture": markup(totp.picture(staff.get(db, who.id), secret)),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "sealed": sealed,
        "error": error,
    }
    return render(request, "accounts/app.html", status=422 if error else 200, **values)
