"""The ledger of requests at the office: what is open and until when, and what was answered how."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from drill.ticket import TicketError
from server import privacy
from server.access.enforcing import Who, allow
from server.accounts.principal import Principal
from server.approvals import service as approvals
from server.audit.service import record
from server.columns import now, today
from server.db import Db
from server.errors import Refused
from server.people import names, viewing
from server.people import service as people
from server.privacy import Subject
from server.requests import service, suspensions
from server.requests.models import CLOSED, ERASURE, KINDS, OPEN, DataRequest
from server.requests.service import RequestError
from server.tickets import service as tickets
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/requests")

Text = Annotated[str, Form(max_length=service.LONGEST)]
ASKED_BY: Final = ("self", "guardian", "agent")
ANSWERS: Final = ("granted", "partly", "refused", "nothing_kept", "taken_back")


@router.get("", dependencies=[allow("requests")])
def ledger(request: Request, db: Db, state: str = OPEN) -> Response:
    """Show the open requests by their day, or the answered ones."""
    state = CLOSED if state == CLOSED else OPEN
    return render(request, "requests/ledger.html", requests=service.listed(db, state=state), state=state, today=today())


@router.get("/new", dependencies=[allow("requests")])
def new(request: Request, db: Db, person: str = "") -> Response:
    """Show the form for a request that came in at the counter, by telephone or by letter."""
    return _form(request, db, {"kind": "", "person": person, "ticket": "", "asked_by": "self", "about": ""})


@router.post("", dependencies=[allow("requests")])
def make(
    request: Request,
    db: Db,
    who: Who,
    kind: Text = "",
    person: Text = "",
    ticket: Text = "",
    asked_by: Text = "",
    about: Text = "",
) -> Response:
    """Write a request down, about a person or about a ticket."""
    values = {"kind": kind, "person": person, "ticket": ticket, "asked_by": asked_by, "about": about}
    words = Words(language_of(request))
    errors = {}
    if kind not in KINDS:
        errors["kind"] = words.plain("requests.wrong_kind")
    if asked_by not in ASKED_BY:
        errors["asked_by"] = words.plain("requests.wrong_asked_by")
    subject = _subject(db, person, ticket)
    if subject is None:
        errors["ticket"] = words.plain("requests.wrong_subject")
    if errors or subject is None:
        return _form(request, db, values, errors=errors)
    made = service.make(
        db,
        kind=kind,
        person_id=subject.person_id,
        ticket_hash="" if subject.person_id else subject.tickets[0],
        asked_by=_asked_by(asked_by),
        about=about,
        actor=who.actor,
    )
    return _to(made)


@router.get("/{request_id}", dependencies=[allow("requests")])
def show(request: Request, db: Db, who: Who, request_id: str) -> Response:
    """Show one request."""
    return _page(request, db, who, _found(db, request_id))


@router.post("/{request_id}/open", dependencies=[allow("people.record")])
def open_record(db: Db, who: Who, request_id: str) -> Response:
    """Open the person's record for the purpose of their request: it is logged and they may see it."""
    one = _found(db, request_id)
    if not one.person_id:
        raise HTTPException(404)
    viewing.open_record(db, who, one.person_id, "request")
    return _to(one)


@router.post("/{request_id}/data", dependencies=[allow("people.record")])
def data(request: Request, db: Db, who: Who, request_id: str, form: Text = "") -> Response:
    """Give everything that is kept about the subject: as a file, or as a page to print. It is logged."""
    one = _found(db, request_id)
    _must_be_opened(request, db, who, one)
    kept = privacy.disclose(db, service.subject_of(db, one))
    record(db, who.actor, "request.disclose", f"request:{one.id}", {"form": "file" if form == "file" else "page"})
    if form == "file":
        headers = {"Content-Disposition": f'attachment; filename="sonae-request-{one.id}.json"'}
        content = json.dumps(kept, ensure_ascii=False, indent=2)
        return Response(content, media_type="application/json; charset=utf-8", headers=headers)
    return render(request, "requests/data.html", one=one, kept=kept, at=now())


@router.post("/{request_id}/extend", dependencies=[allow("requests")])
def extend(request: Request, db: Db, who: Who, request_id: str, reason: Text = "") -> Response:
    """Extend the period, once."""
    one = _found(db, request_id)
    try:
        service.extend(db, one, reason=reason, actor=who.actor)
    except RequestError as error:
        return _page(request, db, who, one, fault=("extend", error.fault))
    return _to(one)


@router.post("/{request_id}/correct", dependencies=[allow("people.record")])
def correct(request: Request, db: Db, who: Who, request_id: str, field: Text = "", value: Text = "") -> Response:
    """Correct a field, keeping what it was."""
    one = _found(db, request_id)
    _must_be_opened(request, db, who, one)
    try:
        service.correct(db, one, field=field, value=value, actor=who.actor)
    except RequestError as error:
        return _page(request, db, who, one, fault=("value", error.fault))
    except names.UnusableNameError:
        return _page(request, db, who, one, fault=("value", "field"))
    return _to(one)


