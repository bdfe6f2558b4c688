"""A station reports a consent that was given or taken back there; residents look after theirs (`my_routes`)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from server.access.enforcing import allow
from server.consent import my_routes, service
from server.db import Db
from server.devices.routes import FromDevice
from server.drills import bundle as bundles

router = APIRouter()
router.include_router(my_routes.router)


class ConsentReport(BaseModel):
    """`subject` is a ticket's hash, or the run id of a run without ticket."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["ticket", "run"]
    subject: Annotated[str, Field(pattern=r"^([0-9a-f]{32}|[0-9a-f]{64})$")]
    purpose: Literal["recording", "gaze", "research"]
    version: Annotated[str, Field(min_length=1, max_length=60)]
    given: bool


@router.post("/api/station/consent", dependencies=[allow("station")])
def report(db: Db, device: FromDevice, told: ConsentReport) -> dict[str, bool]:
    """Keep a consent, or that it was taken back; returns whether one is live now.

    A machine speaks for its own runs and for the tickets of its day alone: of any other it learns not even that it is.
    """
    if not bundles.may_speak_for(db, device.id, kind=told.kind, subject=told.subject):
        raise HTTPException(404)
    source = f"device:{device.id}"
    if told.given:
        service.give(
            db, kind=told.kind, subject=told.subject, purpose=told.purpose, version=told.version, source=source
        )
    else:
        service.withdraw(db, kind=told.kind, subject=told.subject, purpose=told.purpose, source=source)
    live = service.live(db, kind=told.kind, subject=told.subject, purpose=told.purpose)
    return {"live": live is not None}
