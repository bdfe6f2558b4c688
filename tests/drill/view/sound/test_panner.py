"""Our own mixer: left is left, runs sound the same again, nothing hurts, calm is calm."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drill.hazards.picture import QuakePicture, SmokePicture
from drill.record.inputs import Pose
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame, ThingState
from drill.session.playing import play
from drill.session.scripted import load_resident
from drill.view.sound.bank import Bank
from drill.view.sound.hearing import Voice
from drill.view.sound.loudness import MIX_LOUDEST_LUFS, MIX_PEAK, breaches, momentary_lufs
from drill.view.sound.panner import Mixer, ear_gains, render_mix, render_run
from drill.view.sound.settings import SoundSettings
from drill.view.sound.source import Point, Source
from drill.view.sound.synthesis import RATE, Floats

SCENARIOS = Path(__file__).parents[4] / "scenarios"


def energy(x: Floats) -> tuple[float, float]:
    left, right = (x**2).sum(axis=0)
    return float(left), float(right)


@pytest.mark.parametrize("sound", ["fire_alarm", "crowd_murmur", "glass"])
@pytest.mark.parametrize(
    ("towards", "louder"), [((-1, 0, 0), 0), ((1, 0, 0), 1), ((-0.5, 0.8, 0), 0), ((0.4, -0.9, 0), 1)]
)
def test_left_is_left(sound: str, towards: Point, louder: int, gym: Scenario, sound_folder: Path) -> None:
    mixer = Mixer(Bank(gym, "ja", sound_folder))
    voice = Voice(Source("it", sound, (0, 0, 0), once=sound == "glass"), towards, 1.0, "open", -20)
    mixer.mix([voice], 1.0)
    at = energy(mixer.result())
    assert at[louder] > 2.5 * at[1 - louder]


@pytest.mark.parametrize("towards", [(0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, 0)])
def test_ahead_behind_above_and_all_round_is_in_the_middle(towards: Point) -> None:
    left, right = ear_gains(towards)
    assert left == pytest.approx(right)


def test_going_round_the_head_keeps_its_power() -> None:
    for i in range(32):
        angle = i * math.pi / 16
        assert 0.7 < sum(g * g for g in ear_gains((math.sin(angle), math.cos(angle), 0))) <= 1.0 + 1e-9


def seconds(scenario: Scenario, frame_of: Callable[..., Frame], length: float, **given: object) -> Iterator[Frame]:
    for i in range(1, round(length * 60) + 1):
        yield replace(frame_of(scenario, **given), tick=i, t_s=i / 60)


def test_a_fire_at_the_left_of_a_head_that_turns(
    school: Scenario, frame_of: Callable[..., Frame], sound_folder: Path
) -> None:
    """From frame to samples: the seat of the fire is to the left, and to the right after half a turn."""
    fire = SmokePicture("fire", (), (15.0, 14.0, 0.0, 800.0))
    frames = list(seconds(school, frame_of, 2.0, hazards=(fire,), eye=(15.0, 10.0, 1.5)))
    heard = []
    for yaw in (0.0, math.pi):
        head = Pose(15.0, 10.0, 1.5, 0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2))
        heard.append(energy(render_mix(school, frames, folder=sound_folder, head=head)))
    assert heard[0][0] > 2 * heard[0][1]
    assert heard[1][1] > 2 * heard[1][0]


@pytest.fixture(scope="module")
def flood_mix(gym: Scenario, flood_frames: list[Frame], sound_folder: Path) -> Floats:
    return render_mix(gym, flood_frames, folder=sound_folder)


def test_a_run_sounds_the_same_again(
    gym: Scenario, flood_frames: list[Frame], flood_mix: Floats, sound_folder: Path
) -> None:
    again = render_mix(gym, flood_frames[:600], folder=sound_folder)
    assert np.array_equal(again, flood_mix[: len(again)])
    assert len(flood_mix) == round(24 * RATE)


def test_a_run_is_heard_and_hurts_nobody(flood_mix: Floats) -> None:
    assert breaches(flood_mix, most_lufs=MIX_LOUDEST_LUFS, peak=MIX_PEAK) == []
    loud = momentary_lufs(flood_mix)
    assert np.median(loud) > -45, "it is heard"
    spoken = momentary_lufs(flood_mix[6 * RATE : 16 * RATE]).max()
    assert spoken > momentary_lufs(flood_mix[: 3 * RATE]).max() + 6, "an announcement stands out"


def test_a_recorded_run_is_heard_as_it_was(gym: Scenario, sound_folder: Path) -> None:
    short = gym.model.model_copy(update={"clock": gym.model.clock.model_copy(update={"duration_s": 6.0})})
    scenario = replace(gym, model=short)
    person = load_resident(SCENARIOS / "gym-flood" / "residents" / "takes-the-stair.yaml", scenario)
    run = play(scenario, seed=7, resident=person).run
    heard = render_run(scenario, run, folder=sound_folder)
    assert len(heard) == pytest.approx(6 * RATE, abs=RATE / 10)
    assert momentary_lufs(heard).max() > -45


def test_muted_is_silent_and_half_is_softer(
    gym: Scenario, flood_frames: list[Frame], flood_mix: Floats, sound_folder: Path
) -> None:
    def mix(**given: object) -> Floats:
        settings = SoundSettings(**given)  # type: ignore[arg-type]  # keywords of the test
        return render_mix(gym, flood_frames[:200], settings=settings, folder=sound_folder)

    assert not mix(mute=True).any()
    assert np.abs(mix(volume=0.5)).max() < 0.3 * np.abs(flood_mix[: 3 * RATE]).max()
    with pytest.raises(ValueError, match=r"1\.5.*between 0"):
        SoundSettings(volume=1.5)


def shaken(gym: Scenario, frame_of: Callable[..., Frame]) -> Iterator[Frame]:
    """A jolt out of the rain after a second, and a shelf and a pane that come down."""
    for frame in seconds(gym, frame_of, 4.0):
        on = frame.t_s >= 1.0
        quake = QuakePicture("q", (0, 0, 0), (4.0 if on else 0.0, 0, 0), 5.0, on, 0.0)
        state = "fallen" if frame.t_s > 1.5 else "standing"
        shelf = ThingState("s", "shelf", (13, 10, 0), (0, 0, 0, 1), state)  # type: ignore[arg-type]
        pane = ThingState("w", "window", (14, 12, 1), (0, 0, 0, 1), "broken" if state == "fallen" else "standing")
        yield replace(frame, hazards=(quake,), things=(shelf, pane))


def jump_db(x: Floats) -> float:
    """How much louder it gets within a tenth of a second at most, once it can be heard."""
    power = (x**2).sum(axis=1)[: len(x) // 3200 * 3200].reshape(-1, 3200).mean(axis=1)
    level = 10 * np.log10(np.maximum(power, 10**-4.8))
    return float(np.diff(level).max())


def test_calm_mode_has_nothing_sudden(gym: Scenario, frame_of: Callable[..., Frame], sound_folder: Path) -> None:
    plain = render_mix(gym, shaken(gym, frame_of), folder=sound_folder)
    calm = render_mix(gym, shaken(gym, frame_of), settings=SoundSettings(calm=True), folder=sound_folder)
    assert jump_db(plain) > 8, "the check can fail"
    assert jump_db(calm) < 5.5
    at = slice(round(1.0 * RATE), round(1.4 * RATE))
    assert (calm[at] ** 2).mean() < 0.1 * (plain[at] ** 2).mean()
    assert (calm[-RATE // 2 :] ** 2).mean() > 0.3 * (plain[-RATE // 2 :] ** 2).mean(), "in the end it is all there"
