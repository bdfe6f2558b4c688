"""The counter's pages before a real app: what a clerk sees, and what needs a purpose first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.access.enforcing import COOKIE
from server.audit.models import AuditEntry
from server.db import Database
from server.people import mandates, service
from server.people.models import Person, Viewing
from server.tickets import printing

Add = Callable[..., str]
PAGE = {"accept": "text/html"}


@pytest.fixture
def counter(visitor: TestClient, staff_key: Callable[..., str]) -> TestClient:
    """A clerk, and nothing else."""
    visitor.cookies.set(COOKIE, staff_key(database_of(visitor), "clerk"))
    return visitor


def database_of(client: TestClient) -> Database:
    found: Database = client.app.state.database  # type: ignore[attr-defined] - the app keeps it there
    return found


def send(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(path, data=fields, headers=PAGE, follow_redirects=False)


def acts(client: TestClient, begin: str) -> list[AuditEntry]:
    with database_of(client).reading() as db:
        return [e for e in db.scalars(select(AuditEntry).order_by(AuditEntry.seq)) if e.action.startswith(begin)]


def test_a_record_without_a_stated_purpose_is_403_and_tells_nothing(counter: TestClient, add: Add) -> None:
    aoi = add(database_of(counter), "aoi")
    answer = counter.get(f"/people/{aoi}", headers=PAGE)
    assert answer.status_code == 403
    for told in ("髙﨑 葵", "アオイ", "1986"):
        assert told not in answer.text
    assert acts(counter, "person.view") == []
    for path in ("edit",):
        assert counter.get(f"/people/{aoi}/{path}", headers=PAGE).status_code == 403
    for path in ("edit", "mandates", "proxy", "tickets", "card", f"tickets/{'0' * 16}/cut", f"mandates/{'0' * 16}/end"):
        assert send(counter, f"/people/{aoi}/{path}").status_code == 403


def test_with_a_purpose_it_opens_for_a_while_and_that_is_logged(counter: TestClient, add: Add) -> None:
    aoi = add(database_of(counter), "aoi")
    start = dt.datetime.now(dt.UTC)
    with time_machine.travel(start, tick=False) as clock:
        assert send(counter, f"/people/{aoi}/open", purpose="curiosity").status_code == 422
        assert acts(counter, "person.view") == []
        answer = send(counter, f"/people/{aoi}/open", purpose="telephone")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/people/{aoi}")
        page = counter.get(f"/people/{aoi}", headers=PAGE)
        assert page.status_code == 200
        assert "髙﨑 葵" in page.text
        entry = acts(counter, "person.view")[0]
        assert (entry.target, entry.detail) == (f"person:{aoi}", {"purpose": "telephone"})
        clock.shift(dt.timedelta(minutes=15))
        assert counter.get(f"/people/{aoi}", headers=PAGE).status_code == 403


def test_an_opening_serves_one_sign_in_and_one_person(
    counter: TestClient, add: Add, staff_key: Callable[..., str]
) -> None:
    database = database_of(counter)
    aoi, kiyo = add(database, "aoi"), add(database, "kiyo")
    send(counter, f"/people/{aoi}/open", purpose="counter")
    assert counter.get(f"/people/{kiyo}", headers=PAGE).status_code == 403
    counter.cookies.set(COOKIE, staff_key(database, "clerk"))
    assert counter.get(f"/people/{aoi}", headers=PAGE).status_code == 403


def test_who_is_not_there_is_404_with_and_without_purpose(counter: TestClient) -> None:
    nobody = "0" * 16
    assert counter.get(f"/people/{nobody}", headers=PAGE).status_code == 404
    assert send(counter, f"/people/{nobody}/open", purpose="counter").status_code == 404
    for path in ("edit", "mandates", "proxy", "tickets", "card"):
        assert send(counter, f"/people/{nobody}/{path}").status_code == 404


@pytest.mark.parametrize("typed", ["たかさき", "高崎", "髙﨑", "ﾀｶｻｷ"])
def test_people_are_found_however_their_name_is_typed(counter: TestClient, add: Add, typed: str) -> None:
    aoi = add(database_of(counter), "aoi")
    add(database_of(counter), "kiyo")
    page = send(counter, "/people/search", name=typed)
    assert page.status_code == 200
    assert "髙﨑 葵" in page.text
    assert f"/people/{aoi}/open" in page.text
    assert "𠮷田" not in page.text
    assert acts(counter, "person.search")[0].detail == {"found": 1}


def test_a_search_that_would_list_the_town_is_not_answered(counter: TestClient, add: Add) -> None:
    for n in range(11):
        add(database_of(counter), "aoi", name=f"山田 {n}", name_kana="ヤマダ", birth_date=dt.date(1980, 1, 1 + n))
    for fields in ({}, {"name": "や"}, {"name": "やまだ"}, {"birth_date": "1980-13-01"}, {"name": "%%"}):
        page = send(counter, "/people/search", **fields)
        assert page.status_code in (200, 422)
        assert "山田 1" not in page.text
    page = send(counter, "/people/search", name="やまだ", birth_date="1980-01-02")
    assert "山田 1" in page.text
    assert page.status_code == 200


def test_a_person_is_added_as_typed_and_shown_to_who_added_them(counter: TestClient) -> None:
    answer = send(
        counter, "/people", name="𠮷田 キヨ", name_kana="よしだ きよ", birth_date="1940-12-03", verified="yes"
    )
    assert answer.status_code == 303
    page = counter.get(answer.headers["location"], headers=PAGE)
    assert "𠮷田 キヨ" in page.text
    assert "ヨシダ キヨ" in page.text
    with database_of(counter).reading() as db:
        made = db.scalars(select(Person)).one()
        assert (made.name, made.verified_at is not None) == ("𠮷田 キヨ", True)


def test_each_wrong_field_has_its_message_and_nothing_is_kept(counter: TestClient) -> None:
    page = send(counter, "/people", name="", name_kana="高崎", birth_date="2999-01-01")
    assert page.status_code == 422
    for name in ("name", "name_kana", "birth_date"):
        assert f'id="{name}-error"' in page.text
    with database_of(counter).reading() as db:
        assert db.scalars(select(Person)).all() == []


def opened(counter: TestClient, add: Add, who: str) -> str:
    person_id = add(database_of(counter), who)
    send(counter, f"/people/{person_id}/open", purpose="counter")
    return person_id


def test_a_parent_at_the_counter_gets_a_mandate_with_an_end(counter: TestClient, add: Add) -> None:
    haruto, aoi = opened(counter, add, "haruto"), add(database_of(counter), "aoi")
    form = {"kind": "parent", "proof": "household", "holder_kana": "たかさきあおい", "holder_birth_date": "1986-04-02"}
    for wrong in (
        {"kind": "friend"},
        {"proof": "letter"},
        {"holder_birth_date": "1986-04-03"},
        {"holder_kana": "たかさき"},
        {"until": "2099-01-01"},
        {"until": "9999-12-31"},
    ):
        page = send(counter, f"/people/{haruto}/mandates", **(form | wrong))
        assert page.status_code == 422
        assert 'role="alert"' in page.text
    assert send(counter, f"/people/{haruto}/mandates", **form).status_code == 303
    with database_of(counter).reading() as db:
        made = mandates.given_for(db, haruto)
        assert [(m.kind, m.holder_person_id, m.proof) for m in made] == [("parent", aoi, "household")]
    assert send(counter, f"/people/{haruto}/mandates/{'0' * 16}/end").status_code == 404
    assert send(counter, f"/people/{haruto}/mandates/{made[0].id}/end").status_code == 303
    with database_of(counter).reading() as db:
        assert service.acts_for(db, aoi) == []


def test_nothing_is_done_for_a_person_without_a_mandate_of_this_staff_member(counter: TestClient, add: Add) -> None:
    kiyo = opened(counter, add, "kiyo")
    for path in ("tickets", "card", f"tickets/{'0' * 16}/cut"):
        assert send(counter, f"/people/{kiyo}/{path}").status_code == 409
    assert send(counter, f"/people/{kiyo}/proxy", channel="telephone", proof="document").status_code == 422
    assert send(counter, f"/people/{kiyo}/proxy", channel="", proof="document").status_code == 422
    assert send(counter, f"/people/{kiyo}/proxy", channel="telephone", proof="callback").status_code == 303
    given = acts(counter, "mandate.give")[0]
    assert (given.detail["channel"], given.detail["proof"]) == ("telephone", "callback")


def test_as_proxy_staff_tie_and_cut_tickets_and_each_act_names_the_mandate(counter: TestClient, add: Add) -> None:
    database = database_of(counter)
    kiyo = opened(counter, add, "kiyo")
    send(counter, f"/people/{kiyo}/proxy", channel="counter", proof="document")
    with database.session() as db:
        one = printing.print_tickets(db, database.settings, count=1, actor="staff:1")[0]
    here = f"/people/{kiyo}/tickets"
    assert send(counter, here, ticket=one.code, pin="x", agreed="results-1").status_code == 422
    for agreed in ("", "yes"):
        page = send(counter, here, ticket=one.code, pin=one.pin, agreed=agreed)
        assert page.status_code == 422
        assert 'id="agreed-error"' in page.text
    assert send(counter, here, ticket=one.code, pin=one.pin, agreed="results-1").status_code == 303
    with database.reading() as db:
        claim = service.claims_of(db, kiyo)[0]
        mandate = mandates.given_for(db, kiyo)[0].id
    assert send(counter, f"/people/{kiyo}/tickets/{claim.id}/cut").status_code == 303
    assert send(counter, f"/people/{kiyo}/tickets/{claim.id}/cut").status_code == 404
    for entry in (*acts(counter, "ticket.claim"), *acts(counter, "ticket.cut")):
        assert entry.detail == {"mandate": mandate}


def test_a_printed_card_signs_the_person_in_and_the_card_before_no_longer(counter: TestClient, add: Add) -> None:
    kiyo = opened(counter, add, "kiyo")
    send(counter, f"/people/{kiyo}/proxy", channel="counter", proof="document")
    assert send(counter, f"/people/{kiyo}/card").status_code == 422  # nobody has agreed yet
    cards = [card_on(send(counter, f"/people/{kiyo}/card", agreed="results-1").text) for _ in range(2)]
    counter.cookies.clear()
    assert send(counter, "/signin/ticket", ticket=cards[0][0], pin=cards[0][1]).status_code == 422
    answer = send(counter, "/signin/ticket", ticket=cards[1][0], pin=cards[1][1])
    key = re.match(r"__Host-sonae=([^;]+)", answer.headers["set-cookie"])
    assert key is not None
    counter.cookies.set(COOKIE, key[1])
    assert "𠮷田 キヨさん" in counter.get("/my", headers=PAGE).text


def card_on(page: str) -> tuple[str, str]:
    code = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", page)
    pin = re.search(r"\b(\d{3}) (\d{3})\b", page)
    assert code is not None
    assert pin is not None
    return code[0], pin[1] + pin[2]


def test_doubles_are_compared_for_a_purpose_merged_and_undone(counter: TestClient, add: Add) -> None:
    database = database_of(counter)
    kiyo, again = add(database, "kiyo"), add(database, "kiyo again")
    queue = counter.get("/people/doubles", headers=PAGE)
    assert "田" not in re.sub(r"<[^>]+>", "", queue.text)  # the list holds no names
    double = re.search(r"/people/doubles/([0-9a-f]{16})/open", queue.text)
    assert double is not None
    here = f"/people/doubles/{double[1]}"
    assert counter.get(here, headers=PAGE).status_code == 403
    assert send(counter, f"{here}/merge", keep=kiyo).status_code == 403
    assert send(counter, f"{here}/open").status_code == 303
    assert [e.detail for e in acts(counter, "person.view")] == [{"purpose": "doubles"}] * 2
    page = counter.get(here, headers=PAGE)
    assert "𠮷田 キヨ" in page.text
    assert "吉田 きよ" in page.text
    assert send(counter, f"{here}/merge", keep="0" * 16).status_code == 404
    assert send(counter, f"{here}/merge", keep=kiyo).status_code == 303
    with database.reading() as db:
        assert service.get(db, again).id == kiyo
    assert counter.get(here, headers=PAGE).status_code == 404
    assert send(counter, f"{here}/undo").status_code == 303
    assert send(counter, f"{here}/undo").status_code == 404
    with database.reading() as db:
        assert service.get(db, again).id == again
    assert send(counter, f"{here}/apart").status_code == 303
    assert here not in counter.get("/people/doubles", headers=PAGE).text


def test_a_health_worker_reads_a_record_for_a_purpose_and_changes_nothing(
    visitor: TestClient, add: Add, staff_key: Callable[..., str]
) -> None:
    aoi = add(database_of(visitor), "aoi")
    visitor.cookies.set(COOKIE, staff_key(database_of(visitor), "health_worker"))
    assert send(visitor, f"/people/{aoi}/open", purpose="safety").status_code == 303
    page = visitor.get(f"/people/{aoi}", headers=PAGE)
    assert page.status_code == 200
    assert 'method="post" action="/people' not in page.text
    for path in ("/people/search", f"/people/{aoi}/edit", f"/people/{aoi}/proxy", f"/people/{aoi}/card"):
        assert send(visitor, path).status_code == 403


def test_the_record_of_an_opening_is_kept_for_the_person(counter: TestClient, add: Add) -> None:
    aoi = opened(counter, add, "aoi")
    with database_of(counter).reading() as db:
        viewing = db.scalars(select(Viewing)).one()
    assert (viewing.person_id, viewing.purpose) == (aoi, "counter")
