"""A machine reaches its own addresses and nothing else, speaks for its own runs alone, and learns of no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from drill.record.run import RunHeader
from drill.ticket import ticket_hash
from server.access.enforcing import policy_of, routes_of
from server.consent import service as consent
from server.db import Database
from server.devices import service
from server.drills import service as drills
from server.drills.schemas import NewDay, NewSession, NewStation
from server.features import modules
from server.tickets import service as tickets
from server.tickets.models import Ticket

OWN = {"/api/station/bundle", "/api/station/consent", "/api/station/key", "/api/station/pass"}
SOCKETS = {"/ws/station", "/ws/upload"}
RUN_ID = "5c" * 16


def machine(database: Database) -> tuple[str, dict[str, str]]:
    """Return a paired machine's id and the header that proves it."""
    with database.session() as db:
        made = service.pair(db, code=service.new_pairing_code(db, database.settings, name="左"))
        assert made is not None
        return made.device.id, {"Authorization": f"Device {made.device.id}.{made.key}"}


def addresses() -> Iterator[tuple[str, str, str]]:
    """Yield method, address and audience of every route of the house."""
    for module in modules("routes"):
        for route in routes_of(module.router):
            for method in sorted(getattr(route, "methods", ()) or ()):
                yield method, route.path, policy_of(route).audience


def test_the_addresses_of_machines_are_these() -> None:
    """Whoever adds one changes this list and thinks about it."""
    sockets = {r.path for m in modules("routes") for r in routes_of(m.router) if not hasattr(r, "methods")}
    assert {path for _, path, audience in addresses() if audience == "device"} == OWN
    assert sockets == SOCKETS


def test_a_key_opens_nothing_that_is_for_people(visitor: TestClient) -> None:
    """Everything that is for staff or residents is asked for with a good key, as a header and as a cookie."""
    _, proof = machine(visitor.app.state.database)
    key = proof["Authorization"].removeprefix("Device ")
    tried = 0
    for method, path, audience in addresses():
        if audience not in ("staff", "resident"):
            continue
        place = path.replace("{kind}", "session").replace("{key}", "0" * 16)
        place = "/".join("0" * 16 if part.startswith("{") else part for part in place.split("/"))
        for headers in (proof, {"cookie": f"__Host-sonae={key}"}, proof | {"cookie": f"__Host-sonae={key}"}):
            answer = visitor.request(method, place, headers=headers, follow_redirects=False)
            assert answer.status_code in (401, 404), (method, path, answer.status_code)
            tried += 1
    assert tried > 150


def test_a_key_opens_its_own(visitor: TestClient) -> None:
    """The control: what was refused above was not the key."""
    _, proof = machine(visitor.app.state.database)
    assert visitor.get("/api/station/bundle", headers=proof).status_code == 200


@pytest.fixture
def told() -> dict[str, Any]:
    return {"kind": "run", "subject": RUN_ID, "purpose": "recording", "version": "station-2", "given": False}


def keep_run(database: Database, device_id: str) -> None:
    header = RunHeader(
        run_id=RUN_ID,
        scenario="gym-flood",
        scenario_hash="ab" * 32,
        seed=1,
        build="test",
        profile="lab",
        device="test",
        locomotion="screen",
        started_at="2026-12-06T10:00:00+09:00",
        consent="station-2",
    )
    with database.session() as db:
        drills.register_run(db, header, device_id=device_id)


def is_kept(database: Database) -> bool:
    with database.reading() as db:
        return any(run.run_id == RUN_ID for run in drills.list_runs(db))


def test_a_machine_takes_back_its_own_run_and_no_other(visitor: TestClient, told: dict[str, Any]) -> None:
    database = visitor.app.state.database
    own, proof = machine(database)
    _, other = machine(database)
    keep_run(database, own)
    assert visitor.post("/api/station/consent", json=told, headers=other).status_code == 404
    assert is_kept(database)
    assert visitor.post("/api/station/consent", json=told, headers=proof).json() == {"live": False}
    assert not is_kept(database)


def test_a_station_that_was_paired_again_takes_back_what_it_sent_before(
    visitor: TestClient, told: dict[str, Any]
) -> None:
    database = visitor.app.state.database
    before, _ = machine(database)
    keep_run(database, before)
    with database.session() as db:
        service.revoke_device(db, before)
    _, again = machine(database)
    assert visitor.post("/api/station/consent", json=told, headers=again).status_code == 200
    assert not is_kept(database)


def ticket_of_a_day(db: Session, device_id: str = "", *, age_band: str = "") -> str:
    """Issue a ticket of a new day, at which a machine stands if one is named; return its hash."""
    starts = dt.datetime(2026, 12, 6, 1, 0, tzinfo=dt.UTC)
    day = drills.create_day(db, NewDay(place="体育館", date=starts.date(), title="訓練"))
    slot = drills.add_session(
        db, day.id, NewSession(starts_at=starts, ends_at=starts + dt.timedelta(hours=1), capacity=9)
    )
    if device_id:
        station = drills.add_station(db, day.id, NewStation(name="入口"))
        drills.attach_device(db, station.id, device_id)
    return ticket_hash(tickets.issue(db, session_id=slot.id, age_band=age_band)[0])


def test_a_machine_speaks_for_the_tickets_of_its_day_alone(visitor: TestClient, told: dict[str, Any]) -> None:
    database = visitor.app.state.database
    device_id, proof = machine(database)
    with database.session() as db:
        keys = [ticket_of_a_day(db, device_id), ticket_of_a_day(db)]
        for key in keys:
            consent.give(db, kind="ticket", subject=key, purpose="recording", version="signup-3", source="test")
    own, other = keys
    asked = told | {"kind": "ticket"}
    assert visitor.post("/api/station/consent", json=asked | {"subject": other}, headers=proof).status_code == 404
    assert visitor.post("/api/station/consent", json=asked | {"subject": "0" * 64}, headers=proof).status_code == 404
    assert visitor.post("/api/station/consent", json=asked | {"subject": own}, headers=proof).status_code == 200
    with database.reading() as db:
        assert consent.live(db, kind="ticket", subject=other, purpose="recording") is not None
        assert consent.live(db, kind="ticket", subject=own, purpose="recording") is None


@pytest.mark.parametrize(("band", "alone"), [("7-12", 409), ("0-6", 409), ("16-64", 200), ("", 200), ("none", 409)])
def test_for_a_childs_ticket_a_guardian_speaks(
    visitor: TestClient, told: dict[str, Any], band: str, alone: int
) -> None:
    database = visitor.app.state.database
    device_id, proof = machine(database)
    with database.session() as db:
        key = ticket_of_a_day(db, device_id, age_band="" if band == "none" else band)
        if band == "none":  # kept by a release that knew another band
            db.query(Ticket).filter_by(hash=key).update({"age_band": "6-9"})
    asked = told | {"kind": "ticket", "subject": key, "given": True}
    assert visitor.post("/api/station/consent", json=asked, headers=proof).status_code == alone
    answer = visitor.post("/api/station/consent", json=asked | {"given_by": "guardian"}, headers=proof)
    assert answer.json() == {"live": True}
