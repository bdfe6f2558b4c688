"""Tickets on paper: residents sign in with one, staff print them."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from drill.ticket import TicketError, read_ticket, ticket_hash
from server.access import limits
from server.access.enforcing import Who, allow, local_path, set_cookie
from server.accounts import sign_ins
from server.accounts.principal import Principal
from server.columns import JST, now, today
from server.consent.ages import BANDS
from server.db import Db
from server.drills import service as drills
from server.people import service as people
from server.settings import Settings
from server.tickets import pins, printing
from server.web.pages import language_of, render
from server.web.texts import LANGUAGES, Words

router = APIRouter()

Text = Annotated[str, Form(max_length=400)]
MOST: Final = 120


class Order(BaseModel):
    """What a clerk asks to be printed."""

    model_config = ConfigDict(extra="forbid")

    count: Annotated[int, Field(ge=1, le=MOST)]
    session: str = ""
    age_band: str = ""
    language: str = "ja"

    @field_validator("age_band")
    @classmethod
    def _known_band(cls, value: str) -> str:
        if value and value not in BANDS:
            msg = f"age band {value[:10]!r} is none of {', '.join(BANDS)}"
            raise ValueError(msg)
        return value

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            msg = f"language {value[:10]!r} is none of {', '.join(LANGUAGES)}"
            raise ValueError(msg)
        return value


# --- residents ---------------------------------------------------------------------------------------------------


@router.get("/signin/ticket", dependencies=[allow("sign_in")])
def ticket_form(request: Request, next: Annotated[str, Query(max_length=400)] = "/my") -> Response:  # noqa: A002 - the address's own word
    """Show the form for ticket and PIN."""
    return _ticket_form(request, after=local_path(next))


@router.post("/signin/ticket", dependencies=[allow("sign_in")])
def sign_in(request: Request, db: Db, who: Who, ticket: Text = "", pin: Text = "", after: Text = "/my") -> Response:
    """Sign in with ticket and PIN: as the person for a printed card, else by the ticket alone."""
    settings: Settings = request.app.state.settings
    opened = try_ticket(request, db, ticket, pin)
    if isinstance(opened, Refusal):
        return _ticket_form(request, after=local_path(after), ticket=ticket, refusal=opened)
    person = people.person_of_identity(db, kind="paper", subject=opened)
    if person is not None:
        people.note_used(db, person.id, kind="paper", subject=opened)
    _end(db, who)
    key = sign_ins.sign_in_resident(
        db,
        settings,
        method="ticket",
        person_id=person.id if person is not None else "",
        ticket_hash=opened if person is None else "",
    )
    response = RedirectResponse(local_path(after), status_code=303)
    set_cookie(response, key)
    return response


class Refusal(BaseModel):
    """Why ticket and PIN open nothing: a message for a field, and the status of the answer."""

    field: str
    message: str
    status: int
    wait_s: int = 0


def try_ticket(request: Request, db: Session, ticket: str, pin: str) -> str | Refusal:
    """Return the hash of the ticket that ticket and PIN open, or why they do not. Every try is counted and limited."""
    words = Words(language_of(request))
    settings: Settings = request.app.state.settings
    try:
        code = read_ticket(ticket)
    except TicketError as error:
        limits.hit(request, "ticket")
        return Refusal(field="ticket", message=words.plain(f"ticket.wrong_{error.reason}"), status=422)
    limits.hit(request, "ticket", target=ticket_hash(code))
    try:
        return pins.check(db, settings, code, pin).hash
    except pins.PinRefused as error:
        if error.until is None:
            return Refusal(field="pin", message=words.plain("ticket.wrong_pin"), status=422)
        left = max(1, math.ceil((error.until - now()).total_seconds()))
        message = words.plain("ticket.wait", minutes=math.ceil(left / 60))
        return Refusal(field="pin", message=message, status=429, wait_s=left)


def _end(db: Session, who: Principal) -> None:
    if who.sign_in:
        sign_ins.end(db, who.sign_in, actor=who.actor)


def _ticket_form(request: Request, *, after: str, ticket: str = "", refusal: Refusal | None = None) -> Response:
    response = render(
        request,
        "tickets/sign_in.html",
        status=refusal.status if refusal else 200,
        after=after,
        ticket=ticket,
        errors={refusal.field: refusal.message} if refusal else {},
    )
    if refusal and refusal.wait_s:
        response.headers["Retry-After"] = str(refusal.wait_s)
    return response


# --- staff -------------------------------------------------------------------------------------------------------


@router.get("/tickets", dependencies=[allow("tickets.issue")])
def order_form(request: Request, db: Db, who: Who, session: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Show the form by which tickets are ordered from the printer."""
    return _order_form(request, db, who, {"session": session})


