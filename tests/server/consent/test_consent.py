from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from server.columns import now
from server.consent import service
from server.consent.service import GAZE, RECORDING, ConsentError
from server.db import Database
from server.devices import service as devices

TICKET = "a" * 64


def give(database: Database, *, purpose: str = RECORDING, version: str = "1") -> str:
    with database.session() as db:
        return service.give(
            db, kind="ticket", subject=TICKET, purpose=purpose, version=version, source="staff:local"
        ).id


def live(database: Database, purpose: str = RECORDING) -> str | None:
    with database.reading() as db:
        found = service.live(db, kind="ticket", subject=TICKET, purpose=purpose)
        return found.version if found else None


def test_a_consent_holds_for_its_purpose_until_it_is_withdrawn(database: Database) -> None:
    assert live(database) is None
    give(database)
    assert live(database) == "1"
    assert live(database, GAZE) is None
    with database.session() as db:
        assert service.withdraw(db, kind="ticket", subject=TICKET, purpose=RECORDING, source="staff:local") == 1
        assert service.withdraw(db, kind="ticket", subject=TICKET, purpose=RECORDING, source="staff:local") == 0
    assert live(database) is None
    with database.reading() as db:
        with pytest.raises(ConsentError, match="nothing may be kept"):
            service.require(db, kind="ticket", subject=TICKET, purpose=RECORDING)
        before = now() - timedelta(minutes=1)
        assert service.withdrawn_since(db, kind="ticket", subject=TICKET, purpose=RECORDING, since=before)
        assert not service.withdrawn_since(db, kind="ticket", subject=TICKET, purpose=GAZE, since=before)
        later = now() + timedelta(minutes=1)
        assert not service.withdrawn_since(db, kind="ticket", subject=TICKET, purpose=RECORDING, since=later)


def test_the_same_consent_twice_is_one_and_a_new_version_another(database: Database) -> None:
    first = give(database)
    assert give(database) == first
    assert give(database, version="2") != first
    with database.reading() as db:
        assert service.require(db, kind="ticket", subject=TICKET, purpose=RECORDING).version == "2"


@pytest.mark.parametrize(
    ("purpose", "version", "subject"), [("selling", "1", TICKET), (RECORDING, "", TICKET), (RECORDING, "1", "")]
)
def test_no_consent_without_purpose_version_or_subject(
    database: Database, purpose: str, version: str, subject: str
) -> None:
    with database.session() as db, pytest.raises(ConsentError):
        service.give(db, kind="ticket", subject=subject, purpose=purpose, version=version, source="x")


def test_live_consents_by_ticket(database: Database) -> None:
    give(database)
    give(database, purpose=GAZE)
    with database.session() as db:
        service.withdraw(db, kind="ticket", subject=TICKET, purpose=GAZE, source="x")
    with database.reading() as db:
        assert service.live_by_ticket(db, [TICKET, "b" * 64]) == {TICKET: {RECORDING: "1"}}


def test_a_station_reports_consents(client: TestClient) -> None:
    database: Database = client.app.state.database
    with database.session() as db:
        code = devices.new_pairing_code(db, database.settings, name="x")
    paired = client.post("/api/station/pair", json={"code": code, "name": "x"}).json()
    headers = {"Authorization": f"Device {paired['device_id']}.{paired['device_key']}"}
    told = {"kind": "run", "subject": "c" * 32, "purpose": RECORDING, "version": "1", "given": True}
    assert client.post("/api/station/consent", json=told, headers=headers).json() == {"live": True}
    assert client.post("/api/station/consent", json=told | {"given": False}, headers=headers).json() == {"live": False}
    assert client.post("/api/station/consent", json=told).status_code == 401
    assert client.post("/api/station/consent", json=told | {"subject": "山田"}, headers=headers).status_code == 422
