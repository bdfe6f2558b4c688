"""A seeded incident: who, how many, which items, since when, from the audit record alone."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from server.accounts.models import Staff
from server.accounts.principal import Principal
from server.audit import service as audit
from server.cli import main
from server.db import Database
from server.ops import incident
from server.people import service as people
from server.people import viewing
from server.requests import service as requests
from server.requests.models import DISCLOSURE

BEGAN = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
ROOT = Path(__file__).resolve().parents[3]


def staff(database: Database, name: str) -> Principal:
    with database.session() as db:
        one = Staff(login=f"{name}@city.example", name=name, roles=["clerk"])
        db.add(one)
        db.flush()
        return Principal(kind="staff", id=one.id, name=name, roles=frozenset({"clerk"}), sign_in="s")


@pytest.fixture
def seeded(database: Database) -> tuple[Database, Principal, list[str]]:
    """One clerk reads through 130 people in an evening, a few an hour; another does a day's work."""
    bad, good = staff(database, "bad"), staff(database, "good")
    with time_machine.travel(BEGAN, tick=False) as clock:
        with database.session() as db:
            ids = [people.new_person(db, name=f"架空 {n}", actor="system").id for n in range(130)]
        for block in range(0, 130, 40):
            clock.shift(dt.timedelta(hours=1, minutes=1))
            with database.session() as db:
                for person in ids[block : block + 40]:
                    viewing.open_record(db, bad, person, "counter")
        with database.session() as db:
            viewing.open_record(db, good, ids[0], "telephone")
            audit.record(db, bad.actor, "person.search", "people", {"found": 7})
            audit.record(db, "nobody", "sign_in.refused", "sign_in")
    return database, bad, ids


def facts(database: Database, **given: object) -> incident.Report:
    chosen: dict[str, object] = {"since": BEGAN, "until": BEGAN + dt.timedelta(days=1), **given}
    with database.reading() as db:
        return incident.report(db, database.settings, **chosen)  # type: ignore[arg-type]


def test_who_how_many_which_and_since_when(seeded: tuple[Database, Principal, list[str]]) -> None:
    database, bad, ids = seeded
    found = facts(database)
    assert found.doers[0].actor == bad.actor
    assert len(found.doers[0].people) == 130
    assert found.doers[0].at_most == 7
    assert found.doers[0].first == BEGAN + dt.timedelta(hours=1, minutes=1)
    assert set(found.people) == set(ids)
    assert found.first == BEGAN + dt.timedelta(hours=1, minutes=1)
    assert {"name", "kana", "birth"} <= set(found.items["people"])
    assert set(found.items) == {"people"}
    assert found.faults == ()
    assert found.reasons == ["many"]
    assert [one.tries for one in found.doers if one.actor == "nobody"] == [{"sign_in.refused": 1}]


def test_one_actor_and_one_hour_alone(seeded: tuple[Database, Principal, list[str]]) -> None:
    database, bad, _ = seeded
    found = facts(database, actors=[bad.actor], until=BEGAN + dt.timedelta(hours=2))
    assert [one.actor for one in found.doers] == [bad.actor]
    assert found.count == 40
    assert found.reasons == []


@pytest.mark.parametrize(("count", "reasons"), [(100, []), (101, ["many"])])
def test_more_than_a_hundred_people_are_reported(database: Database, count: int, reasons: list[str]) -> None:
    with time_machine.travel(BEGAN, tick=False), database.session() as db:
        for number in range(count):
            audit.record(db, "staff:x", "person.view", f"person:P{number}", {"purpose": "counter"})
    assert facts(database).reasons == reasons


def test_of_special_care_and_of_malice_one_person_is_enough(database: Database) -> None:
    with time_machine.travel(BEGAN, tick=False), database.session() as db:
        person = people.new_person(db, name="𠮷田", actor="system").id
        one = requests.make(db, kind=DISCLOSURE, person_id=person, asked_by="self", actor="staff:x")
        audit.record(db, "staff:x", "request.disclose", f"request:{one.id}", {"form": "file"})
    found = facts(database)
    assert found.people == (person,)
    assert found.reasons == ["special_care"]
    assert "live" in found.special_care
    assert facts(database, malice=True).reasons == ["special_care", "malice"]
    known = dt.date(2026, 11, 24)
    assert found.deadlines(known) == (dt.date(2026, 11, 27), dt.date(2026, 11, 29), dt.date(2026, 12, 24))
    assert facts(database, malice=True).deadlines(known)[2] == dt.date(2027, 1, 23)


def test_an_export_counts_its_rows(database: Database) -> None:
    with time_machine.travel(BEGAN, tick=False), database.session() as db:
        audit.record(db, "staff:x", "export.fetch", "approval:a", {"rows": 300})
    found = facts(database)
    assert (found.people, found.at_most) == ((), 300)
    assert found.reasons == ["many", "special_care"]


def test_a_quiet_day_says_so(database: Database) -> None:
    found = facts(database, malice=True)
    assert (found.count, found.reasons, found.first) == (0, [], None)


def test_the_command_tells_it_in_both_languages(
    sqlite_client: object, tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    settings = request.getfixturevalue("sqlite_settings")
    database = Database(settings)
    with time_machine.travel(BEGAN, tick=False), database.session() as db:
        person = people.new_person(db, name="髙﨑 さくら", actor="system").id
        audit.record(db, "staff:x", "person.view", f"person:{person}", {"purpose": "counter"})
    database.close()
    call = ["--data-dir", str(settings.data_dir), "incident", "report", "--since", "2026-11-20"]
    assert main([*call, "--malice", "--people", str(tmp_path / "people.txt"), "--known-on", "2026-11-24"]) == 0
    said = capsys.readouterr().out
    assert "不正の疑い" in said
    assert "2026-11-27 – 2026-11-29" in said
    assert "生年月日" in said
    assert "髙﨑" not in said
    assert (tmp_path / "people.txt").read_text() == f"{person}\n"
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["people"] == 1
    assert main([*call, "--people", str(tmp_path / "people.txt")]) == 1


def test_every_act_of_the_house_says_whether_it_shows_data() -> None:
    """A new kind of act whose first word nobody knows must be put into incident.toml."""
    said = incident.content()
    known = {*said["quiet"]["words"], *(act.partition(".")[0] for act in [*said["shows"], *said["tries"]["acts"]])}
    found = set()
    for path in (ROOT / "server").rglob("*.py"):
        found |= set(re.findall(r'record\(\s*db,\s*[^,]+,\s*f?"([a-z_]+)\.', path.read_text("utf-8")))
    assert len(found) > 15
    assert found - known == set()


def test_what_shows_data_names_files_of_the_register(tables: dict[str, object]) -> None:
    with_persons: Callable[..., list[object]] = incident.register.with_persons
    files = {said.feature for said in with_persons(incident.statements())}  # type: ignore[attr-defined]
    for act, shows in incident.content()["shows"].items():
        assert set(shows["files"]) <= files, act
