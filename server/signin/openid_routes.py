"""The way to a sign-in service and back, for residents (デジタル認証アプリ) and for city staff."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access import limits
from server.access.enforcing import allow, local_path, principal_of, set_cookie
from server.accounts import sign_ins
from server.accounts import store as accounts
from server.accounts.principal import Principal
from server.db import Database
from server.people.service import IdentityTakenError
from server.settings import Settings
from server.signin import residents, trip
from server.signin.addresses import base_of
from server.signin.client_keys import Door, client_key, openid_of, public_keys
from server.signin.fetching import OpenIdError
from server.signin.openid import Proof, Service
from server.signin.trip import Trip
from server.web.pages import render

router = APIRouter()
log = logging.getLogger("sonae.signin")

BACK: dict[Door, str] = {"resident": "/signin/digital/back", "staff": "/staff/signin/oidc/back"}
CODES: Final = {
    "unreachable": 503,
    "cancelled": 200,
    "stale": 400,
    "invalid": 400,
    "weak": 400,
    "facts": 400,
    "taken": 409,
    "unknown": 403,
}
"""Why a sign-in did not come about, and the status of the page that says so."""
Enter = Callable[[Session, Settings, Trip, Proof, Principal], str]
"""Takes a proof and returns the key of a sign-in that was opened, "" when the one that is there goes on."""


def service_of(app: FastAPI, door: Door) -> Service:
    """Return a door's sign-in service. Raise HTTPException 404 when that door is closed."""
    known: dict[Door, Service] = app.state.openid
    settings: Settings = app.state.settings
    openid = openid_of(settings, door)
    if openid is None:
        raise HTTPException(404)
    if door not in known:
        known[door] = Service(openid, client_key(settings, door), max_age=60 * settings.proof_minutes)
    return known[door]


def leave(request: Request, door: Door, *, leads_to: str, person_id: str = "") -> Response:
    """Send the browser to a door's sign-in service; `person_id` when what it proves is added to their ways."""
    limits.hit(request, "oidc")
    begun = trip.begin(door=door, leads_to=local_path(leads_to), person_id=person_id)
    try:
        where = service_of(request.app, door).address(begun, back=base_of(request) + BACK[door])
    except OpenIdError as error:
        return trouble(door, error)
    response = RedirectResponse(where, status_code=303)
    trip.pack(request.app.state.settings, begun, response)
    return response


def come_back(request: Request, door: Door, enter: Enter) -> Response:
    """Take what a sign-in service sent along with the browser, and sign in whom it proves.

    The request is a GET, as OpenID Connect has it: what stands against a forged one is the sealed trip that only the
    browser which began it holds, and which serves once.
    """
    limits.hit(request, "oidc")
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    service = service_of(request.app, door)
    begun = trip.unpack(settings, request.cookies.get(trip.COOKIE, ""), door=door)
    try:
        if begun is None:
            msg = "no trip was begun in this browser, or too long ago"
            raise OpenIdError(msg, code="stale")
        proof = service.finish(begun, dict(request.query_params), back=base_of(request) + BACK[door])
        with database.session() as db:
            key = enter(db, settings, begun, proof, principal_of(request))
    except OpenIdError as error:
        return trouble(door, error)
    except IdentityTakenError:
        return trouble(door, OpenIdError("this way leads to another person", code="taken"))
    response = RedirectResponse(begun.leads_to, status_code=303)
    trip.drop(response)
    if key:
        set_cookie(response, key)
    return response


def trouble(door: Door, error: OpenIdError) -> Response:
    """Lead to the page that says what went wrong: code and state do not stay in the address.

    The log says which rule was broken, and no value.
    """
    if error.code not in ("cancelled", "stale"):
        log.warning("sign-in of %s by OpenID Connect failed: %s (%s)", door, error, error.code)
    response = RedirectResponse(f"/signin/trouble/{door}/{error.code}", status_code=303)
    trip.drop(response)
    return response


@router.get("/signin/trouble/{door}/{code}", dependencies=[allow("sign_in")])
def show_trouble(request: Request, door: Door, code: str) -> Response:
    """Say that nobody was signed in, why, and which other doors there are."""
    if code not in CODES:
        raise HTTPException(404)
    return render(request, "signin/trouble.html", status=CODES[code], door=door, code=code)


# --- residents -----------------------------------------------------------------------------------------------------


@router.get("/signin/digital", dependencies=[allow("sign_in")])
def to_digital(request: Request, next: str = "/my") -> Response:  # noqa: A002 - the name in the address
    """Go to the residents' sign-in service."""
    return leave(request, "resident", leads_to=next)


@router.get("/signin/digital/back", dependencies=[allow("sign_in")])
def from_digital(request: Request) -> Response:
    """Come back from the residents' sign-in service."""
    return come_back(request, "resident", _resident)


def _resident(db: Session, settings: Settings, begun: Trip, proof: Proof, who: Principal) -> str:
    if begun.person_id:
        if who.kind != "resident" or who.id != begun.person_id:
            msg = "whoever wanted to add this way is not signed in any more"
            raise OpenIdError(msg, code="stale")
        residents.add_proof(db, settings, who.id, proof)
        return ""
    person = residents.by_proof(db, settings, proof)
    return residents.open_sign_in(db, settings, person.id, method="oidc", before=who)


@router.get("/signin/digital/keys", dependencies=[allow("public")])
def resident_keys(request: Request) -> dict[str, Any]:
    """Show the public key by which the residents' sign-in service knows us."""
    service_of(request.app, "resident")
    return public_keys(request.app.state.settings, "resident")


# --- staff ---------------------------------------------------------------------------------------------------------


@router.get("/staff/signin/oidc", dependencies=[allow("sign_in")])
def to_city(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Go to the city's own sign-in service."""
    return leave(request, "staff", leads_to=next)


@router.get("/staff/signin/oidc/back", dependencies=[allow("sign_in")])
def from_city(request: Request) -> Response:
    """Come back from the city's own sign-in service."""
    return come_back(request, "staff", _staff)


def _staff(db: Session, settings: Settings, _begun: Trip, proof: Proof, who: Principal) -> str:
    """Sign in who stands in our own list of staff: the city's service proves who they are, not what they may."""
    openid = openid_of(settings, "staff")
    login = proof.claims.get(openid.claim) if openid is not None else None
    unchecked = openid is not None and openid.claim == "email" and proof.claims.get("email_verified") is False
    staff = accounts.staff_by_login(db, login) if isinstance(login, str) and not unchecked else None
    if staff is None or staff.disabled_at is not None:
        msg = "whoever the city's service proved is not in our list of staff, or was disabled"
        raise OpenIdError(msg, code="unknown")
    if who.sign_in:
        sign_ins.end(db, who.sign_in, actor=who.actor)
    return sign_ins.sign_in_staff(db, settings, staff, method="oidc")


@router.get("/staff/signin/oidc/keys", dependencies=[allow("public")])
def staff_keys(request: Request) -> dict[str, Any]:
    """Show the public key by which the city's own sign-in service knows us."""
    service_of(request.app, "staff")
    return public_keys(request.app.state.settings, "staff")
