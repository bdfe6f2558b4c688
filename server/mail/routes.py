"""Pages of letters to many: look, confirm, stop."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import Who, allow
from server.accounts.principal import Principal
from server.db import Db
from server.mail import batches, store
from server.mail import service as mail
from server.mail.batches import BatchError
from server.mail.models import MailBatch
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/mail")
NEWEST = 100
Text = Annotated[str, Form(max_length=20)]


def found_batch(db: Db, who: Principal, batch_id: str) -> MailBatch:
    """Return a batch of this principal's department, or answer that it is not there."""
    batch = db.get(MailBatch, batch_id)
    if batch is None or not who.of_department(batch.department):
        raise HTTPException(404)
    return batch


@router.get("", dependencies=[allow("mail")])
def all_batches(request: Request, db: Db, who: Who) -> Response:
    """List the letters to many, newest first."""
    shown = [one for one in store.batches(db, limit=NEWEST) if who.of_department(one.department)]
    on = mail.is_on(request.app.state.settings)
    return render(request, "mail/batches.html", batches=shown, on=on)


@router.get("/{batch_id}", dependencies=[allow("mail")])
def show_batch(request: Request, db: Db, who: Who, batch_id: str) -> Response:
    """Show whom a batch goes to, as far as it can be told without naming anyone."""
    return _page(request, db, found_batch(db, who, batch_id))


@router.post("/{batch_id}/confirm", dependencies=[allow("mail.send")])
def confirm_batch(request: Request, db: Db, who: Who, batch_id: str, count: Text = "") -> Response:
    """Let a batch go after its delay, when the number typed is the number of recipients."""
    batch = found_batch(db, who, batch_id)
    typed = unicodedata.normalize("NFKC", count).replace(",", "").strip()
    try:
        number = int(typed) if typed.isdecimal() else -1
        batches.confirm(db, request.app.state.settings, batch, count=number, actor=who.actor)
    except BatchError as error:
        return _page(request, db, batch, wrong=error.code)
    return RedirectResponse(f"/mail/{batch.id}", status_code=303)


@router.post("/{batch_id}/cancel", dependencies=[allow("mail")])
def cancel_batch(request: Request, db: Db, who: Who, batch_id: str) -> Response:
    """Stop a batch: quickly, so no fresh proof is asked for."""
    batch = found_batch(db, who, batch_id)
    try:
        batches.cancel(db, batch, actor=who.actor)
    except BatchError as error:
        return _page(request, db, batch, wrong=error.code)
    return RedirectResponse(f"/mail/{batch.id}", status_code=303)


def _page(request: Request, db: Db, batch: MailBatch, *, wrong: str = "") -> Response:
    words = Words(language_of(request))
    errors = {"count": words.plain(f"mail.wrong_{wrong}")} if wrong else {}
    return render(
        request,
        "mail/batch.html",
        status=422 if wrong else 200,
        batch=batch,
        seen=batches.look(db, batch),
        counts=store.counts_of_batch(db, batch.id),
        errors=errors,
        minutes=request.app.state.settings.mail_batch_minutes,
    )
