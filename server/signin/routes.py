"""Where residents choose how to come in, and the door by e-mail. Plain forms that work without a script."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Form, Request
from starlette.responses import RedirectResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow, local_path, set_cookie
from server.accounts.passkeys import relying_party
from server.accounts.principal import Principal
from server.db import Db
from server.mail import service as mail
from server.mail.addresses import AddressError, read_address
from server.people import service as people
from server.people.names import UnusableNameError
from server.settings import Settings
from server.signin import mail_links, openid_routes, passkey_routes, residents, ways_routes
from server.signin.addresses import base_of
from server.signin.facts import birth_date as read_birth_date
from server.signin.models import MailLink
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter()
router.include_router(openid_routes.router)
router.include_router(passkey_routes.router)
router.include_router(ways_routes.router)

HOME: Final = "/my"
Text = Annotated[str, Form(max_length=400)]


def mount(app: FastAPI) -> None:
    """Give the app a place for its sign-in services."""
    app.state.openid = {}


@router.get("/signin", dependencies=[allow("sign_in")])
def choice(request: Request, who: Who, next: str = HOME) -> Response:  # noqa: A002 - the name in the address
    """Show the doors that are open here."""
    settings: Settings = request.app.state.settings
    return render(
        request,
        "signin/choice.html",
        leads_to=local_path(next),
        digital=settings.resident_openid is not None,
        mail=mail.is_on(settings),
        passkey=relying_party(request).usable,
        again=who.kind == "resident",
    )


# --- by e-mail -----------------------------------------------------------------------------------------------------


@router.get("/signin/mail", dependencies=[allow("sign_in")])
def mail_form(request: Request, next: str = HOME) -> Response:  # noqa: A002 - the name in the address
    """Ask for the address."""
    return _mail_form(request, local_path(next))


@router.post("/signin/mail", dependencies=[allow("sign_in")])
def ask_by_mail(request: Request, db: Db, address: Text = "", next: Text = HOME) -> Response:  # noqa: A002 - the name in the form
    """Send a link. What follows looks the same whether the address is known or not."""
    leads_to = local_path(next)
    settings: Settings = request.app.state.settings
    try:
        target = read_address(address)
    except AddressError:
        return _mail_form(request, leads_to, typed=address, wrong=True)
    limits.hit(request, "mail_link", target=target)
    if not mail.is_on(settings):
        return _mail_form(request, leads_to)
    words = Words(language_of(request))
    mail_links.ask(db, settings, words, typed=address, base=base_of(request), leads_to=leads_to)
    return RedirectResponse("/signin/mail/sent", status_code=303)


@router.get("/signin/mail/sent", dependencies=[allow("sign_in")])
def mail_sent(request: Request) -> Response:
    """Say that a letter is on its way."""
    minutes = request.app.state.settings.mail_link_minutes
    return render(request, "signin/mail_sent.html", minutes=minutes)


@router.get("/signin/mail/{key}", dependencies=[allow("sign_in")])
def show_link(request: Request, db: Db, who: Who, key: str) -> Response:
    """Show the button that uses a link; opening it alone uses nothing up."""
    link = mail_links.look(db, key)
    if link is None:
        return _old_link(request)
    return _link_page(request, db, who, link, key)


@router.post("/signin/mail/{key}", dependencies=[allow("sign_in")])
def use_link(
    request: Request,
    db: Db,
    who: Who,
    key: str,
    name: Text = "",
    name_kana: Text = "",
    birth_date: Text = "",
) -> Response:
    """Use a link: sign in, register at the first time, or add the address to one's ways."""
    settings: Settings = request.app.state.settings
    link = mail_links.look(db, key)
    if link is None:
        return _old_link(request)
    if link.purpose == "add":
        return _add_address(request, db, who, link, key)
    values = {"name": name, "name_kana": name_kana, "birth_date": birth_date}
    born = read_birth_date(birth_date)
    errors: dict[str, str] = {}
    if residents.owner_of(db, link) is None:
        found = {"name": bool(name.strip()), "name_kana": bool(name_kana.strip()), "birth_date": born is not None}
        errors = _messages(request, [field for field, good in found.items() if not good])
    if errors:
        return _link_page(request, db, who, link, key, values=values, errors=errors)
    try:
        with db.begin_nested():
            used = mail_links.use(db, key)
            person = residents.by_link(db, link, name=name, name_kana=name_kana, birth_date=born) if used else None
    except UnusableNameError as error:
        errors = _messages(request, ["name_kana" if error.fault == "kana" else "name"])
    except ValueError:
        errors = _messages(request, ["birth_date"])
    if errors:
        return _link_page(request, db, who, link, key, values=values, errors=errors)
    if person is None:
        return _old_link(request)
    response = RedirectResponse(local_path(link.leads_to), status_code=303)
    set_cookie(response, residents.open_sign_in(db, settings, person.id, method="mail", before=who))
    return response


def _messages(request: Request, fields: list[str]) -> dict[str, str]:
    words = Words(language_of(request))
    return {field: words.plain(f"doors.wrong_{field}") for field in fields}


def _add_address(request: Request, db: Db, who: Principal, link: MailLink, key: str) -> Response:
    if who.kind != "resident" or who.id != link.person_id:
        return _link_page(request, db, who, link, key)
    mail_links.use(db, key)
    try:
        people.add_identity(db, who.id, kind="mail", subject=link.address, actor=who.actor)
    except people.IdentityTakenError:
        return render(request, "signin/trouble.html", status=409, door="resident", code="taken")
    return RedirectResponse("/my/ways", status_code=303)


def _mail_form(request: Request, leads_to: str, *, typed: str = "", wrong: bool = False) -> Response:
    settings: Settings = request.app.state.settings
    words = Words(language_of(request))
    errors = {"address": words.plain("doors.wrong_address")} if wrong else {}
    return render(
        request,
        "signin/mail.html",
        status=422 if wrong else 200,
        leads_to=leads_to,
        typed=typed,
        errors=errors,
        on=mail.is_on(settings),
        minutes=settings.mail_link_minutes,
    )


def _link_page(
    request: Request,
    db: Db,
    who: Principal,
    link: MailLink,
    key: str,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    foreign = link.purpose == "add" and (who.kind != "resident" or who.id != link.person_id)
    return render(
        request,
        "signin/link.html",
        status=422 if errors else 200,
        key=key,
        adds=link.purpose == "add",
        foreign=foreign,
        known=residents.owner_of(db, link) is not None,
        values=values or {"name": "", "name_kana": "", "birth_date": ""},
        errors=errors or {},
    )


def _old_link(request: Request) -> Response:
    return render(request, "signin/trouble.html", status=404, door="resident", code="old_link")
