"""A resident's own pages: what is kept of them, their results, their tickets, for whom they act."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from server import privacy
from server.access.enforcing import Who, allow
from server.analysis import views
from server.columns import JST
from server.consent import service as consent
from server.consent.pages import ME, Whose, speaker
from server.db import Db
from server.drills import service as drills
from server.drills.models import Run
from server.errors import Refused
from server.people import acting, mandates, service, tying, viewing
from server.people.acting import About, AboutWhom
from server.people.models import Mandate
from server.tickets import routes as tickets
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/my")

Text = Annotated[str, Form(max_length=400)]


@router.get("", dependencies=[allow("own")])
def my_page(request: Request, db: Db, who: Who, own: AboutWhom) -> Response:
    """Show a resident's own page, or that of whom they act for."""
    return _my_page(request, db, who.id, own)


@router.post("/tickets", dependencies=[allow("own")])
def claim(
    request: Request,
    db: Db,
    who: Who,
    own: AboutWhom,
    ticket: Text = "",
    pin: Text = "",
    agreed: Text = "",
) -> Response:
    """Tie a ticket to the person whose page it is, shown ticket and PIN and with their consent."""
    if own.person is None:
        raise HTTPException(404)
    words = Words(language_of(request))
    if not tying.has_agreed(db, own.person_id):
        wrong = "agree" if not agreed else "guardian" if not _may_agree(request, own) else ""
        if wrong:
            return _my_page(request, db, who.id, own, ticket=ticket, errors={"agreed": words.plain(f"my.{wrong}")})
    opened = tickets.try_ticket(request, db, ticket, pin)
    if isinstance(opened, tickets.Refusal):
        return _my_page(request, db, who.id, own, ticket=ticket, errors={opened.field: opened.message})
    try:
        tying.tie(
            db,
            request.app.state.settings,
            own.person_id,
            opened,
            version=agreed,
            language=language_of(request),
            given_by="guardian" if own.mandate is not None else "self",
            actor=own.actor,
            detail=own.detail,
        )
    except consent.ConsentError:
        return _my_page(request, db, who.id, own, ticket=ticket, errors={"agreed": words.plain("my.agree")})
    except service.ClaimedError:
        return _my_page(request, db, who.id, own, ticket=ticket, errors={"ticket": words.plain("my.claimed")})
    return _back("#runs")


@router.get("/tickets/{claim_id}/cut", dependencies=[allow("own")])
def cut_form(request: Request, db: Db, own: AboutWhom, claim_id: str) -> Response:
    """Ask whether to cut the link to a ticket: it cannot be undone."""
    _fully(own)
    runs = _runs(db, [_claim(db, own, claim_id)])
    return render(request, "my/cut.html", claim_id=claim_id, runs=runs)


@router.post("/tickets/{claim_id}/cut", dependencies=[allow("own")])
def cut(db: Db, own: AboutWhom, claim_id: str) -> Response:
    """Cut the link between a person and a ticket for good."""
    _fully(own)
    _claim(db, own, claim_id)
    service.cut_link(db, own.person_id, claim_id, actor=own.actor, detail=own.detail)
    return _back("#tickets")


@router.get("/runs/{run_id}", dependencies=[allow("own")])
def debrief(request: Request, db: Db, own: AboutWhom, run_id: str) -> Response:
    """Show the debrief of a run of one's own."""
    return views.show_debrief(request, db, _own_run(db, own, run_id), views.HOLDER)


@router.get("/runs/{run_id}/replay", dependencies=[allow("own")])
def replay(request: Request, db: Db, own: AboutWhom, run_id: str) -> Response:
    """Show the replay of a run of one's own."""
    return views.show_replay(request, db, _own_run(db, own, run_id), views.HOLDER)


@router.get("/runs/{run_id}/replay.json", dependencies=[allow("own")])
def replay_content(request: Request, db: Db, own: AboutWhom, run_id: str) -> Response:
    """Give the replay's script what it draws."""
    return views.give_replay(request, db, _own_run(db, own, run_id))


@router.get("/kept", dependencies=[allow("own")])
def kept(request: Request, db: Db, own: AboutWhom) -> Response:
    """Show everything that the house keeps about a resident, and for how long."""
    _fully(own)
    days = {
        said.feature: max((k.days or 0 for k in said.keeps if k.personal), default=0) for said in privacy.statements()
    }
    return render(request, "my/kept.html", own=own, kept=privacy.disclose(db, own.subject), days=days)


@router.get("/kept.json", dependencies=[allow("own")])
def kept_file(db: Db, own: AboutWhom) -> Response:
    """Give the same as a file."""
    _fully(own)
    headers = {"Content-Disposition": 'attachment; filename="sonae-my-data.json"'}
    return JSONResponse(privacy.disclose(db, own.subject), headers=headers)


