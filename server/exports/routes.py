"""Pages of exports: propose one, fetch what was approved."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access import limits
from server.access.enforcing import Who, allow
from server.accounts.principal import Principal
from server.approvals import service as approvals
from server.columns import today
from server.db import Db
from server.errors import Refused
from server.exports import service
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/exports")

Text = Annotated[str, Form(max_length=approvals.REASON_LENGTH)]


@router.get("", dependencies=[allow("exports")])
def exports(request: Request, db: Db, who: Who) -> Response:
    """Show the form and the exports that this staff member proposed."""
    day = today()
    values = {"since": day.replace(day=1).isoformat(), "until": day.isoformat(), "reason": ""}
    return _page(request, db, who, values)


@router.post("", dependencies=[allow("export")])
def propose(request: Request, db: Db, who: Who, since: Text = "", until: Text = "", reason: Text = "") -> Response:
    """Propose an export; a second person decides."""
    limits.hit(request, "proposal", account=who.actor)
    values = {"since": since, "until": until, "reason": reason}
    payload = {"since": since, "until": until, "department": who.department}
    words = Words(language_of(request))
    try:
        made = approvals.propose(db, who, act=service.ACT, payload=payload, reason=reason)
    except ValidationError as error:
        fields = {str(one["loc"][0]) if one["loc"] else "until" for one in error.errors()}
        errors = {field: words.plain(f"exports.wrong_{field}") for field in sorted(fields & {"since", "until"})}
        return _page(request, db, who, values, errors=errors)
    except Refused as error:
        if error.code != "reason":
            raise
        return _page(request, db, who, values, errors={"reason": words.plain("form.wrong_reason")})
    return RedirectResponse(f"/approvals/{made.id}", status_code=303)


@router.post("/{approval_id}/file", dependencies=[allow("export")])
def fetch(request: Request, db: Db, who: Who, approval_id: str) -> Response:
    """Give the file of an approved export to who proposed it."""
    limits.hit(request, "export", account=who.actor, target=approval_id)
    try:
        content = service.fetch(db, who, approval_id)
    except LookupError:
        raise HTTPException(404) from None
    headers = {"Content-Disposition": f'attachment; filename="sonae-runs-{approval_id}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _page(
    request: Request, db: Db, who: Principal, values: dict[str, str], *, errors: dict[str, str] | None = None
) -> Response:
    files = [(found, service.is_open(found)) for found in service.files_of(db, who)]
    days = service.FETCH_WITHIN.days
    status = 422 if errors else 200
    return render(request, "exports/list.html", status=status, values=values, errors=errors, files=files, days=days)
