"""Station side: pairing, socket passes, a new key, the day's bundle."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from server.access import limits
from server.access.enforcing import allow
from server.columns import now
from server.db import Db
from server.devices import pages, pairing, service
from server.devices.models import Device
from server.drills import bundle as bundles
from server.drills import service as drills
from server.drills.schemas import Name
from server.errors import Refused, problem
from server.ops.keys import city_keys

router = APIRouter()
lifespan = pairing.lifespan


class PairRequest(BaseModel):
    """What a station sends to be paired: the code that staff read out, the name to show them, what it pinned."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=40)]
    name: Name
    certificate: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """SHA-256 of the certificate that it was shown; empty when it asks no more than a known authority."""


class PassRequest(BaseModel):
    """What a socket pass is asked for: it opens one socket of this purpose only."""

    model_config = ConfigDict(extra="forbid")

    purpose: service.Purpose


class KeyRequest(BaseModel):
    """A station asks for a new key."""

    model_config = ConfigDict(extra="forbid")

    only_if_due: bool = False
    """Whether it wants one only if its key is old or staff asked for it."""


def credential_of(authorization: str) -> str:
    """Return `<id>.<key>` of a header `Device <id>.<key>`, "" of any other."""
    scheme, _, credential = authorization.partition(" ")
    return credential.strip() if scheme.lower() == "device" else ""


Authorization = Annotated[str, Header()]


def station_device(db: Db, authorization: Authorization = "") -> Device:
    """Return the device that a request comes from: `Authorization: Device <id>.<key>`."""
    device = service.authenticate(db, credential_of(authorization))
    if device is None:
        ja = "この端末は登録されていません。もう一度ペアリングしてください。"
        raise Refused(ja, "This device is not paired, or was revoked. Pair it again.", status=401, code="device")
    return device


FromDevice = Annotated[Device, Depends(station_device)]


@router.post("/api/station/pair", response_model=None, dependencies=[allow("station.pair")])
def pair(request: Request, db: Db, wanted: PairRequest) -> dict[str, str] | JSONResponse:
    """Pair a machine by the code that staff read out.

    A machine that was shown another certificate than ours is not paired: somebody stands between.
    """
    limits.hit(request, "pairing")
    ours = pairing.certificate_of(request)
    if wanted.certificate and ours is not None and wanted.certificate != ours.fingerprint:
        ja = "端末に見える証明書がこのサーバーのものと違います。間に別の機器があります。担当者に知らせてください。"
        en = "The certificate that this station sees is not this server's: another machine stands between. Tell staff."
        return problem(403, "certificate", ja=ja, en=en)
    paired = service.pair(db, code=wanted.code, name=wanted.name)
    if paired is None:
        ja = "ペアリングコードが正しくないか、期限が切れています。新しいコードを出してください。"
        en = "The pairing code is wrong, used or expired. Ask staff for a new one."
        # An answer and no exception: the counted attempt must be committed.
        return problem(403, "pairing", ja=ja, en=en)
    station = drills.attach_device(db, paired.station_id, paired.device.id) if paired.station_id else None
    service.note_seen(db, paired.device)
    return {
        "device_id": paired.device.id,
        "device_key": paired.key,
        "name": paired.device.name,
        "station": station.id if station else "",
        "city_public_key": base64.b64encode(city_keys(request.app.state.settings).public).decode("ascii"),
        "server_time": now().isoformat(),
        "public_url": request.app.state.settings.public_url,
    }


@router.post("/api/station/pass", dependencies=[allow("station")])
def socket_pass(
    request: Request, db: Db, device: FromDevice, wanted: PassRequest, authorization: Authorization = ""
) -> dict[str, str | int]:
    """Give a device a pass that opens one socket once."""
    settings = request.app.state.settings
    service.note_seen(db, device, credential_of(authorization))
    token = service.new_pass(db, settings, device=device, purpose=wanted.purpose)
    return {"pass": token, "expires_in": settings.pass_seconds}


@router.post("/api/station/key", dependencies=[allow("station")])
def new_key(
    request: Request, db: Db, device: FromDevice, wanted: KeyRequest, authorization: Authorization = ""
) -> dict[str, str]:
    """Give a device a new key; an empty one when it wanted one only if its own is due, and it is not."""
    service.note_seen(db, device, credential_of(authorization))
    if wanted.only_if_due and not service.is_key_due(device, request.app.state.settings):
        return {"device_key": ""}
    return {"device_key": service.new_key(db, device)}


@router.get("/api/station/bundle", dependencies=[allow("station")])
def bundle(db: Db, device: FromDevice) -> dict[str, Any]:
    """Give a device its day's bundle."""
    return bundles.bundle(db, device.id)


router.include_router(pages.router)
