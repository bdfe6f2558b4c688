"""The counter: clerks look people up for a stated purpose, add them, and act for them as proxy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow
from server.accounts.principal import Principal
from server.consent import ages
from server.consent import service as consent
from server.db import Db
from server.errors import Refused
from server.people import cards, counter, doubles, mandates, names, service, tying, viewing
from server.people.models import Mandate, Person
from server.settings import Settings
from server.tickets import routes as tickets
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/people")

Text = Annotated[str, Form(max_length=400)]
FIELDS: Final = ("name", "name_kana", "birth_date")


def found_person(db: Session, person_id: str) -> Person:
    """Return a person, or answer that there is none."""
    try:
        return service.get(db, person_id)
    except service.UnknownPersonError:
        raise HTTPException(404) from None


def opened_person(request: Request, db: Session, who: Principal, person_id: str) -> Person:
    """Return a person whose record this sign-in has opened. Raise Refused, or answer that there is no such person."""
    person = found_person(db, person_id)
    if viewing.is_open(db, request.app.state.settings, who, person.id) is None:
        ja = "この人の記録は、目的を選んで開いてからにしてください。開いてから時間がたつと、もう一度選びます。"
        en = "Open this person's record first by stating a purpose. After a while it has to be stated again."
        raise Refused(ja, en, status=403, code="purpose")
    return person


# --- finding and adding ------------------------------------------------------------------------------------------


@router.get("", dependencies=[allow("people")])
def people(request: Request, db: Db) -> Response:
    """Show the form for looking somebody up."""
    return _search_page(request, db, {})


@router.post("/search", dependencies=[allow("people")])
def search(request: Request, db: Db, who: Who, name: Text = "", birth_date: Text = "") -> Response:
    """Show who fits. Posted, so that names stand in no address and no log."""
    limits.hit(request, "people_search", account=who.actor)
    values = {"name": name, "birth_date": birth_date}
    try:
        found = counter.search(db, who, name=name, birth_date=birth_date)
    except counter.SearchError as error:
        return _search_page(request, db, values, wrong=error.fault)
    return _search_page(request, db, values, found=found)


@router.get("/new", dependencies=[allow("people")])
def new_form(request: Request) -> Response:
    """Show the form for a person who is not known yet."""
    return _person_form(request, dict.fromkeys(FIELDS, ""))


@router.post("", dependencies=[allow("people")])
def new(
    request: Request,
    db: Db,
    who: Who,
    name: Text = "",
    name_kana: Text = "",
    birth_date: Text = "",
    verified: Text = "",
) -> Response:
    """Add a person; who adds them has their record open."""
    values = {"name": name, "name_kana": name_kana, "birth_date": birth_date, "verified": verified}
    try:
        read = counter.read_person(values)
    except counter.WrongFieldsError as error:
        return _person_form(request, values, errors=_messages(request, error.faults))
    made = service.new_person(db, **read, verified=bool(verified), actor=who.actor)
    viewing.open_record(db, who, made.id, "counter")
    return _to(made.id)


# --- one record --------------------------------------------------------------------------------------------------


@router.post("/{person_id}/open", dependencies=[allow("people.record")])
def open_record(request: Request, db: Db, who: Who, person_id: str, purpose: Text = "") -> Response:
    """Open a record for a stated purpose."""
    found = found_person(db, person_id)
    try:
        viewing.open_record(db, who, found.id, purpose)
    except viewing.PurposeError:
        words = Words(language_of(request))
        return _purpose_page(request, found, status=422, errors={"purpose": words.plain("people.wrong_purpose")})
    return _to(found.id)


@router.get("/{person_id}", dependencies=[allow("people.record")])
def record(request: Request, db: Db, who: Who, person_id: str) -> Response:
    """Show a record that was opened; else ask for the purpose, telling nothing of the person."""
    found = found_person(db, person_id)
    if viewing.is_open(db, request.app.state.settings, who, found.id) is None:
        return _purpose_page(request, found, status=403)
    return _record_page(request, db, who, found)


@router.get("/{person_id}/edit", dependencies=[allow("people")])
def edit_form(request: Request, db: Db, who: Who, person_id: str) -> Response:
    """Show the form of a person."""
    one = opened_person(request, db, who, person_id)
    values = {"name": one.name, "name_kana": one.name_kana, "birth_date": _iso(one.birth_date)}
    return _person_form(request, values, person=one)


@router.post("/{person_id}/edit", dependencies=[allow("people")])
def edit(
    request: Request,
    db: Db,
    who: Who,
    person_id: str,
    name: Text = "",
    name_kana: Text = "",
    birth_date: Text = "",
    verified: Text = "",
) -> Response:
    """Correct who a person is."""
    one = opened_person(request, db, who, person_id)
    values = {"name": name, "name_kana": name_kana, "birth_date": birth_date, "verified": verified}
    try:
        read = counter.read_person(values)
    except counter.WrongFieldsError as error:
        return _person_form(request, values, person=one, errors=_messages(request, error.faults))
    service.change_person(db, one.id, **read, verified=bool(verified), actor=who.actor)
    return _to(one.id)


# --- mandates ----------------------------------------------------------------------------------------------------


@router.post("/{person_id}/mandates", dependencies=[allow("people")])
def give_mandate(
    request: Request,
    db: Db,
    who: Who,
    person_id: str,
    kind: Text = "",
    proof: Text = "",
    holder_kana: Text = "",
    holder_birth_date: Text = "",
    until: Text = "",
) -> Response:
    """Let a parent or carer, who is at the counter too, act for this person."""
    one = opened_person(request, db, who, person_id)
    values = {
        "kind": kind,
        "proof": proof,
        "holder_kana": holder_kana,
        "holder_birth_date": holder_birth_date,
        "until": until,
    }
    try:
        counter.give_mandate(db, who, one, values)
    except counter.WrongFieldsError as error:
        return _record_page(request, db, who, one, values=values, errors=_messages(request, error.faults))
    return _to(one.id, "#mandates")


@router.post("/{person_id}/mandates/{mandate_id}/end", dependencies=[allow("people")])
def end_mandate(request: Request, db: Db, who: Who, person_id: str, mandate_id: str) -> Response:
    """End a mandate for this person."""
    one = opened_person(request, db, who, person_id)
    if all(m.id != mandate_id for m in mandates.given_for(db, one.id)):
        raise HTTPException(404)
    mandates.revoke(db, mandate_id, actor=who.actor)
    return _to(one.id, "#mandates")


@router.post("/{person_id}/proxy", dependencies=[allow("people")])
def become_proxy(request: Request, db: Db, who: Who, person_id: str, channel: Text = "", proof: Text = "") -> Response:
    """Let this staff member act for the person until the end of the day's work, at the counter or by telephone."""
    one = opened_person(request, db, who, person_id)
    try:
        counter.become_proxy(db, who, one, channel=channel, proof=proof)
    except counter.WrongFieldsError as error:
        values = {"channel": channel, "proxy_proof": proof}
        return _record_page(request, db, who, one, values=values, errors=_messages(request, error.faults))
    return _to(one.id, "#proxy")


