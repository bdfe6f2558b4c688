"""A resident's requests about their data: to see it, to have it corrected, not used, or erased."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import Who, allow
from server.db import Db
from server.people.acting import About, AboutWhom
from server.requests import service
from server.requests.models import KINDS, OPEN
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/my/requests")

Text = Annotated[str, Form(max_length=service.LONGEST)]


@router.get("", dependencies=[allow("own")])
def requests(request: Request, db: Db, own: AboutWhom, kind: str = "") -> Response:
    """Show one's requests and the form for a new one."""
    return _page(request, db, own, {"kind": kind if kind in KINDS else "", "about": ""})


@router.post("", dependencies=[allow("own")])
def make(request: Request, db: Db, who: Who, own: AboutWhom, kind: Text = "", about: Text = "") -> Response:
    """Ask for something. A guardian or carer asks for whom they act for."""
    values = {"kind": kind, "about": about}
    words = Words(language_of(request))
    if kind not in KINDS:
        return _page(request, db, own, values, errors={"kind": words.plain("requests.wrong_kind")})
    if kind == "correction" and not about.strip():
        return _page(request, db, own, values, errors={"about": words.plain("requests.wrong_about")})
    service.make(
        db,
        kind=kind,
        person_id=own.person_id,
        ticket_hash="" if own.person_id else own.subject.tickets[0],
        asked_by=_asked_by(own),
        asker_id=who.id if own.mandate is not None else "",
        about=about,
        actor=own.actor,
    )
    return RedirectResponse("/my/requests", 303)


@router.post("/{request_id}/take-back", dependencies=[allow("own")])
def take_back(db: Db, own: AboutWhom, request_id: str) -> Response:
    """Take one's own open request back."""
    found = next((one for one in service.of_subject(db, own.subject) if one.id == request_id), None)
    if found is None or not _is_mine(own, found.person_id, found.ticket_hash):
        raise HTTPException(404)
    if found.state == OPEN:
        service.close(db, found, outcome="taken_back", actor=own.actor)
    return RedirectResponse("/my/requests", 303)


def _asked_by(own: About) -> service.AskedBy:
    """Return as what somebody asks, as the ledger keeps it."""
    if own.mandate is None:
        return "self"
    return "guardian" if own.mandate.kind == "parent" else "agent"


def _is_mine(own: About, person_id: str, ticket_hash: str) -> bool:
    """Tell whether a request is about whose page this is, not merely asked by them for somebody else."""
    subject = own.subject
    return person_id in (subject.person_id, *subject.merged) if person_id else ticket_hash in subject.tickets


def _page(
    request: Request, db: Session, own: About, values: dict[str, str], *, errors: dict[str, str] | None = None
) -> Response:
    shown = [one for one in service.of_subject(db, own.subject) if _is_mine(own, one.person_id, one.ticket_hash)]
    return render(
        request,
        "requests/my.html",
        status=422 if errors else 200,
        own=own,
        requests=shown,
        values=values,
        errors=errors or {},
        kinds=KINDS,
        days=request.app.state.settings.request_days,
    )
