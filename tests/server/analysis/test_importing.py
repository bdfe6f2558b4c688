from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from drill import TICK_HZ
from drill.record.run import RunHeader
from server.analysis import service, store
from server.analysis.importing import import_trajectories
from server.analysis.kept import recorded_run, unpack
from server.analysis.trajectories import Trajectories, TrajectoryError
from server.cli import main
from server.db import Database
from server.drills import service as drills
from server.settings import Settings


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """Six people past a line, 10 frames a second."""
    rows = [
        f"{person} {frame + 8 * person} {0.3 * person:.3f} {frame * 0.12:.3f} 1.65"
        for person in range(1, 7)
        for frame in range(60)
    ]
    path = tmp_path / "髙﨑.txt"
    path.write_text("# framerate: 10 fps\n# id frame x/m y/m z/m\n" + "\n".join(rows), "utf-8")
    return path


def test_a_file_becomes_a_run_and_no_drill_day(database: Database, walk: Path) -> None:
    run_id, new = import_trajectories(database, walk)
    assert new
    with database.reading() as db:
        run = drills.get_run(db, run_id)
        assert run.state == "complete"
        assert not run.in_figures
        assert "髙﨑.txt" in run.header["device"]
        assert drills.list_days(db) == [], "staff's list of drill days holds drills alone"
        kept = service.measured(db, run_id)
        assert kept is not None
        assert kept.figures["summary"]["persons"] == 6
        assert kept.figures["summary"]["crossed"] == 6
        read = unpack(kept)
    assert read.persons == 6
    assert read.xy_m.shape == (360, 2)


def test_the_same_file_again_is_the_same_run(database: Database, walk: Path) -> None:
    first = import_trajectories(database, walk)
    assert import_trajectories(database, walk) == (first[0], False)
    with database.reading() as db:
        assert len(drills.list_runs(db)) == 1


def test_a_bad_file_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("1 0 a b 1.7\n", "utf-8")
    with pytest.raises(TrajectoryError):
        import_trajectories(database, bad)
    with database.reading() as db:
        assert drills.list_days(db) == []
        assert store.measured_by_hash(db, "0" * 64) is None


def test_command_says_where_the_page_is(
    sqlite_settings: Settings, walk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data-dir", str(sqlite_settings.data_dir)]
    assert main([*where, "import", "trajectories", str(walk), "--line", "LINESTRING (0 3, 2 3)"]) == 0
    assert "page /runs/" in capsys.readouterr().out
    assert main([*where, "import", "trajectories", str(walk)]) == 0
    assert "was taken in before" in capsys.readouterr().out
    assert main([*where, "import", "trajectories", "nowhere.txt"]) == 1
    assert "nowhere.txt" in capsys.readouterr().err
    assert main([*where, "import", "trajectories", str(walk), "--frame-rate", "0"]) == 1
    assert "must lie above 0" in capsys.readouterr().err


def test_pages_show_curves_and_replay(sqlite_client: TestClient, walk: Path) -> None:
    run_id, _ = import_trajectories(sqlite_client.app.state.database, walk)
    for language in ("ja", "ja-simple", "en"):
        page = sqlite_client.get(f"/runs/{run_id}?lang={language}")
        assert page.status_code == 200
        assert page.text.count('class="drawing curve"') == 5
        assert "髙﨑.txt" in page.text
    assert sqlite_client.get(f"/runs/{run_id}/replay").status_code == 200
    content = sqlite_client.get(f"/runs/{run_id}/replay.json").json()
    assert len(content["crowd"]["people"]) == 6
    assert content["duration"] == pytest.approx(9.9, abs=0.11)
    assert sqlite_client.get("/runs").status_code == 200


def test_as_a_recorded_run_everybody_is_crowd() -> None:
    person = np.array([70_000, 70_000, 5])
    read = Trajectories("x", "0" * 64, 25.0, "m", person, np.array([10, 35, 10]), np.array([[0, 0], [1, 1], [2, 2.0]]))
    header = RunHeader(
        run_id="0" * 32, scenario="measured", scenario_hash="0" * 64, seed=0, build="", profile="", device="",
        locomotion="walked", started_at="", consent="x",
    )  # fmt: skip
    run = recorded_run(read, header)
    assert run.crowd.tick.tolist() == [0, 0, TICK_HZ]
    assert run.crowd.id.tolist() == [0, 1, 1]
    assert run.crowd.x_m.tolist() == [2, 0, 1]
    assert len(run.pose.t_s) == 0
