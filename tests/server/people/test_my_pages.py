"""A resident's own pages before a real app: theirs, and nothing of anybody else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

from drill.record.run import RunHeader
from server.access.enforcing import COOKIE
from server.consent import service as consent
from server.db import Database
from server.people import mandates, service, viewing
from server.tickets import printing

Add = Callable[..., str]
PAGE = {"accept": "text/html"}


class Holder(NamedTuple):
    """A person with a ticket, its run, and the key of their sign-in."""

    id: str
    key: str
    ticket: printing.Printed
    claim: str
    run: str


def database_of(client: TestClient) -> Database:
    found: Database = client.app.state.database  # type: ignore[attr-defined] - the app keeps it there
    return found


def header(ticket: str) -> RunHeader:
    return RunHeader(
        run_id=secrets.token_hex(16), scenario="gym-flood", scenario_hash="f" * 64, seed=7, build="0.1.0",
        profile="lab", device="test", locomotion="walked", started_at="2026-11-24T00:30:00+09:00", consent="1",
        ticket_hash=ticket,
    )  # fmt: skip


@pytest.fixture
def holder(
    visitor: TestClient, add: Add, resident_key: Callable[..., str], store_run: Callable[..., str]
) -> Callable[[str], Holder]:
    """Add one of the town's people with a claimed ticket and a run under it, signed in."""

    def made(who: str) -> Holder:
        database = database_of(visitor)
        person = add(database, who, agreed=True)
        with database.session() as db:
            ticket = printing.print_tickets(db, database.settings, count=1, actor="staff:1")[0]
            claim = service.claim_ticket(db, person, ticket.hash, actor=f"person:{person}").id
            run = store_run(db, header(ticket.hash), [])
        return Holder(person, resident_key(database, person_id=person), ticket, claim, run)

    return made


