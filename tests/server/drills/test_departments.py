"""Staff of a department see its days and the whole city's; another department's are not there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from drill.record.run import RunHeader
from server.access.enforcing import COOKIE
from server.audit import service as audit
from server.drills import service
from server.drills.schemas import NewDay, NewSession, NewStation

JST = dt.timezone(dt.timedelta(hours=9))
Header = Callable[..., RunHeader]


class World:
    """A day of each department and one of the city, each with a slot, a station and a run; and one run of no day."""

    def __init__(self, client: TestClient, header: Header) -> None:
        self.client = client
        self.database = client.app.state.database  # type: ignore[attr-defined]  # the app is ours
        self.days: dict[str, str] = {}
        self.parts: dict[str, tuple[str, str, str]] = {}
        with self.database.session() as db:
            for n, department in enumerate(("教育課", "福祉課", "")):
                new = NewDay(place="体育館", date=dt.date(2026, 12, 6), title=f"{department}の訓練")
                day = service.create_day(db, new, department=department)
                start = dt.datetime(2026, 12, 6, 10, tzinfo=JST)
                slot = service.add_session(
                    db, day.id, NewSession(starts_at=start, ends_at=start + dt.timedelta(minutes=30), capacity=8)
                )
                station = service.add_station(db, day.id, NewStation(name="左"))
                run = service.register_run(db, header(run_id=f"{n:032x}", session=slot.id))
                self.days[department] = day.id
                self.parts[department] = (slot.id, station.id, run.run_id)
            self.loose = service.register_run(db, header(run_id="f" * 32)).run_id

    def sign_in(self, key: str) -> TestClient:
        self.client.cookies.set(COOKIE, key)
        return self.client


@pytest.fixture
def world(sqlite_client: TestClient, header: Header) -> World:
    return World(sqlite_client, header)


def addresses(world: World, department: str) -> list[tuple[str, str]]:
    """Return every address that names the day, a part of it or its run."""
    day = world.days[department]
    slot, station, run = world.parts[department]
    return [
        ("GET", f"/days/{day}"),
        ("GET", f"/days/{day}/edit"),
        ("POST", f"/days/{day}"),
        ("POST", f"/days/{day}/sessions"),
        ("POST", f"/days/{day}/stations"),
        ("POST", f"/days/{day}/stations/{station}/scenario"),
        ("POST", f"/days/{day}/stations/{station}/pairing"),
        ("GET", f"/days/{day}/sessions/{slot}/remove"),
        ("POST", f"/days/{day}/sessions/{slot}/remove"),
        ("GET", f"/days/{day}/stations/{station}/remove"),
        ("POST", f"/days/{day}/stations/{station}/remove"),
        ("GET", f"/days/{day}/live"),
        ("POST", f"/days/{day}/stations/{station}/command"),
        ("POST", f"/days/{day}/stop"),
        ("GET", f"/live/{day}.json"),
        ("GET", f"/live/{day}/stream"),
        ("GET", f"/runs?day={day}"),
        ("GET", f"/runs/{run}"),
        ("GET", f"/runs/{run}/replay"),
        ("GET", f"/runs/{run}/replay.json"),
        ("GET", f"/runs/{run}/exclude"),
        ("POST", f"/runs/{run}/exclude"),
        ("POST", f"/runs/{run}/include"),
    ]


def test_another_departments_day_is_not_there(world: World, staff_key: Callable[..., str]) -> None:
    client = world.sign_in(staff_key(world.database, department="教育課"))
    for method, address in addresses(world, "福祉課"):
        form = {"action": "stop", "reason": "x", "title": "x", "place": "x", "date": "2026-12-06"}
        answer = client.request(method, address, data=form if method == "POST" else None)
        assert answer.status_code == 404, (method, address)
        assert "福祉課" not in answer.text
    with world.database.reading() as db:
        assert len(service.get_day(db, world.days["福祉課"]).sessions) == 1


def test_ones_own_and_the_citys_are(world: World, staff_key: Callable[..., str]) -> None:
    """The control: the same addresses of one's own department and of the city are there."""
    client = world.sign_in(staff_key(world.database, department="教育課"))
    for department in ("教育課", ""):
        for method, address in addresses(world, department):
            if method == "GET" and not address.endswith(("/stream", "/replay.json")):
                assert client.get(address).status_code == 200, address


