"""Requirements 9, 10 and 12: password and second factor, a new key each time, the same answer to everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from starlette.testclient import TestClient

from server.access.enforcing import COOKIE
from server.accounts import door, sign_ins
from server.accounts.models import SecondStep, Staff
from server.accounts.passwords import Passwords, of_app
from server.audit.models import AuditEntry
from server.columns import now
from server.db import Database
from server.settings import Settings
from tests.server.accounts.conftest import PASSWORD, Account

LOGIN = {"login": "taka@city.example", "password": PASSWORD}


def refusals(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    """What the record says of sign-ins that were refused."""
    with database.reading() as db:
        found = db.query(AuditEntry).filter_by(action="sign_in.refused").order_by(AuditEntry.seq)
        return [(entry.actor, entry.target, entry.detail) for entry in found]


def test_a_password_opens_nothing_until_the_second_step(visitor: TestClient, account: Account) -> None:
    answer = visitor.post("/staff/signin", data=LOGIN | {"next": "/days"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/signin/second?next=%2Fdays")
    assert COOKIE not in visitor.cookies
    assert account.methods() == []
    assert visitor.get("/staff/account").status_code == 401

    answer = visitor.post(
        "/staff/signin/second", data={"code": account.code(), "next": "/days"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/days"
    assert account.methods() == [("totp", False)]
    assert visitor.get("/days").status_code == 200
    assert door.COOKIE not in visitor.cookies


def test_the_cookies_are_for_this_host_over_tls_and_no_script(visitor: TestClient, account: Account) -> None:
    first = visitor.post("/staff/signin", data=LOGIN, follow_redirects=False)
    second = visitor.post("/staff/signin/second", data={"code": account.code()}, follow_redirects=False)
    for answer, name in ((first, door.COOKIE), (second, COOKIE)):
        said = answer.headers["set-cookie"].lower()
        assert said.startswith(name.lower() + "=")
        assert name.startswith("__Host-")
        for part in ("secure", "httponly", "samesite=lax", "path=/"):
            assert part in said
        assert "domain" not in said


def test_the_key_is_new_at_each_sign_in_and_the_old_one_is_dead(
    visitor: TestClient, account: Account, sign_in: Callable[..., None]
) -> None:
    sign_in(visitor, account)
    first = visitor.cookies[COOKIE]
    with time_machine.travel(now() + timedelta(minutes=1)):
        visitor.post("/staff/signin", data=LOGIN)
        visitor.post("/staff/signin/second", data={"code": account.code()})
        assert visitor.cookies[COOKIE] != first
        assert len(account.methods()) == 1, "the browser's sign-in of before has ended"
        visitor.cookies.clear()
        assert visitor.get("/staff/account", headers={"Cookie": f"{COOKIE}={first}"}).status_code == 401


@pytest.mark.parametrize(
    ("login", "password"),
    [("taka@city.example", "wrong password"), ("nobody@city.example", PASSWORD), ("", ""), ("closed@x", PASSWORD)],
)
def test_unknown_wrong_and_closed_get_one_answer_after_the_same_work(
    visitor: TestClient, account: Account, new_account: Callable[..., Account], login: str, password: str
) -> None:
    database: Database = visitor.app.state.database
    closed = new_account(database, login="closed@x")
    with database.session() as db:
        db.get_one(Staff, closed.id).disabled_at = now()
    reference = visitor.post("/staff/signin", data={"login": "x", "password": "y"})
    passwords, before, rows = of_app(visitor.app), of_app(visitor.app).checked, len(refusals(database))
    answer = visitor.post("/staff/signin", data={"login": login, "password": password})
    assert passwords.checked - before == 1, "one hash, whoever it is"
    assert len(refusals(database)) - rows == 1, "one write, whoever it is"
    assert (answer.status_code, set(answer.headers)) == (422, set(reference.headers))
    assert answer.text.replace(f'value="{login}" maxlength="80"', "") == reference.text.replace(
        'value="x" maxlength="80"', ""
    )
    assert "set-cookie" not in answer.headers


def test_the_record_holds_no_login_and_no_password(visitor: TestClient, account: Account) -> None:
    visitor.post("/staff/signin", data={"login": "川霧の朝に", "password": "taka@city.example"})
    visitor.post("/staff/signin", data={"login": account.login, "password": "nonsense"})
    step = {"step": "password"}
    assert refusals(account.database) == [
        ("nobody", "staff:unknown", step),
        ("nobody", f"staff:{account.id}", step),
    ]


def test_a_login_is_the_same_in_any_width_and_case(visitor: TestClient, account: Account) -> None:
    answer = visitor.post("/staff/signin", data=LOGIN | {"login": " ＴＡＫＡ@City.example "}, follow_redirects=False)
    assert answer.status_code == 303


def test_five_wrong_codes_end_the_step(visitor: TestClient, account: Account) -> None:
    visitor.post("/staff/signin", data=LOGIN)
    for _ in range(4):
        answer = visitor.post("/staff/signin/second", data={"code": "000000"})
        assert (answer.status_code, answer.url.path) == (422, "/staff/signin/second")
    answer = visitor.post("/staff/signin/second", data={"code": "000000"}, follow_redirects=False)
    assert answer.headers["location"].startswith("/staff/signin?")
    visitor.post("/staff/signin/second", data={"code": account.code()})
    assert COOKIE not in visitor.cookies, "also with the right one"


def test_a_used_code_does_not_serve_again(visitor: TestClient, account: Account, sign_in: Callable[..., None]) -> None:
    sign_in(visitor, account)
    visitor.post("/signout")
    visitor.post("/staff/signin", data=LOGIN)
    answer = visitor.post("/staff/signin/second", data={"code": account.code()})
    assert answer.status_code == 422
    assert account.methods() == []


def test_the_second_step_is_this_browsers_and_for_minutes(visitor: TestClient, account: Account) -> None:
    visitor.post("/staff/signin", data=LOGIN)
    other = TestClient(visitor.app, base_url="https://127.0.0.1")
    other.post("/staff/signin/second", data={"code": account.code()})
    assert COOKIE not in other.cookies
    with time_machine.travel(now() + timedelta(minutes=11)):
        visitor.post("/staff/signin/second", data={"code": account.code()})
        assert COOKIE not in visitor.cookies


def test_closing_the_account_ends_a_step_half_way(visitor: TestClient, account: Account) -> None:
    visitor.post("/staff/signin", data=LOGIN)
    with account.database.session() as db:
        db.get_one(Staff, account.id).disabled_at = now()
    visitor.post("/staff/signin/second", data={"code": account.code()})
    assert COOKIE not in visitor.cookies
    with account.database.reading() as db:
        assert db.query(SecondStep).count() == 1


def test_without_second_factor_only_its_set_up_is_open(
    visitor: TestClient, new_account: Callable[..., Account]
) -> None:
    account = new_account(visitor.app.state.database, "administrator", app=False)
    answer = visitor.post("/staff/signin", data=LOGIN | {"next": "/jobs"}, follow_redirects=False)
    assert answer.headers["location"] == "/staff/account"
    assert account.methods() == [("password", True)]
    assert visitor.get("/staff/members", follow_redirects=False).status_code == 401
    page = visitor.get("/staff/members", headers={"Accept": "text/html"})
    assert page.url.path == "/staff/account"


def test_a_hash_of_other_settings_is_made_anew_at_sign_in(visitor: TestClient, account: Account) -> None:
    settings: Settings = visitor.app.state.settings
    weak = Passwords(settings.model_copy(update={"password_memory_mib": 19}))
    with account.database.session() as db:
        db.get_one(Staff, account.id).password_hash = weak.hash(PASSWORD)
    weak.close()
    before = account.row().password_hash
    visitor.post("/staff/signin", data=LOGIN | {"password": "wrong one"})
    assert account.row().password_hash == before
    visitor.post("/staff/signin", data=LOGIN)
    assert f"m={settings.password_memory_mib * 1024}," in account.row().password_hash
    assert visitor.post("/staff/signin", data=LOGIN, follow_redirects=False).status_code == 303


def test_signing_out_ends_it_for_whoever_kept_the_cookie(
    visitor: TestClient, account: Account, sign_in: Callable[..., None]
) -> None:
    sign_in(visitor, account)
    key = visitor.cookies[COOKIE]
    answer = visitor.post("/signout", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert COOKIE not in visitor.cookies
    assert visitor.get("/staff/account", headers={"Cookie": f"{COOKIE}={key}"}).status_code == 401
    with account.database.reading() as db:
        assert sign_ins.principal_of(db, account.database.settings, key).kind == "nobody"
    assert visitor.post("/signout", follow_redirects=False).status_code == 303, "also when nobody is signed in"


def test_another_site_can_sign_nobody_out_or_in(visitor: TestClient, account: Account) -> None:
    for path, data in (("/signout", {}), ("/staff/signin", LOGIN)):
        answer = visitor.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


def test_one_account_is_not_tried_forever_and_others_still_come_in(
    visitor: TestClient, account: Account, new_account: Callable[..., Account]
) -> None:
    new_account(visitor.app.state.database, login="other@city.example")
    statuses = [visitor.post("/staff/signin", data=LOGIN | {"password": "wrong"}).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert visitor.post("/staff/signin", data=LOGIN).status_code == 429, "also with the right password"
    other = {"login": "other@city.example", "password": PASSWORD}
    assert visitor.post("/staff/signin", data=other, follow_redirects=False).status_code == 303


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_signing_in_leads_to_no_other_site(visitor: TestClient, account: Account, evil: str) -> None:
    page = visitor.get("/staff/signin", params={"next": evil})
    assert "evil" not in page.text.split("<main")[1]
    answer = visitor.post("/staff/signin", data=LOGIN | {"next": evil}, follow_redirects=False)
    assert answer.headers["location"] == "/staff/signin/second?next=%2F"
    answer = visitor.post("/staff/signin/second", data={"code": account.code(), "next": evil}, follow_redirects=False)
    assert answer.headers["location"] == "/"