@router.post("/{request_id}/use", dependencies=[allow("requests")])
def use(request: Request, db: Db, who: Who, request_id: str, act: Literal["suspend", "resume"] = "suspend") -> Response:
    """Stop using the subject's data, or use it again."""
    one = _found(db, request_id)
    try:
        if act == "suspend":
            service.suspend(db, one, actor=who.actor)
        else:
            suspensions.resume(db, service.subject_of(db, one), request_id=one.id, actor=who.actor)
    except RequestError as error:
        return _page(request, db, who, one, fault=("use", error.fault))
    return _to(one)


@router.post("/{request_id}/erase", dependencies=[allow("requests.erase")])
def propose_erasure(request: Request, db: Db, who: Who, request_id: str, reason: Text = "") -> Response:
    """Propose the erasure; a second person decides."""
    one = _found(db, request_id)
    if one.kind != ERASURE or one.state != OPEN:
        return _page(request, db, who, one, fault=("reason", "closed"))
    try:
        made = approvals.propose(db, who, act=service.ERASE, payload={"request": one.id}, reason=reason)
    except Refused as error:
        if error.code != "reason":
            raise
        return _page(request, db, who, one, fault=("reason", "reason"))
    return RedirectResponse(f"/approvals/{made.id}", 303)


@router.post("/{request_id}/close", dependencies=[allow("requests")])
def close(request: Request, db: Db, who: Who, request_id: str, outcome: Text = "", reason: Text = "") -> Response:
    """Answer a request. An erasure is granted by being carried out, not by saying so."""
    one = _found(db, request_id)
    try:
        if one.kind == ERASURE and outcome == "granted":
            raise RequestError(fault="outcome")
        service.close(db, one, outcome=outcome, reason=reason, actor=who.actor)
    except RequestError as error:
        return _page(request, db, who, one, fault=("outcome", error.fault))
    return _to(one)


# --- inside ------------------------------------------------------------------------------------------------------


def _found(db: Session, request_id: str) -> DataRequest:
    try:
        return service.get(db, request_id)
    except LookupError:
        raise HTTPException(404) from None


def _subject(db: Session, person: str, ticket: str) -> Subject | None:
    """Return the person with this id, else the holder of this ticket; None when there is neither."""
    if person:
        try:
            return Subject(people.get(db, person).id)
        except people.UnknownPersonError:
            return None
    try:
        found = tickets.lookup(db, ticket)
    except TicketError:
        return None
    if found is None:
        return None
    owner = people.claimant(db, found.hash)
    return Subject(owner.id) if owner is not None else Subject(tickets=(found.hash,))


def _asked_by(text: str) -> service.AskedBy:
    return "guardian" if text == "guardian" else "agent" if text == "agent" else "self"


def _must_be_opened(request: Request, db: Session, who: Principal, one: DataRequest) -> None:
    """Let through who opened the person's record for this. A ticket alone is nobody's record."""
    if one.person_id and viewing.is_open(db, request.app.state.settings, who, one.person_id) is None:
        ja = "先に「この人の記録を開く」を押してください。開いたことは記録に残ります。"
        raise Refused(ja, "Open this person's record first. That you did is logged.", status=403, code="purpose")


def _to(one: DataRequest) -> Response:
    return RedirectResponse(f"/requests/{one.id}", 303)


def _form(request: Request, db: Session, values: dict[str, str], *, errors: dict[str, str] | None = None) -> Response:
    known = _subject(db, values["person"], "") if values["person"] else None
    return render(
        request,
        "requests/new.html",
        status=422 if errors else 200,
        values=values,
        errors=errors or {},
        known=known is not None,
        kinds=KINDS,
        asked_by=ASKED_BY,
    )


def _page(
    request: Request, db: Session, who: Principal, one: DataRequest, *, fault: tuple[str, str] | None = None
) -> Response:
    words = Words(language_of(request))
    subject = service.subject_of(db, one)
    opened = bool(one.person_id) and viewing.is_open(db, request.app.state.settings, who, one.person_id) is not None
    person = people.get(db, subject.person_id) if opened and subject.person_id else None
    errors = {fault[0]: words.plain(f"requests.fault_{fault[1]}")} if fault else {}
    return render(
        request,
        "requests/one.html",
        status=422 if errors else 200,
        one=one,
        person=person,
        opened=opened or not one.person_id,
        gone=not subject.person_id and not subject.tickets,
        suspended=bool(subject.tickets and set(subject.tickets) <= suspensions.tickets(db))
        or bool(subject.person_id and suspensions.is_suspended(db, subject.person_id)),
        held=service.is_held(db, subject),
        corrections=service.corrections(db, one.id) if opened else [],
        fields=service.FIELDS,
        answers=[answer for answer in ANSWERS if not (one.kind == ERASURE and answer == "granted")],
        errors=errors,
        today=today(),
    )
