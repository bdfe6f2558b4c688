"""Light that spreads through cells: known cases, and that walls keep it out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drill.view.lightfield import LAMP, SKY, Cells, spread_light

SHAPE = (24, 20, 12)


def room(*, window: bool = True, lamp: float = 0.0, wall: bool = True) -> Cells:
    """A yard with a closed room in it: x 6 to 18, y 5 to 15, z 1 to 7."""
    solid = np.zeros(SHAPE, bool)
    solid[:, :, 0] = True
    if wall:
        solid[6:19, 5:16, 1:8] = True
        solid[7:18, 6:15, 1:7] = False
    if window:
        solid[9:16, 5, 3:6] = False
    reflects = np.where(solid, 0.5, 0.0).astype(np.float32)
    lamps = np.zeros(SHAPE, np.float32)
    if lamp:
        solid[12, 10, 6] = True
        lamps[12, 10, 6] = lamp
    return Cells((0.0, 0.0, 0.0), 0.4, solid, np.ones(SHAPE, np.float32), reflects, lamps)


def up(light: np.ndarray, source: int, at: tuple[int, int, int]) -> float:  # type: ignore[type-arg]  # of float32
    """What falls on a sheet that lies flat there."""
    return float(light[source, 0][at] + light[source, 3][at])


def test_under_the_open_sky_a_sheet_gets_about_one() -> None:
    light = spread_light(room(wall=False, window=False))
    assert up(light, SKY, (3, 10, 5)) == pytest.approx(0.95, abs=0.08)
    # From the side it gets less, and the two sides are alike.
    assert abs(float(light[SKY, 1][12, 10, 5])) < 0.02


def test_a_room_gets_its_light_through_its_window() -> None:
    light = spread_light(room())
    near, far = up(light, SKY, (12, 7, 2)), up(light, SKY, (12, 13, 2))
    assert 0.01 < far < near < 0.7
    # The light comes from the window: its vector points there, to lesser y.
    assert light[SKY, 2][12, 10, 3] < -0.01


def test_a_room_without_a_window_is_dark() -> None:
    light = spread_light(room(window=False))
    assert up(light, SKY, (12, 10, 3)) < 0.002
    # The control: with a hole in the roof it is not.
    open_ = room(window=False)
    solid = open_.solid.copy()
    solid[10:14, 8:12, 7] = False
    assert up(spread_light(replace(open_, solid=solid)), SKY, (12, 10, 3)) > 0.1


def test_a_lamp_lights_its_room_and_not_the_yard() -> None:
    light = spread_light(room(window=False, lamp=8.0))
    assert up(light, LAMP, (12, 10, 2)) > 3 * up(light, LAMP, (8, 13, 2)) > 0
    assert up(light, LAMP, (2, 10, 2)) == pytest.approx(0.0, abs=1e-3)


def test_it_is_the_same_every_time() -> None:
    assert np.array_equal(spread_light(room(lamp=3.0)), spread_light(room(lamp=3.0)))
