"""Pages of what takes two people: what waits, one proposal, its decision, its review."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import SignInNeeded, Who, allow
from server.access.policies import POLICIES
from server.accounts.directory import names_of_staff
from server.accounts.principal import Principal
from server.approvals import service
from server.approvals.acts import ActError, act_of
from server.approvals.models import Approval
from server.db import Db
from server.settings import Settings
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/approvals")

Note = Annotated[str, Form(max_length=service.REASON_LENGTH)]


@router.get("", dependencies=[allow("approvals")])
def approvals(request: Request, db: Db, who: Who) -> Response:
    """Show what waits for this staff member, what they proposed, and what is settled."""
    due = service.due(db, who)
    shown = service.listed(db, who)
    known = {found.id for found in due}
    return render(
        request,
        "approvals/list.html",
        due=due,
        own=[found for found in shown if found.proposed_by == who.id],
        others=[found for found in shown if found.proposed_by != who.id and found.id not in known],
        names=names_of_staff(db),
    )


@router.get("/{approval_id}", dependencies=[allow("approvals")])
def approval(request: Request, db: Db, who: Who, approval_id: str) -> Response:
    """Show one proposal."""
    return _page(request, db, who, _found(db, who, approval_id))


@router.post("/{approval_id}/withdraw", dependencies=[allow("approvals")])
def withdraw(db: Db, who: Who, approval_id: str) -> Response:
    """Take one's own proposal back."""
    try:
        service.withdraw(db, who, approval_id)
    except LookupError:
        raise HTTPException(404) from None
    return _to(approval_id)


@router.get("/{approval_id}/decide", dependencies=[allow("approvals.decide")])
def ask_to_decide(request: Request, db: Db, who: Who, approval_id: str) -> Response:
    """Ask for the decision; of one alone on duty only after a proof that is younger than the proposal."""
    found = _found(db, who, approval_id)
    settings: Settings = request.app.state.settings
    alone = found.proposed_by == who.id
    if alone and settings.single_on_duty and (who.proved_at is None or who.proved_at <= found.proposed_at):
        raise SignInNeeded(POLICIES["approvals.decide"], again=True)
    return _page(request, db, who, found, deciding=True)


@router.post("/{approval_id}/decide", dependencies=[allow("approvals.decide")])
def decide(request: Request, db: Db, who: Who, approval_id: str, decision: Note = "", note: Note = "") -> Response:
    """Approve or refuse."""
    found = _found(db, who, approval_id)
    if decision not in ("approve", "refuse"):
        errors = {"decision": Words(language_of(request)).plain("approvals.wrong_decision")}
        return _page(request, db, who, found, deciding=True, errors=errors)
    try:
        service.decide(db, who, approval_id, approve=decision == "approve", note=note)
    except LookupError:
        raise HTTPException(404) from None
    except service.StaleProofError:
        return RedirectResponse(f"/signin/again?next=/approvals/{found.id}/decide", status_code=303)
    return _to(found.id)


@router.get("/{approval_id}/review", dependencies=[allow("approvals.review")])
def ask_to_review(request: Request, db: Db, who: Who, approval_id: str) -> Response:
    """Ask for the review of what one person did alone."""
    return _page(request, db, who, _found(db, who, approval_id), reviewing=True)


@router.post("/{approval_id}/review", dependencies=[allow("approvals.review")])
def review(db: Db, who: Who, approval_id: str, note: Note = "") -> Response:
    """Keep that it was looked at afterwards."""
    try:
        found = service.review(db, who, approval_id, note=note)
    except LookupError:
        raise HTTPException(404) from None
    except service.StaleProofError:
        return RedirectResponse(f"/signin/again?next=/approvals/{approval_id}/review", status_code=303)
    return _to(found.id)


# --- inside ------------------------------------------------------------------------------------------------------


def _found(db: Db, who: Principal, approval_id: str) -> Approval:
    try:
        return service.get(db, who, approval_id)
    except LookupError:
        raise HTTPException(404) from None


def _to(approval_id: str) -> Response:
    return RedirectResponse(f"/approvals/{approval_id}", status_code=303)


def _page(
    request: Request,
    db: Db,
    who: Principal,
    found: Approval,
    *,
    deciding: bool = False,
    reviewing: bool = False,
    errors: dict[str, str] | None = None,
) -> Response:
    settings: Settings = request.app.state.settings
    alone = found.proposed_by == who.id
    decides = POLICIES["approvals.decide"].admits(who) and found.is_open
    values: dict[str, Any] = {
        "one": found,
        "facts": _facts(db, found),
        "names": names_of_staff(db),
        "alone": alone,
        "may_decide": decides and (not alone or (settings.single_on_duty and found.state == "proposed")),
        "may_review": POLICIES["approvals.review"].admits(who) and found.needs_review and not alone,
        "hours": settings.single_delay_hours,
        "deciding": deciding,
        "reviewing": reviewing,
        "errors": errors,
    }
    return render(request, "approvals/one.html", status=422 if errors else 200, **values)


def _facts(db: Db, found: Approval) -> dict[str, str]:
    """Return what the deciding person must see; ids as they are where the act is no longer known."""
    try:
        wanted = act_of(found.act)
    except ActError:
        return {}
    return wanted.describe(db, wanted.payload.model_validate(found.payload))
