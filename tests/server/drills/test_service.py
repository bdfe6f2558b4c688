from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from drill.record.run import RunHeader
from drill.ticket import run_code, ticket_hash
from server.consent import service as consent
from server.db import Database
from server.drills import service
from server.drills.models import ABANDONED, COMPLETE, GAPPED, RUNNING
from server.drills.schemas import NewDay, NewSession, NewStation
from server.drills.service import RunConflictError, UnknownRowError
from server.tickets import service as tickets

Make = Callable[..., RunHeader]
RUN = "0123456789abcdef" * 2


def test_a_day_with_sessions_and_stations(database: Database, day_id: str, session_id: str, station_id: str) -> None:
    with database.reading() as db:
        (day,) = service.list_days(db)
        assert day.id == day_id
        assert day.place == "高梁市立𠮷備小学校 体育館"
        assert [s.id for s in day.sessions] == [session_id]
        assert [s.name for s in day.stations] == ["左"]
        assert day.sessions[0].starts_at == dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("title", ["", "   ", "a\nb", "a\x00b", "あ" * 121])
def test_a_day_needs_a_title_of_one_line(title: str) -> None:
    with pytest.raises(ValidationError):
        NewDay(place="体育館", date=dt.date(2026, 11, 24), title=title)


def test_letters_of_names_stay_as_they_are() -> None:
    new = NewDay(place="髙﨑 𠮷田", date=dt.date(2026, 11, 24), title="ｱｲｳ ①")
    assert (new.place, new.title) == ("髙﨑 𠮷田", "ｱｲｳ ①")


@pytest.mark.parametrize(("hours", "zone"), [(0, True), (-1, True), (25, True), (1, False)])
def test_a_session_ends_after_it_starts(hours: int, zone: bool) -> None:
    start = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC if zone else None)
    with pytest.raises(ValidationError):
        NewSession(starts_at=start, ends_at=start + dt.timedelta(hours=hours), capacity=1)


def test_what_is_not_there_is_named(database: Database, station_id: str) -> None:
    with database.session() as db:
        with pytest.raises(UnknownRowError, match="drill day 'none'"):
            service.add_station(db, "none", NewStation(name="x"))
        with pytest.raises(UnknownRowError, match="scenario version 'eeee"):
            service.assign_scenario(db, station_id, "e" * 64)
        with pytest.raises(UnknownRowError, match="run 'none'"):
            service.get_run(db, "none")


def test_a_run_finds_its_day_by_its_device(
    database: Database, header: Make, day_id: str, station_id: str, device_id: str
) -> None:
    with database.session() as db:
        run = service.register_run(db, header(), device_id=device_id)
    assert (run.day_id, run.station_id, run.device_id) == (day_id, station_id, device_id)
    assert run.code == run_code(RUN)
    assert run.state == RUNNING
    with database.reading() as db:
        assert service.header_of(service.get_run(db, run.code)) == header()
        assert [r.run_id for r in service.list_runs(db, day_id=day_id)] == [RUN]


def test_a_run_finds_its_day_by_its_session(database: Database, header: Make, day_id: str, session_id: str) -> None:
    with database.session() as db:
        run = service.register_run(db, header(session=session_id))
    assert (run.day_id, run.session_id, run.station_id) == (day_id, session_id, None)


def test_what_is_taken_out_of_a_day_leaves_its_runs(
    database: Database, header: Make, day_id: str, session_id: str, station_id: str, device_id: str
) -> None:
    with database.session() as db:
        service.register_run(db, header(session=session_id), device_id=device_id)
    with database.session() as db:
        service.remove_session(db, session_id)
        service.remove_station(db, station_id)
        with pytest.raises(UnknownRowError, match="session"):
            service.remove_session(db, session_id)
    with database.reading() as db:
        run = service.get_run(db, RUN)
        assert (run.day_id, run.session_id, run.station_id) == (day_id, None, None)
        assert service.get_day(db, day_id).stations == []


def test_a_day_is_changed(database: Database, day_id: str) -> None:
    with database.session() as db:
        service.change_day(db, day_id, NewDay(place="公民館", date=dt.date(2026, 12, 1), title="冬の訓練"))
    with database.reading() as db:
        day = service.get_day(db, day_id)
        assert (day.place, day.date, day.title) == ("公民館", dt.date(2026, 12, 1), "冬の訓練")


def test_a_run_of_nowhere_is_kept_too(database: Database, header: Make) -> None:
    with database.session() as db:
        run = service.register_run(db, header(session="gone", scenario_hash="0" * 64))
    assert (run.day_id, run.session_id) == (None, None)


def test_the_same_header_again_is_the_same_run_and_another_is_refused(database: Database, header: Make) -> None:
    with database.session() as db:
        service.register_run(db, header())
    with database.session() as db:
        assert service.register_run(db, header()).run_id == RUN
        with pytest.raises(RunConflictError, match="another header"):
            service.register_run(db, header(seed=8))


