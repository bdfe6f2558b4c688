from __future__ import annotations

import argparse
import base64
import errno
import io
import json
import sys
from pathlib import Path

import pytest

from drill.cli import _parser
from drill.play import play, run_command, run_header
from drill.record.config import StationConfig, save_config
from drill.record.events import Ended
from drill.record.inputs import Inputs
from drill.record.openfile import OpenFile
from drill.record.reading import read_run
from drill.record.recorder import Recorder, RecordingError
from drill.record.sealing import new_city_keys
from drill.record.wire import Command
from drill.scenario.loading import load_scenario
from drill.session.controls import Controls
from drill.session.progress import Progress
from drill.session.scripted import RecordedResident, load_resident

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STAIR = SCENARIOS / "gym-flood" / "residents" / "takes-the-stair.yaml"


@pytest.fixture
def short(tmp_path):
    """The gym flood cut to six seconds: the residents do not get far, and every run is quick."""
    folder = tmp_path / "gym-flood"
    folder.mkdir()
    text = (SCENARIOS / "gym-flood" / "scenario.yaml").read_text("utf-8")
    over = "\nevents:\n  - id: soon-over\n    when: {at_s: 6}\n    do: [{end: time}]\n"
    assert text.count("\nevents:\n") == 1
    (folder / "scenario.yaml").write_text(text.replace("\nevents:\n", over), "utf-8")
    (folder / "site.geojson").write_bytes((SCENARIOS / "gym-flood" / "site.geojson").read_bytes())
    return folder


def arguments(path, **changes):
    usual = vars(_parser().parse_args(["run", str(path), "--view", "none", "--seed", "7"]))
    return argparse.Namespace(**(usual | changes))


class Looking:
    """A view that only looks; somebody may touch it or close its window."""

    def __init__(self, *, closes_at=None, touched_at=None):
        self.closed = False
        self.touched = False
        self.drawn = []
        self._closes_at = closes_at
        self._touched_at = touched_at

    notes = ()

    def heed(self, called_off):
        """Nobody calls anything off."""

    def happened(self, facts, ended):
        self.told = (facts, ended)

    def look_back(self, told):
        return None

    def eye(self):
        return None

    def inputs(self, frame):
        self.touched = self._touched_at is not None and frame.tick >= self._touched_at
        return Inputs(frame.tick + 1, forward=0.5)

    def draw(self, frame):
        self.drawn.append(frame.tick)
        self.closed = self._closes_at is not None and frame.tick >= self._closes_at

    def close(self):
        self.closed = True


def test_the_command_writes_result_and_run_and_they_agree(short, tmp_path, capsys):
    out = tmp_path / "out"
    assert run_command(arguments(short, out=out)) == 0
    assert sorted(p.name for p in out.iterdir()) == ["result.json", "run.sonae"]
    result = json.loads((out / "result.json").read_text("utf-8"))
    scenario = load_scenario(short)
    assert result["scenario"] == {"id": "gym-flood", "version": 1, "hash": scenario.hash}
    assert result["seed"] == 7
    assert len(result["digest"]) == 64
    assert result["ended"] == "time"
    assert result["kept"] == "open"
    assert {o["id"] for o in result["objectives"]} == {o.id for o in scenario.model.objectives}
    assert result["metrics"]["reached_refuge"]["value"] == 0
    assert result["exposures"]["max_depth_m"] == 0
    run = read_run(out / "run.sonae")
    assert run.state == "complete"
    assert run.header.run_id == result["run_id"]
    assert run.header.locomotion == "scripted"
    assert run.header.coefficients
    assert run.header.standing_eye_m == pytest.approx(1.496)
    told = capsys.readouterr().err
    assert "gym-flood: time after 6 s" in told
    assert "\r" not in told

    # The recorded run plays again to the same digest; its file is a resident.
    again = tmp_path / "again"
    assert run_command(arguments(short, out=again, resident=out / "run.sonae", no_progress=True)) == 0
    assert json.loads((again / "result.json").read_text("utf-8"))["digest"] == result["digest"]
    assert capsys.readouterr().err == ""


def test_a_recording_of_another_scenario_version_is_refused(short, tmp_path, capsys):
    out = tmp_path / "out"
    assert run_command(arguments(short, out=out, no_progress=True)) == 0
    assert run_command(arguments(SCENARIOS / "gym-flood", resident=out / "run.sonae")) == 1
    assert "play it in the version it was recorded in" in capsys.readouterr().err


