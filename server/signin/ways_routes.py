"""`/my/ways`: which ways in a resident holds; adding one, taking one away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow
from server.accounts import passkeys
from server.accounts.passkeys import MAX_ANSWER, MAX_PASSKEYS, relying_party
from server.accounts.principal import Principal
from server.db import Db
from server.mail import service as mail
from server.mail.addresses import AddressError, read_address
from server.people import service as people
from server.settings import Settings
from server.signin import mail_links
from server.signin.addresses import base_of
from server.signin.openid_routes import leave
from server.signin.ways import ways_of
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/my/ways")
PAGE = "/my/ways"
Answer = Annotated[str, Form(max_length=MAX_ANSWER)]
Text = Annotated[str, Form(max_length=400)]


@router.get("", dependencies=[allow("own.fresh")])
def ways(request: Request, db: Db, who: Who) -> Response:
    """Show the ways in that the resident holds."""
    if not who.id:
        return RedirectResponse("/my", status_code=303)  # a ticket alone has no ways to look after
    return _page(request, db, who)


@router.post("/mail", dependencies=[allow("own.fresh")])
def add_mail(request: Request, db: Db, who: Who, address: Text = "") -> Response:
    """Send a link that makes the address one of the resident's ways."""
    _person(who)
    settings: Settings = request.app.state.settings
    words = Words(language_of(request))
    try:
        target = read_address(address)
    except AddressError:
        return _page(request, db, who, typed=address, errors={"address": words.plain("doors.wrong_address")})
    limits.hit(request, "mail_link", account=who.actor, target=target)
    if not mail.is_on(settings):
        raise HTTPException(404)
    mail_links.ask(
        db, settings, words, typed=address, base=base_of(request), leads_to=PAGE, purpose="add", person_id=who.id
    )
    return RedirectResponse(f"{PAGE}/mail/sent", status_code=303)


@router.get("/mail/sent", dependencies=[allow("own")])
def mail_sent(request: Request) -> Response:
    """Say that a letter is on its way."""
    return render(request, "signin/mail_sent.html", minutes=request.app.state.settings.mail_link_minutes)


@router.get("/digital", dependencies=[allow("own.fresh")])
def add_digital(request: Request, who: Who) -> Response:
    """Go to the sign-in service; what it proves becomes one of the resident's ways."""
    _person(who)
    return leave(request, "resident", leads_to=PAGE, person_id=who.id)


@router.post("/passkey/options", dependencies=[allow("own.fresh")])
def passkey_options(request: Request, db: Db, who: Who) -> Response:
    """Give the browser what it needs to make a passkey."""
    _person(who)
    limits.hit(request, "passkey", account=who.actor)
    name = people.get(db, who.id).name
    options = passkeys.registration_options(
        db,
        relying_party(request),
        owner_kind="person",
        owner_id=who.id,
        binding=who.sign_in,
        account=name,
        name=name,
    )
    return JSONResponse(options)


@router.post("/passkey", dependencies=[allow("own.fresh")])
def add_passkey(request: Request, db: Db, who: Who, answer: Answer = "", name: Text = "") -> Response:
    """Keep the passkey that the device made."""
    _person(who)
    made = passkeys.register(
        db,
        relying_party(request),
        answer,
        owner_kind="person",
        owner_id=who.id,
        binding=who.sign_in,
        name=name,
        actor=who.actor,
    )
    if made is None:
        return _page(request, db, who, failed=True)
    return RedirectResponse(PAGE, status_code=303)


@router.post("/{kind}/{way_id}/remove", dependencies=[allow("own.fresh")])
def remove(request: Request, db: Db, who: Who, kind: str, way_id: str) -> Response:
    """Take a way away, unless it is the last: then nobody could come in here any more."""
    _person(who)
    held = ways_of(db, who.id)
    way = next((one for one in held if (one.kind, one.id) == (kind, way_id)), None)
    if way is None:
        raise HTTPException(404)
    if len(held) == 1:
        return _page(request, db, who, last=True)
    if way.kind == "passkey":
        passkeys.remove(db, way.id, owner_kind="person", owner_id=way.owner_id, actor=who.actor)
    else:
        people.remove_identity(db, who.id, way.id, actor=who.actor)
    return RedirectResponse(PAGE, status_code=303)


def _person(who: Principal) -> None:
    """Answer 404 to a resident who is known by a ticket alone."""
    if not who.id:
        raise HTTPException(404)


def _page(
    request: Request,
    db: Db,
    who: Principal,
    *,
    typed: str = "",
    errors: dict[str, str] | None = None,
    failed: bool = False,
    last: bool = False,
) -> Response:
    settings: Settings = request.app.state.settings
    held = ways_of(db, who.id)
    return render(
        request,
        "signin/ways.html",
        status=422 if errors or failed or last else 200,
        ways=held,
        typed=typed,
        errors=errors or {},
        failed=failed,
        last=last,
        mail=mail.is_on(settings),
        digital=settings.resident_openid is not None and not any(one.kind == "oidc" for one in held),
        passkey=relying_party(request).usable and sum(one.kind == "passkey" for one in held) < MAX_PASSKEYS,
    )
