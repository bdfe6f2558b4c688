"""The day's bundle: everything that a station needs to work a day without network."""

from __future__ import annotations

import base64
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from server.columns import now
from server.consent import ages
from server.consent import service as consent
from server.devices import service as devices
from server.drills import library, service
from server.drills.models import ScenarioVersion, Station
from server.ops.secrets import keyed_hash
from server.requests import suspensions
from server.settings import Settings
from server.tickets import service as tickets

BUNDLE: Final = "sonae-bundle/1"


def bundle(db: Session, device_id: str) -> dict[str, Any]:
    """Return the bundle of a device, plain JSON; tickets are in it by hash, never by code.

    Each ticket says which views its holder may be offered. A device that stands at no station yet gets the newest
    version of every scenario. File contents are base64.
    """
    stations = service.stations_of_device(db, device_id)
    stations = [s for s in stations if s.day_id == stations[0].day_id]
    settings = service.settings_of(db)
    day = stations[0].day if stations else None
    sessions = day.sessions if day else []
    return {
        "format": BUNDLE,
        "made_at": now().isoformat(),
        "day": {"id": day.id, "place": day.place, "date": day.date.isoformat(), "title": day.title} if day else None,
        "room_key": keyed_hash(settings, "room", day.id) if day else "",
        "stations": [{"id": s.id, "name": s.name, "scenario": s.scenario_hash} for s in stations],
        "sessions": [
            {
                "id": s.id,
                "starts_at": s.starts_at.isoformat(),
                "ends_at": s.ends_at.isoformat(),
                "capacity": s.capacity,
            }
            for s in sessions
        ],
        "scenarios": [
            {
                "hash": v.hash,
                "id": v.scenario_id,
                "version": v.version,
                "title": v.title,
                "files": {
                    name: base64.b64encode(content).decode("ascii")
                    for name, content in library.files_of(settings, v.hash).items()
                },
            }
            for v in _versions(db, stations)
        ],
        "ages": _ages(settings),
        "tickets": _tickets(db, [s.id for s in sessions]),
    }


def may_speak_for(db: Session, device_id: str, *, kind: Literal["ticket", "run"], subject: str) -> bool:
    """Tell whether a device may report a consent: of its own run or one that is not here yet, of a ticket of its day.

    A run of a device that was revoked is anybody's who has it: its station may have been paired again.
    """
    if kind == "ticket":
        ticket = tickets.by_hash(db, subject)
        stations = service.stations_of_device(db, device_id)
        sessions = stations[0].day.sessions if stations else []
        return ticket is not None and ticket.session_id in [s.id for s in sessions]
    try:
        sender = service.get_run(db, subject).device_id
    except service.UnknownRowError:
        return True
    return sender is None or sender == device_id or not devices.is_active(db, sender)


def needs_guardian(db: Session, *, kind: Literal["ticket", "run"], subject: str) -> bool:
    """Tell whether a guardian consents for a ticket's holder. Of a run without ticket the station asked the age."""
    ticket = tickets.by_hash(db, subject) if kind == "ticket" else None
    try:
        return ticket is not None and ages.guardian_needed(service.settings_of(db), age_band=ticket.age_band)
    except ages.AgeBandError:
        return True


def _ages(settings: Settings) -> list[dict[str, Any]]:
    """Return which views are offered to each age band, for people who come without ticket and are asked their age."""
    return [
        {
            "band": band,
            "view": _offer(settings, band),
            "with_guardian": _offer(settings, band, guardian_agreed=True),
            "guardian_consents": ages.guardian_needed(settings, age_band=band),
        }
        for band in ages.BANDS
    ]


def _offer(settings: Settings, band: str, *, guardian_agreed: bool = False) -> dict[str, object]:
    """Return what may be offered; to somebody whose band cannot be read as little as to one whose age is unknown."""
    try:
        return ages.view_for(settings, age_band=band, guardian_agreed=guardian_agreed).as_dict()
    except ages.AgeBandError:
        return ages.view_for(settings).as_dict()


def _versions(db: Session, stations: list[Station]) -> list[ScenarioVersion]:
    assigned = {s.scenario.hash: s.scenario for s in stations if s.scenario is not None}
    return list(assigned.values()) or service.list_versions(db, newest_only=True)


def _tickets(db: Session, session_ids: list[str]) -> list[dict[str, Any]]:
    suspended = suspensions.tickets(db)
    good = [ticket for ticket in tickets.of_sessions(db, session_ids) if ticket.hash not in suspended]
    consents = consent.live_by_ticket(db, [t.hash for t in good])
    settings = service.settings_of(db)
    return [
        {
            "hash": t.hash,
            "session": t.session_id,
            "age_band": t.age_band,
            "view": _offer(settings, t.age_band, guardian_agreed=consent.HEADSET in consents.get(t.hash, {})),
            "language": t.language,
            "comfort": t.comfort,
            "consents": consents.get(t.hash, {}),
            "expires_at": t.expires_at.isoformat() if t.expires_at else None,
        }
        for t in good
    ]
