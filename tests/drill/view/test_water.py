"""Water as a picture: shores, floating things, wakes, the line it leaves, what it bends, the view from below."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drill.hazards.picture import WaterPicture
from drill.scenario.model import Flood
from drill.scenario.scenario import Scenario
from drill.session.frame import CrowdState, Frame
from drill.view.desktop import DesktopView
from drill.view.drops import drops
from drill.view.floating import BODY_M, Floating
from drill.view.floods import Levels
from drill.view.media import Media
from drill.view.shore import Shore
from drill.view.wading import Waders, waders_of

NOBODY = Waders(np.zeros((0, 2)), *(np.zeros(0) for _ in range(4)), np.zeros(0, np.int64))


def water(level_m: float, *, turbidity: float = 8.0, hazard: str = "indoor") -> WaterPicture:
    return WaterPicture(hazard, ("hall",), level_m, (0.0, 0.0), turbidity, (0.30, 0.22, 0.13))


def wader(x: float, y: float, *, speed: float = 1.0, depth: float = 0.4) -> Waders:
    one = np.ones(1)
    return Waders(np.array([[x, y]]), one * depth, one * depth, one * speed, one * 0.0, np.array([3]))


def floods(scenario: Scenario) -> list[Flood]:
    return [h for h in scenario.model.hazards if isinstance(h, Flood)]


def test_shore_tells_the_way_to_walls_and_doors(gym: Scenario) -> None:
    shore = Shore(gym.site, 0)
    places = np.array([[10.0, 1.1], [10.0, 4.1], [25.0, 14.0]])
    far, way = shore.away(places)
    assert far[0] == pytest.approx(1.0, abs=0.15)
    assert far[1] == pytest.approx(4.0, abs=0.15)
    assert way[0] == pytest.approx([0.0, 1.0], abs=0.05)
    x0, y0, wide, tall = shore.area
    rows, columns = shore.door.shape
    row, column = int((1.0 - y0) / tall * rows), int((13.9 - x0) / wide * columns)
    assert shore.door[row, column] < 0.9
    # In the opening itself nothing stands.
    assert shore.obstacle[int((0.0 - y0) / tall * rows), column] > 0.4


def test_levels_tell_the_highest_and_how_long_things_drifted(gym: Scenario) -> None:
    levels = Levels(floods(gym))
    assert levels.highest("indoor", 60.0, 0.30) == pytest.approx(0.30)
    assert levels.highest("indoor", 60.0, 0.05) == pytest.approx(0.30)
    assert levels.drift_s("indoor", 15.0, ground_m=0.0, draught_m=0.05) == 0.0
    times = np.linspace(0, 175, 36)
    drifted = np.array([levels.drift_s("indoor", t, ground_m=0.0, draught_m=0.05) for t in times])
    assert (np.diff(drifted) >= 0).all()
    # Once it floats freely it drifts as long as time goes.
    assert drifted[-1] - drifted[-2] == pytest.approx(5.0, abs=1e-6)
    unknown = Levels()
    assert [unknown.highest("w", t, level) for t, level in ((0, 0.2), (1, 0.6), (2, 0.1))] == [0.2, 0.6, 0.6]


def test_floating_things_follow_from_time_and_seed_and_stay_in_the_water(gym: Scenario) -> None:
    levels, shore = Levels(floods(gym)), Shore(gym.site, 0)
    made = [Floating(gym.site, levels, seed=s) for s in (7, 7, 8)]

    def at(floating: Floating, t_s: float) -> np.ndarray:
        return floating.places(water(0.5), ground_m=0.0, shore=shore, waders=NOBODY, t_s=t_s)

    early, late = at(made[0], 60.0), at(made[0], 140.0)
    assert (at(made[1], 60.0) == early).all()
    assert at(made[2], 60.0).shape != early.shape or not np.allclose(at(made[2], 60.0), early)
    assert np.median(np.linalg.norm(late - early, axis=1)) > 0.5
    for t in np.linspace(30, 170, 15):
        places = at(made[0], float(t))
        assert ((places > (-0.2, -0.2)) & (places < (30.2, 20.2))).all()
    # It has no jumps: nothing drifts faster than a slow walk.
    steps = np.array([at(made[0], 80 + 0.1 * i) for i in range(40)])
    assert np.linalg.norm(np.diff(steps, axis=0), axis=2).max() < 0.1


def test_floating_things_keep_off_bodies_and_walls(gym: Scenario) -> None:
    levels, shore = Levels(floods(gym)), Shore(gym.site, 0)
    floating = Floating(gym.site, levels, seed=7)
    alone = floating.places(water(0.5), ground_m=0.0, shore=shore, waders=NOBODY, t_s=100.0)
    inner = alone[np.argmax(shore.away(alone)[0])]
    body = wader(*(inner + 0.02))
    pushed = floating.places(water(0.5), ground_m=0.0, shore=shore, waders=body, t_s=100.0)
    assert np.linalg.norm(alone - body.xy, axis=1).min() < 0.1
    assert np.linalg.norm(pushed - body.xy, axis=1).min() > BODY_M * 0.95
    assert shore.away(pushed)[0].min() > 0.05


def test_waders_are_the_near_ones_in_the_water(
    gym: Scenario, frame_of: Callable[..., Frame], crowd_of: Callable[..., CrowdState]
) -> None:
    crowd = crowd_of((10.0, 10.0), (12.0, 10.0), (32.0, 12.0))
    frame = frame_of(gym, eye=(8.0, 10.0, 1.5), crowd=crowd)
    media = Media(gym.site).of([water(0.4)])
    found = waders_of(crowd, crowd.xy, crowd.z, frame.resident, media, (8.0, 10.0, 1.5))
    assert found.id.tolist() == [-1, 0, 1]
    assert found.level_m == pytest.approx([0.4] * 3)
    assert len(waders_of(crowd, crowd.xy, crowd.z, frame.resident, [], (8.0, 10.0, 1.5))) == 0


def test_drops_fly_only_from_those_who_move_and_fall_back() -> None:
    times = np.linspace(0, 10, 200)
    walking = [drops(wader(0, 0), float(t)) for t in times]
    assert all(len(places) == 0 for places, _, _ in (drops(wader(0, 0, speed=0.0), float(t)) for t in times))
    places = np.concatenate([p for p, _, _ in walking])
    assert len(places) > 200
    assert (places[:, 2] > 0.4).all()
    assert places[:, 2].max() < 0.4 + 0.25
    assert np.hypot(places[:, 0], places[:, 1]).max() < 1.2
    again = drops(wader(0, 0), float(times[50]))
    assert (again[0] == walking[50][0]).all()


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a.astype(int) - b.astype(int)).sum(axis=2)


def test_falling_water_leaves_a_line_on_the_wall(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    eye: dict[str, Any] = {"eye": (25.0, 15.0, 1.0), "yaw": 0.0}
    view.scene.water.root.hide()
    shown = []
    for hazard, level in (("low", 0.1), ("tide", 0.8), ("tide", 0.1), ("other", 0.1)):
        view.draw(frame_of(gym, hazards=(water(level, hazard=hazard),), **eye))
        shown.append(view.picture())
    never, _, fallen, control = shown
    changed = difference(never, fallen) > 15
    # At 5 m a metre is about 30 pixels: the wall from 0.8 to 0.3 m is in rows 97 to 110, and above it is as it was.
    assert changed[99:110, 100:220].mean() > 0.8
    assert changed[40:80, 100:220].mean() < 0.02
    # Planted control: water that never stood higher leaves no line.
    assert (difference(never, control) > 15)[40:110].mean() == 0.0


def test_clear_water_bends_the_way_to_the_floor(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    view.scene.water.surfaces.hide()
    view.scene.water.floating.root.hide()
    moved = {}
    for name, hazards in (("dry", ()), ("clear", (water(0.4, turbidity=0.01),))):
        pictures = []
        for t in (10.0, 10.7):
            view.draw(frame_of(gym, eye=(15.0, 10.0, 1.5), pitch=-0.7, hazards=hazards, t_s=t, tick=round(60 * t)))
            pictures.append(view.picture()[60:150, 90:230])
        moved[name] = float((difference(*pictures) > 6).mean())
    assert moved["dry"] == 0.0
    assert moved["clear"] > 0.05


def test_one_who_wades_makes_waves_around_the_legs_alone(
    gym: Scenario,
    view_of: Callable[..., DesktopView],
    frame_of: Callable[..., Frame],
    crowd_of: Callable[..., CrowdState],
) -> None:
    view = view_of(gym)
    view.scene.people.root.hide()
    view.scene.water.drops.root.hide()
    view.scene.water.floating.root.hide()
    pictures = []
    for crowd in (crowd_of(), crowd_of((17.5, 10.0))):
        view.draw(frame_of(gym, eye=(15.0, 10.0, 1.5), pitch=-0.45, hazards=(water(0.4),), crowd=crowd))
        pictures.append(view.picture())
    changed = difference(*pictures) > 12
    assert changed[80:130, 120:200].mean() > 0.10
    assert changed[60:140, 5:35].mean() < 0.05


def test_from_below_the_room_is_seen_through_a_round_window(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym, size=(160, 90))
    light = {}
    for name, pitch in (("up", 1.5), ("ahead", 0.0)):
        view.draw(frame_of(gym, eye=(15.0, 9.0, 0.55), pitch=pitch, hazards=(water(0.7, turbidity=3.0),)))
        light[name] = view.picture()[30:60, 60:100].mean()
    assert light["up"] > 1.15 * light["ahead"]


def test_deep_water_is_darker_than_water_near_its_surface(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym, size=(160, 90))
    light = []
    for z in (1.6, 0.3):
        view.draw(frame_of(gym, eye=(15.0, 9.0, z), pitch=0.0, hazards=(water(1.8),)))
        light.append(view.picture()[40:50, 60:100].mean())
    assert light[0] > 1.2 * light[1]
    assert math.isfinite(light[0])
