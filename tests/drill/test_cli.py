from __future__ import annotations

import json
import shutil
import sys
import types
from pathlib import Path
from xml.etree import ElementTree

import pytest

from drill.cli import main

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def spoilt(tmp_path):
    folder = tmp_path / "gym"
    shutil.copytree(SCENARIOS / "gym-flood", folder)
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    text = text.replace("profile: lab", "profile: fast").replace("status: Exercise", "status: Actual")
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["classroom-quake", "gym-flood", "school-smoke"])
def test_check_passes_what_ships(capsys, name):
    assert main(["check", str(SCENARIOS / name)]) == 0
    assert "ok" in capsys.readouterr().out


def test_check_prints_one_fault_a_line(capsys, spoilt):
    assert main(["check", str(spoilt)]) == 1
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("scenario.yaml:")
    assert "status = 'Actual'" in lines[0]
    assert "crowd.profile = 'fast'" in lines[1]
    assert "2 faults" in captured.err


def test_check_of_nothing(capsys, tmp_path):
    assert main(["check", str(tmp_path)]) == 1
    assert "no such file" in capsys.readouterr().out


def test_schema_is_json(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Sonae sonae-scenario/1"


def test_plan_writes_svg(tmp_path):
    out = tmp_path / "plan.svg"
    assert main(["plan", str(SCENARIOS / "gym-flood"), "-o", str(out)]) == 0
    assert ElementTree.fromstring(out.read_text(encoding="utf-8")).tag.endswith("svg")


def test_plan_of_a_spoilt_scenario(capsys, spoilt, tmp_path):
    assert main(["plan", str(spoilt), "-o", str(tmp_path / "plan.svg")]) == 1
    assert "crowd.profile" in capsys.readouterr().err
    assert not (tmp_path / "plan.svg").exists()


def test_plan_into_a_folder_that_is_not_there(capsys, tmp_path):
    assert main(["plan", str(SCENARIOS / "gym-flood"), "-o", str(tmp_path / "no" / "plan.svg")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_run_hands_its_arguments_on(monkeypatch):
    seen = []
    module = types.ModuleType("drill.play")
    module.run_command = lambda args: seen.append(args) or 0
    monkeypatch.setitem(sys.modules, "drill.play", module)
    assert main(["run", "PATH", "--view", "none", "--seed", "7", "--out", "x", "--language", "ja-simple"]) == 0
    args = seen[0]
    assert (args.path, args.view, args.seed, args.out) == (Path("PATH"), "none", 7, Path("x"))
    assert (args.resident, args.offscreen, args.server_config, args.ticket) == (None, False, None, None)
    assert (args.language, args.no_progress) == ("ja-simple", False)


@pytest.mark.parametrize("seed", ["-1", "x", "4294967296", "1.5"])
def test_seed_must_be_whole(capsys, seed):
    with pytest.raises(SystemExit) as caught:
        main(["run", "PATH", "--seed", seed])
    assert caught.value.code == 2
    assert "whole number" in capsys.readouterr().err or seed == "-1"


def test_no_command_is_wrong_usage():
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
