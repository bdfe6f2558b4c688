"""What the forms of accounts share: fields, answers, new passwords."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import is_fresh, set_cookie
from server.accounts import passwords
from server.accounts.passkeys import MAX_ANSWER
from server.accounts.principal import Principal
from server.web.pages import language_of
from server.web.texts import Words

Text = Annotated[str, Form(max_length=400)]
Password = Annotated[str, Form(max_length=4 * passwords.LONGEST)]
Answer = Annotated[str, Form(max_length=MAX_ANSWER)]
Sealed = Annotated[str, Form(max_length=2000)]
Roles = Annotated[list[str], Form(max_length=20)]
ACCOUNT: Final = "/staff/account"


def plain(request: Request, key: str, **values: object) -> str:
    """Return a text in the reader's language, without furigana."""
    return Words(language_of(request)).plain(key, **values)


def to(address: str) -> Response:
    """Send the browser to a page of ours."""
    return RedirectResponse(address, status_code=303)


def signed_in(address: str, key: str) -> Response:
    """Send the browser on with the key of its sign-in."""
    response = to(address)
    set_cookie(response, key)
    return response


def fresh(request: Request, who: Principal) -> bool:
    """Tell whether privileged acts are open now, so that a page shows their buttons or the way to a proof."""
    return is_fresh(who, request.app.state.settings)


def new_password_errors(request: Request, new: str, repeated: str, guessable: list[str]) -> dict[str, str]:
    """Return a message for each field of a new password that is not good."""
    fault = passwords.fault(new, guessable=guessable)
    if fault:
        values = {"shortest": passwords.SHORTEST, "longest": passwords.LONGEST}
        return {"new": plain(request, f"password.wrong_{fault}", **values)}
    return {} if new == repeated else {"repeated": plain(request, "password.wrong_repeated")}
