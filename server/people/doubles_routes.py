"""The queue of likely doubles: a clerk compares two records and decides."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import Who, allow
from server.accounts.principal import Principal
from server.db import Db
from server.errors import Refused
from server.people import counter, doubles, viewing
from server.people.doubles import Pair
from server.settings import Settings
from server.web.pages import render

router = APIRouter(prefix="/people/doubles")

Text = Annotated[str, Form(max_length=400)]


@router.get("", dependencies=[allow("people.merge")])
def queue(request: Request, db: Db) -> Response:
    """List the pairs that wait, without names, and the merges that can still be undone."""
    settings: Settings = request.app.state.settings
    merged = doubles.undoable(db, settings)
    return render(
        request,
        "people/doubles.html",
        waiting=[pair.double for pair in doubles.queue(db)],
        merged=[{"double": one, "until": doubles.undo_until(one, settings)} for one in merged],
    )


@router.post("/{double_id}/open", dependencies=[allow("people.merge")])
def open_pair(db: Db, who: Who, double_id: str) -> Response:
    """Open both records for comparing; that is logged for both."""
    for one in _pair(db, double_id).people:
        viewing.open_record(db, who, one.id, "doubles")
    return RedirectResponse(f"/people/doubles/{double_id}", status_code=303)


@router.get("/{double_id}", dependencies=[allow("people.merge")])
def compare(request: Request, db: Db, who: Who, double_id: str) -> Response:
    """Show both records side by side."""
    pair = _opened(request, db, who, double_id)
    people = [{"one": one, "shown": counter.shown(db, one)} for one in pair.people]
    settings: Settings = request.app.state.settings
    return render(request, "people/compare.html", double=pair.double, people=people, days=settings.merge_undo_days)


@router.post("/{double_id}/merge", dependencies=[allow("people.merge")])
def merge(request: Request, db: Db, who: Who, double_id: str, keep: Text = "") -> Response:
    """Let one of the two be the other from now on."""
    _opened(request, db, who, double_id)
    try:
        doubles.merge(db, double_id, keep=keep, actor=who.actor)
    except doubles.DecisionError:
        raise HTTPException(404) from None
    return _back()


@router.post("/{double_id}/apart", dependencies=[allow("people.merge")])
def apart(request: Request, db: Db, who: Who, double_id: str) -> Response:
    """Note that the two are two."""
    _opened(request, db, who, double_id)
    doubles.keep_apart(db, double_id, actor=who.actor)
    return _back()


@router.post("/{double_id}/undo", dependencies=[allow("people.merge")])
def undo(request: Request, db: Db, who: Who, double_id: str) -> Response:
    """Take a merge back."""
    try:
        doubles.undo(db, request.app.state.settings, double_id, actor=who.actor)
    except doubles.DecisionError:
        raise HTTPException(404) from None
    return _back()


def _pair(db: Session, double_id: str) -> Pair:
    pair = doubles.pair_of(db, double_id)
    if pair is None:
        raise HTTPException(404)
    return pair


def _opened(request: Request, db: Session, who: Principal, double_id: str) -> Pair:
    """Return a pair whose records this sign-in has both opened. Raise Refused."""
    pair = _pair(db, double_id)
    settings: Settings = request.app.state.settings
    if any(viewing.is_open(db, settings, who, one.id) is None for one in pair.people):
        ja = "二人の記録を、一覧の「比べる」から開いてください。"
        raise Refused(ja, "Open both records by “Compare” in the list.", status=403, code="purpose")
    return pair


def _back() -> Response:
    return RedirectResponse("/people/doubles", status_code=303)
