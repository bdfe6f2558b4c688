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
from server.errors import Refused

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
    given_by: Literal["self", "guardian"] = "self"


@router.post("/api/station/consent", dependencies=[allow("station")])
def report(db: Db, device: FromDevice, told: ConsentReport) -> dict[str, bool]:
    """Keep a consent, or that it was taken back; returns whether one is live now.

    A machine speaks for its own runs and for the tickets of its day alone: of any other it learns not even that it is.
    """
    if not bundles.may_speak_for(db, device.id, kind=told.kind, subject=told.subject):
        raise HTTPException(404)
    source = f"device:{device.id}"
    if told.given:
        try:
            service.give(
                db,
                kind=told.kind,
                subject=told.subject,
                purpose=told.purpose,
                version=told.version,
                source=source,
                given_by=told.given_by,
                guardian_needed=bundles.needs_guardian(db, kind=told.kind, subject=told.subject),
            )
        except service.GuardianNeededError:
            ja, en = "この年れいの人の同意は、保護者の方がします。", "At this age a guardian consents."
            raise Refused(ja, en, code="guardian") from None
    else:
        service.withdraw(db, kind=told.kind, subject=told.subject, purpose=told.purpose, source=source)
    live = service.live(db, kind=told.kind, subject=told.subject, purpose=told.purpose)
    return {"live": live is not None}