# --- done for the person, as proxy -------------------------------------------------------------------------------


@router.post("/{person_id}/tickets", dependencies=[allow("people")])
def claim(
    request: Request, db: Db, who: Who, person_id: str, ticket: Text = "", pin: Text = "", agreed: Text = ""
) -> Response:
    """Tie a ticket to the person, shown ticket and PIN."""
    one = opened_person(request, db, who, person_id)
    mandate = _proxy(db, who, one)
    if not agreed and not tying.has_agreed(db, one.id):
        return _record_page(
            request, db, who, one, values={"ticket": ticket}, errors=_messages(request, {"agreed": "agreed"})
        )
    opened = tickets.try_ticket(request, db, ticket, pin)
    if isinstance(opened, tickets.Refusal):
        errors = {opened.field: opened.message}
        return _record_page(request, db, who, one, values={"ticket": ticket}, errors=errors)
    try:
        tying.tie(
            db,
            request.app.state.settings,
            one.id,
            opened,
            version=agreed,
            language=language_of(request),
            given_by=_given_by(request, one),
            actor=who.actor,
            detail={"mandate": mandate.id},
        )
    except consent.ConsentError:
        errors = _messages(request, {"agreed": "agreed"})
        return _record_page(request, db, who, one, values={"ticket": ticket}, errors=errors)
    except service.ClaimedError:
        errors = _messages(request, {"ticket": "claimed"})
        return _record_page(request, db, who, one, values={"ticket": ticket}, errors=errors)
    return _to(one.id, "#tickets")


