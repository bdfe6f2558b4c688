"""Station side: pairing, socket passes, the day's bundle."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from server.access.enforcing import allow
from server.columns import now
from server.db import Db
from server.devices import service
from server.devices.models import Device
from server.drills import bundle as bundles
from server.drills import service as drills
from server.drills.schemas import Name
from server.errors import Refused, problem
from server.ops.keys import city_keys

router = APIRouter(prefix="/api/station")


class PairRequest(BaseModel):
    """What a station sends to be paired: the code that staff read out, and the name to show them."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=40)]
    name: Name


class PassRequest(BaseModel):
    """What a socket pass is asked for: it opens one socket of this purpose only."""

    model_config = ConfigDict(extra="forbid")

    purpose: service.Purpose


def station_device(db: Db, authorization: Annotated[str, Header()] = "") -> Device:
    """Return the device that a request comes from: `Authorization: Device <id>.<key>`."""
    scheme, _, credential = authorization.partition(" ")
    device = service.authenticate(db, credential.strip()) if scheme.lower() == "device" else None
    if device is None:
        ja = "この端末は登録されていません。もう一度ペアリングしてください。"
        raise Refused(ja, "This device is not paired, or was revoked. Pair it again.", status=401, code="device")
    return device


FromDevice = Annotated[Device, Depends(station_device)]


@router.post("/pair", response_model=None, dependencies=[allow("station.pair")])
def pair(request: Request, db: Db, wanted: PairRequest) -> dict[str, str] | JSONResponse:
    """Pair a machine by the code that staff read out."""
    paired = service.pair(db, code=wanted.code, name=wanted.name)
    if paired is None:
        ja = "ペアリングコードが正しくないか、期限が切れています。新しいコードを出してください。"
        en = "The pairing code is wrong, used or expired. Ask staff for a new one."
        # An answer and no exception: the counted attempt must be committed.
        return problem(403, "pairing", ja=ja, en=en)
    station = drills.attach_device(db, paired.station_id, paired.device.id) if paired.station_id else None
    return {
        "device_id": paired.device.id,
        "device_key": paired.key,
        "name": paired.device.name,
        "station": station.id if station else "",
        "city_public_key": base64.b64encode(city_keys(request.app.state.settings).public).decode("ascii"),
        "server_time": now().isoformat(),
    }


@router.post("/pass", dependencies=[allow("station")])
def socket_pass(request: Request, db: Db, device: FromDevice, wanted: PassRequest) -> dict[str, str | int]:
    """Give a device a pass that opens one socket once."""
    settings = request.app.state.settings
    token = service.new_pass(db, settings, device=device, purpose=wanted.purpose)
    return {"pass": token, "expires_in": settings.pass_seconds}


@router.get("/bundle", dependencies=[allow("station")])
def bundle(db: Db, device: FromDevice) -> dict[str, Any]:
    """Give a device its day's bundle."""
    return bundles.bundle(db, device.id)
