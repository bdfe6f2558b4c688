"""Requirements 6 and 10 for accounts: rights are given by two and taken by one, and either ends the sign-ins."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from starlette.testclient import TestClient

from server.accounts.models import Staff
from server.approvals.models import Approval
from server.columns import now
from tests.server.accounts.conftest import PASSWORD, Account

NEW = {"login": "Jiro@city.example", "name": "𠮷田 次郎", "department": ""}


@pytest.fixture
def boss(visitor: TestClient, new_account: Callable[..., Account], sign_in: Callable[..., None]) -> Account:
    """An administrator, signed in in `visitor`."""
    made = new_account(visitor.app.state.database, "administrator", login="boss@city.example")
    sign_in(visitor, made)
    return made


@pytest.fixture
def second(
    visitor: TestClient, new_account: Callable[..., Account], sign_in: Callable[..., None]
) -> tuple[TestClient, Account]:
    """Another administrator in a browser of their own."""
    made = new_account(visitor.app.state.database, "administrator", login="second@city.example")
    client = TestClient(visitor.app, base_url="https://127.0.0.1")
    sign_in(client, made)
    return client, made


@pytest.fixture
def clerk(
    visitor: TestClient, new_account: Callable[..., Account], sign_in: Callable[..., None]
) -> tuple[TestClient, Account]:
    """A clerk in a browser of their own."""
    made = new_account(visitor.app.state.database, "clerk", "instructor", department="防災課")
    client = TestClient(visitor.app, base_url="https://127.0.0.1")
    sign_in(client, made)
    return client, made


def rights(account: Account) -> tuple[list[str], str, bool]:
    row = account.row()
    return row.roles, row.department, row.disabled_at is None


def open_proposals(account: Account) -> list[Approval]:
    with account.database.reading() as db:
        return db.query(Approval).filter_by(state="proposed").all()


def decide(client: TestClient, proposal: Approval, *, approve: bool = True) -> int:
    data = {"decision": "approve" if approve else "refuse", "note": ""}
    return client.post(f"/approvals/{proposal.id}/decide", data=data, follow_redirects=False).status_code


def test_a_new_account_may_do_nothing_and_its_code_is_shown_once(visitor: TestClient, boss: Account) -> None:
    page = visitor.post("/staff/members", data=NEW)
    code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){5}", page.text)
    assert code
    with boss.database.reading() as db:
        made = db.query(Staff).filter_by(login="jiro@city.example").one()
    assert (made.name, made.roles, made.password_hash) == ("𠮷田 次郎", [], "")
    assert code[0] not in visitor.get(f"/staff/members/{made.id}").text
    other = TestClient(visitor.app, base_url="https://127.0.0.1")
    other.post(f"/staff/code/{code[0]}", data={"new": PASSWORD, "repeated": PASSWORD})
    assert other.get("/staff/account").status_code == 200
    assert other.get("/days").status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"login": ""}, {"login": "two words"}, {"name": " "}, {"login": "BOSS@city.example"}]
)
def test_a_wrong_entry_is_named_and_kept(visitor: TestClient, boss: Account, wrong: dict[str, str]) -> None:
    page = visitor.post("/staff/members", data=NEW | wrong)
    field = next(iter(wrong))
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    with boss.database.reading() as db:
        assert db.query(Staff).count() == 1


def test_taking_a_role_happens_at_once_and_ends_every_sign_in(
    visitor: TestClient, boss: Account, clerk: tuple[TestClient, Account]
) -> None:
    theirs, account = clerk
    assert theirs.get("/days").status_code == 200
    answer = visitor.post(f"/staff/members/{account.id}/rights", data={"roles": ["clerk"], "department": "防災課"})
    assert answer.url.query == b"done=done"
    assert rights(account) == (["clerk"], "防災課", True)
    assert account.methods() == []
    assert theirs.get("/days").status_code == 401


@pytest.mark.parametrize(
    ("roles", "department"),
    [(["clerk", "instructor", "analyst"], "防災課"), (["clerk", "instructor"], ""), (["administrator"], "防災課")],
)
def test_giving_waits_for_a_second_person(
    visitor: TestClient,
    boss: Account,
    clerk: tuple[TestClient, Account],
    second: tuple[TestClient, Account],
    roles: list[str],
    department: str,
) -> None:
    theirs, account = clerk
    before = rights(account)
    data = {"roles": roles, "department": department}
    assert visitor.post(f"/staff/members/{account.id}/rights", data=data).status_code == 422, "a reason is asked for"
    answer = visitor.post(f"/staff/members/{account.id}/rights", data=data | {"reason": "異動のため"})
    assert answer.url.query == b"done=proposed"
    assert rights(account) == before
    assert theirs.get("/days").status_code == 200

    proposal = open_proposals(boss)[0]
    assert decide(visitor, proposal) == 403, "the proposer alone does not get it done"
    assert rights(account) == before
    assert decide(second[0], proposal) == 303
    assert rights(account) == (roles, department, True)
    assert theirs.get("/days").status_code == 401


def test_a_refused_proposal_changes_nothing(
    visitor: TestClient, boss: Account, clerk: tuple[TestClient, Account], second: tuple[TestClient, Account]
) -> None:
    _, account = clerk
    before = rights(account)
    data = {"roles": ["auditor"], "department": "防災課", "reason": "試し"}
    visitor.post(f"/staff/members/{account.id}/rights", data=data)
    assert decide(second[0], open_proposals(boss)[0], approve=False) == 303
    assert rights(account) == before


def test_a_closed_account_is_out_at_once_and_opened_again_by_two(
    visitor: TestClient, boss: Account, clerk: tuple[TestClient, Account], second: tuple[TestClient, Account]
) -> None:
    theirs, account = clerk
    visitor.post(f"/staff/members/{account.id}/disable")
    assert theirs.get("/days").status_code == 401
    data = {"login": account.login, "password": PASSWORD}
    assert theirs.post("/staff/signin", data=data).status_code == 422
    visitor.post(f"/staff/members/{account.id}/enable", data={"reason": "復職"})
    assert rights(account)[2] is False
    assert decide(second[0], open_proposals(boss)[0]) == 303
    assert rights(account) == (["clerk", "instructor"], "防災課", True)


def test_the_last_administrator_and_ones_own_rights_stay(
    visitor: TestClient, boss: Account, second: tuple[TestClient, Account]
) -> None:
    _, other = second
    own = {"roles": ["clerk", "administrator"], "department": "", "reason": "x"}
    assert visitor.post(f"/staff/members/{boss.id}/rights", data=own).status_code == 422
    assert visitor.post(f"/staff/members/{boss.id}/disable").status_code == 422
    assert visitor.post(f"/staff/members/{other.id}/rights", data={"roles": ["clerk"]}).status_code == 422
    visitor.post(f"/staff/members/{other.id}/disable")
    assert rights(other) == (["administrator"], "", False)
    assert rights(boss) == (["administrator"], "", True)


def test_beginning_anew_needs_a_second_person_and_serves_once(
    visitor: TestClient, boss: Account, clerk: tuple[TestClient, Account], second: tuple[TestClient, Account]
) -> None:
    theirs, account = clerk
    page = visitor.post(f"/staff/members/{account.id}/invite", data={"reason": "スマートフォンをなくした"})
    assert page.url.query == b"done=proposed"
    assert not re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){5}", page.text)
    assert decide(second[0], open_proposals(boss)[0]) == 303
    page = visitor.post(f"/staff/members/{account.id}/invite")
    code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){5}", page.text)
    assert code
    assert visitor.post(f"/staff/members/{account.id}/invite").status_code == 422, "agreed to once"
    theirs.post(f"/staff/code/{code[0]}", data={"new": PASSWORD, "repeated": PASSWORD})
    assert account.methods() == [("code", True)]
    assert account.row().totp_secret is None


def test_an_agreement_to_begin_anew_is_soon_too_old(
    visitor: TestClient, boss: Account, clerk: tuple[TestClient, Account], second: tuple[TestClient, Account]
) -> None:
    _, account = clerk
    visitor.post(f"/staff/members/{account.id}/invite", data={"reason": "なくした"})
    decide(second[0], open_proposals(boss)[0])
    with account.database.session() as db:
        db.get_one(Staff, account.id).invite_until = now() - timedelta(seconds=1)
    assert visitor.post(f"/staff/members/{account.id}/invite").status_code == 422


def test_an_administrator_of_a_department_sees_and_makes_its_staff_alone(
    visitor: TestClient, new_account: Callable[..., Account], sign_in: Callable[..., None]
) -> None:
    database = visitor.app.state.database
    local = new_account(database, "administrator", login="local@city.example", department="防災課")
    mine = new_account(database, login="mine@city.example", department="防災課")
    foreign = new_account(database, login="foreign@city.example", department="健康課")
    whole = new_account(database, "administrator", login="whole@city.example")
    sign_in(visitor, local)
    page = visitor.get("/staff/members").text
    assert mine.login in page
    assert foreign.login not in page
    assert whole.login not in page
    for path in ("", "/rights", "/disable", "/enable", "/invite", "/signins/end"):
        for other in (foreign, whole):
            address = f"/staff/members/{other.id}{path}"
            answer = visitor.post(address, data={}) if path else visitor.get(address)
            assert answer.status_code == 404, address
    assert visitor.post("/staff/members", data=NEW | {"department": "健康課"}).status_code == 422
    assert visitor.post("/staff/members", data=NEW).status_code == 422, "nor for the whole city"
    wide = {"roles": ["clerk"], "department": "", "reason": "x"}
    assert visitor.post(f"/staff/members/{mine.id}/rights", data=wide).status_code == 422


def test_acts_over_others_ask_for_a_fresh_proof(
    visitor: TestClient, boss: Account, clerk: tuple[TestClient, Account]
) -> None:
    _, account = clerk
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert visitor.get("/staff/members").status_code == 200
        assert "<form" not in visitor.get(f"/staff/members/{account.id}").text.split("<main")[1]
        for path in ("", f"/{account.id}/rights", f"/{account.id}/disable", f"/{account.id}/invite"):
            assert visitor.post(f"/staff/members{path}", data=NEW).status_code == 401
    assert rights(account)[2]
