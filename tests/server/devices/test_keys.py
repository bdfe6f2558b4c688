"""A machine changes its key and is never locked out by a lost answer; the key before dies soon after."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from fastapi.testclient import TestClient

from server.audit.models import AuditEntry
from server.columns import now
from server.db import Database
from server.devices import service
from server.devices.models import Device
from server.devices.routes import credential_of

NOON = dt.datetime(2026, 12, 6, 3, 0, tzinfo=dt.UTC)


def paired(database: Database) -> tuple[str, str]:
    """Return a machine's id and its `<id>.<key>`."""
    with database.session() as db:
        made = service.pair(db, code=service.new_pairing_code(db, database.settings, name="体育館 左"))
        assert made is not None
        return made.device.id, f"{made.device.id}.{made.key}"


def changed(database: Database, device_id: str) -> str:
    with database.session() as db:
        device = db.get(Device, device_id)
        assert device is not None
        return f"{device_id}.{service.new_key(db, device)}"


def opens(database: Database, credential: str) -> bool:
    """Ask for something that notes the key as used."""
    with database.session() as db:
        device = service.authenticate(db, credential)
        if device is not None:
            service.note_seen(db, device, credential)
        return device is not None


def test_the_key_before_opens_until_an_hour_after_the_new_one_was_used(database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        device_id, first = paired(database)
        second = changed(database, device_id)
        clock.shift(dt.timedelta(days=3))
        assert opens(database, first), "the station may not have heard of the new key"
        assert opens(database, second)
        clock.shift(dt.timedelta(minutes=59))
        assert opens(database, first), "its drill may not be over"
        clock.shift(dt.timedelta(minutes=2))
        assert not opens(database, first)
        assert opens(database, second)


def test_a_lost_answer_locks_nobody_out(database: Database) -> None:
    device_id, first = paired(database)
    lost = changed(database, device_id)
    second = changed(database, device_id)
    assert opens(database, first)
    assert not opens(database, lost)
    assert opens(database, second)
    third = changed(database, device_id)
    assert opens(database, second)
    assert not opens(database, first)
    assert opens(database, third)


def test_no_key_opens_for_a_revoked_machine(database: Database) -> None:
    device_id, first = paired(database)
    second = changed(database, device_id)
    with database.session() as db:
        service.revoke_device(db, device_id)
    assert not opens(database, first)
    assert not opens(database, second)


@pytest.mark.parametrize("nothing", ["", ".", "x", "-", "0123456789abcdef."])
def test_what_is_no_key_opens_nothing(database: Database, nothing: str) -> None:
    device_id, _ = paired(database)
    assert not opens(database, nothing)
    assert not opens(database, f"{device_id}.{nothing}")


def test_a_key_is_due_when_it_is_old_or_staff_ask(database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        device_id, _ = paired(database)

        def due() -> bool:
            with database.reading() as db:
                device = db.get(Device, device_id)
                assert device is not None
                return service.is_key_due(device, database.settings)

        assert not due()
        clock.shift(dt.timedelta(days=database.settings.device_key_days))
        assert due()
        changed(database, device_id)
        assert not due()
        with database.session() as db:
            assert service.want_new_key(db, device_id, actor="staff:x")
            assert not service.want_new_key(db, "0" * 16)
        assert due()
        changed(database, device_id)
        assert not due()


def test_when_a_machine_was_seen_is_kept_to_the_minute(database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        device_id, credential = paired(database)
        opens(database, credential)
        clock.shift(dt.timedelta(seconds=59))
        opens(database, credential)
        with database.session() as db:
            assert service.devices(db)[0].seen_at == NOON
            clock.shift(dt.timedelta(seconds=1))
            service.note_present(db, {device_id})
            assert service.devices(db)[0].seen_at == now()


def test_a_station_asks_for_a_new_key(client: TestClient) -> None:
    database = client.app.state.database
    device_id, credential = paired(database)
    headers = {"Authorization": f"Device {credential}"}
    asked = client.post("/api/station/key", json={"only_if_due": True}, headers=headers)
    assert asked.json() == {"device_key": ""}
    given = client.post("/api/station/key", json={}, headers=headers).json()["device_key"]
    new = {"Authorization": f"Device {device_id}.{given}"}
    assert client.post("/api/station/pass", json={"purpose": "upload"}, headers=new).status_code == 200
    assert client.post("/api/station/key", json={}).status_code == 401
    assert client.post("/api/station/key", json={"more": 1}, headers=new).status_code == 422
    with database.reading() as db:
        kept = db.query(AuditEntry).filter_by(action="device.new_key").one()
        assert kept.actor == f"device:{device_id}"
        assert given not in str(kept.detail)


def test_only_a_device_header_holds_a_credential() -> None:
    assert credential_of("Device a.b") == "a.b"
    assert credential_of("device  a.b ") == "a.b"
    assert credential_of("Bearer a.b") == credential_of("") == credential_of("Device") == ""
