"""The page on which whoever played without ticket deletes their record. Nobody signs in; the codes prove it.

The codes never stand in an address: the station's QR carries them behind the #, which a phone keeps to itself.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from drill.ticket import TicketError, read_run_code
from server.access import limits
from server.access.enforcing import allow
from server.db import Db
from server.drills import service as drills
from server.web.pages import language_of, render
from server.web.texts import Words
from server.withdrawal import service

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]


@router.get("/run-code", dependencies=[allow("public")])
def form(request: Request) -> Response:
    """Show the form for the two codes."""
    return _form(request)


@router.post("/run-code", dependencies=[allow("public")])
def take_back(request: Request, db: Db, run: Text = "", own: Text = "", sure: Text = "") -> Response:
    """Show which record the codes belong to and ask whether it shall go; delete it once the answer is yes."""
    limits.hit(request, "run_code", target=_target(run))
    found = service.run_of_codes(db, run=run, own=own)
    if found is None:
        return _form(request, run=run, own=own, wrong=True)
    if sure == "yes":
        service.take_back(db, found)
        return RedirectResponse("/run-code/deleted", status_code=303)
    words = Words(language_of(request))
    title = next((words.choose(v.title) for v in drills.list_versions(db) if v.hash == found.scenario_hash), "")
    return render(request, "withdrawal/ask.html", row=found, title=title, run=run, own=own)


@router.get("/run-code/deleted", dependencies=[allow("public")])
def deleted(request: Request) -> Response:
    """Say that it is done."""
    return render(request, "withdrawal/deleted.html")


def _target(run: str) -> str:
    """Return the run code that is tried at; "" for what is none."""
    try:
        return read_run_code(run)
    except TicketError:
        return ""


def _form(request: Request, *, run: str = "", own: str = "", wrong: bool = False) -> Response:
    return render(request, "withdrawal/form.html", status=422 if wrong else 200, run=run, own=own, wrong=wrong)
