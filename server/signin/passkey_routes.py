"""The door by passkey: the device's own PIN, finger or face."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow, local_path, set_cookie
from server.accounts import door, passkeys
from server.accounts.passkeys import MAX_ANSWER, relying_party
from server.db import Db
from server.people import service as people
from server.signin import residents
from server.web.pages import render

router = APIRouter()
HOME: Final = "/my"
Answer = Annotated[str, Form(max_length=MAX_ANSWER)]
Text = Annotated[str, Form(max_length=400)]


@router.get("/signin/passkey", dependencies=[allow("sign_in")])
def passkey_page(request: Request, next: str = HOME) -> Response:  # noqa: A002 - the name in the address
    """Show the button that asks the device."""
    return _page(request, local_path(next))


@router.post("/signin/passkey/options", dependencies=[allow("sign_in")])
def passkey_options(request: Request, db: Db) -> Response:
    """Give the browser what it needs to ask the device, bound to this browser."""
    limits.hit(request, "passkey")
    key = request.cookies.get(door.COOKIE) or door.new_key()
    options = passkeys.proof_options(db, relying_party(request), owner_kind="person", binding=door.hash_of(key))
    response = JSONResponse(options)
    door.set_cookie(response, key)
    return response


@router.post("/signin/passkey", dependencies=[allow("sign_in")])
def by_passkey(request: Request, db: Db, who: Who, answer: Answer = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Sign in whose passkey answered."""
    limits.hit(request, "passkey")
    leads_to = local_path(next)
    binding = door.binding_of(request)
    found = passkeys.prove(db, relying_party(request), answer, owner_kind="person", binding=binding)
    if found is None:
        return _page(request, leads_to, failed=True)
    try:
        person = people.get(db, found.owner_id)
    except people.UnknownPersonError:
        return _page(request, leads_to, failed=True)
    people.note_seen(db, person.id)
    key = residents.open_sign_in(db, request.app.state.settings, person.id, method="passkey", before=who)
    response = RedirectResponse(leads_to, status_code=303)
    set_cookie(response, key)
    door.clear_cookie(response)
    return response


def _page(request: Request, leads_to: str, *, failed: bool = False) -> Response:
    usable = relying_party(request).usable
    status = 422 if failed else 200
    return render(request, "signin/passkey.html", status=status, leads_to=leads_to, failed=failed, usable=usable)