def test_lists_hold_ones_own_and_the_citys(world: World, staff_key: Callable[..., str]) -> None:
    client = world.sign_in(staff_key(world.database, department="教育課"))
    runs = {run for _, _, run in world.parts.values()} | {world.loose}
    for address in ("/days", "/"):
        text = client.get(address).text
        assert "教育課の訓練" in text
        assert "福祉課の訓練" not in text
    for address in ("/runs", "/"):
        listed = set(re.findall(r'href="/runs/([0-9a-f]{32})"', client.get(address).text))
        assert listed == runs - {world.parts["福祉課"][2]}
    whole = world.sign_in(staff_key(world.database))
    assert set(re.findall(r'href="/runs/([0-9a-f]{32})"', whole.get("/runs").text)) == runs


def test_a_day_is_of_who_makes_it_and_the_record_says_who(world: World, staff_key: Callable[..., str]) -> None:
    client = world.sign_in(staff_key(world.database, department="福祉課"))
    made = client.post(
        "/days", data={"title": "秋", "place": "公民館", "date": "2026-12-07"}, follow_redirects=False
    ).headers["location"]
    client.post(f"{made}/stations", data={"name": "右"})
    with world.database.reading() as db:
        day = service.get_day(db, made.rpartition("/")[2])
        assert day.department == "福祉課"
        acts = [e for e in audit.newest(db) if e.action != "retention.purge"]  # the house purges when it likes
        assert [e.action for e in acts[:2]] == ["station.add", "day.create"]
        assert all(re.fullmatch(r"staff:[0-9a-f]{16}", e.actor) for e in acts[:2])


def test_analysts_see_date_and_half_day_in_no_telling_order(
    world: World, header: Header, staff_key: Callable[..., str]
) -> None:
    times = ["11:59:59", "09:10:00", "12:00:00", "10:30:00", "15:45:00"]
    with world.database.session() as db:
        for n, time in enumerate(times):
            run_id = f"{'93517'[n]}{n:031x}"
            service.register_run(db, header(run_id=run_id, started_at=f"2026-12-07T{time}+09:00"))
    address = "/runs?state=running"
    analyst = world.sign_in(staff_key(world.database, "analyst"))
    for page in (address, "/"):
        text = analyst.get(page).text
        assert "2026年12月7日(月) 午前" in text
        assert not re.search(r"\d\d:\d\d", text)
    ids = re.findall(r'href="/runs/([0-9a-f]{32})"', analyst.get(address).text)
    newest = [run for run in ids if run[0] in "93517" and run[1:-1] == "0" * 30]
    assert [run[0] for run in newest] == ["5", "7", "1", "3", "9"]  # afternoon, then morning; by id within each
    assert "10:30" in world.sign_in(staff_key(world.database, "instructor")).get(address).text
    both = world.sign_in(staff_key(world.database, "instructor", "analyst")).get(address).text
    assert "10:30" in both


def test_half_days_turn_at_noon_in_japan_on_both_engines(database: object, header: Header) -> None:
    moments = ["2026-12-06T23:59:59.9+09:00", "2026-12-07T00:00:00+09:00", "2026-12-07T11:59:59.9+09:00",
               "2026-12-07T12:00:00+09:00", "2026-12-07T12:00:00.5+09:00"]  # fmt: skip
    with database.session() as db:  # type: ignore[attr-defined]  # a Database
        for n, moment in enumerate(moments):
            service.register_run(db, header(run_id=f"{n:032x}", started_at=moment))
        order = [int(run.run_id, 16) for run in service.list_runs(db, by_half_day=True)]
    assert order == [3, 4, 1, 2, 0]
