"""Drill days and run headers for the tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
import pytest

from drill.record.run import RunHeader
from server.db import Database
from server.devices import service as devices
from server.drills import service
from server.drills.schemas import NewDay, NewSession, NewStation

JST = dt.timezone(dt.timedelta(hours=9))


@pytest.fixture
def header() -> Callable[..., RunHeader]:
    """Make a run header; a keyword changes a field. Without one it is a scripted run."""

    def make(**changes: object) -> RunHeader:
        plain = RunHeader(
            run_id="0123456789abcdef" * 2,
            scenario="gym-flood",
            scenario_hash="f" * 64,
            seed=7,
            build="0.1.0",
            profile="lab",
            device="test",
            locomotion="scripted",
            started_at="2026-11-24T10:00:00+09:00",
            consent="",
        )
        return msgspec.structs.replace(plain, **changes)

    return make


@pytest.fixture
def day_id(database: Database) -> str:
    with database.session() as db:
        new = NewDay(place="高梁市立𠮷備小学校 体育館", date=dt.date(2026, 11, 24), title="秋の訓練")
        return service.create_day(db, new).id


@pytest.fixture
def session_id(database: Database, day_id: str) -> str:
    start = dt.datetime(2026, 11, 24, 10, tzinfo=JST)
    with database.session() as db:
        new = NewSession(starts_at=start, ends_at=start + dt.timedelta(minutes=30), capacity=20)
        return service.add_session(db, day_id, new).id


@pytest.fixture
def station_id(database: Database, day_id: str) -> str:
    with database.session() as db:
        return service.add_station(db, day_id, NewStation(name="左")).id


@pytest.fixture
def device_id(database: Database, station_id: str) -> str:
    """A device that stands at the station."""
    with database.session() as db:
        code = devices.new_pairing_code(db, database.settings, name="laptop", station_id=station_id)
        paired = devices.pair(db, code=code)
        assert paired is not None
        service.attach_device(db, station_id, paired.device.id)
        return paired.device.id