@router.post("/acting", dependencies=[allow("own")])
def act(db: Db, who: Who, mandate: Text = "") -> Response:
    """Let the pages be about somebody for whom one holds a mandate."""
    try:
        acting.start(db, who, mandate)
    except acting.NoMandateError:
        raise HTTPException(404) from None
    return _back()


@router.post("/acting/stop", dependencies=[allow("own")])
def stop_acting(db: Db, who: Who) -> Response:
    """Let the pages be about oneself again."""
    acting.stop(db, who)
    return _back()


@router.post("/mandates/{mandate_id}/end", dependencies=[allow("own")])
def end_mandate(db: Db, who: Who, mandate_id: str) -> Response:
    """End a mandate that one holds or gave."""
    found = next((m for m in _mandates_of(db, who.id) if m.id == mandate_id), None) if who.id else None
    if found is None:
        raise HTTPException(404)
    mandates.revoke(db, found.id, actor=who.actor)
    return _back("#mandates")


def _my_page(
    request: Request, db: Session, signed_in: str, own: About, *, ticket: str = "", errors: dict[str, str] | None = None
) -> Response:
    claims = service.claims_of(db, own.person_id) if own.person is not None else []
    held = service.acts_for(db, signed_in) if signed_in else []
    given = [m for m in mandates.given_for(db, own.person_id) if mandates.is_good(m)] if own.person is not None else []
    return render(
        request,
        "my/page.html",
        status=422 if errors else 200,
        own=own,
        runs=_runs(db, own.subject.tickets),
        claims=[{"id": one.id, "at": one.claimed_at, "runs": len(_runs(db, [one.ticket_hash]))} for one in claims],
        ways=sorted({one.kind for one in service.identities_of(db, own.person_id)}) if own.person is not None else [],
        held=[{"mandate": m, "name": service.get(db, m.for_person_id).name} for m in held],
        given=[{"mandate": m, "name": _holder(db, m)} for m in given],
        openings=viewing.openings_of(db, own.person_id)[:20] if own.person is not None else [],
        ticket=ticket,
        agree=None if own.person is None or tying.has_agreed(db, own.person_id) else tying.words(language_of(request)),
        errors=errors or {},
    )


def _runs(db: Session, hashes: Iterable[str]) -> list[dict[str, Any]]:
    """Return the runs of some tickets as the page shows them, newest first."""
    found = [run for key in hashes for run in drills.runs_of_ticket(db, key)]
    titles = {version.hash: version.title for version in drills.list_versions(db)}
    return [
        {
            "id": run.run_id,
            "code": run.code,
            "date": run.started_at.astimezone(JST).date(),
            "state": run.state,
            "day": run.day.title if run.day is not None else "",
            "title": titles.get(run.scenario_hash),
        }
        for run in sorted(found, key=lambda one: one.started_at, reverse=True)
    ]


def _own_run(db: Session, own: About, run_id: str) -> Run:
    """Return a run of one's own, or answer that there is none: whose it is, if anybody's, is not told."""
    for key in own.subject.tickets:
        for run in drills.runs_of_ticket(db, key):
            if run.run_id == run_id:
                return run
    raise HTTPException(404)


def _claim(db: Session, own: About, claim_id: str) -> str:
    """Return the ticket of one's own claim, or answer that there is none."""
    claims = service.claims_of(db, own.person_id) if own.person is not None else []
    found = next((one for one in claims if one.id == claim_id), None)
    if found is None:
        raise HTTPException(404)
    return found.ticket_hash


def _may_agree(request: Request, own: About) -> bool:
    """Tell whether who is signed in may agree here: for themselves if they are old enough, for their child, or not."""
    whose = Whose(ME, "person", (own.person_id,))
    return speaker(request.app.state.settings, own, whose, tying.PURPOSE) != "nobody"


def _fully(own: About) -> None:
    """Let through who may do for this person whatever they may themselves. Raise Refused for a carer."""
    if not own.fully:
        ja = "お手伝いの人は、この操作をすることができません。ご本人か、市の窓口にお願いしてください。"
        raise Refused(ja, "A carer may not do this: ask the person themselves, or the city office.", status=403)


def _mandates_of(db: Session, person_id: str) -> list[Mandate]:
    return [*mandates.held_by(db, person_id), *mandates.given_for(db, person_id)]


def _holder(db: Session, mandate: Mandate) -> str:
    """Return the name of the person who holds a mandate; empty for staff: a resident is told that it is the city."""
    return service.get(db, mandate.holder_person_id).name if mandate.holder_person_id else ""


def _back(fragment: str = "") -> Response:
    return RedirectResponse(f"/my{fragment}", status_code=303)
