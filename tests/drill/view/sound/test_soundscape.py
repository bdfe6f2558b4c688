"""Frames in, sources out: what sounds when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drill.hazards.picture import QuakePicture
from drill.record.events import Cue, DoorEvent
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.frame import DoorState, Frame, ThingState
from drill.session.scripted import load_resident
from drill.view.sound.shaking import FULL_MPS2
from drill.view.sound.soundscape import Soundscape
from drill.view.sound.source import Source
from drill.view.sound.speaking import CHIME_S, Speaker
from drill.view.subtitles import HEARD_FROM_LUFS

SCENARIOS = Path(__file__).parents[4] / "scenarios"


def names(sources: list[Source]) -> set[str]:
    return {s.sound for s in sources}


def run(scenario: Scenario, resident: str) -> Iterator[Frame]:
    drill = Drill(scenario, seed=7)
    person = load_resident(SCENARIOS / scenario.model.id / "residents" / f"{resident}.yaml", scenario)
    while not drill.ended:
        yield drill.step(person.inputs(drill.frame))


@pytest.fixture(scope="module")
def flood(gym: Scenario, flood_frames: list[Frame]) -> dict[str, tuple[float, float]]:
    """From when to when each sound is heard of in the flood."""
    scape, found = Soundscape(gym, lambda _: 3.0), dict[str, tuple[float, float]]()
    for frame in flood_frames:
        for source in scape.step(frame):
            found[source.sound] = (found.get(source.sound, (frame.t_s, 0))[0], frame.t_s)
    return found


def test_a_flood_sounds_as_it_goes(flood: dict[str, tuple[float, float]]) -> None:
    assert {"rain_roof", "river", "crowd_murmur", "breath_calm", "water_in"} <= flood.keys()
    assert 15 < flood["water_in"][0] < 20, "the doors hold as long as the floor behind them is dry"
    assert 17.9 < flood["siren"][0] < 18.2, "the siren begins with the evacuation order"
    assert flood["step_water"][0] > 18, "nobody steps in water before it is there"
    assert flood["chime"][0] < flood["spoken:order-3"][0] == pytest.approx(3 + CHIME_S, abs=0.1)
    assert "fire_alarm" not in flood
    assert "cough" not in flood


def test_the_siren_is_heard_indoors(gym: Scenario, flood_frames: list[Frame]) -> None:
    scape = Soundscape(gym)
    for frame in flood_frames[: 60 * 20 : 6]:
        voices = scape.ear.hear(scape.step(frame), frame.resident.head, frame)
    siren = next(v for v in voices if v.source.sound == "siren")
    assert siren.place == "muffled"
    assert siren.lufs > HEARD_FROM_LUFS, "and told by its subtitle"


def test_a_fire_rings_and_smoke_makes_cough(school: Scenario) -> None:
    scape, first = Soundscape(school), dict[str, float]()
    for frame in run(school, "near-exit"):
        for source in scape.step(frame) if frame.tick % 2 else ():
            first.setdefault(source.sound, frame.t_s)
        if "cough" in first:
            break
    assert first["fire_alarm"] == pytest.approx(30, abs=0.1)
    assert first["fire"] < 1
    assert first["cough"] > 30
    assert "siren" not in first
    assert "rain_roof" not in first


@pytest.fixture
def shaken(gym: Scenario, frame_of: Callable[..., Frame]) -> Callable[[float, float], Frame]:
    def at(t_s: float, mps2: float) -> Frame:
        quake = QuakePicture("q", (0, 0, 0), (mps2, 0, 0), 4.0, mps2 > 0, 0.0)
        return replace(frame_of(gym), tick=round(t_s * 60), t_s=t_s, hazards=(quake,))

    return at


def test_the_rumble_follows_the_record(gym: Scenario, shaken: Callable[[float, float], Frame]) -> None:
    scape = Soundscape(gym)
    strength = []
    for i in range(1, 601):
        t = i / 60
        mps2 = 0.0 if t < 2 else FULL_MPS2 if t < 5 else 0.0
        rumbles = [s for s in scape.step(shaken(t, mps2)) if s.sound == "rumble"]
        strength.append(rumbles[0].strength if rumbles else 0.0)
    assert max(strength[:115]) == 0
    assert strength[60 * 3] > 0.95
    assert strength[60 * 5 + 20] < strength[60 * 4], "it dies away with the shaking"
    assert strength[-1] == 0
    half = Soundscape(gym)
    for i in range(1, 200):
        sources = half.step(shaken(i / 60, FULL_MPS2 / 8))
    weak = next(s for s in sources if s.sound == "rumble")
    assert weak.strength < 0.3


def test_things_that_fall_and_break_are_heard_where_they_do(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    def frame(t: float, state: str) -> Frame:
        things = (
            ThingState("s1", "shelf", (4, 5, 0), (0, 0, 0, 1), state),  # type: ignore[arg-type]
            ThingState("w1", "window", (1, 2, 1), (0, 0, 0, 1), "broken" if state == "fallen" else "standing"),
        )
        return replace(frame_of(gym), tick=round(t * 60), t_s=t, things=things)

    scape = Soundscape(gym)
    assert not names(scape.step(frame(1.0, "standing"))) & {"fall_heavy", "glass"}
    scape.step(frame(1.1, "falling"))
    fallen = {s.sound: s for s in scape.step(frame(1.3, "fallen"))}
    assert fallen["fall_heavy"].at == (4, 5, 0)
    assert fallen["glass"].once
    assert not names(scape.step(frame(1.4, "fallen"))) & {"fall_heavy", "glass"}, "once"


def test_events_of_frames_that_are_not_drawn_are_heard(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    scape = Soundscape(gym)
    door = gym.site.doors[0]
    scape.notice(
        replace(frame_of(gym), tick=60, t_s=1.0, events=(Cue(60, "early-warning"), DoorEvent(60, door.id, "blocked")))
    )
    heard = scape.step(replace(frame_of(gym), tick=63, t_s=1.05))
    assert {"early_warning", "door_stuck"} <= names(heard)
    assert "door_stuck" not in names(scape.step(replace(frame_of(gym), tick=66, t_s=1.1)))


def test_a_door_sounds_as_it_is_made(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    scape = Soundscape(gym)
    for t, share in ((1.0, 0.0), (1.1, 0.1)):
        doors = tuple(DoorState(d.id, share) for d in gym.site.doors)
        heard = scape.step(replace(frame_of(gym), tick=round(60 * t), t_s=t, doors=doors))
    swings = {d.swing == "slide" for d in gym.site.doors}
    assert names(heard) & {"door_slide", "door_swing"} == {
        "door_slide" if slides else "door_swing" for slides in swings
    }


def test_nothing_sounds_while_the_run_stands_still(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    scape = Soundscape(gym)
    scape.step(replace(frame_of(gym), tick=60, t_s=1.0))
    assert scape.step(replace(frame_of(gym), tick=61, t_s=61 / 60, paused=True)) == []
    assert scape.step(replace(frame_of(gym), tick=62, t_s=62 / 60, ended="refuge")) == []


def test_bells_are_turned_down_while_somebody_speaks(school: Scenario, frame_of: Callable[..., Frame]) -> None:
    def bell(*, speaks: bool) -> float:
        scape = Soundscape(school, lambda _: 5.0 if speaks else 0.0)
        for i in range(1, 120):
            frame = replace(frame_of(school), tick=i, t_s=i / 60, alarm=True, subtitles=("bell",))
            sources = scape.step(frame)
        return next(s.strength for s in sources if s.sound == "fire_alarm")

    assert bell(speaks=True) < 0.4 < bell(speaks=False) == 1.0


def test_a_heavier_warning_cuts_in(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    speaker = Speaker(lambda _: 10.0, {"order-4": 4, "order-3": 3})
    said = []
    for i in range(1, 60 * 40):
        t = i / 60
        shown = [n for n, at in (("news", 1), ("order-3", 2), ("order-4", 6)) if at <= t < at + 8]
        speaker.step(replace(frame_of(gym), tick=i, t_s=t, subtitles=tuple(shown)), None)
        if speaker.speaking and (not said or said[-1] != speaker.speaking):
            said.append(speaker.speaking)
    assert said == ["news", "order-3", "order-4"]


def test_what_cannot_be_spoken_holds_nothing_up(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    speaker = Speaker(lambda one: 0.0 if one == "mute" else 2.0, {})
    said = set()
    for i in range(1, 600):
        speaker.step(replace(frame_of(gym), tick=i, t_s=i / 60, subtitles=("mute", "news")), None)
        said.add(speaker.speaking)
    assert said == {"", "news"}
