"""Every route and socket declares a policy; here it is looked at before the route is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI
from fastapi.params import Depends as Dependency
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.responses import RedirectResponse, Response

from server.access.policies import POLICIES, Policy
from server.accounts import sign_ins
from server.accounts.principal import NOBODY, Principal
from server.columns import now
from server.db import SAFE_METHODS, Database
from server.errors import Refused, problem
from server.settings import Settings

COOKIE: Final = "__Host-sonae"
"""Sent back to this very host only, and only over TLS or on the machine itself; no script can read it."""


class PolicyMissingError(RuntimeError):
    """A route or socket declares no policy, two, or one that is not in the table: the app does not start."""


class SignInNeeded(Exception):  # noqa: N818 - an answer, not a fault
    """Nobody is signed in who may do this; `again` when somebody is, but proved it too long ago."""

    def __init__(self, policy: Policy, *, again: bool = False) -> None:
        super().__init__(policy.name)
        self.policy = policy
        self.again = again


class Allow:
    """The dependency that a route is guarded by. It leaves the principal in `request.state.principal`."""

    def __init__(self, policy: str) -> None:
        if policy not in POLICIES:
            msg = f"there is no policy {policy!r} in server/access/policies.py"
            raise PolicyMissingError(msg)
        self.policy = POLICIES[policy]

    def __call__(self, connection: HTTPConnection) -> None:
        """Let through or raise.

        Raises:
            SignInNeeded: a sign-in, or a fresh proof, would help.
            Refused: this principal may not, whatever they prove.
        """
        if self.policy.audience == "device":
            return  # proved by the device's key or by a socket pass: see server.devices and server.live
        principal = principal_of(connection)
        if not self.policy.admits(principal):
            if principal.kind == "nobody" or principal.limited:
                raise SignInNeeded(self.policy)
            ja = "この操作をする権限がありません。"
            raise Refused(ja, "You may not do this.", status=403, code="refused")
        if self.policy.fresh and not is_fresh(principal, connection.app.state.settings):
            raise SignInNeeded(self.policy, again=True)


def allow(policy: str) -> Any:
    """Return what guards a route: `@router.get("/days", dependencies=[allow("days.read")])`."""
    return Depends(Allow(policy))


def principal_of(connection: HTTPConnection) -> Principal:
    """Return who stands behind a request or socket; looked up once for each."""
    known: Principal | None = getattr(connection.state, "principal", None)
    if known is not None:
        return known
    key = connection.cookies.get(COOKIE, "")
    principal = NOBODY
    if key:
        database: Database = connection.app.state.database
        settings: Settings = connection.app.state.settings
        with database.reading() as db:
            principal = sign_ins.principal_of(db, settings, key)
            due = principal.sign_in and sign_ins.is_idle_note_due(db, principal.sign_in)
        if due:
            with database.session() as db:
                sign_ins.note_seen(db, principal.sign_in)
    connection.state.principal = principal
    return principal


def is_fresh(principal: Principal, settings: Settings) -> bool:
    """Tell whether a principal proved a short while ago who they are."""
    proved = principal.proved_at
    return proved is not None and now() - proved <= timedelta(minutes=settings.proof_minutes)


def _current(connection: HTTPConnection) -> Principal:
    return principal_of(connection)


Who = Annotated[Principal, Depends(_current)]
"""A route's principal."""


def set_cookie(response: Response, key: str) -> None:
    """Give the browser the key of a sign-in that was just opened."""
    response.set_cookie(COOKIE, key, secure=True, httponly=True, samesite="lax", path="/")


def clear_cookie(response: Response) -> None:
    """Take the key of a sign-in from the browser."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")


def to_sign_in(connection: HTTPConnection, needed: SignInNeeded) -> Response:
    """Return the way to the right sign-in page, which leads back here."""
    back = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    back = back if connection.scope.get("method", "GET") in SAFE_METHODS else "/"
    page = "/signin/again" if needed.again else "/staff/signin" if needed.policy.audience == "staff" else "/signin"
    return RedirectResponse(f"{page}?next={quote(back, safe='/')}", status_code=303)


def local_path(wanted: str) -> str:
    """Return `wanted` if it is a path of ours, else "/": a sign-in never leads to another site."""
    good = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if good and "\\" not in wanted else "/"


def routes_of(router: APIRouter) -> Iterator[APIRoute | APIWebSocketRoute]:
    """Yield the routes and sockets of a router and of the routers that it includes.

    Raises:
        PolicyMissingError: something stands there that can carry no policy, such as a mounted app.
    """
    for route in router.routes:
        included = getattr(route, "original_router", None)
        if isinstance(route, APIRoute | APIWebSocketRoute):
            yield route
        elif isinstance(included, APIRouter):
            yield from routes_of(included)
        else:
            msg = f"{getattr(route, 'path', route)} is a {type(route).__name__}: only routes and sockets carry a policy"
            raise PolicyMissingError(msg)


def policy_of(route: APIRoute | APIWebSocketRoute) -> Policy:
    """Return the one policy of a route. Raise PolicyMissingError when there is none, or more than one."""
    found = [d.dependency.policy for d in _dependencies(route) if isinstance(d.dependency, Allow)]
    if len(found) != 1:
        msg = f"{route.path} declares {len(found)} policies; every route and socket declares exactly one by allow(...)"
        raise PolicyMissingError(msg)
    return found[0]


def _dependencies(route: APIRoute | APIWebSocketRoute) -> list[Dependency]:
    return [d for d in route.dependencies if isinstance(d, Dependency)]


def check(routers: list[APIRouter]) -> None:
    """Raise PolicyMissingError when a route or socket of these routers declares no policy."""
    for router in routers:
        for route in routes_of(router):
            policy_of(route)


def install(app: FastAPI) -> None:
    """Let the app answer when a sign-in is needed: browsers are shown the way, programs get 401."""
    app.add_exception_handler(SignInNeeded, _sign_in_needed)


def _sign_in_needed(request: Any, error: Exception) -> Response:
    if not isinstance(error, SignInNeeded):
        raise error
    if "text/html" in request.headers.get("accept", ""):
        return to_sign_in(request, error)
    ja = "もう一度本人の確認が必要です。" if error.again else "サインインが必要です。"
    en = "Show again that it is you." if error.again else "Sign in first."
    return problem(401, "sign_in", ja=ja, en=en)
