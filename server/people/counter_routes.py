"""The counter: clerks look people up for a stated purpose, add them and correct what is registered."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from server.access import limits
from server.access.enforcing import Who, allow
from server.db import Db
from server.people import counter, service, viewing
from server.people.counter_pages import (
    found_person,
    iso,
    messages,
    opened_person,
    person_form,
    purpose_page,
    record_page,
    search_page,
    to_record,
)
from server.web.pages import language_of
from server.web.texts import Words

router = APIRouter(prefix="/people")

Text = Annotated[str, Form(max_length=400)]
FIELDS: Final = ("name", "name_kana", "birth_date")


# --- finding and adding ------------------------------------------------------------------------------------------


@router.get("", dependencies=[allow("people")])
def people(request: Request, db: Db) -> Response:
    """Show the form for looking somebody up."""
    return search_page(request, db, {})


@router.post("/search", dependencies=[allow("people")])
def search(request: Request, db: Db, who: Who, name: Text = "", birth_date: Text = "") -> Response:
    """Show who fits. Posted, so that names stand in no address and no log."""
    limits.hit(request, "people_search", account=who.actor)
    values = {"name": name, "birth_date": birth_date}
    try:
        found = counter.search(db, who, name=name, birth_date=birth_date)
    except counter.SearchError as error:
        return search_page(request, db, values, wrong=error.fault)
    return search_page(request, db, values, found=found)


@router.get("/new", dependencies=[allow("people")])
def new_form(request: Request) -> Response:
    """Show the form for a person who is not known yet."""
    return person_form(request, dict.fromkeys(FIELDS, ""))


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
        return person_form(request, values, errors=messages(request, error.faults))
    made = service.new_person(db, **read, verified=bool(verified), actor=who.actor)
    viewing.open_record(db, who, made.id, "counter")
    return to_record(made.id)


# --- one record --------------------------------------------------------------------------------------------------


@router.post("/{person_id}/open", dependencies=[allow("people.record")])
def open_record(request: Request, db: Db, who: Who, person_id: str, purpose: Text = "") -> Response:
    """Open a record for a stated purpose."""
    found = found_person(db, person_id)
    try:
        viewing.open_record(db, who, found.id, purpose)
    except viewing.PurposeError:
        words = Words(language_of(request))
        return purpose_page(request, found, status=422, errors={"purpose": words.plain("people.wrong_purpose")})
    return to_record(found.id)


@router.get("/{person_id}", dependencies=[allow("people.record")])
def record(request: Request, db: Db, who: Who, person_id: str) -> Response:
    """Show a record that was opened; else ask for the purpose, telling nothing of the person."""
    found = found_person(db, person_id)
    if viewing.is_open(db, request.app.state.settings, who, found.id) is None:
        return purpose_page(request, found, status=403)
    return record_page(request, db, who, found)


@router.get("/{person_id}/edit", dependencies=[allow("people")])
def edit_form(request: Request, db: Db, who: Who, person_id: str) -> Response:
    """Show the form of a person."""
    one = opened_person(request, db, who, person_id)
    values = {"name": one.name, "name_kana": one.name_kana, "birth_date": iso(one.birth_date)}
    return person_form(request, values, person=one)


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
        return person_form(request, values, person=one, errors=messages(request, error.faults))
    service.change_person(db, one.id, **read, verified=bool(verified), actor=who.actor)
    return to_record(one.id)
