"""The house backs itself up: asked for when due, done by the runner, and the list of what was erased kept apart."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from fastapi.testclient import TestClient

from server.app import create_app
from server.columns import now
from server.db import Database
from server.jobs.runner import Runner
from server.ops import jobs
from server.ops.backup import backups, folder_of
from server.ops.recovery import make_recovery_key
from server.requests import tombstones
from server.settings import Settings


@pytest.fixture
def house(sqlite_settings: Settings, tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "usb").mkdir()
    settings = sqlite_settings.model_copy(update={"backup_copy_dir": tmp_path / "usb"})
    make_recovery_key(settings, tmp_path / "recovery-key.txt")
    database = Database(settings)
    yield database
    database.close()


def test_a_backup_is_asked_for_when_due_and_made_once(house: Database) -> None:
    runner = Runner(house)
    with time_machine.travel(dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC), tick=False) as clock:
        assert jobs.look(house)
        assert jobs.look(house), "another server may ask as well"
        assert runner.drain() == 2
        [made] = backups(folder_of(house.settings))
        assert [copy.name for copy in backups(house.settings.backup_copy_dir or Path())] == [made.name]
        assert not jobs.look(house)
        clock.shift(dt.timedelta(hours=25))
        assert jobs.look(house)
        runner.drain()
        assert len(backups(folder_of(house.settings))) == 2


def test_one_under_way_is_not_asked_for_again(house: Database) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC), tick=False) as clock:
        asked_at = now()
        clock.shift(dt.timedelta(minutes=10))
        assert not jobs.look(house, asked_at=asked_at)
        clock.shift(dt.timedelta(hours=6))
        assert jobs.look(house, asked_at=asked_at)


def test_without_a_recovery_key_none_is_asked_for(sqlite_settings: Settings) -> None:
    database = Database(sqlite_settings)
    assert not jobs.look(database)
    database.close()


def test_what_was_erased_is_kept_apart_between_backups(house: Database) -> None:
    with house.session() as db:
        tombstones.note(db, "person", ["P1"])
    jobs.look(house)
    copy = (house.settings.backup_copy_dir or Path()) / "tombstones.txt"
    assert copy.read_text() == tombstones.file_of(house.settings).read_text()
    known = tombstones.read(copy)
    with house.session() as db:
        tombstones.note(db, "ticket", ["T1"])
    jobs.look(house)
    assert [grave.hash for grave in tombstones.read(copy)][:1] == [known[0].hash]
    assert len(tombstones.read(copy)) == 2


def test_a_running_server_looks_by_itself(house: Database) -> None:
    with TestClient(create_app(house.settings), base_url="http://127.0.0.1") as client:
        assert client.get("/api/health").json() == {"status": "ok"}
        for _ in range(200):
            if backups(folder_of(house.settings)):
                break
            time.sleep(0.1)
    assert len(backups(folder_of(house.settings))) == 1
