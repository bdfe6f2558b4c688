"""The sound of a view: with a device, without one, and never any of a run's business."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drill.scenario.scenario import Scenario
from drill.session.automatic import AutomaticResident
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.session.scripted import load_resident
from drill.view.cache import cache_folder
from drill.view.sound.bank import Bank, wanted_by
from drill.view.sound.catalogue import KINDS
from drill.view.sound.samples import Samples, makers_hash, read_wav, write_wav
from drill.view.sound.sounds import Sounds
from drill.view.sound.synthesis import times

SCENARIOS = Path(__file__).parents[4] / "scenarios"
PROGRAM = """
import sys, time
from pathlib import Path
from drill.scenario.loading import load_scenario
from drill.session.drill import Drill
from drill.session.automatic import AutomaticResident
from drill.view.window import configure
configure()
from drill.view.sound import device
library, folder, scenario = sys.argv[1], Path(sys.argv[2]), load_scenario(Path(sys.argv[3]))
device.Device.__init__.__kwdefaults__["library"] = library
from drill.view.sound.bank import Bank
from drill.view.sound.sounds import Sounds
bank = Bank(scenario, "ja", folder)
for sound in ("rain_roof", "breath_calm", "crowd_murmur"):
    bank.samples.path(sound, 0, "hall")
Bank.prepare = lambda self, stop=None, told=None: {}
sounds = Sounds(scenario, "ja", "openal", folder=folder)
print("message", sounds.message)
drill, person = Drill(scenario, seed=1), AutomaticResident(scenario)
for _ in range(40):
    frame = drill.step(person.inputs(drill.frame))
    sounds.notice(frame)
    sounds.show(frame, frame.resident.head)
playing = sounds._device._manager is not None
print("playing", sorted(s.voice.source.sound for s in sounds._device._playing) if playing else [])
rain = [s for s in sounds._device._playing if s.voice.source.sound == "rain_roof"]
until = time.monotonic() + 60
while rain and rain[0].track.sound.get_time() <= 0.1 and time.monotonic() < until:
    time.sleep(0.05)
    sounds._device._manager.update()
print("moves", bool(rain) and rain[0].track.sound.get_time() > 0.1)
print("voices", bool(sounds.voices))
sounds.hush()
print("hushed", not list(sounds._device._playing) and not sounds.voices)
sounds.show(frame, frame.resident.head)
print("again", len(list(sounds._device._playing)) > 0)
sounds.close()
sounds.close()
print("digest", drill.digest())
"""


def run_with(drivers: str, library: str, folder: Path) -> dict[str, str]:
    """Play 40 ticks in a process of its own: a device is opened once for each."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, library, str(folder), str(SCENARIOS / "gym-flood")],
        env={**os.environ, "ALSOFT_DRIVERS": drivers},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


@pytest.fixture(scope="module")
def digest(gym: Scenario) -> str:
    drill, person = Drill(gym, seed=1), AutomaticResident(gym)
    for _ in range(40):
        drill.step(person.inputs(drill.frame))
    return drill.digest()


def test_a_device_plays(sound_folder: Path, digest: str) -> None:
    told = run_with("null", "p3openal_audio", sound_folder)
    assert told["message"].strip() == ""
    assert {"breath_calm", "crowd_murmur", "rain_roof"} <= set(ast.literal_eval(told["playing"]))
    assert told["moves"] == "True"
    assert told["hushed"] == "True", "a page that covers the drill is silent"
    assert told["again"] == "True"
    assert told["digest"] == digest


@pytest.mark.parametrize(("drivers", "library"), [("no-such-driver", "p3openal_audio"), ("null", "null")])
def test_a_machine_without_sound_goes_on_and_says_so(
    drivers: str, library: str, sound_folder: Path, digest: str
) -> None:
    told = run_with(drivers, library, sound_folder)
    assert "字幕で続きます" in told["message"]
    assert "subtitles" in told["message"]
    assert told["playing"] == "[]"
    assert told["voices"] == "True", "subtitles still know what sounds"
    assert told["digest"] == digest


def test_sound_is_none_of_a_runs_business(gym: Scenario) -> None:
    digests = []
    for heard in (False, True):
        drill = Drill(gym, seed=3)
        person = load_resident(SCENARIOS / "gym-flood" / "residents" / "takes-the-stair.yaml", gym)
        sounds = Sounds(gym, "ja") if heard else None
        for _ in range(300):
            frame = drill.step(person.inputs(drill.frame))
            if sounds is not None and frame.tick % 2:
                sounds.show(frame, frame.resident.head)
        digests.append(drill.digest())
    assert digests[0] == digests[1]


def test_a_moment_played_again_is_heard_anew(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    sounds = Sounds(gym, "ja")
    for level, t in ((0, 1.0), (4, 2.0)):
        frame = replace(frame_of(gym, warning_level=level), tick=round(60 * t), t_s=t)
        sounds.show(frame, frame.resident.head)
    assert "siren" in {v.source.sound for v in sounds.voices}
    frame = replace(frame_of(gym), tick=60, t_s=1.0)
    sounds.show(frame, frame.resident.head)
    assert "siren" not in {v.source.sound for v in sounds.voices}


def test_nothing_is_made_in_the_middle_of_a_drill(gym: Scenario, tmp_path: Path) -> None:
    bank = Bank(gym, "ja", tmp_path)
    assert bank.ready("rain_roof", 0, "hall") is None
    made = bank.samples.path("rain_roof", 0, "hall")
    assert bank.ready("rain_roof", 0, "hall") == made


def test_every_sound_of_the_scenarios_is_known(gym: Scenario, school: Scenario) -> None:
    for scenario in (gym, school):
        assert set(wanted_by(scenario)) <= KINDS.keys()
    assert "siren" in wanted_by(gym)
    assert "siren" not in wanted_by(school)


def test_sounds_are_kept_where_the_person_keeps_such_things(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SONAE_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    assert Samples().folder == tmp_path / "here" / f"sound-{makers_hash()}"


def test_a_full_or_locked_disk_is_no_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = Samples(tmp_path / "file")
    assert not kept.folder.is_relative_to(tmp_path)
    assert kept.path("step_wood").exists()


def test_a_wav_file_holds_what_was_written(tmp_path: Path) -> None:
    x = np.column_stack([np.sin(times(0.1) * 900), np.cos(times(0.1) * 700)])
    write_wav(tmp_path / "x.wav", x)
    assert np.abs(read_wav(tmp_path / "x.wav") - x).max() < 1 / 32767
    assert [p.name for p in tmp_path.iterdir()] == ["x.wav"]