def test_faults_of_scenario_and_resident_are_all_told(short, tmp_path, capsys):
    text = (short / "scenario.yaml").read_text("utf-8")
    (short / "scenario.yaml").write_text(text.replace("zone: hall-stage", "zone: no-such"), "utf-8")
    assert run_command(arguments(short)) == 1
    assert "no-such" in capsys.readouterr().err
    (short / "scenario.yaml").write_text(text, "utf-8")
    wrong = tmp_path / "resident.yaml"
    wrong.write_text(STAIR.read_text("utf-8").replace("gallery", "garden"), "utf-8")
    assert run_command(arguments(short, resident=wrong)) == 1
    assert "resident.yaml:" in capsys.readouterr().err


def test_what_looks_on_changes_nothing(short):
    scenario = load_scenario(short)
    alone = play(scenario, seed=3, resident=load_resident(STAIR, scenario))
    view = Looking()
    watched = play(scenario, seed=3, resident=load_resident(STAIR, scenario), view=view)
    assert watched.digest == alone.digest
    assert len(view.drawn) > 10


def test_a_rendered_run_has_the_digest_of_a_headless_one(short):
    desktop = pytest.importorskip("drill.view.desktop")
    errors = pytest.importorskip("drill.view.errors")
    scenario = load_scenario(short)
    alone = play(scenario, seed=3, resident=load_resident(STAIR, scenario))
    try:
        view = desktop.DesktopView(scenario, offscreen=True, size=(160, 96), language="ja", samples=0)
    except errors.ViewError as error:
        pytest.skip(f"no picture on this machine: {error}")
    try:
        drawn = play(scenario, seed=3, resident=load_resident(STAIR, scenario), view=view)
    finally:
        view.close()
    assert drawn.digest == alone.digest


def test_a_person_who_closes_the_window_ends_the_run_without_blame(short, tmp_path):
    scenario = load_scenario(short)
    header = run_header(scenario, seed=1, locomotion="scripted", device="test")
    recorder = Recorder(header, OpenFile(tmp_path, header))
    result = play(scenario, seed=1, view=Looking(closes_at=60), recorder=recorder, kept="open")
    assert result.ended == "window_closed"
    run = read_run(tmp_path / "run.sonae")
    assert run.state == "complete"
    closed = next(e for e in run.events if isinstance(e, Ended))
    assert closed.reason == "window_closed"
    # Played again, it is closed at the same tick.
    again = play(scenario, seed=1, resident=RecordedResident(run.inputs, ended=closed))
    assert again.digest == result.digest


