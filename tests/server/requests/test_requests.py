"""Requests about one's data: at home, at the counter, by their day, and to their outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from pydantic import ValidationError

from server.access.enforcing import COOKIE
from server.accounts import sign_ins
from server.accounts.models import Staff
from server.accounts.principal import ROLES, Principal
from server.approvals import service as approvals
from server.audit import service as audit
from server.columns import today
from server.db import Database
from server.drills import service as drills
from server.errors import Refused
from server.people import service as people
from server.requests import service, suspensions
from server.requests.service import RequestError
from server.retention import service as retention

Add = Callable[..., Any]
PAGE = {"accept": "text/html"}


def database_of(client: TestClient) -> Database:
    found: Database = client.app.state.database  # type: ignore[attr-defined]  # the app keeps it there
    return found


def post(client: TestClient, path: str, **data: str) -> Any:
    return client.post(path, data=data, follow_redirects=False)


def made(database: Database, who: Any, kind: str, **more: Any) -> str:
    with database.session() as db:
        ids = {"person_id": who.id} if who.id else {"ticket_hash": who.ticket}
        return service.make(db, kind=kind, **ids, actor="staff:test", **more).id


def principal(database: Database, *roles: str) -> Principal:
    with database.session() as db:
        staff = Staff(login=f"s{len(roles)}{roles[:1]}@city.example", name="職員", roles=list(roles or ROLES))
        db.add(staff)
        db.flush()
        key = sign_ins.sign_in_staff(db, database.settings, staff, method="totp")
        return sign_ins.principal_of(db, database.settings, key)


# --- rules -----------------------------------------------------------------------------------------------------------


def test_the_day_is_counted_from_the_day_after_and_extended_once(database: Database, resident: Add) -> None:
    who = resident(database)
    with time_machine.travel(dt.datetime(2028, 1, 30, 15, 30, tzinfo=dt.UTC), tick=False), database.session() as db:
        one = service.make(db, kind="disclosure", person_id=who.id, actor="x")
        assert one.received_on == dt.date(2028, 1, 31), "the day in Japan"
        assert one.due_on == dt.date(2028, 3, 1), "over 29 February"
        with pytest.raises(RequestError, match="reason"):
            service.extend(db, one, reason=" ", actor="x")
        service.extend(db, one, reason="記録が多いため", actor="x")
        assert one.due_on == dt.date(2028, 3, 31)
        with pytest.raises(RequestError, match="extended"):
            service.extend(db, one, reason="もう一度", actor="x")


def test_a_no_is_explained_and_an_answer_is_given_once(database: Database, resident: Add) -> None:
    who = resident(database)
    with database.session() as db:
        one = service.make(db, kind="disclosure", person_id=who.id, actor="x")
        for outcome in ("refused", "partly"):
            with pytest.raises(RequestError, match="reason"):
                service.close(db, one, outcome=outcome, actor="x")
        with pytest.raises(RequestError, match="outcome"):
            service.close(db, one, outcome="perhaps", actor="x")
        service.close(db, one, outcome="refused", reason="第三者の情報を含むため", actor="x")
        for act in (
            lambda: service.close(db, one, outcome="granted", actor="x"),
            lambda: service.extend(db, one, reason="x", actor="x"),
            lambda: service.suspend(db, one, actor="x"),
        ):
            with pytest.raises(RequestError, match="closed"):
                act()


@pytest.mark.parametrize("change", [{"kind": "selling"}, {"person_id": ""}])
def test_requests_that_cannot_be_made(database: Database, change: dict[str, str]) -> None:
    with database.session() as db, pytest.raises(RequestError):
        service.make(db, **({"kind": "disclosure", "person_id": "x", "actor": "x"} | change))  # type: ignore[arg-type]


def test_a_correction_keeps_what_was_and_the_record_tells_no_value(database: Database, resident: Add) -> None:
    who = resident(database, "高崎 葵")
    with database.session() as db:
        one = service.make(db, kind="correction", person_id=who.id, actor="x")
        done = service.correct(db, one, field="name", value="髙﨑 葵", actor="staff:x")
        assert done is not None
        assert (done.before, done.after) == ("高崎 葵", "髙﨑 葵")
        assert service.correct(db, one, field="name", value="髙﨑 葵", actor="staff:x") is None
        born = service.correct(db, one, field="birth_date", value="1986-04-03", actor="staff:x")
        assert born is not None
        assert (born.before, born.after) == ("1986-04-02", "1986-04-03")
        for field, value in (("birth_date", "1986-13-01"), ("birth_date", "2999-01-01"), ("address", "x")):
            with pytest.raises(RequestError, match="field"):
                service.correct(db, one, field=field, value=value, actor="staff:x")
        other = service.make(db, kind="disclosure", person_id=who.id, actor="x")
        with pytest.raises(RequestError, match="kind"):
            service.correct(db, other, field="name", value="x", actor="x")
    with database.reading() as db:
        assert people.get(db, who.id).name == "髙﨑 葵"
        assert [c.field for c in service.corrections(db, one.id)] == ["name", "birth_date"]
        assert "髙﨑" not in repr([(e.target, e.detail) for e in audit.newest(db)])


def test_what_is_suspended_is_kept_and_not_used(database: Database, resident: Add) -> None:
    who, other = resident(database), resident(database, "𠮷田 実")
    request_id = made(database, who, "suspension")
    with database.session() as db:
        one = service.get(db, request_id)
        assert service.suspend(db, one, actor="x") == 2
        assert service.suspend(db, one, actor="x") == 0
    with database.reading() as db:
        assert suspensions.is_suspended(db, who.id)
        assert not suspensions.is_suspended(db, other.id)
        assert [run.run_id for run in drills.list_runs(db)] == [other.run]
        assert drills.get_run(db, who.run).run_id == who.run, "the row stays"
        subject = service.subject_of(db, service.get(db, request_id))
    with database.session() as db:
        assert suspensions.resume(db, subject, request_id=request_id, actor="x") == 2
        assert {run.run_id for run in drills.list_runs(db)} == {who.run, other.run}


def test_one_person_alone_erases_nothing(database: Database, resident: Add) -> None:
    who = resident(database)
    request_id = made(database, who, "erasure", about="すべて消してください")
    both = principal(database)
    second = principal(database, "administrator")
    with database.session() as db:
        proposal = approvals.propose(db, both, act=service.ERASE, payload={"request": request_id}, reason="本人の請求")
        with pytest.raises(Refused):
            approvals.decide(db, both, proposal.id, approve=True)
    with database.reading() as db:
        assert people.get(db, who.id)
    with database.session() as db:
        assert approvals.decide(db, second, proposal.id, approve=True).state == "done"
    with database.reading() as db:
        with pytest.raises(people.UnknownPersonError):
            people.get(db, who.id)
        one = service.get(db, request_id)
        assert (one.state, one.outcome, one.person_id, one.about) == ("closed", "granted", "", "")


def test_a_hold_stands_in_the_way_of_an_erasure(database: Database, resident: Add) -> None:
    who = resident(database)
    with database.session() as db:
        held = retention.hold(db, kind="ticket", subject=who.ticket, reason="調査中", actor="x")
        with pytest.raises(RequestError, match="held"):
            service.erase(db, people.subject_of(db, who.id), actor="x")
        retention.end_hold(db, held.id, actor="x")
        assert service.erase(db, people.subject_of(db, who.id), actor="x")["people"]


def test_the_payload_of_an_erasure_is_strict() -> None:
    with pytest.raises(ValidationError):
        service.Erasure.model_validate({"request": "x", "person": "y"})


# --- at home ---------------------------------------------------------------------------------------------------------


def test_a_resident_asks_sees_the_day_and_takes_back(visitor: TestClient, resident: Add, sign_in: Add) -> None:
    database = database_of(visitor)
    who = resident(database)
    sign_in(visitor, who)
    assert post(visitor, "/my/requests", kind="").status_code == 422
    assert post(visitor, "/my/requests", kind="correction").status_code == 422
    assert post(visitor, "/my/requests", kind="erasure", about="<b>𠮷</b>").status_code == 303
    with database.reading() as db:
        (one,) = service.listed(db)
    assert (one.person_id, one.asked_by, one.made_by) == (who.id, "self", f"person:{who.id}")
    page = visitor.get("/my/requests?lang=en").text
    assert "Answer by" in page
    assert "<b>𠮷" not in page
    assert post(visitor, f"/my/requests/{one.id}/take-back").status_code == 303
    with database.reading() as db:
        assert service.get(db, one.id).outcome == "taken_back"


def test_a_parent_asks_for_a_child_and_a_ticket_for_itself(
    visitor: TestClient, resident: Add, sign_in: Add, act_for: Add
) -> None:
    database = database_of(visitor)
    parent, child = resident(database), resident(database, "髙﨑 陽翔", dt.date(2018, 4, 1), "7-12")
    sign_in(visitor, parent)
    act_for(visitor, parent, child)
    assert post(visitor, "/my/requests", kind="disclosure").status_code == 303
    alone = resident(database, "")
    sign_in(visitor, alone)
    assert post(visitor, "/my/requests", kind="disclosure").status_code == 303
    with database.reading() as db:
        asked = {(r.person_id, r.ticket_hash, r.asked_by, r.asker_id) for r in service.listed(db)}
    assert asked == {(child.id, "", "guardian", parent.id), ("", alone.ticket, "self", "")}


def test_nobody_takes_anothers_request_back(visitor: TestClient, resident: Add, sign_in: Add) -> None:
    database = database_of(visitor)
    who, other = resident(database), resident(database, "𠮷田 実")
    theirs = made(database, other, "disclosure")
    asked_for_other = made(database, other, "disclosure", asked_by="agent", asker_id=who.id)
    sign_in(visitor, who)
    for one in (theirs, asked_for_other, "0" * 16):
        assert post(visitor, f"/my/requests/{one}/take-back").status_code == 404


# --- at the office ---------------------------------------------------------------------------------------------------


def test_the_office_works_through_a_disclosure(sqlite_client: TestClient, resident: Add) -> None:
    database = database_of(sqlite_client)
    who = resident(database)
    answer = post(sqlite_client, "/requests", kind="disclosure", person=who.id, asked_by="self", about="全部見たい")
    address = answer.headers["location"]
    assert "全部見たい" in sqlite_client.get(address).text
    assert "髙﨑 葵" not in sqlite_client.get(address).text, "the record is not open yet"
    assert post(sqlite_client, f"{address}/data", form="file").status_code == 403
    assert post(sqlite_client, f"{address}/open").status_code == 303
    assert "髙﨑 葵" in sqlite_client.get(address).text
    file = post(sqlite_client, f"{address}/data", form="file")
    assert file.json()["people"]["people"][0]["name"] == "髙﨑 葵"
    assert file.headers["content-disposition"].startswith("attachment")
    assert who.run in post(sqlite_client, f"{address}/data", form="page").text
    assert post(sqlite_client, f"{address}/close", outcome="").status_code == 422
    assert post(sqlite_client, f"{address}/close", outcome="granted").status_code == 303
    assert "granted" not in sqlite_client.get("/requests?lang=ja").text
    assert "請求のとおりにした" in sqlite_client.get("/requests?state=closed&lang=ja").text
    with database.reading() as db:
        acts = [e.action for e in audit.newest(db)]
    assert acts.count("request.disclose") == 2
    assert "person.view" in acts


def test_the_office_corrects_suspends_extends_and_proposes_erasure(sqlite_client: TestClient, resident: Add) -> None:
    database = database_of(sqlite_client)
    who = resident(database, "高崎 葵")
    correction, suspension, erasure = (
        f"/requests/{made(database, who, kind)}" for kind in ("correction", "suspension", "erasure")
    )
    assert post(sqlite_client, f"{correction}/correct", field="name", value="髙﨑 葵").status_code == 403
    post(sqlite_client, f"{correction}/open")
    assert post(sqlite_client, f"{correction}/correct", field="name", value="髙﨑 葵").status_code == 303
    assert post(sqlite_client, f"{correction}/correct", field="birth_date", value="not a day").status_code == 422
    assert "高崎 葵" in sqlite_client.get(correction).text
    assert post(sqlite_client, f"{suspension}/use", act="suspend").status_code == 303
    assert "not in use" in sqlite_client.get(f"{suspension}?lang=en").text
    assert post(sqlite_client, f"{suspension}/use", act="resume").status_code == 303
    assert post(sqlite_client, f"{correction}/use", act="suspend").status_code == 422
    assert post(sqlite_client, f"{erasure}/close", outcome="granted").status_code == 422, "by being carried out"
    assert post(sqlite_client, f"{erasure}/erase", reason="").status_code == 422
    assert post(sqlite_client, f"{correction}/erase", reason="x").status_code == 422
    proposed = post(sqlite_client, f"{erasure}/erase", reason="本人の請求")
    assert proposed.status_code == 303
    page = sqlite_client.get(proposed.headers["location"]).text
    assert "個人の情報の消去" in page or "Erasing" in page
    assert post(sqlite_client, f"{erasure}/extend", reason="").status_code == 422
    assert post(sqlite_client, f"{erasure}/extend", reason="確認に時間がかかるため").status_code == 303
    with database.reading() as db:
        assert people.get(db, who.id), "proposed is not done"


def test_a_request_at_the_counter_by_ticket(sqlite_client: TestClient, resident: Add) -> None:
    database = database_of(sqlite_client)
    known, alone = resident(database), resident(database, "")
    assert post(sqlite_client, "/requests", kind="erasure", ticket="?", asked_by="self").status_code == 422
    assert post(sqlite_client, "/requests", kind="x", ticket=alone.code, asked_by="nobody").status_code == 422
    assert post(sqlite_client, "/requests", kind="erasure", ticket=alone.code, asked_by="agent").status_code == 303
    assert post(sqlite_client, "/requests", kind="erasure", ticket=known.code, asked_by="self").status_code == 303
    with database.reading() as db:
        whose = {(r.person_id, r.ticket_hash, r.asked_by) for r in service.listed(db)}
    assert whose == {("", alone.ticket, "agent"), (known.id, "", "self")}, "a claimed ticket is its person's"


def test_the_ledger_shows_what_is_late_first(sqlite_client: TestClient, resident: Add) -> None:
    database = database_of(sqlite_client)
    who = resident(database)
    late = made(database, who, "disclosure", received_on=today() - dt.timedelta(days=40))
    fresh = made(database, who, "correction")
    page = sqlite_client.get("/requests?lang=en").text
    assert page.index(late) < page.index(fresh)
    assert "10 days late" in page
    assert "30 days left" in page


def test_only_those_who_may(sqlite_client: TestClient, staff_key: Callable[..., str], resident: Add) -> None:
    database = database_of(sqlite_client)
    address = f"/requests/{made(database, resident(database), 'erasure')}"
    assert sqlite_client.get("/requests/none", headers=PAGE).status_code == 404
    sqlite_client.cookies.set(COOKIE, staff_key(database, "administrator"))
    assert sqlite_client.get(address).status_code == 200
    assert post(sqlite_client, f"{address}/open").status_code == 403
    assert post(sqlite_client, f"{address}/data").status_code == 403
    assert post(sqlite_client, f"{address}/erase", reason="x").status_code == 403
    sqlite_client.cookies.set(COOKIE, staff_key(database, "analyst"))
    assert sqlite_client.get(address).status_code == 403
