from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from server.access.enforcing import COOKIE
from server.audit import heads, service
from server.db import Database


@pytest.fixture
def auditor(sqlite_client: TestClient, staff_key: Callable[..., str]) -> TestClient:
    database: Database = sqlite_client.app.state.database  # type: ignore[attr-defined]  # the app is ours
    sqlite_client.cookies.set(COOKIE, staff_key(database, "auditor"))
    with database.session() as db:
        for n in range(150):
            service.record(db, f"staff:{n % 3}", "person.view" if n % 2 else "day.change", f"thing:{n % 5}", {"n": n})
    return sqlite_client


def numbers(page: str) -> list[int]:
    return [int(row.partition("<")[0]) for row in page.split('<th scope="row" class="number">')[1:]]


def test_entries_are_shown_newest_first_and_page_by_page(auditor: TestClient) -> None:
    first = numbers(auditor.get("/audit").text)
    assert len(first) == 100
    assert first == sorted(first, reverse=True)
    second = numbers(auditor.get(f"/audit?before={first[-1]}").text)
    assert second[0] == first[-1] - 1
    assert second[-1] == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("actor=staff:1", 50), ("action=person.view", 75), ("action=person", 75), ("target=thing:0", 30),
        ("actor=staff:1&action=day.change", 25), ("actor=nobody", 0), ("since=2000-01-01&until=2000-01-02", 0),
        ("action=person.vie", 0), ("action=%25", 0),
    ],
)  # fmt: skip
def test_filters(auditor: TestClient, query: str, count: int) -> None:
    answer = auditor.get(f"/audit?{query}")
    assert answer.status_code == 200
    assert len(numbers(answer.text)) == count


def test_a_filter_stays_while_paging(auditor: TestClient) -> None:
    with auditor.app.state.database.session() as db:  # type: ignore[attr-defined]  # the app is ours
        for n in range(100):
            service.record(db, "staff:1", "day.change", "x", {"n": n})
    assert "/audit?actor=staff%3A1&amp;before=" in auditor.get("/audit?actor=staff:1").text


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-13-01", "until=9999-12-31", "since=0001-01-01"])
def test_a_wrong_date_is_named(auditor: TestClient, query: str) -> None:
    answer = auditor.get(f"/audit?{query}")
    assert answer.status_code == 422
    assert f'href="#{query.partition("=")[0]}"' in answer.text


def test_a_whole_record_is_said_to_be_whole_and_that_it_was_checked_is_kept(auditor: TestClient) -> None:
    database: Database = auditor.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.reading() as db:
        line = heads.line_of(db)
    assert "つながりは正しいです" in auditor.post("/audit/verify").text
    answer = auditor.post("/audit/verify", data={"head": line})
    assert answer.status_code == 200
    assert "控えとも合っています" in answer.text
    with database.reading() as db:
        kept = [entry.action for entry in service.newest(db, limit=20)]
        assert kept.count("audit.verify") == 2, "a job of the server may have written between them"
        assert service.verify(db) == []


def test_a_cut_tail_shows_against_the_head_alone(auditor: TestClient) -> None:
    database: Database = auditor.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.reading() as db:
        line, count = heads.line_of(db), service.count(db)
    with database.session() as db:
        db.execute(text("DROP TRIGGER audit_entry_no_delete"))
        db.execute(text("DELETE FROM audit_entry WHERE seq > :seq"), {"seq": count - 3})
    answer = auditor.post("/audit/verify", data={"head": line})
    assert "つながりが壊れています" in answer.text
    said = re.search(r"番号 (\d+) の記録", answer.text)
    assert said is not None
    assert count - 2 <= int(said[1]) <= count, "a job of the server may have written on meanwhile"


@pytest.mark.parametrize("head", ["x", "1 2", f"many {'0' * 64}", f"1 {'0' * 63}"])
def test_what_is_no_head_is_refused(auditor: TestClient, head: str) -> None:
    answer = auditor.post("/audit/verify", data={"head": head})
    assert answer.status_code == 422
    assert 'href="#head"' in answer.text


def test_no_name_stands_in_the_record(auditor: TestClient) -> None:
    page = auditor.get("/audit").text
    main = page[page.index("<main") : page.index("</main>")]
    assert "髙﨑" not in main
