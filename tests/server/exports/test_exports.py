from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import time_machine
from fastapi.testclient import TestClient

from drill.record.run import RunHeader
from server.access.enforcing import COOKIE
from server.accounts.directory import standing
from server.accounts.models import Staff
from server.approvals import service as approvals
from server.audit import service as audit
from server.columns import now
from server.db import Database
from server.drills import service as drills
from server.drills.schemas import NewDay, NewSession
from server.exports import service

JST = dt.timezone(dt.timedelta(hours=9))
FORM = {"since": "2026-12-01", "until": "2026-12-31", "reason": "来年の計画"}


def header(run_id: str, started_at: str, **changes: Any) -> RunHeader:
    plain = RunHeader(
        run_id=run_id, scenario="gym-flood", scenario_hash="f" * 64, seed=7, build="0.1.0", profile="lab",
        device="左の機器", locomotion="scripted", started_at=started_at, consent="",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


@pytest.fixture
def database(sqlite_client: TestClient) -> Database:
    """A server with runs of two departments, inside the time and outside."""
    made: Database = sqlite_client.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with made.session() as db:
        slots = {}
        for department in ("教育課", "福祉課"):
            day = drills.create_day(
                db, NewDay(place="体育館", date=dt.date(2026, 12, 6), title="訓練"), department=department
            )
            start = dt.datetime(2026, 12, 6, 10, tzinfo=JST)
            new = NewSession(starts_at=start, ends_at=start + dt.timedelta(minutes=30), capacity=8)
            slots[department] = drills.add_session(db, day.id, new).id
        drills.register_run(db, header("1" * 32, "2026-12-06T10:07:33+09:00", session=slots["教育課"]))
        drills.register_run(db, header("2" * 32, "2026-12-06T13:41:59+09:00", session=slots["福祉課"]))
        drills.register_run(db, header("3" * 32, "2026-12-31T23:59:00+09:00", scenario="=cmd()"))
        drills.register_run(db, header("4" * 32, "2027-01-01T00:00:00+09:00"))
    return made


@pytest.fixture
def analyst(sqlite_client: TestClient, staff_key: Callable[..., str], database: Database) -> TestClient:
    sqlite_client.cookies.set(COOKIE, staff_key(database, "analyst"))
    return sqlite_client


def propose(client: TestClient) -> str:
    answer = client.post("/exports", data=FORM, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].rpartition("/")[2])


def approve(database: Database, approval_id: str) -> None:
    with database.session() as db:
        boss = Staff(login="boss@city.example", name="長", roles=["administrator"])
        db.add(boss)
        db.flush()
        who = replace(standing(db, boss.id), proved_at=now())
        assert approvals.decide(db, who, approval_id, approve=True).state == "done"


def test_nothing_leaves_before_a_second_person_approved(analyst: TestClient, database: Database) -> None:
    wanted = propose(analyst)
    assert analyst.post(f"/exports/{wanted}/file").status_code == 404
    approve(database, wanted)
    assert "CSV を受け取る（3件）" in analyst.get("/exports").text
    assert analyst.post(f"/exports/{wanted}/file").status_code == 200


def test_the_file_names_nobody_no_code_and_no_clock(analyst: TestClient, database: Database) -> None:
    wanted = propose(analyst)
    approve(database, wanted)
    answer = analyst.post(f"/exports/{wanted}/file")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(r["番号"], r["実施日"], r["午前・午後"], r["シナリオ"]) for r in rows] == [
        ("1", "2026-12-31", "午後", "'=cmd()"),
        ("2", "2026-12-06", "午後", "gym-flood"),
        ("3", "2026-12-06", "午前", "gym-flood"),
    ]
    text = answer.text
    assert not re.search(r"\d\d:\d\d", text)
    assert not re.search(r"1{8}|2{8}|3{8}|左の機器", text)
    assert "pre_movement_time_s" in text
    with database.reading() as db:
        entry = audit.newest(db, limit=1, action="export")[0]
        assert (entry.action, entry.target, entry.detail) == ("export.fetch", f"approval:{wanted}", {"rows": 3})


def test_only_the_proposer_fetches_and_only_for_a_week(
    analyst: TestClient, database: Database, staff_key: Callable[..., str]
) -> None:
    wanted = propose(analyst)
    approve(database, wanted)
    mine = analyst.cookies[COOKIE]
    analyst.cookies.set(COOKIE, staff_key(database, "analyst", "administrator"))
    assert analyst.post(f"/exports/{wanted}/file").status_code == 404
    assert mine
    with database.session() as db:
        found = approvals.store.locked(db, wanted)
        assert found is not None
        assert service.is_open(found)
        with time_machine.travel(now() + service.FETCH_WITHIN):
            assert not service.is_open(found)


def test_what_was_erased_since_is_not_in_the_file(analyst: TestClient, database: Database) -> None:
    wanted = propose(analyst)
    approve(database, wanted)
    with database.session() as db:
        drills.store.delete_runs(db, ["1" * 32])
    assert analyst.post(f"/exports/{wanted}/file").text.count("gym-flood") == 1


def test_a_department_exports_its_own_and_the_citys(
    analyst: TestClient, database: Database, staff_key: Callable[..., str]
) -> None:
    analyst.cookies.set(COOKIE, staff_key(database, "analyst", department="教育課"))
    wanted = propose(analyst)
    approve(database, wanted)
    rows = analyst.post(f"/exports/{wanted}/file").text.strip().splitlines()[1:]
    assert [row.split(",")[2] for row in rows] == ["2026-12-31", "2026-12-06"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"since": "きのう"}, "since"),
        ({"until": "2026-11-30"}, "until"),
        ({"until": ""}, "until"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_form_with_faults_comes_back(analyst: TestClient, change: dict[str, str], field: str) -> None:
    answer = analyst.post("/exports", data=FORM | change)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_an_old_proof_is_asked_for_again(analyst: TestClient, database: Database) -> None:
    with time_machine.travel(now() + dt.timedelta(minutes=11)):
        answer = analyst.post("/exports", data=FORM, headers={"accept": "text/html"}, follow_redirects=False)
        assert answer.headers["location"].startswith("/signin/again")