@router.post("/{person_id}/tickets/{claim_id}/cut", dependencies=[allow("people")])
def cut(request: Request, db: Db, who: Who, person_id: str, claim_id: str) -> Response:
    """Cut the link between the person and a ticket for good."""
    one = opened_person(request, db, who, person_id)
    mandate = _proxy(db, who, one)
    if not service.cut_link(db, one.id, claim_id, actor=who.actor, detail={"mandate": mandate.id}):
        raise HTTPException(404)
    return _to(one.id, "#tickets")


@router.post("/{person_id}/card", dependencies=[allow("people")])
def card(request: Request, db: Db, who: Who, person_id: str, agreed: Text = "") -> Response:
    """Print a card with a PIN by which the person signs in without mail or telephone. Cards before it stop working."""
    one = opened_person(request, db, who, person_id)
    mandate = _proxy(db, who, one)
    settings: Settings = request.app.state.settings
    if tying.has_agreed(db, one.id):
        agreed = ""
    elif agreed != tying.words(language_of(request)).version:
        return _record_page(request, db, who, one, errors=_messages(request, {"agreed": "agreed"}))
    printed = cards.new_card(
        db,
        settings,
        one.id,
        version=agreed,
        language=language_of(request),
        given_by=_given_by(request, one),
        actor=who.actor,
        detail={"mandate": mandate.id},
    )
    return tickets.show_sheet(request, [printed], language=language_of(request), back=f"/people/{one.id}", card=True)


def _given_by(request: Request, one: Person) -> consent.GivenBy:
    """Return who agreed when staff enter a consent: the person told them so, or their guardian for a child."""
    settings: Settings = request.app.state.settings
    return "guardian" if ages.guardian_needed(settings, born=one.birth_date) else "proxy"


def _proxy(db: Session, who: Principal, one: Person) -> Mandate:
    """Return the mandate by which this staff member acts for a person. Raise Refused when there is none."""
    mandate = mandates.proxy_of(db, who.id, one.id)
    if mandate is None:
        ja = "先に「代わりに手続きをする」で、本人の確かめ方を記録してください。"
        raise Refused(ja, "First note under “Act for this person” how you made sure who they are.", code="mandate")
    return mandate


# --- pages -------------------------------------------------------------------------------------------------------


def _messages(request: Request, faults: Mapping[str, str]) -> dict[str, str]:
    words = Words(language_of(request))
    return {field: words.plain(f"people.wrong_{fault}") for field, fault in faults.items()}


def _search_page(
    request: Request, db: Session, values: dict[str, str], *, found: list[Person] | None = None, wrong: str = ""
) -> Response:
    return render(
        request,
        "people/search.html",
        status=422 if wrong else 200,
        values={"name": "", "birth_date": ""} | values,
        found=found,
        errors=_messages(request, {"name": wrong}) if wrong else {},
        waiting=len(doubles.queue(db)),
        purposes=viewing.PURPOSES,
    )


def _person_form(
    request: Request, values: dict[str, str], *, person: Person | None = None, errors: dict[str, str] | None = None
) -> Response:
    return render(
        request,
        "people/form.html",
        status=422 if errors else 200,
        values={"verified": ""} | values,
        person=person,
        errors=errors or {},
        longest=names.LONGEST,
    )


def _purpose_page(request: Request, person: Person, *, status: int, errors: dict[str, str] | None = None) -> Response:
    return render(
        request,
        "people/purpose.html",
        status=status,
        person_id=person.id,
        purposes=viewing.PURPOSES,
        errors=errors or {},
    )


def _record_page(
    request: Request,
    db: Session,
    who: Principal,
    one: Person,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    empty = dict.fromkeys(
        ("kind", "proof", "holder_kana", "holder_birth_date", "until", "channel", "proxy_proof", "ticket"), ""
    )
    settings: Settings = request.app.state.settings
    return render(
        request,
        "people/record.html",
        status=422 if errors else 200,
        one=one,
        shown=counter.shown(db, one),
        proxy=mandates.proxy_of(db, who.id, one.id),
        opened=viewing.is_open(db, settings, who, one.id),
        minutes=settings.record_minutes,
        proofs=counter.PROOFS_BY_FORM,
        values=empty | (values or {}),
        errors=errors or {},
        agree=None if tying.has_agreed(db, one.id) else tying.words(language_of(request)),
    )


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day is not None else ""


def _to(person_id: str, fragment: str = "") -> Response:
    return RedirectResponse(f"/people/{person_id}{fragment}", status_code=303)
