"""The page of machines: what administrators see and do there, and what stands beside a pairing code."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.access.enforcing import COOKIE
from server.app import create_app
from server.audit.models import AuditEntry
from server.devices import service
from server.devices.models import Device
from server.drills import service as drills
from server.drills.schemas import NewDay, NewStation
from server.ops.certificate import own_certificate
from server.settings import Settings


@pytest.fixture
def secure(sqlite_settings: Settings, staff_key: Callable[..., str]) -> Iterator[TestClient]:
    """Staff before a server that shows its own certificate."""
    own_certificate(sqlite_settings)
    with TestClient(create_app(sqlite_settings), base_url="https://127.0.0.1") as made:
        made.cookies.set(COOKIE, staff_key(made.app.state.database))
        yield made


def machine(app: FastAPI, name: str = "体育館 左") -> str:
    with app.state.database.session() as db:
        made = service.pair(db, code=service.new_pairing_code(db, app.state.settings, name=name))
        assert made is not None
        return made.device.id


def test_every_machine_is_listed_with_its_place(sqlite_client: TestClient) -> None:
    app = sqlite_client.app
    first, second = machine(app, "髙﨑小 左"), machine(app, "𠮷田小 右")
    with app.state.database.session() as db:
        day = drills.create_day(db, NewDay(place="体育館", date=dt.date(2026, 12, 6), title="川原谷の訓練"))
        station = drills.add_station(db, day.id, NewStation(name="入口"))
        drills.attach_device(db, station.id, first)
    page = sqlite_client.get("/devices").text
    assert "髙﨑小 左" in page
    assert "𠮷田小 右" in page
    assert "川原谷の訓練" in page
    assert f'id="{second}"' in page
    with app.state.database.reading() as db:
        assert service.devices(db)[0].key_hash not in page


def test_revoking_asks_first_and_shuts_out(sqlite_client: TestClient) -> None:
    app = sqlite_client.app
    device_id = machine(app)
    assert "5秒以内" in sqlite_client.get(f"/devices/{device_id}/revoke").text
    done = sqlite_client.post(f"/devices/{device_id}/revoke", follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, f"/devices#{device_id}")
    assert "使用停止" in sqlite_client.get("/devices").text
    for again in (sqlite_client.get, sqlite_client.post):
        assert again(f"/devices/{device_id}/revoke").status_code == 404
    assert sqlite_client.post(f"/devices/{device_id}/key").status_code == 404
    assert sqlite_client.post("/devices/0000000000000000/revoke").status_code == 404
    with app.state.database.reading() as db:
        kept = db.query(AuditEntry).filter_by(action="device.revoke").one()
        assert re.fullmatch(r"staff:[0-9a-f]{16}", kept.actor)


def test_a_machine_can_be_asked_to_change_its_key(sqlite_client: TestClient) -> None:
    device_id = machine(sqlite_client.app)
    assert sqlite_client.post(f"/devices/{device_id}/key", follow_redirects=False).status_code == 303
    assert "新しい鍵に替わります" in sqlite_client.get("/devices").text
    with sqlite_client.app.state.database.reading() as db:
        device = db.get(Device, device_id)
        assert device is not None
        assert device.key_wanted_at is not None


def test_a_code_for_a_machine_that_stands_nowhere(sqlite_client: TestClient) -> None:
    wrong = sqlite_client.post("/devices/pairing", data={"name": "  "})
    assert wrong.status_code == 422
    assert "機器の名前を1〜80文字で" in wrong.text
    page = sqlite_client.post("/devices/pairing", data={"name": "予備の髙﨑"}).text
    code = re.search(r'class="pairing mono">([0-9A-Z-]{9})<', page)
    assert code is not None
    assert "指紋" not in page, "over plain HTTP on this machine there is nothing to compare"
    answer = sqlite_client.post("/api/station/pair", json={"code": code[1], "name": "x"})
    assert answer.json()["name"] == "予備の髙﨑"


def test_the_fingerprint_stands_beside_the_code(secure: TestClient) -> None:
    shown = own_certificate(secure.app.state.settings).shown.split()
    page = secure.post("/devices/pairing", data={"name": "左"}).text
    for at in range(0, 16, 4):
        assert " ".join(shown[at : at + 4]) in page
    assert f"--fingerprint &#34;{' '.join(shown[:8])}&#34;" in page
    with secure.app.state.database.session() as db:
        day = drills.create_day(db, NewDay(place="体育館", date=dt.date(2026, 12, 6), title="訓練"))
        station = drills.add_station(db, day.id, NewStation(name="入口"))
    assert " ".join(shown[:4]) in secure.post(f"/days/{day.id}/stations/{station.id}/pairing").text


def test_a_machine_that_sees_another_certificate_is_not_paired(secure: TestClient) -> None:
    settings = secure.app.state.settings
    with secure.app.state.database.session() as db:
        code = service.new_pairing_code(db, settings, name="左")
    asked = {"code": code, "name": "左", "certificate": "ab" * 32}
    refused = secure.post("/api/station/pair", json=asked)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "certificate")
    for wrong in ("ab", "AB" * 32, "zz" * 32):
        assert secure.post("/api/station/pair", json=asked | {"certificate": wrong}).status_code == 422
    good = asked | {"certificate": own_certificate(settings).fingerprint}
    assert secure.post("/api/station/pair", json=good).status_code == 200


@pytest.mark.parametrize("role", ["clerk", "instructor", "analyst", "auditor", "health_worker"])
def test_only_administrators_see_the_machines(visitor: TestClient, staff_key: Callable[..., str], role: str) -> None:
    device_id = machine(visitor.app)
    visitor.cookies.set(COOKIE, staff_key(visitor.app.state.database, role))
    assert visitor.get("/devices").status_code == 403
    assert visitor.post(f"/devices/{device_id}/revoke").status_code == 403
    with visitor.app.state.database.reading() as db:
        assert service.is_active(db, device_id)


def test_pairing_is_not_for_guessing(sqlite_client: TestClient) -> None:
    asked = {"code": "0000-0000", "name": "x"}
    statuses = [sqlite_client.post("/api/station/pair", json=asked).status_code for _ in range(61)]
    assert statuses == [403] * 60 + [429]