@router.post("/tickets", dependencies=[allow("tickets.issue")])
def print_tickets(
    request: Request,
    db: Db,
    who: Who,
    count: Text = "",
    session: Text = "",
    age_band: Text = "",
    language: Text = "ja",
) -> Response:
    """Make tickets and show them once, ready for printing."""
    values = {"count": count, "session": session, "age_band": age_band, "language": language}
    try:
        order = Order.model_validate(values)
    except ValidationError as error:
        words = Words(language_of(request))
        errors = {str(one["loc"][0]): words.plain(f"ticket.wrong_{one['loc'][0]}") for one in error.errors()}
        return _order_form(request, db, who, values, errors=errors)
    slots = {slot["id"]: slot for slot in _slots(db, who, Words(language_of(request)))}
    if order.session and order.session not in slots:
        errors = {"session": Words(language_of(request)).plain("ticket.wrong_session")}
        return _order_form(request, db, who, values, errors=errors)
    made = printing.print_tickets(
        db,
        request.app.state.settings,
        count=order.count,
        session_id=order.session or None,
        age_band=order.age_band,
        language=order.language,
        actor=who.actor,
    )
    about = slots[order.session]["name"] if order.session else ""
    return show_sheet(request, made, language=order.language, about=about, back="/tickets")


@router.post("/tickets/pin", dependencies=[allow("tickets.issue")])
def renew_pin(request: Request, db: Db, who: Who, ticket: Text = "") -> Response:
    """Give a ticket a new PIN and show it once: the slip was lost. The old PIN opens nothing any more."""
    words = Words(language_of(request))
    errors: dict[str, str] = {}
    pin = None
    try:
        pin = pins.renew(db, request.app.state.settings, ticket, actor=who.actor)
        if pin is None:
            errors["ticket"] = words.plain("ticket.unknown")
    except TicketError as error:
        errors["ticket"] = words.plain(f"ticket.wrong_{error.reason}")
    if pin is None:
        return _order_form(request, db, who, {"ticket": ticket}, errors=errors)
    sign_ins.end_all(db, actor=who.actor, ticket_hash=ticket_hash(read_ticket(ticket)))
    return show_sheet(request, [printing.printed(read_ticket(ticket), pin)], slips_only=True, back="/tickets")


def show_sheet(
    request: Request,
    tickets: list[printing.Printed],
    *,
    back: str,
    language: str = "ja",
    about: str = "",
    slips_only: bool = False,
    card: bool = False,
) -> Response:
    """Show tickets and PIN slips once, for printing, in the language of who will hold them."""
    return render(
        request,
        "tickets/sheet.html",
        tickets=tickets,
        paper=Words(language),
        easy=language == "ja-simple",
        about=about,
        slips_only=slips_only,
        kind="card" if card else "paper",
        back=back,
    )


def _order_form(
    request: Request, db: Session, who: Principal, values: dict[str, str], *, errors: dict[str, str] | None = None
) -> Response:
    empty = {"count": "20", "session": "", "age_band": "", "language": "ja", "ticket": ""}
    return render(
        request,
        "tickets/order.html",
        status=422 if errors else 200,
        values=empty | values,
        errors=errors or {},
        slots=_slots(db, who, Words(language_of(request))),
        bands=BANDS,
        most=MOST,
    )


def _slots(db: Session, who: Principal, words: Words) -> list[dict[str, Any]]:
    """Return the time slots from today on that are this staff member's business, the soonest first."""
    first = today()
    days = [day for day in drills.list_days(db) if day.date >= first and who.of_department(day.department)]
    return [
        {"id": slot.id, "name": words.plain("ticket.slot", day=day.date.isoformat(), title=day.title, time=_time(slot))}
        for day in sorted(days, key=lambda one: one.date)
        for slot in day.sessions
    ]


def _time(slot: Any) -> str:
    return f"{slot.starts_at.astimezone(JST):%H:%M}–{slot.ends_at.astimezone(JST):%H:%M}"
