"""Pages for administrators: which machines are paired, when they were last there, and how to shut one out."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.access.enforcing import Who, allow
from server.db import Db
from server.devices import service
from server.devices.models import Device
from server.devices.pairing import certificate_of, lines_of, pairing_of
from server.drills import service as drills
from server.drills.schemas import Name
from server.live.room import room_of
from server.web.pages import language_of, render
from server.web.texts import Words

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
STATES: Final = ("connected", "active", "revoked")


class NewMachine(BaseModel):
    """What staff say of a machine that is to be paired."""

    model_config = ConfigDict(extra="forbid")

    name: Name


@router.get("/devices", dependencies=[allow("devices")])
def listed(request: Request, db: Db) -> Response:
    """List the machines."""
    return _page(request, db)


@router.post("/devices/pairing", dependencies=[allow("devices")])
def make_code(request: Request, db: Db, who: Who, name: Text = "") -> Response:
    """Make a pairing code for a machine that stands at no drill day's station yet, and show it, this once."""
    try:
        wanted = NewMachine.model_validate({"name": name})
    except ValidationError:
        words = Words(language_of(request))
        return _page(request, db, name=name, errors={"name": words.plain("devices.wrong_name")})
    code = service.new_pairing_code(db, request.app.state.settings, name=wanted.name, actor=who.actor)
    return _page(request, db, pairing=pairing_of(request, name=wanted.name, code=code))


@router.get("/devices/{device_id}/revoke", dependencies=[allow("devices")])
def ask_to_revoke(request: Request, db: Db, device_id: str) -> Response:
    """Ask whether a machine shall be shut out."""
    return render(request, "devices/revoke.html", device=_active(db, device_id), places=_places(db, device_id))


@router.post("/devices/{device_id}/revoke", dependencies=[allow("devices")])
def revoke(db: Db, who: Who, device_id: str) -> Response:
    """Shut a machine out: its key opens nothing from now on, and its open sockets are closed within five seconds."""
    _active(db, device_id)
    service.revoke_device(db, device_id, actor=who.actor)
    return RedirectResponse(f"/devices#{device_id}", status_code=303)


@router.post("/devices/{device_id}/key", dependencies=[allow("devices")])
def ask_for_key(db: Db, who: Who, device_id: str) -> Response:
    """Let a machine change its key when it next comes."""
    _active(db, device_id)
    service.want_new_key(db, device_id, actor=who.actor)
    return RedirectResponse(f"/devices#{device_id}", status_code=303)


def _active(db: Session, device_id: str) -> Device:
    device = service.device(db, device_id)
    if device is None or device.revoked_at is not None:
        raise HTTPException(404)
    return device


def _places(db: Session, device_id: str) -> list[dict[str, Any]]:
    """Return where a machine stands, the newest day first."""
    return [
        {"day_id": s.day_id, "title": s.day.title, "date": s.day.date, "station": s.name}
        for s in drills.stations_of_device(db, device_id)
    ]


def _page(
    request: Request,
    db: Session,
    *,
    name: str = "",
    errors: dict[str, str] | None = None,
    pairing: dict[str, Any] | None = None,
) -> Response:
    room = room_of(request.app)
    connected = room.links.devices() | room.uploads.devices()
    rows = [
        {
            "device": device,
            "state": "revoked" if device.revoked_at else "connected" if device.id in connected else "active",
            "places": _places(db, device.id),
            "key_at": device.key_made_at or device.paired_at,
        }
        for device in service.devices(db)
    ]
    rows.sort(key=lambda row: STATES.index(str(row["state"])))
    certificate = certificate_of(request)
    return render(
        request,
        "devices/list.html",
        status=422 if errors else 200,
        rows=rows,
        name=name,
        errors=errors,
        pairing=pairing,
        certificate=certificate,
        fingerprint=lines_of(certificate if certificate is not None and certificate.own else None),
    )
