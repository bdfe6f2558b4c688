"""What the counter's pages share: whose record was opened, and the pages that come again with what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.accounts.principal import Principal
from server.errors import Refused
from server.people import counter, doubles, mandates, names, service, tying, viewing
from server.people.models import Person
from server.settings import Settings
from server.web.pages import language_of, render
from server.web.texts import Words


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


def messages(request: Request, faults: Mapping[str, str]) -> dict[str, str]:
    """Return the message of each wrong field."""
    words = Words(language_of(request))
    return {field: words.plain(f"people.wrong_{fault}") for field, fault in faults.items()}


def search_page(
    request: Request, db: Session, values: dict[str, str], *, found: list[Person] | None = None, wrong: str = ""
) -> Response:
    """Show the search, with who fits or with what is wrong."""
    return render(
        request,
        "people/search.html",
        status=422 if wrong else 200,
        values={"name": "", "birth_date": ""} | values,
        found=found,
        errors=messages(request, {"name": wrong}) if wrong else {},
        waiting=len(doubles.queue(db)),
        purposes=viewing.PURPOSES,
    )


def person_form(
    request: Request, values: dict[str, str], *, person: Person | None = None, errors: dict[str, str] | None = None
) -> Response:
    """Show the form of a person, known or new."""
    return render(
        request,
        "people/form.html",
        status=422 if errors else 200,
        values={"verified": ""} | values,
        person=person,
        errors=errors or {},
        longest=names.LONGEST,
    )


def purpose_page(request: Request, person: Person, *, status: int, errors: dict[str, str] | None = None) -> Response:
    """Ask for the purpose, telling nothing of the person."""
    return render(
        request,
        "people/purpose.html",
        status=status,
        person_id=person.id,
        purposes=viewing.PURPOSES,
        errors=errors or {},
    )


def record_page(
    request: Request,
    db: Session,
    who: Principal,
    one: Person,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    """Show an opened record, with what is wrong in one of its forms."""
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


def iso(day: dt.date | None) -> str:
    """Return a date as a form holds it."""
    return day.isoformat() if day is not None else ""


def to_record(person_id: str, fragment: str = "") -> Response:
    """Send the browser to a record."""
    return RedirectResponse(f"/people/{person_id}{fragment}", status_code=303)
