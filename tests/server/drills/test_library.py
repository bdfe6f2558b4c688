from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from drill.record.run import RunHeader
from drill.scenario.loading import ScenarioError
from drill.ticket import ticket_hash
from server.consent import service as consent
from server.db import Database
from server.drills import library, service
from server.drills.bundle import bundle
from server.tickets import service as tickets

SHIPPED = ["classroom-quake", "gym-flood", "school-smoke"]


def imported(database: Database, path: Path) -> str:
    with database.session() as db:
        return service.import_scenario(db, path).hash


@pytest.fixture
def gym(database: Database, tmp_path: Path) -> Path:
    """A copy of the shipped gym scenario that a test may change."""
    return shutil.copytree(database.settings.scenarios_dir / "gym-flood", tmp_path / "gym")


def test_shipped_scenarios_are_taken_in_once(database: Database) -> None:
    for _ in range(2):
        with database.session() as db:
            service.import_shipped(db)
    with database.reading() as db:
        versions = service.list_versions(db)
        assert [v.scenario_id for v in versions] == SHIPPED
        assert all(v.title["ja"] and v.title["en"] for v in versions)


def test_a_run_finds_the_scenario_it_was_played_in_after_the_original_is_gone(
    database: Database, gym: Path, header: Callable[..., RunHeader]
) -> None:
    key = imported(database, gym)
    shutil.rmtree(gym)
    with database.session() as db:
        run = service.register_run(db, header(scenario_hash=key))
        scenario = service.scenario_of(db, run)
        assert scenario.hash == key
        assert scenario.model.id == "gym-flood"
        assert service.scenario_of(db, run) is scenario


def test_a_changed_file_is_another_version(database: Database, gym: Path) -> None:
    first = imported(database, gym)
    with (gym / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    second = imported(database, gym)
    assert first != second
    with database.reading() as db:
        assert len(service.list_versions(db)) == 2
        assert [v.hash for v in service.list_versions(db, newest_only=True)] == [second]


def test_a_copy_that_was_tampered_with_is_not_used(database: Database, gym: Path) -> None:
    key = imported(database, gym)
    library._load.cache_clear()
    with (library.folder_of(database.settings, key) / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    with pytest.raises(library.LibraryError, match="put back the copy"):
        library.scenario_by_hash(database.settings, key)


def test_a_faulty_scenario_is_not_taken_in(database: Database, gym: Path) -> None:
    (gym / "site.geojson").unlink()
    with database.session() as db, pytest.raises(ScenarioError):
        service.import_scenario(db, gym)
    folder = database.settings.data_dir / "scenarios"
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize("key", ["", "..", "../../etc", "F" * 64, "0" * 63])
def test_a_hash_is_no_way_out_of_the_library(database: Database, key: str) -> None:
    with pytest.raises(library.LibraryError, match="64 hexadecimal"):
        library.scenario_by_hash(database.settings, key)


def test_a_scenario_that_is_not_there_says_what_to_do(database: Database) -> None:
    with pytest.raises(library.LibraryError, match="sonae-server import scenario"):
        library.scenario_by_hash(database.settings, "0" * 64)


def test_the_bundle_of_a_device_at_a_station(
    database: Database, gym: Path, device_id: str, station_id: str, session_id: str
) -> None:
    key = imported(database, gym)
    with database.session() as db:
        service.import_shipped(db)
        service.assign_scenario(db, station_id, key)
        code = tickets.issue(db, session_id=session_id, age_band="65-74")[0]
        consent.give(
            db, kind="ticket", subject=ticket_hash(code), purpose=consent.RECORDING, version="1", source="staff:local"
        )
    with database.reading() as db:
        given = bundle(db, device_id)
    assert given["stations"] == [{"id": station_id, "name": "左", "scenario": key}]
    assert [s["id"] for s in given["sessions"]] == [session_id]
    (scenario,) = given["scenarios"]
    assert scenario["hash"] == key
    assert base64.b64decode(scenario["files"]["scenario.yaml"]) == (gym / "scenario.yaml").read_bytes()
    (ticket,) = given["tickets"]
    assert ticket["hash"] == ticket_hash(code)
    assert ticket["consents"] == {"recording": "1"}
    assert code not in str(given)
    assert len(bytes.fromhex(given["room_key"])) == 32
    with database.reading() as db:
        assert bundle(db, device_id)["room_key"] == given["room_key"], "every station of the day gets the same"


def test_the_bundle_of_a_device_without_station_holds_the_newest_of_all(database: Database) -> None:
    with database.session() as db:
        service.import_shipped(db)
    with database.reading() as db:
        given = bundle(db, "0" * 16)
    assert given["day"] is None
    assert given["room_key"] == ""
    assert [s["id"] for s in given["scenarios"]] == SHIPPED
