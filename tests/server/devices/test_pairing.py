from __future__ import annotations

import base64
import datetime as dt

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from server.db import Database
from server.devices import service
from server.devices.models import PairingCode, SocketPass
from server.ops.keys import city_keys


def new_code(database: Database, name: str = "体育館 左") -> str:
    with database.session() as db:
        return service.new_pairing_code(db, database.settings, name=name)


def test_a_code_pairs_one_device_once(client: TestClient) -> None:
    database = client.app.state.database
    code = new_code(database)
    asked = {"code": code.lower().replace("-", " "), "name": "laptop"}
    first = client.post("/api/station/pair", json=asked)
    again = client.post("/api/station/pair", json=asked)
    assert first.status_code == 200, first.text
    assert first.json()["name"] == "体育館 左"
    assert again.status_code == 403
    assert again.json()["error"]["ja"].startswith("ペアリングコード")
    assert base64.b64decode(first.json()["city_public_key"]) == city_keys(database.settings).public


def test_five_wrong_proofs_kill_a_code(client: TestClient) -> None:
    database = client.app.state.database
    code = new_code(database)
    wrong = code[:5] + ("0000" if code[5:] != "0000" else "1111")
    for _ in range(service.MAX_ATTEMPTS):
        assert client.post("/api/station/pair", json={"code": wrong, "name": "x"}).status_code == 403
    assert client.post("/api/station/pair", json={"code": code, "name": "x"}).status_code == 403


def test_four_wrong_proofs_do_not_kill_a_code(client: TestClient) -> None:
    """The control of the test above: the limit is five, not less."""
    code = new_code(client.app.state.database)
    wrong = code[:5] + ("0000" if code[5:] != "0000" else "1111")
    for _ in range(service.MAX_ATTEMPTS - 1):
        client.post("/api/station/pair", json={"code": wrong, "name": "x"})
    assert client.post("/api/station/pair", json={"code": code, "name": "x"}).status_code == 200


def test_an_expired_code_pairs_nothing(database: Database) -> None:
    code = new_code(database)
    with database.session() as db:
        db.execute(update(PairingCode).values(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    with database.session() as db:
        assert service.pair(db, code=code) is None


@pytest.mark.parametrize("text", ["", "!!!!", "ABCD", "ABCD-EFGH-JKMN", "𠮷" * 8])
def test_what_is_no_code_pairs_nothing(database: Database, text: str) -> None:
    with database.session() as db:
        assert service.pair(db, code=text) is None


def paired(database: Database) -> service.Paired:
    code = new_code(database)
    with database.session() as db:
        found = service.pair(db, code=code, name="laptop")
    assert found is not None
    return found


def test_a_device_proves_itself_by_its_key_until_it_is_revoked(database: Database) -> None:
    device = paired(database)
    credential = f"{device.device.id}.{device.key}"
    with database.session() as db:
        assert service.authenticate(db, credential) is not None
        assert service.authenticate(db, credential + "x") is None
        assert service.authenticate(db, f"{device.device.id}.") is None
        assert service.authenticate(db, f"0000000000000000.{device.key}") is None
        assert service.revoke_device(db, device.device.id)
        assert not service.revoke_device(db, device.device.id)
        assert service.authenticate(db, credential) is None
        assert not service.is_active(db, device.device.id)


def test_a_key_and_a_code_are_kept_as_hashes(database: Database) -> None:
    device = paired(database)
    code = new_code(database)
    with database.reading() as db:
        stored = db.get(PairingCode, code[:4])
        assert stored is not None
        assert code[5:] not in stored.secret_hash
        assert device.key not in device.device.key_hash


def test_a_pass_opens_one_socket_once(database: Database) -> None:
    device = paired(database).device
    with database.session() as db:
        token = service.new_pass(db, database.settings, device=device, purpose="upload")
    with database.session() as db, pytest.raises(service.PassRefused):
        service.redeem_pass(db, token, "control")
    with database.session() as db:
        assert service.redeem_pass(db, token, "upload").id == device.id
    with database.session() as db, pytest.raises(service.PassRefused):
        service.redeem_pass(db, token, "upload")


def test_an_expired_pass_and_one_of_a_revoked_device_open_nothing(database: Database) -> None:
    device = paired(database).device
    with database.session() as db:
        late = service.new_pass(db, database.settings, device=device, purpose="upload")
        db.execute(update(SocketPass).values(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    with database.session() as db, pytest.raises(service.PassRefused):
        service.redeem_pass(db, late, "upload")
    with database.session() as db:
        good = service.new_pass(db, database.settings, device=device, purpose="upload")
        service.revoke_device(db, device.id)
    with database.session() as db, pytest.raises(service.PassRefused):
        service.redeem_pass(db, good, "upload")


def test_a_station_asks_for_passes_and_bundle_with_its_key(client: TestClient) -> None:
    code = new_code(client.app.state.database)
    answer = client.post("/api/station/pair", json={"code": code, "name": "x"}).json()
    headers = {"Authorization": f"Device {answer['device_id']}.{answer['device_key']}"}
    given = client.post("/api/station/pass", json={"purpose": "control"}, headers=headers)
    assert given.json()["expires_in"] == 60
    assert client.post("/api/station/pass", json={"purpose": "control"}).status_code == 401
    assert client.post("/api/station/pass", json={"purpose": "all"}, headers=headers).status_code == 422
    bundle = client.get("/api/station/bundle", headers=headers)
    assert bundle.json()["format"] == "sonae-bundle/1"
    assert client.get("/api/station/bundle").status_code == 401
