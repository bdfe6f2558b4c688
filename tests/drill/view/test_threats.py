"""What the HUD calls a threat: by the scenario and the picture, never in the words of the caption beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drill.hazards.picture import QuakePicture
from drill.scenario.scenario import Scenario
from drill.seismic.intensity import CLASS_NAMES
from drill.session.frame import Frame
from drill.view.threats import Threats
from drill.view.wording import LANGUAGES, wording


def quake(intensity: float, *, shaking: bool = True) -> QuakePicture:
    return QuakePicture("q", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), intensity, shaking, 0.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_badge_says_something_else_than_the_caption_of_the_bell(
    language: str, gym: Scenario, school: Scenario, frame_of: Callable[..., Frame]
) -> None:
    words = wording(language)
    for scenario in (gym, school):
        threat = Threats(scenario, words).read(replace(frame_of(scenario), alarm=True))
        assert threat is not None
        assert threat.name
        assert threat.name not in {words["sound"]["fire_alarm"], words["sound"]["school_bell"]}
        assert Threats(scenario, words).read(frame_of(scenario)) is None
    assert words["threat"]["class"].keys() == set(CLASS_NAMES)


def test_a_fire_is_called_a_fire(school: Scenario, frame_of: Callable[..., Frame]) -> None:
    names = {
        one: Threats(school, wording(one)).read(replace(frame_of(school), alarm=True)).name  # type: ignore[union-attr]
        for one in LANGUAGES
    }
    assert names == {"ja": "火災", "ja-simple": "{火事|かじ}です", "en": "Fire"}


def test_while_it_shakes_the_class_so_far_is_named(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    threats, seen = Threats(gym, wording("ja")), []
    for i, intensity in enumerate((0.2, 2.6, 5.1, 5.6, 4.0, 3.0)):
        threat = threats.read(replace(frame_of(gym), t_s=float(i), hazards=(quake(intensity),)))
        assert threat is not None
        seen.append((threat.intensity, threat.name))
    assert [one for one, _ in seen] == ["0", "3", "5+", "6-", "6-", "6-"]
    assert [name for _, name in seen] == ["揺れています"] * 2 + ["強い揺れ"] * 4
    assert threats.read(replace(frame_of(gym), t_s=7.0, hazards=(quake(2.0, shaking=False),))) is None
    again = threats.read(replace(frame_of(gym), t_s=9.0, hazards=(quake(4.6),)))
    assert again is not None
    assert again.intensity == "5-", "an aftershock has a class of its own"
    back = threats.read(replace(frame_of(gym), t_s=1.0, hazards=(quake(1.0),)))
    assert back is not None
    assert back.intensity == "1", "a moment is played again"
