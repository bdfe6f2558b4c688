"""The counter where a token from an anonymous answer becomes a prize."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Request
from starlette.responses import Response

from server.access.enforcing import Who, allow
from server.db import Db
from server.opendata import tokens
from server.opendata.tokens import Tokens
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter(prefix="/tokens")

Code = Annotated[str, Form(max_length=60)]


def mount(app: FastAPI) -> None:
    """Give the app its tokens to hand out: `app.state.tokens`."""
    app.state.tokens = Tokens(app.state.database)


@router.get("", dependencies=[allow("tokens")])
def counter(request: Request) -> Response:
    """Show the field for a token's code."""
    return render(request, "opendata/tokens.html", code="", good_for="", errors={})


@router.post("", dependencies=[allow("tokens")])
def redeem(request: Request, db: Db, who: Who, code: Code = "") -> Response:
    """Use a token and say what it is good for. No redirect: what it was good for is shown this once."""
    good_for = tokens.redeem(db, code, actor=who.actor)
    errors = {} if good_for else {"code": Words(language_of(request)).plain("tokens.wrong_code")}
    status = 422 if errors else 200
    shown = "" if good_for else code
    return render(request, "opendata/tokens.html", status=status, code=shown, good_for=good_for or "", errors=errors)
