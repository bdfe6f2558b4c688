"""Requirement 13: codes that are shown once, serve once and expire; nobody has a default password."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from starlette.testclient import TestClient

from server.access.enforcing import COOKIE
from server.accounts import codes, members
from server.accounts.models import Staff, StaffCode
from server.columns import now
from server.db import Database

PASSWORD = "川霧の朝に 三歩さがって見る"
NEW = {"new": PASSWORD, "repeated": PASSWORD}
FIRST = {"login": "Hana@city.example", "name": "髙﨑 花子", **NEW}


@pytest.fixture
def one(database: Database) -> Staff:
    with database.session() as db:
        return members.add(db, login="taka@city.example", name="髙﨑", department="", actor="console")


def made(database: Database, purpose: codes.CodePurpose, whose: Staff | None = None) -> str:
    with database.session() as db:
        return codes.new_code(db, database.settings, purpose=purpose, staff_id=whose.id if whose else None)


def test_a_code_is_read_however_it_is_typed_and_kept_by_hash_alone(database: Database, one: Staff) -> None:
    code = made(database, "link", one)
    assert len(code.replace("-", "")) == 24
    with database.reading() as db:
        assert code.replace("-", "") not in db.query(StaffCode).one().code_hash.upper()
        for typed in (code, code.lower(), code.replace("-", ""), f"  {code.replace('-', ' ')}", code.replace("0", "o")):
            assert codes.look_up(db, typed) is not None
        for wrong in ("", code[:-1], code + "0", "U" * 24, code[::-1]):
            assert codes.look_up(db, wrong) is None


def test_a_code_serves_once_also_when_two_use_it_at_once(database: Database, one: Staff) -> None:
    code = made(database, "link", one)
    used: list[bool] = []

    def use() -> None:
        with database.session() as db:
            found = codes.look_up(db, code)
            used.append(found is not None and codes.use(db, found))

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(used) == [False] * 5 + [True]


def test_a_code_expires_and_a_newer_one_ends_it(database: Database, one: Staff) -> None:
    first = made(database, "invite", one)
    second = made(database, "invite", one)
    link = made(database, "link", one)
    with database.reading() as db:
        assert [codes.look_up(db, code) is not None for code in (first, second, link)] == [False, True, True]
    with time_machine.travel(now() + timedelta(minutes=11)), database.reading() as db:
        assert codes.look_up(db, link) is None
        assert codes.look_up(db, second) is not None
    with time_machine.travel(now() + timedelta(hours=73)), database.reading() as db:
        assert codes.look_up(db, second) is None


def test_a_code_is_for_somebody_or_for_the_first(database: Database, one: Staff) -> None:
    with pytest.raises(ValueError, match="for nobody yet"):
        made(database, "setup", one)
    with pytest.raises(ValueError, match="for a staff member"):
        made(database, "link")


# --- at the page -----------------------------------------------------------------------------------------------------


def test_nobody_can_sign_in_on_a_fresh_installation(visitor: TestClient) -> None:
    with visitor.app.state.database.reading() as db:
        assert db.query(Staff).count() == 0
    for login, password in (("admin", "admin"), ("root", ""), ("sonae", "sonae"), ("", "")):
        assert visitor.post("/staff/signin", data={"login": login, "password": password}).status_code == 422


def test_the_first_administrator_is_made_once(visitor: TestClient) -> None:
    database: Database = visitor.app.state.database
    code = made(database, "setup")
    assert visitor.get(f"/staff/code/{code}").status_code == 200
    assert visitor.get(f"/staff/code/{code}").status_code == 200, "opening it uses nothing up"
    for missing in ({"login": ""}, {"name": " "}, {"new": "password", "repeated": "password"}, {"repeated": "x"}):
        assert visitor.post(f"/staff/code/{code}", data=FIRST | missing).status_code == 422
    answer = visitor.post(f"/staff/code/{code}", data=FIRST, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/account")
    with database.reading() as db:
        only = db.query(Staff).one()
    assert (only.login, only.name, only.roles) == ("hana@city.example", "髙﨑 花子", ["administrator"])
    assert visitor.get("/staff/account").status_code == 200
    page = visitor.get("/staff/members", headers={"Accept": "text/html"})
    assert page.url.path == "/staff/account", "without second factor nothing else is open"

    assert visitor.post(f"/staff/code/{code}", data=FIRST).status_code == 404, "used"
    other = made(database, "setup")
    assert visitor.get(f"/staff/code/{other}").status_code == 404, "there is an administrator now"


def test_a_link_signs_in_leads_on_and_is_used_up_by_the_button_alone(visitor: TestClient) -> None:
    database: Database = visitor.app.state.database
    with database.session() as db:
        whose = members.add(db, login="taka@city.example", name="髙﨑 花子", department="", actor="console")
        members.put_rights(db, whose, roles=["instructor"], department="", enabled=True, actor="console")
    code = made(database, "link", whose)
    page = visitor.get(f"/staff/code/{code}?next=/days")
    assert "髙﨑 花子" in page.text
    assert 'value="/days"' in page.text
    answer = visitor.post(f"/staff/code/{code}", data={"next": "/days"}, follow_redirects=False)
    assert answer.headers["location"] == "/days"
    assert visitor.get("/days").status_code == 200
    visitor.cookies.clear()
    assert visitor.post(f"/staff/code/{code}", data={}).status_code == 404


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example/", "/\\evil.example", "\\/evil.example"])
def test_a_link_leads_to_no_other_site(visitor: TestClient, evil: str) -> None:
    database: Database = visitor.app.state.database
    with database.session() as db:
        whose = members.add(db, login="taka@city.example", name="髙﨑", department="", actor="console")
    code = made(database, "link", whose)
    assert "evil" not in visitor.get(f"/staff/code/{code}", params={"next": evil}).text.split("<main")[1]
    answer = visitor.post(f"/staff/code/{code}", data={"next": evil}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_an_invitation_takes_away_what_was_there_before(visitor: TestClient) -> None:
    database: Database = visitor.app.state.database
    with database.session() as db:
        whose = members.add(db, login="taka@city.example", name="髙﨑", department="", actor="console")
        whose.totp_secret, whose.password_hash = b"old", "old"
    before = TestClient(visitor.app, base_url="https://127.0.0.1")
    link = made(database, "link", whose)
    before.post(f"/staff/code/{link}")
    assert before.get("/staff/account").status_code == 200
    assert visitor.post(f"/staff/code/{made(database, 'invite', whose)}", data=NEW).status_code == 200
    with database.reading() as db:
        kept = db.get_one(Staff, whose.id)
    assert kept.totp_secret is None
    assert kept.password_hash.startswith("$argon2id$")
    assert before.get("/staff/account").status_code == 401, "the sign-in of before has ended"


def test_a_closed_account_is_not_opened_by_a_code(visitor: TestClient) -> None:
    database: Database = visitor.app.state.database
    with database.session() as db:
        whose = members.add(db, login="taka@city.example", name="髙﨑", department="", actor="console")
    code = made(database, "link", whose)
    with database.session() as db:
        db.get_one(Staff, whose.id).disabled_at = now()
    assert visitor.get(f"/staff/code/{code}").status_code == 404
    assert visitor.post(f"/staff/code/{code}").status_code == 404
    assert COOKIE not in visitor.cookies


def test_a_typed_code_leads_to_its_page(visitor: TestClient) -> None:
    code = made(visitor.app.state.database, "setup")
    answer = visitor.post("/staff/code", data={"code": code.lower()}, follow_redirects=False)
    assert answer.headers["location"] == f"/staff/code/{code.replace('-', '')}"
    assert visitor.post("/staff/code", data={"code": "wrong"}).status_code == 404


def test_codes_are_not_tried_by_the_hundred(visitor: TestClient) -> None:
    statuses = [visitor.post("/staff/code", data={"code": f"{n}"}).status_code for n in range(62)]
    assert statuses == [404] * 60 + [429] * 2
