"""Threat class 1: a staff member who reads through the town is stopped, and somebody is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from fastapi import APIRouter
from fastapi.testclient import TestClient

from server.access import cardinality
from server.access.enforcing import COOKIE, Who
from server.accounts import sign_ins
from server.accounts.models import Staff
from server.accounts.principal import Principal
from server.app import create_app
from server.audit import service as audit
from server.audit.waiting import waiting
from server.db import Database, Db
from server.people import service as people
from server.people import viewing
from server.settings import Settings

START = dt.datetime(2026, 12, 1, 1, 0, tzinfo=dt.UTC)
LIMIT = 5


@pytest.fixture
def at() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def office(settings: Settings, at: Any, staff_key: Callable[..., str]) -> Iterator[TestClient]:
    """An office where five different people an hour may be opened, once on each engine."""
    app = create_app(settings.model_copy(update={"people_per_hour": LIMIT, "sign_in_idle_minutes": 240}))
    router = APIRouter()

    @router.post("/open/{person_id}")
    def view(db: Db, who: Who, person_id: str) -> None:
        audit.record(db, who.actor, "test.before", "x")  # the route has begun to write
        cardinality.check(db, who, person_id)
        audit.record(db, who.actor, cardinality.VIEW, f"person:{person_id}", {"purpose": "counter"})

    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1") as made:
        made.cookies.set(COOKIE, staff_key(app.state.database, "clerk"))
        yield made


def opened(client: TestClient, person: object) -> int:
    return client.post(f"/open/{person}").status_code


def reports(client: TestClient) -> list[Any]:
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.reading() as db:
        return audit.newest(db, action="limit.reached")


def test_fifty_may_be_opened_and_the_next_is_stopped_and_reported_once(office: TestClient) -> None:
    assert [opened(office, n) for n in range(LIMIT)] == [200] * LIMIT
    assert [opened(office, n) for n in range(LIMIT)] == [200] * LIMIT, "who was opened already may be opened again"
    refused = office.post("/open/new")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3600"
    assert refused.json()["error"]["code"] == "too_often"
    assert opened(office, "another") == 429
    assert opened(office, 0) == 200
    found = reports(office)
    assert [entry.target for entry in found] == ["limit:people"]
    assert found[0].actor.startswith("staff:")


def test_what_was_refused_left_nothing_but_the_report(office: TestClient) -> None:
    for n in range(LIMIT + 1):
        opened(office, n)
    database: Database = office.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.reading() as db:
        assert len(audit.newest(db, action="test.before")) == LIMIT
        assert audit.verify(db) == []


def test_each_opening_leaves_the_hour_by_itself(office: TestClient, at: Any) -> None:
    for n in range(LIMIT):
        assert opened(office, n) == 200
        at.shift(dt.timedelta(minutes=5))
    assert office.post("/open/new").headers["retry-after"] == str((60 - LIMIT * 5) * 60)
    at.shift(dt.timedelta(minutes=35, seconds=1))
    assert opened(office, "new") == 200
    assert opened(office, "newer") == 429


def test_another_sign_in_does_not_begin_anew_and_colleagues_are_counted_apart(
    office: TestClient, staff_key: Callable[..., str]
) -> None:
    for n in range(LIMIT):
        opened(office, n)
    office.cookies.set(COOKIE, staff_key(office.app.state.database, "clerk"))  # type: ignore[attr-defined]
    assert opened(office, "new") == 200


def test_the_auditor_is_told_and_nobody_else(office: TestClient) -> None:
    for n in range(LIMIT + 1):
        opened(office, n)
    auditor = Principal(kind="staff", id="a", roles=frozenset({"auditor"}))
    clerk = Principal(kind="staff", id="c", roles=frozenset({"clerk"}))
    database: Database = office.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.reading() as db:
        assert [(one.count, one.urgent) for one in waiting(db, auditor)] == [(1, True)]
        assert list(waiting(db, clerk)) == []
        with time_machine.travel(START + dt.timedelta(days=15)):
            assert [one.count for one in waiting(db, auditor)] == [0]


def test_the_counters_records_are_counted(database: Database) -> None:
    """The real opening of a person's record goes through it."""
    strict = Database(database.settings.model_copy(update={"people_per_hour": 2}))
    with strict.session() as db:
        staff = Staff(login="c@city.example", name="窓口", roles=["clerk"])
        db.add(staff)
        db.flush()
        key = sign_ins.sign_in_staff(db, strict.settings, staff, method="totp")
        who = sign_ins.principal_of(db, strict.settings, key)
        town = [people.new_person(db, name=f"架空 {n}", actor="system").id for n in range(3)]
        for person in (town[0], town[1], town[0]):
            viewing.open_record(db, who, person, "counter")
        with pytest.raises(cardinality.TooManyPeople):
            viewing.open_record(db, who, town[2], "counter")
    strict.close()
