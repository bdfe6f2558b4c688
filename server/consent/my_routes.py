"""A resident's consents: what they agreed to, in which words, and the way to take it back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import allow
from server.consent import pages, service, wording
from server.consent.pages import Whose
from server.db import Db
from server.drills import service as drills
from server.people import service as people
from server.people.acting import About, AboutWhom
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/my/consents")

Guardian = Annotated[Literal["", "yes"], Form()]
Version = Annotated[str, Form(max_length=60)]


@router.get("", dependencies=[allow("own")])
def consents(request: Request, db: Db, own: AboutWhom) -> Response:
    """Show what a resident agreed to and may agree to."""
    return _page(request, db, own)


@router.post("/{whose}/{purpose}/give", dependencies=[allow("own")])
def give(
    request: Request, db: Db, own: AboutWhom, whose: str, purpose: str, version: Version = "", guardian: Guardian = ""
) -> Response:
    """Agree to the words that the page showed. When they were replaced meanwhile, the new ones are shown instead."""
    one = _found(db, own, whose, purpose)
    settings = request.app.state.settings
    words = Words(language_of(request))
    speaker = pages.speaker(settings, own, one, purpose)
    if speaker == "nobody":
        return _page(request, db, own, errors={f"{whose}-{purpose}": words.plain("consent.guardian_comes")})
    if speaker == "declared" and not guardian:
        return _page(request, db, own, errors={f"{whose}-{purpose}": words.plain("consent.guardian_tick")})
    if version != wording.current(purpose):
        return _page(request, db, own, errors={f"{whose}-{purpose}": words.plain("consent.new_words")})
    service.give(
        db,
        kind=one.kind,
        subject=one.subjects[0],
        purpose=purpose,
        version=version,
        source=own.actor,
        language=language_of(request),
        given_by="self" if speaker == "self" else "guardian",
    )
    return RedirectResponse(f"/my/consents#{whose}", 303)


@router.get("/{whose}/{purpose}/withdraw", dependencies=[allow("own")])
def ask_to_withdraw(request: Request, db: Db, own: AboutWhom, whose: str, purpose: str) -> Response:
    """Show what goes when a consent is taken back."""
    one = _found(db, own, whose, purpose)
    text = wording.wording(wording.current(purpose), language_of(request))
    count = 0
    if purpose == service.RECORDING:
        count = len(drills.runs_of_ticket(db, one.subjects[0]))
    elif purpose == service.RESULTS:
        count = len(people.claims_of(db, one.subjects[0]))
    return render(request, "consent/withdraw.html", whose=whose, purpose=purpose, text=text, count=count)


@router.post("/{whose}/{purpose}/withdraw", dependencies=[allow("own")])
def withdraw(db: Db, own: AboutWhom, whose: str, purpose: str) -> Response:
    """Take a consent back. A child may do that without a guardian; a carer may not do it at all."""
    if not own.fully:
        raise HTTPException(403)
    one = _found(db, own, whose, purpose)
    for subject in one.subjects:
        service.withdraw(db, kind=one.kind, subject=subject, purpose=purpose, source=own.actor)
    return RedirectResponse(f"/my/consents#{whose}", 303)


def _found(db: Session, own: About, whose: str, purpose: str) -> Whose:
    """Return whose consent it is, or answer that there is none: nobody learns whether another's is there."""
    found = next((one for one in pages.all_of(db, own) if one.key == whose), None)
    if found is None or purpose not in service.ABOUT[found.kind]:
        raise HTTPException(404)
    return found


def _page(request: Request, db: Session, own: About, *, errors: dict[str, str] | None = None) -> Response:
    settings, language = request.app.state.settings, language_of(request)
    groups = [(one, list(pages.asked(db, settings, own, one, language))) for one in pages.all_of(db, own)]
    return render(
        request,
        "consent/page.html",
        status=422 if errors else 200,
        own=own,
        groups=groups,
        errors=errors or {},
        age=settings.guardian_age,
        waits=own.fully and any(ask.speaker == "nobody" for _, asked in groups for ask in asked),
    )
