from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.access.enforcing import COOKIE
from server.accounts import sign_ins
from server.accounts.models import SignIn, Staff
from server.app import create_app
from server.columns import now
from server.db import Database
from server.settings import Settings

FORM = {"since": "2026-12-01", "until": "2026-12-31", "reason": "<b>計画</b>"}
HTML = {"accept": "text/html"}


class Office:
    """Two administrators, one of them an analyst too, and an auditor, before one app."""

    def __init__(self, client: TestClient, staff_key: Callable[..., str]) -> None:
        self.client = client
        self.database: Database = client.app.state.database  # type: ignore[attr-defined]  # the app is ours
        self.keys = {
            "one": staff_key(self.database, "analyst", "administrator"),
            "two": staff_key(self.database, "administrator"),
            "auditor": staff_key(self.database, "auditor"),
            "clerk": staff_key(self.database, "clerk"),
        }

    def as_(self, who: str) -> TestClient:
        self.client.cookies.set(COOKIE, self.keys[who])
        return self.client

    def propose(self) -> str:
        answer = self.as_("one").post("/exports", data=FORM, follow_redirects=False)
        assert answer.status_code == 303
        return str(answer.headers["location"])


@pytest.fixture
def office(sqlite_client: TestClient, staff_key: Callable[..., str]) -> Office:
    return Office(sqlite_client, staff_key)


def test_from_the_proposal_to_the_decision(office: Office) -> None:
    address = office.propose()
    mine = office.as_("one").get(address).text
    assert "&lt;b&gt;計画&lt;/b&gt;" in mine
    assert "ほかの管理者の承認を待っています" in mine
    assert f"{address}/decide" not in mine
    two = office.as_("two")
    assert f'href="{address}"' in two.get("/approvals").text
    assert "2026-12-31" in two.get(f"{address}/decide").text
    answer = two.post(f"{address}/decide", data={"decision": "approve", "note": "確かめた"})
    assert answer.url.path == address
    assert "行いました" in answer.text
    assert "確かめた" in answer.text
    assert two.post(f"{address}/decide", data={"decision": "refuse"}).status_code == 409


def test_a_decision_must_be_one(office: Office) -> None:
    address = office.propose()
    answer = office.as_("two").post(f"{address}/decide", data={"decision": "perhaps"})
    assert answer.status_code == 422
    assert 'href="#decision"' in answer.text


def test_nobody_approves_their_own(office: Office) -> None:
    address = office.propose()
    one = office.as_("one")
    assert one.post(f"{address}/decide", data={"decision": "approve"}).status_code == 403
    assert "承認を待っています" in one.get(address).text
    assert "取り下げました" in one.post(f"{address}/withdraw").text


@pytest.mark.parametrize(("who", "seen"), [("one", 200), ("two", 200), ("auditor", 200), ("clerk", 404)])
def test_who_sees_a_proposal(office: Office, who: str, seen: int) -> None:
    address = office.propose()
    assert office.as_(who).get(address).status_code == seen
    assert (address in office.as_(who).get("/approvals").text) == (seen == 200)


@pytest.mark.parametrize("path", ["", "/decide", "/review", "/withdraw"])
def test_what_is_not_there(office: Office, path: str) -> None:
    address = f"/approvals/{'0' * 16}{path}"
    two = office.as_("two")
    answer = two.post(address, data={"decision": "approve"}) if path == "/withdraw" else two.get(address)
    assert answer.status_code == 404
    if path in ("/decide", "/review"):
        assert two.post(address, data={"decision": "approve"}).status_code in (404, 409)


def test_an_old_proof_is_asked_for_again_and_leads_back(office: Office) -> None:
    address = office.propose()
    with time_machine.travel(now() + dt.timedelta(minutes=11)):
        answer = office.as_("two").get(f"{address}/decide", headers=HTML, follow_redirects=False)
        assert answer.headers["location"] == f"/signin/again?next={address}/decide"


def test_one_alone_proves_again_waits_and_is_reviewed(sqlite_settings: Settings, staff_key: Callable[..., str]) -> None:
    app = create_app(sqlite_settings.model_copy(update={"single_on_duty": True, "sign_in_idle_minutes": 240}))
    start = now()
    with TestClient(app, base_url="http://127.0.0.1") as client:
        office = Office(client, staff_key)
        with time_machine.travel(start + dt.timedelta(minutes=1)):
            address = office.propose()
            one = office.as_("one")
            assert "一人で承認する" in one.get(address).text
            answer = one.get(f"{address}/decide", headers=HTML, follow_redirects=False)
            assert answer.headers["location"] == f"/signin/again?next={address}/decide"
            answer = one.post(f"{address}/decide", data={"decision": "approve"}, follow_redirects=False)
            assert answer.headers["location"] == f"/signin/again?next=/approvals/{address[11:]}/decide"
        with time_machine.travel(start + dt.timedelta(minutes=2)):
            office.keys["one"] = again(office, office.keys["one"])
            one = office.as_("one")
            assert "24時間" in one.get(f"{address}/decide").text
            assert "時刻を待っています" in one.post(f"{address}/decide", data={"decision": "approve"}).text
            assert "時刻を待っているもの（1件）" in office.as_("auditor").get("/").text
        with time_machine.travel(start + dt.timedelta(hours=24, minutes=3)):
            app.state.jobs.drain()
            office.keys = {who: again(office, key) for who, key in office.keys.items()}
            page = office.as_("one").get(address).text
            assert "行いました" in page
            assert "事後の確認がまだ" in page
            assert f"{address}/review" not in page
            auditor = office.as_("auditor")
            assert "事後の確認（1件）" in auditor.get("/").text
            assert "一人で行われたこと" in auditor.get(f"{address}/review").text
            assert "事後の確認がまだ" not in auditor.post(f"{address}/review", data={"note": "正しい"}).text


def again(office: Office, key: str) -> str:
    """Sign the holder of a key in once more; the old sign-in may be over."""
    with office.database.session() as db:
        held = db.scalars(select(SignIn).where(SignIn.key_hash == hashlib.sha256(key.encode()).hexdigest())).one()
        staff = db.get_one(Staff, held.staff_id)
        return sign_ins.sign_in_staff(db, office.database.settings, staff, method="totp")
