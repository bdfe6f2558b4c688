"""Day and night, mains on and off, as the pixels have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drill.hazards.picture import WaterPicture
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.view.desktop import DesktopView

INSIDE = {"eye": (24.0, 10.0, 1.55), "yaw": np.pi}


def brightness(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> float:
    return float(picture[40:150, 90:230].mean())


@pytest.fixture
def seen(gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]) -> Callable[..., Any]:
    view = view_of(gym)

    def look(**given: object) -> np.ndarray[Any, np.dtype[np.uint8]]:
        view.draw(frame_of(gym, **(INSIDE | given)))
        return view.picture()

    return look


def test_the_hall_goes_dark_when_the_mains_fail_at_night(seen: Callable[..., Any]) -> None:
    lit = brightness(seen(daylight=0.0))
    dark = brightness(seen(daylight=0.0, power=False))
    dusk = brightness(seen(daylight=0.3, power=False))
    day = brightness(seen(daylight=1.0, power=False))
    assert dark < dusk < day
    assert dark < 0.35 * lit
    # Not black: one still finds the way.
    assert dark > 2


def test_exit_signs_stay_lit_when_the_mains_fail(seen: Callable[..., Any]) -> None:
    for power in (True, False):
        picture = seen(eye=(14.0, 3.5, 1.6), yaw=-np.pi / 2, pitch=0.25, power=power, daylight=0.0).astype(int)
        green = (picture[..., 1] > 130) & (picture[..., 1] - picture[..., 0] > 60)
        assert np.count_nonzero(green[30:150, 60:260]) > 40, power


def test_the_sun_draws_the_windows_on_the_floor_by_day(seen: Callable[..., Any]) -> None:
    down = {"eye": (10.0, 10.0, 2.4), "yaw": 0.6, "pitch": -0.3}
    fair = seen(**down, daylight=1.0)[60:150, 90:310].astype(float).mean(axis=2)
    rain = seen(**down, daylight=1.0, hazards=(dry(),))[60:150, 90:310].astype(float).mean(axis=2)
    # Behind clouds the whole picture changes a little; sunlight changes a part of it much.
    brighter = (fair - rain) - np.median(fair - rain)
    share = float((brighter > 18).mean())
    assert 0.005 < share < 0.5


def test_it_rains_outside_where_there_may_be_a_flood_and_not_under_a_roof(seen: Callable[..., Any]) -> None:
    out = {"eye": (37.0, -5.5, 1.6), "yaw": 3.5}
    first, second = (seen(**out, hazards=(dry(),), t_s=t).astype(int) for t in (10.0, 10.1))
    assert np.abs(first - second)[30:150, 90:310].max() > 6
    first, second = (seen(hazards=(dry(),), t_s=t, pitch=-0.4).astype(int) for t in (10.0, 10.1))
    assert np.abs(first - second)[60:150, 90:230].max() <= 3


def dry() -> WaterPicture:
    """A flood that has not come yet."""
    return WaterPicture("flood", ("hall",), -1.0, (0.0, 0.0), 8.0, (0.3, 0.22, 0.13))
