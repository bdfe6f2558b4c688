"""Acting for others at the counter: who may act for a person, and what staff do for one as proxy."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.access.enforcing import Who, allow
from server.accounts.principal import Principal
from server.consent import ages
from server.consent import service as consent
from server.db import Db
from server.errors import Refused
from server.people import cards, counter, mandates, service, tying
from server.people.counter_pages import messages, opened_person, record_page, to_record
from server.people.models import Mandate, Person
from server.settings import Settings
from server.tickets import routes as tickets
from server.web.pages import language_of

router = APIRouter(prefix="/people")

Text = Annotated[str, Form(max_length=400)]


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
        return record_page(request, db, who, one, values=values, errors=messages(request, error.faults))
    return to_record(one.id, "#mandates")


@router.post("/{person_id}/mandates/{mandate_id}/end", dependencies=[allow("people")])
def end_mandate(request: Request, db: Db, who: Who, person_id: str, mandate_id: str) -> Response:
    """End a mandate for this person."""
    one = opened_person(request, db, who, person_id)
    if all(m.id != mandate_id for m in mandates.given_for(db, one.id)):
        raise HTTPException(404)
    mandates.revoke(db, mandate_id, actor=who.actor)
    return to_record(one.id, "#mandates")


@router.post("/{person_id}/proxy", dependencies=[allow("people")])
def become_proxy(request: Request, db: Db, who: Who, person_id: str, channel: Text = "", proof: Text = "") -> Response:
    """Let this staff member act for the person until the end of the day's work, at the counter or by telephone."""
    one = opened_person(request, db, who, person_id)
    try:
        counter.become_proxy(db, who, one, channel=channel, proof=proof)
    except counter.WrongFieldsError as error:
        values = {"channel": channel, "proxy_proof": proof}
        return record_page(request, db, who, one, values=values, errors=messages(request, error.faults))
    return to_record(one.id, "#proxy")


# --- done for the person, as proxy -------------------------------------------------------------------------------


@router.post("/{person_id}/tickets", dependencies=[allow("people")])
def claim(
    request: Request, db: Db, who: Who, person_id: str, ticket: Text = "", pin: Text = "", agreed: Text = ""
) -> Response:
    """Tie a ticket to the person, shown ticket and PIN."""
    one = opened_person(request, db, who, person_id)
    mandate = _proxy(db, who, one)
    if not agreed and not tying.has_agreed(db, one.id):
        return record_page(
            request, db, who, one, values={"ticket": ticket}, errors=messages(request, {"agreed": "agreed"})
        )
    opened = tickets.try_ticket(request, db, ticket, pin)
    if isinstance(opened, tickets.Refusal):
        errors = {opened.field: opened.message}
        return record_page(request, db, who, one, values={"ticket": ticket}, errors=errors)
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
        errors = messages(request, {"agreed": "agreed"})
        return record_page(request, db, who, one, values={"ticket": ticket}, errors=errors)
    except service.ClaimedError:
        errors = messages(request, {"ticket": "claimed"})
        return record_page(request, db, who, one, values={"ticket": ticket}, errors=errors)
    return to_record(one.id, "#tickets")


@router.post("/{person_id}/tickets/{claim_id}/cut", dependencies=[allow("people")])
def cut(request: Request, db: Db, who: Who, person_id: str, claim_id: str) -> Response:
    """Cut the link between the person and a ticket for good."""
    one = opened_person(request, db, who, person_id)
    mandate = _proxy(db, who, one)
    if not service.cut_link(db, one.id, claim_id, actor=who.actor, detail={"mandate": mandate.id}):
        raise HTTPException(404)
    return to_record(one.id, "#tickets")


@router.post("/{person_id}/card", dependencies=[allow("people")])
def card(request: Request, db: Db, who: Who, person_id: str, agreed: Text = "") -> Response:
    """Print a card with a PIN by which the person signs in without mail or telephone. Cards before it stop working."""
    one = opened_person(request, db, who, person_id)
    mandate = _proxy(db, who, one)
    settings: Settings = request.app.state.settings
    if tying.has_agreed(db, one.id):
        agreed = ""
    elif agreed != tying.words(language_of(request)).version:
        return record_page(request, db, who, one, errors=messages(request, {"agreed": "agreed"}))
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