def send(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(path, data=fields, headers=PAGE, follow_redirects=False)


def paths_of(one: Holder, mandate: str = "0" * 16) -> list[tuple[str, str, dict[str, str]]]:
    """Return every address of `/my` that holds an id, as method, path and fields."""
    return [
        ("GET", f"/my/runs/{one.run}", {}),
        ("GET", f"/my/runs/{one.run}/replay", {}),
        ("GET", f"/my/runs/{one.run}/replay.json", {}),
        ("GET", f"/my/tickets/{one.claim}/cut", {}),
        ("POST", f"/my/tickets/{one.claim}/cut", {}),
        ("POST", f"/my/mandates/{mandate}/end", {}),
        ("POST", "/my/acting", {"mandate": mandate}),
    ]


def test_a_resident_sees_who_they_are_and_their_own_runs(visitor: TestClient, holder: Callable[[str], Holder]) -> None:
    aoi, kiyo = holder("aoi"), holder("kiyo")
    visitor.cookies.set(COOKIE, aoi.key)
    page = visitor.get("/my", headers=PAGE).text
    assert "髙﨑 葵さんのページ" in page
    assert aoi.run in page
    assert kiyo.run not in page
    assert "𠮷田" not in page
    assert "2026年11月24日" in page  # half past midnight in Japan is the day before elsewhere


def test_the_debrief_of_ones_own_run_has_nothing_of_staff(visitor: TestClient, holder: Callable[[str], Holder]) -> None:
    aoi = holder("aoi")
    visitor.cookies.set(COOKIE, aoi.key)
    page = visitor.get(f"/my/runs/{aoi.run}", headers=PAGE)
    assert page.status_code == 200
    assert 'href="/my"' in page.text
    assert "/exclude" not in page.text
    assert 'href="/runs' not in page.text
    assert visitor.get(f"/runs/{aoi.run}", headers=PAGE).status_code == 403


def test_what_is_anothers_is_404_for_persons_and_for_tickets(
    visitor: TestClient, holder: Callable[[str], Holder], resident_key: Callable[..., str]
) -> None:
    aoi, kiyo = holder("aoi"), holder("kiyo")
    with database_of(visitor).session() as db:
        mandate = mandates.give(
            db, kind="carer", for_person_id=aoi.id, holder_person_id=kiyo.id, channel="counter", proof="present",
            actor="staff:1",
        ).id  # fmt: skip
        loose = printing.print_tickets(db, database_of(visitor).settings, count=1, actor="staff:1")[0]
        third = service.new_person(db, name="佐藤 一", actor="staff:1").id
    database = database_of(visitor)
    for key in (resident_key(database, person_id=third), resident_key(database, ticket_hash=loose.hash)):
        visitor.cookies.set(COOKIE, key)
        for method, path, fields in paths_of(aoi, mandate):
            answer = visitor.request(method, path, data=fields or None, headers=PAGE, follow_redirects=False)
            assert answer.status_code == 404, (method, path)
            assert "髙﨑" not in answer.text
    visitor.cookies.set(COOKIE, aoi.key)  # the control: the same addresses answer their owner
    assert [visitor.get(path, headers=PAGE).status_code for _, path, _ in paths_of(aoi)[:2]] == [200, 200]


def test_a_ticket_alone_shows_its_run_and_no_person(
    visitor: TestClient, holder: Callable[[str], Holder], resident_key: Callable[..., str]
) -> None:
    aoi = holder("aoi")
    visitor.cookies.set(COOKIE, resident_key(database_of(visitor), ticket_hash=aoi.ticket.hash))
    page = visitor.get("/my", headers=PAGE)
    assert aoi.run in page.text
    assert "髙﨑" not in page.text
    assert visitor.get(f"/my/runs/{aoi.run}", headers=PAGE).status_code == 200
    assert send(visitor, "/my/tickets", ticket=aoi.ticket.code, pin=aoi.ticket.pin).status_code == 404


def test_a_ticket_is_claimed_with_its_pin_and_cut_after_a_question(
    visitor: TestClient, holder: Callable[[str], Holder], store_run: Callable[..., str]
) -> None:
    aoi, kiyo = holder("aoi"), holder("kiyo")
    database = database_of(visitor)
    with database.session() as db:
        fresh = printing.print_tickets(db, database.settings, count=1, actor="staff:1")[0]
        run = store_run(db, header(fresh.hash), [])
    visitor.cookies.set(COOKIE, aoi.key)
    assert visitor.get(f"/my/runs/{run}", headers=PAGE).status_code == 404
    assert send(visitor, "/my/tickets", ticket=fresh.code, pin="x").status_code == 422
    taken = send(visitor, "/my/tickets", ticket=kiyo.ticket.code, pin=kiyo.ticket.pin)
    assert taken.status_code == 422
    assert "ほかの人" in taken.text
    assert send(visitor, "/my/tickets", ticket=fresh.shown, pin=fresh.pin).status_code == 303
    assert visitor.get(f"/my/runs/{run}", headers=PAGE).status_code == 200
    with database.reading() as db:
        claim = next(c.id for c in service.claims_of(db, aoi.id) if c.ticket_hash == fresh.hash)
    assert "元には戻せません" in visitor.get(f"/my/tickets/{claim}/cut", headers=PAGE).text
    assert visitor.get(f"/my/runs/{run}", headers=PAGE).status_code == 200  # asking cuts nothing
    assert send(visitor, f"/my/tickets/{claim}/cut").status_code == 303
    assert visitor.get(f"/my/runs/{run}", headers=PAGE).status_code == 404


def test_tying_the_first_ticket_asks_for_consent_and_a_child_cannot_give_it(
    visitor: TestClient, add: Add, resident_key: Callable[..., str]
) -> None:
    database = database_of(visitor)
    aoi, haruto = add(database, "aoi"), add(database, "haruto")
    with database.session() as db:
        one = printing.print_tickets(db, database.settings, count=1, actor="staff:1")[0]
    papers = {"ticket": one.code, "pin": one.pin}
    visitor.cookies.set(COOKIE, resident_key(database, person_id=haruto))
    refused = send(visitor, "/my/tickets", agreed="results-1", **papers)
    assert refused.status_code == 422
    assert "保護者" in refused.text
    visitor.cookies.set(COOKIE, resident_key(database, person_id=aoi))
    assert "results-1" in visitor.get("/my", headers=PAGE).text
    for wrong in ({}, {"agreed": "results-0"}, {"agreed": "yes"}):
        page = send(visitor, "/my/tickets", **papers, **wrong)
        assert page.status_code == 422
        assert 'id="agreed-error"' in page.text
    assert send(visitor, "/my/tickets", agreed="results-1", **papers).status_code == 303
    assert "results-1" not in visitor.get("/my", headers=PAGE).text
    with database.reading() as db:
        given = consent.live(db, kind="person", subject=aoi, purpose=consent.RESULTS)
        assert given is not None
        assert (given.given_by, given.source, given.language) == ("self", f"person:{aoi}", "ja")
    mandate = give(visitor, "parent", "household", aoi, haruto)
    with database.session() as db:
        fresh = printing.print_tickets(db, database.settings, count=1, actor="staff:1")[0]
    send(visitor, "/my/acting", mandate=mandate)
    assert send(visitor, "/my/tickets", ticket=fresh.code, pin=fresh.pin, agreed="results-1").status_code == 303
    with database.reading() as db:
        given = consent.live(db, kind="person", subject=haruto, purpose=consent.RESULTS)
        assert given is not None
        assert (given.given_by, given.source) == ("guardian", f"person:{aoi}")


def give(client: TestClient, kind: mandates.Kind, proof: str, holder_id: str, for_id: str) -> str:
    with database_of(client).session() as db:
        return mandates.give(
            db, kind=kind, for_person_id=for_id, holder_person_id=holder_id, channel="counter", proof=proof,
            actor="staff:1",
        ).id  # fmt: skip


def test_a_parent_acts_for_a_child_and_the_page_says_so(visitor: TestClient, holder: Callable[[str], Holder]) -> None:
    aoi, haruto = holder("aoi"), holder("haruto")
    mandate = give(visitor, "parent", "household", aoi.id, haruto.id)
    visitor.cookies.set(COOKIE, aoi.key)
    assert haruto.run not in visitor.get("/my", headers=PAGE).text
    assert send(visitor, "/my/acting", mandate=mandate).status_code == 303
    page = visitor.get("/my", headers=PAGE).text
    assert "髙﨑 陽翔さんの代わりに見ています" in page
    assert haruto.run in page
    assert visitor.get(f"/my/runs/{haruto.run}", headers=PAGE).status_code == 200
    assert visitor.get(f"/my/runs/{aoi.run}", headers=PAGE).status_code == 404
    assert visitor.get("/my/kept", headers=PAGE).status_code == 200
    assert send(visitor, "/my/acting/stop").status_code == 303
    assert visitor.get(f"/my/runs/{haruto.run}", headers=PAGE).status_code == 404


def test_a_carer_sees_runs_and_neither_takes_everything_nor_cuts(
    visitor: TestClient, holder: Callable[[str], Holder]
) -> None:
    aoi, kiyo = holder("aoi"), holder("kiyo")
    mandate = give(visitor, "carer", "present", aoi.id, kiyo.id)
    visitor.cookies.set(COOKIE, aoi.key)
    send(visitor, "/my/acting", mandate=mandate)
    assert visitor.get(f"/my/runs/{kiyo.run}", headers=PAGE).status_code == 200
    for path in ("/my/kept", "/my/kept.json", f"/my/tickets/{kiyo.claim}/cut"):
        assert visitor.get(path, headers=PAGE).status_code == 403
    assert send(visitor, f"/my/tickets/{kiyo.claim}/cut").status_code == 403


def test_who_is_acted_for_can_end_it_and_the_page_falls_back(
    visitor: TestClient, holder: Callable[[str], Holder]
) -> None:
    aoi, kiyo = holder("aoi"), holder("kiyo")
    mandate = give(visitor, "carer", "present", aoi.id, kiyo.id)
    visitor.cookies.set(COOKIE, aoi.key)
    send(visitor, "/my/acting", mandate=mandate)
    visitor.cookies.set(COOKIE, kiyo.key)
    assert "髙﨑 葵" in visitor.get("/my", headers=PAGE).text
    assert send(visitor, f"/my/mandates/{mandate}/end").status_code == 303
    visitor.cookies.set(COOKIE, aoi.key)
    page = visitor.get("/my", headers=PAGE).text
    assert "髙﨑 葵さんのページ" in page
    assert "𠮷田" not in page
    assert send(visitor, "/my/acting", mandate=mandate).status_code == 404


def test_everything_kept_is_shown_with_who_opened_it_and_given_as_a_file(
    visitor: TestClient, holder: Callable[[str], Holder], clerk: Callable[..., Any]
) -> None:
    aoi, kiyo = holder("aoi"), holder("kiyo")
    database = database_of(visitor)
    who = clerk(database)
    with database.session() as db:
        viewing.open_record(db, who, aoi.id, "telephone")
    visitor.cookies.set(COOKIE, aoi.key)
    assert "電話での手続き" in visitor.get("/my", headers=PAGE).text
    page = visitor.get("/my/kept", headers=PAGE)
    assert page.status_code == 200
    told = visitor.get("/my/kept.json")
    assert told.headers["content-disposition"].startswith("attachment")
    content = told.json()
    assert content["people"]["people"][0]["name"] == "髙﨑 葵"
    assert [run["run_id"] for run in content["drills"]["runs"]] == [aoi.run]
    for text in (page.text, told.text):
        assert "髙﨑 葵" in text
        assert kiyo.run not in text
        assert who.id not in text  # that staff looked is told, not who


@pytest.mark.parametrize("path", ["/my", "/my/kept", "/my/kept.json", "/my/runs/0", "/my/tickets/0/cut"])
def test_nobody_and_staff_have_no_page_of_their_own(
    visitor: TestClient, staff_key: Callable[..., str], path: str
) -> None:
    assert visitor.get(path, follow_redirects=False).status_code == 401
    visitor.cookies.set(COOKIE, staff_key(database_of(visitor)))
    assert visitor.get(path, follow_redirects=False).status_code == 403
