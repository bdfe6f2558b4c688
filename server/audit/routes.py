"""Pages of the audit record: read it by who, what, whom and when; check that it is whole."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from server.access.enforcing import Who, allow
from server.audit import heads, service
from server.columns import JST
from server.db import Db
from server.settings import Settings
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/audit")
lifespan = heads.running

PAGE: Final = 100
Text = Annotated[str, Query(max_length=120)]


@router.get("", dependencies=[allow("audit")])
def entries(
    request: Request,
    db: Db,
    actor: Text = "",
    action: Text = "",
    target: Text = "",
    since: Text = "",
    until: Text = "",
    before: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
) -> Response:
    """Show entries, newest first. They hold ids, never names."""
    wanted = {"actor": actor.strip(), "action": action.strip(), "target": target.strip()}
    dates = {"since": since, "until": until}
    moments = {name: _midnight(text) for name, text in dates.items()}
    errors = {
        name: Words(language_of(request)).plain("audit.wrong_date")
        for name, text in dates.items()
        if text and moments[name] is None
    }
    end = moments["until"] + dt.timedelta(days=1) if moments["until"] else None
    found = service.newest(db, limit=PAGE + 1, before=before or None, since=moments["since"], until=end, **wanted)
    return _page(
        request,
        db,
        status=422 if errors else 200,
        entries=found[:PAGE],
        more=found[PAGE - 1].seq if len(found) > PAGE else 0,
        query=urlencode({name: text for name, text in (wanted | dates).items() if text}),
        wanted=wanted | dates,
        errors=errors,
    )


@router.post("/verify", dependencies=[allow("audit")])
def verify(request: Request, db: Db, who: Who, head: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Check the whole chain, and against a head that was kept elsewhere if one is given; keep that it was checked."""
    words = Words(language_of(request))
    parts = head.split()
    empty = dict.fromkeys(("actor", "action", "target", "since", "until"), "")
    values: dict[str, Any] = {"entries": service.newest(db, limit=PAGE), "more": 0, "query": "", "wanted": empty}
    if parts and (len(parts) < 2 or not parts[-2].isdecimal() or len(parts[-1]) != heads.HASH_DIGITS):
        errors = {"head": words.plain("audit.wrong_head")}
        return _page(request, db, status=422, errors=errors, **values)
    known = {int(parts[-2]): parts[-1]} if parts else {}
    faults = service.verify(db, heads=known)
    count = service.count(db)
    service.record(db, who.actor, "audit.verify", "audit", {"entries": count, "faults": faults[:20]})
    checked = {"count": count, "faults": faults, "against_head": bool(parts)}
    return _page(request, db, checked=checked, errors={}, **values)


def _page(request: Request, db: Session, *, status: int = 200, **values: Any) -> Response:
    settings: Settings = request.app.state.settings
    shared: dict[str, Any] = {"kinds": service.actions(db), "line": heads.line_of(db), "checked": None}
    shared |= {"kept_at": settings.audit_head_dir}
    return render(request, "audit/list.html", status=status, **(shared | values))


def _midnight(text: str) -> dt.datetime | None:
    """Return the beginning of a day in Japan; None when the text is no date of this millennium."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time(), JST) if 2000 <= day.year < 3000 else None
