from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from drill.ticket import new_ticket, ticket_hash
from server.access.enforcing import COOKIE
from server.accounts import sign_ins
from server.accounts.models import SignIn
from server.columns import now
from server.db import Database
from server.drills import service as drills
from server.drills.schemas import NewDay, NewSession
from server.tickets import printing
from server.tickets.models import PinTry, Ticket

PAGE = {"accept": "text/html"}
CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
SLIP = re.compile(r"\b\d{3} \d{3}\b")


def database_of(client: TestClient) -> Database:
    found: Database = client.app.state.database  # type: ignore[attr-defined] - the app keeps it there
    return found


def printed(client: TestClient) -> printing.Printed:
    database = database_of(client)
    with database.session() as db:
        return printing.print_tickets(db, database.settings, count=1, actor="staff:1")[0]


def send(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(path, data=fields, headers=PAGE, follow_redirects=False)


def test_ticket_and_pin_sign_in_by_the_ticket_alone(visitor: TestClient) -> None:
    one = printed(visitor)
    assert visitor.get("/signin/ticket").status_code == 200
    answer = send(visitor, "/signin/ticket", ticket=one.shown, pin=one.pin)
    assert (answer.status_code, answer.headers["location"]) == (303, "/my")
    cookie = answer.headers["set-cookie"]
    for part in ("__Host-sonae=", "Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    with database_of(visitor).reading() as db:
        opened = db.scalars(select(SignIn)).one()
        assert (opened.kind, opened.method, opened.person_id, opened.ticket_hash) == (
            "resident",
            "ticket",
            None,
            one.hash,
        )


@pytest.mark.parametrize("after", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_a_sign_in_never_leads_elsewhere(visitor: TestClient, after: str) -> None:
    one = printed(visitor)
    answer = send(visitor, "/signin/ticket", ticket=one.code, pin=one.pin, after=after)
    assert answer.headers["location"] == "/"


def test_a_wrong_pin_and_an_unknown_ticket_get_the_same_page(visitor: TestClient) -> None:
    one, other = printed(visitor), new_ticket()
    pages = {}
    for code in (one.code, other):
        answer = send(visitor, "/signin/ticket", ticket=code, pin="12345x")
        assert answer.status_code == 422
        pages[code] = answer.text.replace(code, "")
    assert pages[one.code] == pages[other]
    with database_of(visitor).reading() as db:  # each try was kept although it failed
        assert {t.ticket_hash: t.tries for t in db.scalars(select(PinTry))} == {one.hash: 1, ticket_hash(other): 1}


def test_after_five_tries_the_page_says_how_long_to_wait(visitor: TestClient) -> None:
    one = printed(visitor)
    for _ in range(4):
        assert send(visitor, "/signin/ticket", ticket=one.code, pin="x").status_code == 422
    answer = send(visitor, "/signin/ticket", ticket=one.code, pin="x")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert "15分" in answer.text
    assert send(visitor, "/signin/ticket", ticket=one.code, pin=one.pin).status_code == 429


@pytest.mark.parametrize(("text", "words"), [("ABC", "10文字"), ("ABCDE-1234U", "アルファベット"), ("", "10文字")])
def test_what_is_no_ticket_is_said_without_asking_the_database(visitor: TestClient, text: str, words: str) -> None:
    answer = send(visitor, "/signin/ticket", ticket=text, pin="000000")
    assert answer.status_code == 422
    assert words in answer.text
    with database_of(visitor).reading() as db:
        assert db.scalars(select(PinTry)).all() == []


def test_tickets_and_pins_are_printed_apart_and_once(sqlite_client: TestClient) -> None:
    answer = send(sqlite_client, "/tickets", count="12", age_band="7-12", language="ja-simple")
    assert answer.status_code == 200
    tickets, slips = answer.text.split('class="sheet slips')
    codes, pins = CODE.findall(tickets), SLIP.findall(slips)
    assert len(set(codes)) == len(pins) == 12
    assert not SLIP.findall(tickets)
    assert not CODE.findall(slips)
    with database_of(sqlite_client).reading() as db:
        kept = list(db.scalars(select(Ticket)))
        assert {t.hash for t in kept} == {ticket_hash(code.replace("-", "")) for code in codes}
        assert {(t.age_band, t.language, t.pin_hash != "") for t in kept} == {("7-12", "ja-simple", True)}
    shown = sqlite_client.get("/tickets").text
    assert not CODE.findall(shown.replace("ABCDE-12345", ""))


@pytest.mark.parametrize(
    ("field", "value"),
    [("count", "0"), ("count", "121"), ("count", "x"), ("session", "f" * 16), ("age_band", "3"), ("language", "xx")],
)
def test_an_order_that_cannot_be_is_not_printed(sqlite_client: TestClient, field: str, value: str) -> None:
    answer = send(sqlite_client, "/tickets", **({"count": "1"} | {field: value}))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with database_of(sqlite_client).reading() as db:
        assert db.scalars(select(Ticket)).all() == []


def test_a_new_pin_signs_out_who_came_in_with_the_old_one(sqlite_client: TestClient) -> None:
    one = printed(sqlite_client)
    database = database_of(sqlite_client)
    with database.session() as db:
        key = sign_ins.sign_in_resident(db, database.settings, method="ticket", ticket_hash=one.hash)
    assert send(sqlite_client, "/tickets/pin", ticket=new_ticket()).status_code == 422
    answer = send(sqlite_client, "/tickets/pin", ticket=one.shown)
    assert answer.status_code == 200
    assert SLIP.findall(answer.text)
    with database.reading() as db:
        assert sign_ins.principal_of(db, database.settings, key).kind == "nobody"


def test_tickets_are_printed_for_a_slot_of_ones_own_department(
    sqlite_client: TestClient, staff_key: Callable[..., str]
) -> None:
    database = database_of(sqlite_client)
    start = now() + dt.timedelta(days=1)
    with database.session() as db:
        days = {}
        for department in ("危機管理課", "教育委員会"):
            day = drills.create_day(
                db, NewDay(title=department, place="体育館", date=start.date()), actor="staff:1", department=department
            )
            slot = NewSession(starts_at=start, ends_at=start + dt.timedelta(hours=1), capacity=10)
            days[department] = drills.add_session(db, day.id, slot, actor="staff:1").id
    sqlite_client.cookies.set(COOKIE, staff_key(database, "clerk", department="教育委員会"))
    page = sqlite_client.get("/tickets").text
    assert days["教育委員会"] in page
    assert days["危機管理課"] not in page
    assert send(sqlite_client, "/tickets", count="1", session=days["危機管理課"]).status_code == 422
    assert send(sqlite_client, "/tickets", count="1", session=days["教育委員会"]).status_code == 200
