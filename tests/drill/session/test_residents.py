"""From a scenario file to a refuge, with nothing but a person's inputs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from drill.play import play
from drill.record.events import Decided, DoorEvent
from drill.record.inputs import Inputs
from drill.session.automatic import AutomaticResident
from drill.session.scripted import RecordedResident, ResidentError, load_resident

SCENARIOS = Path(__file__).parents[3] / "scenarios"
SCRIPTS = sorted(f for name in ("gym-flood", "school-smoke") for f in (SCENARIOS / name).glob("residents/*.yaml"))
"""Those of the earthquake are played in test_quake.py."""


@pytest.mark.parametrize("name", ["gym", "school"])
def test_the_automatic_resident_reaches_the_refuge(request, name):
    scenario = request.getfixturevalue(name)
    result = play(scenario, seed=7, resident=AutomaticResident(scenario))
    assert result.ended == "refuge"
    assert result.metrics["reached_refuge"].value == 1
    assert result.metrics["quiz_share"].value == 1
    assert all(result.metrics.decisions.values())
    assert all(one.state in ("met", "not_observed") for one in result.objectives)


def test_a_resident_who_chooses_the_wrong_door_meets_the_water_and_finds_the_other_way(gym):
    wrong = next(s for s in range(1, 60) if _first_choice(gym, s) == "yard")
    result = play(gym, seed=wrong, resident=AutomaticResident(gym, seed=wrong))
    blocked = [e for e in result.run.events if isinstance(e, DoorEvent) and e.state == "blocked"]
    assert blocked[0].door == "yard-door"
    assert result.ended == "refuge"
    assert result.metrics.decisions == {"which-door": False}
    assert "decision_to_talk_over" in {m.rule for m in result.moments}


def _first_choice(scenario, seed):
    resident = AutomaticResident(scenario, seed=seed)
    careless, rng = resident._careless["decision"], resident._rng
    return "yard" if float(rng.random()) < careless else "lobby"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_every_script_that_ships_plays_to_its_refuge(request, script):
    scenario = request.getfixturevalue("gym" if "gym-flood" in script.parts else "school")
    result = play(scenario, seed=7, resident=load_resident(script, scenario))
    assert result.ended == "refuge"
    assert result.metrics["quiz_share"].n
    states = {one.objective: one.state for one in result.objectives}
    if script.stem == "tries-the-river-door":
        assert states["right-door"] == "not"
        assert any(isinstance(e, DoorEvent) and e.state == "blocked" for e in result.run.events)
    if script.stem == "stays-low":
        assert states["stay-low"] == "met"
    if script.stem == "near-exit":
        assert result.metrics["low_posture_share"].value == 0


def test_recorded_inputs_play_the_same_run_again(gym, changed, tmp_path):
    gym = changed(gym, clock=gym.model.clock.model_dump(mode="json") | {"duration_s": 32.0})
    script = next(s for s in SCRIPTS if s.stem == "takes-the-stair")
    first = play(gym, seed=5, resident=load_resident(script, gym))
    again = play(gym, seed=5, resident=RecordedResident(first.run.inputs))
    assert again.digest == first.digest
    file = tmp_path / "inputs.msgpack"
    file.write_bytes(msgspec.msgpack.encode(list(first.run.inputs)))
    assert play(gym, seed=5, resident=load_resident(file, gym)).digest == first.digest
    # Negative control: one choice a tick later is another run.
    late = [
        msgspec.structs.replace(i, tick=i.tick + 1) if i.choose == "lobby" else i
        for i in first.run.inputs
        if not (i.choose == "" and any(c.choose == "lobby" and c.tick + 1 == i.tick for c in first.run.inputs))
    ]
    assert any(isinstance(e, Decided) and e.option for e in first.run.events)
    assert play(gym, seed=5, resident=RecordedResident(late)).digest != first.digest


def test_only_changes_are_recorded_and_the_last_inputs_hold(gym):
    resident = RecordedResident([Inputs(3, forward=1.0), Inputs(5)])

    class At:
        def __init__(self, tick):
            self.tick = tick

    made = [resident.inputs(At(t)) for t in range(6)]
    assert [i.tick for i in made] == [1, 2, 3, 4, 5, 6]
    assert [i.forward for i in made] == [0, 0, 1, 1, 0, 0]


def test_what_is_no_resident_says_so(gym, school, tmp_path):
    with pytest.raises(ResidentError, match="cannot be read"):
        load_resident(tmp_path / "nothing.bin", gym)
    (tmp_path / "noise.bin").write_bytes(b"\xc1noise")
    with pytest.raises(ResidentError, match="neither a script"):
        load_resident(tmp_path / "noise.bin", gym)
    (tmp_path / "twice.bin").write_bytes(msgspec.msgpack.encode([Inputs(2), Inputs(2)]))
    with pytest.raises(ResidentError, match="must rise"):
        load_resident(tmp_path / "twice.bin", gym)
    (tmp_path / "bad.sonae").write_bytes(b"nothing of ours")
    with pytest.raises(ResidentError, match="cannot be played again"):
        load_resident(tmp_path / "bad.sonae", gym)