def test_a_person_without_consent_is_not_kept(short, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("drill.play._view", lambda *_: Looking(closes_at=40))
    out = tmp_path / "out"
    assert run_command(arguments(short, view="desktop", out=out, no_progress=True)) == 0
    assert [p.name for p in out.iterdir()] == ["result.json"]
    result = json.loads((out / "result.json").read_text("utf-8"))
    assert result["kept"] == "nothing"
    assert "metrics" not in result
    assert "run_id" not in result
    assert "Nothing of this run is kept" in capsys.readouterr().err


def test_who_takes_over_from_a_script_is_not_kept_either(short, tmp_path):
    scenario = load_scenario(short)
    header = run_header(scenario, seed=1, locomotion="scripted", device="test")
    recorder = Recorder(header, OpenFile(tmp_path, header))
    view = Looking(touched_at=60, closes_at=120)
    result = play(
        scenario,
        seed=1,
        resident=load_resident(STAIR, scenario),
        view=view,
        recorder=recorder,
        realtime=True,
        kept="open",
    )
    assert result.kept == "nothing"
    assert result.run.header.locomotion == "screen"
    assert set(result.as_dict()) == set(result.as_dict()) - {"metrics", "run_id"}
    script = read_run(tmp_path / "run.sonae")
    assert script.state == "abandoned"
    assert max(i.tick for i in script.inputs) <= 62
    assert len(script.pose.t_s) <= 63


def test_staff_pause_inject_and_stop_from_afar(short):
    scenario = load_scenario(short)
    controls = Controls(scenario)
    assert "no inject 'nothing' here" in controls.do(Command("1", "inject", inject="nothing"))
    assert controls.do(Command("2", "start", scenario="gym-flood")) != ""
    seen = []

    def watch(frame):
        seen.append(frame)
        if frame.tick == 30:
            assert controls.do(Command("3", "pause")) == ""
        if frame.tick == 60:
            assert controls.do(Command("4", "pause")) == ""
            assert controls.do(Command("5", "resume")) == ""
        if frame.tick == 90:
            assert controls.do(Command("6", "inject", inject="call-again")) == ""
        if frame.tick == 120:
            assert controls.do(Command("7", "stop")) == ""

    result = play(scenario, seed=1, resident=load_resident(STAIR, scenario), controls=controls, progress=watch)
    assert [f.tick for f in seen if f.paused] == list(range(31, 61))
    assert result.ended == "operator"
    assert result.end_s == pytest.approx(121 / 60)
    assert "inject" in {type(e).__name__.lower()[:6] for e in result.run.events}
    assert result.metrics["paused_s"].value == pytest.approx(0.5)
    # All of it stands in the inputs: they play the same run again.
    closed = next(e for e in result.run.events if isinstance(e, Ended))
    assert play(scenario, seed=1, resident=RecordedResident(result.run.inputs, ended=closed)).digest == result.digest


def test_with_a_paired_server_the_run_goes_sealed_to_the_spool(short, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("drill.session.station.UPLOAD_PATIENCE_S", 0.2)
    city = new_city_keys()
    config = tmp_path / "station.json"
    key = base64.b64encode(city.public).decode()
    save_config(config, StationConfig("http://127.0.0.1:9", "d1", "k", key, name="門前"))
    out = tmp_path / "out"
    assert run_command(arguments(short, out=out, server_config=config, no_progress=True)) == 0
    told = capsys.readouterr().err
    assert "sonae-drill upload sends them" in told
    spooled = next((tmp_path / "spool").iterdir())
    sealed = read_run(spooled, city.private)
    opened = read_run(out / "run.sonae")
    assert sealed.header == opened.header
    assert sealed.header.station == "門前"
    assert sealed.events == opened.events
    assert sealed.state == "complete"


def test_a_full_disk_leaves_nothing_half_written(short, tmp_path, monkeypatch, capsys):
    real = OpenFile.append
    kept = []

    def full(self, batch):
        kept.append(batch)
        if len(kept) > 3:
            msg = f"{self.path} cannot be written: {OSError(errno.ENOSPC, 'No space left on device')}"
            raise RecordingError(msg)
        real(self, batch)

    monkeypatch.setattr(OpenFile, "append", full)
    out = tmp_path / "out"
    assert run_command(arguments(short, out=out, no_progress=True)) == 1
    assert "No space left" in capsys.readouterr().err
    assert list(out.iterdir()) == []


def test_a_result_that_cannot_be_written_is_an_error(short, tmp_path, capsys):
    out = tmp_path / "out"
    (out / "result.json.part").mkdir(parents=True)
    assert run_command(arguments(short, out=out, no_progress=True)) == 1
    assert "result.json cannot be written" in capsys.readouterr().err
    (tmp_path / "file").write_text("x")
    assert run_command(arguments(short, out=tmp_path / "file", no_progress=True)) == 1
    assert "name another --out" in capsys.readouterr().err


def test_progress_is_one_line_on_a_terminal_and_plain_lines_elsewhere(short):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    scenario = load_scenario(short)
    for stream in (Terminal(), io.StringIO()):
        progress = Progress(duration_s=6, stream=stream)
        play(scenario, seed=1, resident=load_resident(STAIR, scenario), progress=progress)
        progress.done("done")
        text = stream.getvalue()
        assert ("\r" in text) == stream.isatty()
        assert text.endswith("done\n")


def test_a_run_needs_somebody(short):
    with pytest.raises(ValueError, match="give a resident, or a view"):
        play(load_scenario(short), seed=1)


def test_the_last_picture_is_kept_of_a_script_and_never_of_a_person(short, tmp_path, capsys):
    pytest.importorskip("drill.view.desktop")
    picture = tmp_path / "last.png"
    for way in ({"view": "none"}, {"view": "desktop", "offscreen": False}):
        assert run_command(arguments(short, picture=picture, **way)) == 1
        assert "without a person" in capsys.readouterr().err
    wanted = {"view": "desktop", "offscreen": True, "no_progress": True, "resident": STAIR}
    if run_command(arguments(short, picture=picture, **wanted)) != 0:
        pytest.skip(f"no picture on this machine: {capsys.readouterr().err}")
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 1280
    assert run_command(arguments(short, picture=tmp_path / "no-folder" / "a.png", **wanted)) == 1
    assert "name another --picture" in capsys.readouterr().err


def test_a_machine_without_a_picture_says_what_to_do(short, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "drill.view.desktop", None)
    out = tmp_path / "out"
    assert run_command(arguments(short, view="desktop", out=out)) == 1
    assert "--view none" in capsys.readouterr().err
    assert list(out.iterdir()) == []
