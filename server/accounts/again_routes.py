"""A fresh proof before a privileged act: staff and residents show again who they are, and go on where they were."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow, local_path
from server.accounts import passkeys, proving, staff
from server.accounts.forms import Answer, Password, Text, plain, signed_in, to
from server.accounts.passkeys import relying_party
from server.accounts.passwords import of_app
from server.accounts.principal import Principal
from server.db import Database, Db
from server.web.pages import render

router = APIRouter()
HOME: Final = "/"
Next = Annotated[str, Query(max_length=400)]


@router.get("/signin/again", dependencies=[allow("sign_in")])
def again_page(request: Request, db: Db, who: Who, next: Next = HOME) -> Response:  # noqa: A002 - the name in the address
    """Ask for what this account proves itself with."""
    return _page(request, db, who, local_path(next))


@router.post("/signin/again", dependencies=[allow("sign_in")])
def again(request: Request, who: Who, password: Password = "", code: Text = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Take password and six digits of staff. The route holds no session while the password is hashed."""
    database: Database = request.app.state.database
    leads_to = local_path(next)
    if who.kind != "staff":
        with database.reading() as db:
            return _page(request, db, who, leads_to)
    limits.hit(request, "proof", account=who.actor)
    key = proving.again_with_password(database, of_app(request.app), who, password=password, code=code)
    if key:
        return signed_in(leads_to, key)
    with database.reading() as db:
        return _page(request, db, who, leads_to, error=plain(request, "again.wrong"))


@router.post("/signin/again/passkey/options", dependencies=[allow("sign_in")])
def options(request: Request, db: Db, who: Who) -> Response:
    """Give the browser what it needs to ask the device of who is signed in."""
    if who.kind == "nobody" or not who.id:
        return JSONResponse({}, status_code=401)
    kind: passkeys.OwnerKind = "staff" if who.kind == "staff" else "person"
    party = relying_party(request)
    return JSONResponse(passkeys.proof_options(db, party, owner_kind=kind, owner_id=who.id, binding=who.sign_in))


@router.post("/signin/again/passkey", dependencies=[allow("sign_in")])
def by_passkey(request: Request, db: Db, who: Who, answer: Answer = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Take a passkey's answer."""
    leads_to = local_path(next)
    if who.kind == "nobody" or not who.id:
        return _page(request, db, who, leads_to)
    limits.hit(request, "proof", account=who.actor)
    key = proving.again_with_passkey(db, relying_party(request), who, answer)
    if key:
        return signed_in(leads_to, key)
    return _page(request, db, who, leads_to, error=plain(request, "again.wrong_passkey"))


def _page(request: Request, db: Db, who: Principal, leads_to: str, *, error: str = "") -> Response:
    if who.kind == "nobody":
        return to("/signin")
    staffs = who.kind == "staff"
    keys = passkeys.of_owner(db, "staff" if staffs else "person", who.id) if who.id else []
    values = {
        "leads_to": leads_to,
        "error": error,
        "factors": staff.factors_of(db, staff.get(db, who.id)) if staffs else None,
        "passkeys": bool(keys) and relying_party(request).usable,
        "openid": staffs and request.app.state.settings.staff_openid is not None,
    }
    return render(request, "accounts/again.html", status=422 if error else 200, **values)
