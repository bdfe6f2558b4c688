from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from drill.metrics.figures import Metrics
from server import privacy
from server.analysis import service, store
from server.analysis.jobs import analyse_run
from server.db import Database
from server.drills import service as drills


def test_job_keeps_the_metrics_and_again_is_the_same(database: Database, keep, played) -> None:
    run_id = keep(database)
    analyse_run(database, {"run_id": run_id})
    analyse_run(database, {"run_id": run_id})
    with database.reading() as db:
        row = store.analysis(db, run_id)
        assert row is not None
        assert row.problem == ""
        kept = Metrics.from_dict(row.metrics)
        loaded = service.load(db, run_id)
        assert service.metrics_of(db, loaded) == kept
    assert kept.scenario_hash == played.scenario.hash
    assert kept["reached_refuge"].value == 1


def test_a_run_without_its_scenario_keeps_the_reason(database: Database, keep) -> None:
    run_id = keep(database, library=False)
    analyse_run(database, {"run_id": run_id})
    with database.reading() as db:
        row = store.analysis(db, run_id)
        assert row is not None
        assert row.metrics is None
        assert "not in the library" in row.problem


def test_metrics_of_older_definitions_are_computed_anew(
    database: Database, keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = keep(database)
    service.analyse(database, run_id)
    with database.session() as db:
        row = store.analysis(db, run_id)
        assert row is not None
        row.metrics = {**row.metrics, "figures": []}
    with database.reading() as db:
        assert service.metrics_of(db, service.load(db, run_id)).figures == ()
    monkeypatch.setattr(service, "definitions_version", lambda: 10_000)
    with database.reading() as db:
        assert service.metrics_of(db, service.load(db, run_id)).figures != ()


def test_others_are_of_the_same_kind_only(database: Database, keep) -> None:
    own = keep(database)
    same = keep(database)
    walked = keep(database, locomotion="walked", consent="v1")
    practice = keep(database, counted=False)
    gentle = keep(database, gentle=True)
    excluded = keep(database)
    for run_id in (own, same, walked, practice, gentle, excluded):
        service.analyse(database, run_id)
    with database.session() as db:
        drills.exclude_run(db, excluded, "機器の故障")
    with database.reading() as db:
        found = service.others(db, drills.get_run(db, own))
        of_walked = service.others(db, drills.get_run(db, walked))
        of_gentle = service.others(db, drills.get_run(db, gentle))
    assert [m.run_id for m in found] == [same]
    assert of_gentle == []
    assert of_walked == []


def test_values_leave_out_who_has_none(database: Database, keep) -> None:
    run_id = keep(database)
    metrics = service.analyse(database, run_id)
    assert metrics is not None
    assert service.values_of([metrics, metrics], "evacuation_time_s") == [metrics["evacuation_time_s"].value] * 2
    assert service.values_of([metrics], "max_depth_m") == []


def test_erasing_a_person_takes_the_analysis_along(database: Database, keep) -> None:
    run_id = keep(database, locomotion="walked", consent="v1", ticket_hash="a" * 64)
    service.analyse(database, run_id)
    subject = privacy.Subject(tickets=("a" * 64,))
    with database.reading() as db:
        assert privacy.disclose(db, subject)["analysis"]["analyses"][0]["run_id"] == run_id
    with database.session() as db:
        privacy.erase(db, subject)
    with database.reading() as db:
        assert store.analysis(db, run_id) is None


def test_pages_of_a_run(sqlite_client: TestClient, keep) -> None:
    database = sqlite_client.app.state.database
    run_id = keep(database)
    service.analyse(database, run_id)
    with database.reading() as db:
        code = drills.get_run(db, run_id).code
    for address in (f"/runs/{run_id}", f"/runs/{code}", f"/runs/{run_id}/replay", f"/runs/{run_id}/replay.json"):
        assert sqlite_client.get(address).status_code == 200, address
    assert sqlite_client.get("/runs/nothing").status_code == 404
    assert sqlite_client.get("/runs/nothing/replay.json").status_code == 404


def test_a_run_that_is_not_over_or_not_readable_says_so(sqlite_client: TestClient, keep) -> None:
    database = sqlite_client.app.state.database
    lost = keep(database, library=False)
    assert "sonae-server import scenario" in sqlite_client.get(f"/runs/{lost}").text
    running = keep(database, run_id="b" * 32)
    with database.session() as db:
        drills.get_run(db, running).state = "running"
    assert "訓練はまだ終わっていません" in sqlite_client.get(f"/runs/{running}").text