def test_a_moment_played_again_is_never_counted_whatever_its_header_says(database: Database, header: Make) -> None:
    with database.session() as db:
        service.register_run(db, header(run_id="0" * 31 + "1"))
        service.register_run(db, header(run_id="0" * 31 + "2", again_of=RUN, again_tick=600))
        service.register_run(db, header(run_id="0" * 31 + "3", again_of=RUN, again_tick=600, counted=False))
        for number in "123":
            assert service.set_run_state(db, "0" * 31 + number, "complete")
    with database.reading() as db:
        counted = service.list_runs(db, in_figures=True)
        assert [run.run_id[-1] for run in counted] == ["1"]
        assert sorted(run.run_id[-1] for run in service.list_runs(db, in_figures=False)) == ["2", "3"]


def test_a_persons_run_needs_consent(database: Database, header: Make) -> None:
    with database.session() as db:
        with pytest.raises(consent.ConsentError, match="thrown away"):
            service.register_run(db, header(locomotion="walked"))
        service.register_run(db, header(locomotion="walked", consent="2026-1"))
        kept = consent.require(db, kind="run", subject=RUN, purpose=consent.RECORDING)
    assert kept.version == "2026-1"


def test_a_consent_taken_back_after_the_run_throws_it_away(database: Database, header: Make) -> None:
    with database.session() as db:
        key = ticket_hash(tickets.issue(db)[0])
        consent.give(db, kind="ticket", subject=key, purpose=consent.RECORDING, version="1", source="x")
        consent.withdraw(db, kind="ticket", subject=key, purpose=consent.RECORDING, source="x")
    of_ticket = header(locomotion="walked", consent="1", ticket_hash=key)
    with database.session() as db, pytest.raises(consent.ConsentError, match="taken back"):
        service.register_run(db, of_ticket)
    later = header(locomotion="walked", consent="1", ticket_hash=key, started_at="2999-01-01T00:00:00Z")
    with database.session() as db, pytest.raises(consent.ConsentError, match="taken back"):
        service.register_run(db, later)  # a station's bundle may be older than the ticket's no
    with database.session() as db:
        consent.give(db, kind="ticket", subject=key, purpose=consent.RECORDING, version="2", source="x")
        service.register_run(db, later)


def test_a_start_without_zone_is_refused(database: Database, header: Make) -> None:
    with database.session() as db, pytest.raises(ValueError, match="no zone"):
        service.register_run(db, header(started_at="2026-11-24T10:00:00"))


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z"])
def test_a_start_that_no_clock_can_mean_is_refused(database: Database, header: Make, start: str) -> None:
    with database.session() as db, pytest.raises(ValueError, match="years 1970 to 9000"):
        service.register_run(db, header(started_at=start))


def test_a_run_moves_between_states_and_a_complete_one_stays(database: Database, header: Make) -> None:
    with database.session() as db:
        service.register_run(db, header())
        assert service.set_run_state(db, RUN, GAPPED)
        assert service.set_run_state(db, RUN, RUNNING)
        assert service.set_run_state(db, RUN, COMPLETE)
        assert service.set_run_state(db, RUN, COMPLETE)
        for state in (RUNNING, GAPPED, ABANDONED):
            assert not service.set_run_state(db, RUN, state)  # type: ignore[arg-type] - of the table above
        assert not service.set_run_state(db, "none", COMPLETE)
        run = service.get_run(db, RUN)
        assert run.state == COMPLETE
        assert run.ended_at is not None
        assert service.count_runs(db) == {COMPLETE: 1}
        assert service.count_runs(db, day_id="none") == {}


def test_only_complete_counted_runs_that_nobody_excluded_are_in_figures(database: Database, header: Make) -> None:
    ids = [f"{n:032x}" for n in range(4)]
    with database.session() as db:
        for n, key in enumerate(ids):
            service.register_run(db, header(run_id=key, counted=n != 1))
        for key in ids[:3]:
            service.set_run_state(db, key, COMPLETE)
        service.exclude_run(db, ids[2], " 機器の故障 ")
    with database.reading() as db:
        assert [r.run_id for r in service.list_runs(db, in_figures=True)] == [ids[0]]
        assert [r.run_id for r in service.list_runs(db, in_figures=False)] == ids[1:]
        assert [r.in_figures for r in service.list_runs(db)] == [True, False, False, False]
        assert service.get_run(db, ids[2]).excluded_reason == "機器の故障"
        assert [r.run_id for r in service.list_runs(db, state=RUNNING)] == [ids[3]]
        assert [r.run_id for r in service.list_runs(db, limit=1, offset=1)] == [ids[1]]
        assert service.list_runs(db, scenario_hash="0" * 64) == []
    with database.session() as db:
        service.exclude_run(db, ids[2], "")
        assert service.get_run(db, ids[2]).in_figures


def test_two_runs_of_one_code_are_not_confused(database: Database, header: Make) -> None:
    with database.session() as db:
        service.register_run(db, header(run_id="0123456789" + "0" * 22))
        service.register_run(db, header(run_id="0123456789" + "1" * 22))
        with pytest.raises(UnknownRowError):
            service.get_run(db, run_code("0123456789" + "0" * 22))
