"""The page of periods: how long each table is kept, what is held, what the purges did."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import Who, allow
from server.db import Db
from server.jobs import service as jobs
from server.privacy import statements
from server.retention import service
from server.retention.jobs import PURGE, running
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/retention")
lifespan = running

Text = Annotated[str, Form(max_length=400)]
EMPTY = {"kind": "table", "subject": "", "reason": ""}


@router.get("", dependencies=[allow("retention")])
def retention(request: Request, db: Db) -> Response:
    """Show the map of periods, the holds and the reports."""
    return _page(request, db, EMPTY)


@router.post("/purge", dependencies=[allow("retention.hold")])
def purge_now(db: Db) -> Response:
    """Queue a purge now."""
    jobs.enqueue(db, PURGE, {})
    return RedirectResponse("/retention#reports", 303)


@router.post("/holds", dependencies=[allow("retention.hold")])
def hold(request: Request, db: Db, who: Who, kind: Text = "", subject: Text = "", reason: Text = "") -> Response:
    """Set a hold."""
    try:
        service.hold(db, kind=kind, subject=subject.strip(), reason=reason, actor=who.actor)
    except service.HoldError:
        words = Words(language_of(request))
        field = "reason" if subject.strip() and not reason.strip() else "subject"
        errors = {field: words.plain(f"retention.wrong_{field}")}
        return _page(request, db, {"kind": kind, "subject": subject, "reason": reason}, errors=errors)
    return RedirectResponse("/retention#holds", 303)


@router.post("/holds/{hold_id}/end", dependencies=[allow("retention.hold")])
def end_hold(db: Db, who: Who, hold_id: str) -> Response:
    """End a hold."""
    if not service.end_hold(db, hold_id, actor=who.actor):
        raise HTTPException(404)
    return RedirectResponse("/retention#holds", 303)


def _page(request: Request, db: Db, values: dict[str, str], *, errors: dict[str, str] | None = None) -> Response:
    return render(
        request,
        "retention/page.html",
        status=422 if errors else 200,
        statements=statements(),
        holds=service.holds(db),
        reports=service.reports(db),
        kinds=service.KINDS,
        values=values,
        errors=errors or {},
    )
