"""One's own account: password, second factors, open sign-ins, and a fresh proof before what matters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import time_machine
from starlette.testclient import TestClient

from server.access.enforcing import COOKIE
from server.accounts.models import Passkey, Staff
from server.columns import now
from tests.server.accounts.conftest import PASSWORD, Account

OTHER = "やまびこが 二度かえる谷"
HTML = {"Accept": "text/html"}


@pytest.fixture
def inside(visitor: TestClient, account: Account, sign_in: Callable[..., None]) -> TestClient:
    sign_in(visitor, account)
    return visitor


def add_passkey(account: Account, credential: bytes = b"one") -> str:
    with account.database.session() as db:
        made = Passkey(owner_kind="staff", owner_id=account.id, credential_id=credential, public_key=b"", name="ノート")
        db.add(made)
    return made.id


def opened_elsewhere(inside: TestClient, account: Account, sign_in: Callable[..., None]) -> TestClient:
    """A second browser of the same person."""
    other = TestClient(inside.app, base_url="https://127.0.0.1")
    with time_machine.travel(now() + timedelta(seconds=60)):
        sign_in(other, account)
    return other


def test_the_page_shows_who_and_what(inside: TestClient, account: Account) -> None:
    page = inside.get("/staff/account")
    for part in ("髙﨑 花子", account.login, "窓口", "登録ずみ", "今お使いのもの"):
        assert part in page.text
    assert account.secret not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_a_new_password_needs_the_old_one_and_ends_the_other_sign_ins(
    inside: TestClient, account: Account, sign_in: Callable[..., None]
) -> None:
    other = opened_elsewhere(inside, account, sign_in)
    before = inside.cookies[COOKIE]
    good = {"old": PASSWORD, "new": OTHER, "repeated": OTHER}
    for wrong in ({"old": "x"}, {"new": "password", "repeated": "password"}, {"repeated": "x"}, {"new": account.login}):
        answer = inside.post("/staff/account/password", data=good | wrong)
        assert answer.status_code == 422
        assert PASSWORD not in answer.text
    assert inside.post("/staff/account/password", data=good).status_code == 200
    assert inside.cookies[COOKIE] != before
    assert other.get("/staff/account").status_code == 401
    assert inside.get("/staff/account").status_code == 200
    for password, status in ((PASSWORD, 422), (OTHER, 303)):
        data = {"login": account.login, "password": password}
        assert other.post("/staff/signin", data=data, follow_redirects=False).status_code == status


def test_an_app_is_registered_by_a_code_of_it(inside: TestClient, account: Account) -> None:
    page = inside.get("/staff/account/app")
    sealed = re.search(r'name="sealed" value="([0-9a-f]+)"', page.text)
    secret = re.search(r'class="address">([A-Z2-7 ]+)<', page.text)
    assert sealed
    assert secret
    plain = secret[1].replace(" ", "")
    assert plain != account.secret
    answer = inside.post("/staff/account/app", data={"code": "000000", "sealed": sealed[1]})
    assert (answer.status_code, plain in answer.text.replace(" ", "")) == (422, True), "the same picture again"
    answer = inside.post("/staff/account/app", data={"code": pyotp.TOTP(plain).now(), "sealed": sealed[1]})
    assert answer.url.query == b"done=factor"
    answer = inside.post("/staff/account/app", data={"code": "000000", "sealed": "00"}, follow_redirects=False)
    assert answer.headers["location"] == "/staff/account/app"


def test_the_last_second_factor_stays(inside: TestClient, account: Account) -> None:
    assert inside.post("/staff/account/app/remove").status_code == 422
    assert account.row().totp_secret is not None
    key = add_passkey(account)
    assert inside.post("/staff/account/app/remove").status_code == 200
    assert account.row().totp_secret is None
    assert inside.post(f"/staff/account/passkeys/{key}/remove").status_code == 422


def test_anothers_passkey_or_sign_in_is_not_there(
    inside: TestClient, account: Account, new_account: Callable[..., Account]
) -> None:
    other = new_account(account.database, login="other@city.example")
    key = add_passkey(other)
    sign_ins = TestClient(inside.app, base_url="https://127.0.0.1")
    sign_ins.post("/staff/signin", data={"login": other.login, "password": PASSWORD})
    sign_ins.post("/staff/signin/second", data={"code": other.code()})
    assert inside.post(f"/staff/account/passkeys/{key}/remove").status_code == 404
    with account.database.reading() as db:
        theirs = db.execute(Staff.__table__.metadata.tables["sign_in"].select()).mappings()
        foreign = [row["id"] for row in theirs if row["staff_id"] == other.id]
    assert inside.post(f"/staff/account/signins/{foreign[0]}/end").status_code == 404
    assert other.methods() == [("totp", False)]


def test_sign_ins_are_ended_one_or_all(inside: TestClient, account: Account, sign_in: Callable[..., None]) -> None:
    other = opened_elsewhere(inside, account, sign_in)
    page = inside.get("/staff/account").text
    found = re.findall(r"/staff/account/signins/([0-9a-f]{16})/end", page)
    assert len(found) == 1, "the one in use has no button"
    assert inside.post(f"/staff/account/signins/{found[0]}/end").status_code == 200
    assert other.get("/staff/account").status_code == 401
    assert inside.post(f"/staff/account/signins/{found[0]}/end").status_code == 404
    inside.post("/staff/account/signins/end")
    assert account.methods() == []
    assert inside.get("/staff/account").status_code == 401


# --- a fresh proof ---------------------------------------------------------------------------------------------------


def test_what_matters_asks_again_after_ten_minutes_and_leads_back(inside: TestClient, account: Account) -> None:
    assert inside.get("/staff/account/app").status_code == 200
    with time_machine.travel(now() + timedelta(minutes=11)):
        page = inside.get("/staff/account/app", headers=HTML)
        assert (page.url.path, page.url.params["next"]) == ("/signin/again", "/staff/account/app")
        assert inside.post("/staff/account/app/remove").status_code == 401
        assert "/staff/account/app/remove" not in inside.get("/staff/account").text
        before = inside.cookies[COOKIE]
        data = {"password": PASSWORD, "code": account.code(), "next": "/staff/account/app"}
        for wrong in ({"password": "x"}, {"code": "000000"}, {"password": "", "code": ""}):
            assert inside.post("/signin/again", data=data | wrong).status_code == 422
            assert inside.get("/staff/account/app").status_code == 401
        # The wrong password above did not use the code up: the password is looked at first.
        answer = inside.post("/signin/again", data=data, follow_redirects=False)
        assert answer.headers["location"] == "/staff/account/app"
        assert inside.cookies[COOKIE] != before, "a new key"
        assert len(account.methods()) == 1, "of the same sign-in"
        assert inside.get("/staff/account/app").status_code == 200
        stolen = {"Cookie": f"{COOKIE}={before}"}
        inside.cookies.clear()
        assert inside.get("/staff/account", headers=stolen).status_code == 401


def test_nobody_is_led_to_sign_in_instead(visitor: TestClient) -> None:
    answer = visitor.get("/signin/again", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    assert visitor.post("/signin/again/passkey/options").status_code == 401
    assert visitor.post("/signin/again", data={"password": "x"}, follow_redirects=False).status_code == 303


def test_a_proof_is_not_tried_forever(inside: TestClient, account: Account) -> None:
    statuses = [inside.post("/signin/again", data={"password": "x"}).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


@pytest.mark.parametrize("answer", ["", "{}", "[]", "x", '{"response": 1}', '{"response": {"clientDataJSON": "e30"}}'])
@pytest.mark.parametrize(
    "path",
    ["/staff/account/passkeys", "/signin/again/passkey", "/staff/signin/passkey"],
)
def test_an_answer_that_no_device_gave_is_none(inside: TestClient, account: Account, path: str, answer: str) -> None:
    assert inside.post(path, data={"answer": answer, "name": "x"}).status_code == 422
    with account.database.reading() as db:
        assert db.query(Passkey).count() == 0


def test_limited_staff_prove_themselves_by_the_password_they_have(
    visitor: TestClient, new_account: Callable[..., Account]
) -> None:
    account = new_account(visitor.app.state.database, app=False)
    visitor.post("/staff/signin", data={"login": account.login, "password": PASSWORD})
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert visitor.get("/staff/account/app").status_code == 401
        visitor.post("/signin/again", data={"password": PASSWORD})
        assert visitor.get("/staff/account/app").status_code == 200
        assert account.methods() == [("password", True)], "and are limited still"
