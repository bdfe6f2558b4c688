"""An earthquake as a picture: pendulums, the shaken eye, things that are placed, glass that breaks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
from panda3d.core import LQuaternion, LVector3, NodePath

from drill.hazards.picture import QuakePicture
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame, ThingState
from drill.view.desktop import DesktopView
from drill.view.pendulum import LONGEST_GAP_S, Pendulum
from drill.view.quake import CAP_M, LAG, Quake
from drill.view.shards import FLIGHT_S, Broken, pieces
from tests.drill.view.conftest import SCENARIOS

STILL = (0.0, 0.0)


def quake(x_m: float = 0.0, a_mps2: float = 0.0, dust: float = 0.0) -> QuakePicture:
    return QuakePicture("quake", (x_m, 0.0, 0.0), (a_mps2, 0.0, 0.0), 5.2, shaking=True, dust_per_m=dust)


def test_a_pendulum_swings_with_its_period_and_dies_down() -> None:
    pendulum = Pendulum(0.6, damping=0.03, angle_x=0.05)
    angles = []
    for _ in range(1200):
        pendulum.swing(1 / 60, STILL, STILL)
        angles.append(pendulum.angle_x)
    signs = np.sign(angles)
    crossings = np.flatnonzero(signs[1:] != signs[:-1])
    period = 2 * np.diff(crossings).mean() / 60
    assert period == pytest.approx(pendulum.period_s, rel=0.02)
    assert period == pytest.approx(2 * math.pi * math.sqrt(0.6 / 9.80665), rel=0.02)
    # exp(-2 pi zeta n) after n periods, n = 20 s over the period.
    assert max(np.abs(angles[-100:])) < 0.05 * math.exp(-2 * math.pi * 0.03 * 18.5 / period) * 1.6
    assert pendulum.angle_y == 0.0


def test_a_pushed_pendulum_lags_and_does_not_depend_on_how_often_it_is_seen() -> None:
    seldom, often = Pendulum(0.6), Pendulum(0.6)
    for i in range(20):
        a, b = 2 * math.sin(i * 0.3), 2 * math.sin((i + 1) * 0.3)
        seldom.swing(0.05, (a, 0), (b, 0))
        middle = (a + b) / 2
        often.swing(0.025, (a, 0), (middle, 0))
        often.swing(0.025, (middle, 0), (b, 0))
        if i == 2:
            assert seldom.angle_x < 0
    assert seldom.angle_x == pytest.approx(often.angle_x, abs=0.01)
    seldom.swing(LONGEST_GAP_S + 1, STILL, STILL)
    assert seldom.angle_x == 0.0


def test_a_swung_lamp_hangs_out_the_way_its_angle_says() -> None:
    for pendulum in (Pendulum(1.0, angle_x=0.3), Pendulum(1.0, angle_y=0.3)):
        x, y, z, w = pendulum.quaternion()
        hangs = LQuaternion(w, x, y, z).xform(LVector3(0, 0, -1))
        assert hangs[0] == pytest.approx(math.sin(pendulum.angle_x), abs=1e-6)
        assert hangs[1] == pytest.approx(math.sin(pendulum.angle_y), abs=1e-6)


def test_pieces_of_glass_fall_lie_on_the_floor_and_are_the_same_again() -> None:
    pane = Broken("w", 5, (4.0, 0.0, 1.0), 0.0, along=(2.0, 0.0), tall_m=1.2, count=80)
    for broken in (pane, Broken("vase", 6, (4.0, 0.0, 0.9), 0.0)):
        start, _ = pieces(broken, 0.0)
        end, normals = pieces(broken, FLIGHT_S)
        assert start[:, 2].min() > 0.8
        assert end[:, 2].max() < 0.06
        assert end[:, 2].min() > -0.03
        assert (pieces(broken, FLIGHT_S + 60)[0] == end).all()
        assert (normals[:, 2] > 0).all()
        assert np.hypot(*(end - start)[:, :2].T).max() < 2.0
    assert (start != pieces(dataclasses.replace(broken, key=7), 0.0)[0]).any()


@pytest.fixture(scope="session")
def classroom() -> Scenario:
    return load_scenario(SCENARIOS / "classroom-quake")


def test_the_eye_is_moved_against_the_ground_capped_and_never_turned(
    school: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(school, size=(64, 36))
    moved = {}
    for tick, x_m in ((600, 0.0), (603, 0.02), (606, 3.0)):
        view.draw(frame_of(school, eye=(8.0, 6.0, 1.4), tick=tick, t_s=tick / 60, hazards=(quake(x_m),)))
        view.picture()
        moved[x_m] = view.scene.quake.eye_offset(tick / 60 + 0.05)[0]
        assert view.scene.camera.get_r() == pytest.approx(0.0, abs=1e-3)
        assert view.scene.camera.get_p() == pytest.approx(0.0, abs=1e-3)
    assert moved[0.0] == 0.0
    assert moved[0.02] == pytest.approx(-LAG * 0.02, rel=0.02)
    assert -CAP_M <= moved[3.0] < -0.9 * CAP_M
    view.scene.quake.cap_m = 0.0
    assert view.scene.quake.eye_offset(11.0) == (0.0, 0.0, 0.0)


def test_movable_things_stand_where_the_frame_says(
    classroom: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(classroom, size=(64, 36))
    stage = view.scene.stage
    some = next(p for p in classroom.site.props if p.kind == "chair")
    lamp = next(p for p in classroom.site.props if p.kind == "lamp")
    rest = stage.movable[lamp.id].get_pos()
    top = classroom.site.floors[lamp.floor].z_m + classroom.site.floors[lamp.floor].height_m
    half = math.sqrt(0.5)
    tilt = 0.3
    things = (
        ThingState(some.id, "chair", (1.0, 2.0, 3.0), (0.0, 0.0, half, half), "sliding"),
        ThingState(
            lamp.id, "lamp", (rest[0], rest[1], top), (0.0, -math.sin(tilt / 2), 0.0, math.cos(tilt / 2)), "standing"
        ),
    )
    view.draw(frame_of(classroom, eye=(8.0, 6.0, 5.0), things=things, hazards=(quake(),)))
    view.picture()
    chair = stage.movable[some.id]
    assert tuple(chair.get_pos()) == pytest.approx((1.0, 2.0, 3.0), abs=1e-4)
    ahead = view.scene.root.get_relative_vector(chair, (1, 0, 0))
    assert tuple(ahead) == pytest.approx((0.0, 1.0, 0.0), abs=1e-3)
    # The lamp swings about the ceiling: its lower end goes to +x.
    hung = top - rest[2]
    swung = stage.movable[lamp.id].get_pos()
    assert swung[0] - rest[0] == pytest.approx(hung * math.sin(tilt), abs=1e-3)
    assert top - swung[2] == pytest.approx(hung * math.cos(tilt), abs=1e-3)


def test_broken_things_leave_pieces_and_none_before(
    classroom: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(classroom, size=(64, 36))
    window = next(n for n, w in enumerate(classroom.site.walls) if w.window)

    def shown(*states: str) -> int:
        things = tuple(
            ThingState(i, k, (12.0, 3.0, 3.6), (0.0, 0.0, 0.0, 1.0), s)  # type: ignore[arg-type]  # a state of the test
            for i, k, s in zip(("c1-vase", f"window-{window}"), ("vase", "window"), states, strict=True)
        )
        view.draw(frame_of(classroom, eye=(8.0, 6.0, 5.0), things=things, hazards=(quake(),)))
        view.picture()
        return len(view.scene.quake.shards)

    assert shown("falling", "standing") == 0
    assert shown("broken", "standing") == 1
    assert shown("broken", "broken") == 2
    assert shown("standing", "standing") == 0


def test_a_lamp_of_the_building_swings_while_it_shakes(
    school: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(school, size=(64, 36))
    lamp = NodePath("lamp")
    lamp.reparent_to(view.scene.stage.root)
    kept = view.scene.stage.lamps
    view.scene.stage.lamps = [lamp]
    swings = Quake(view.scene.stage)
    view.scene.stage.lamps = kept
    leans = []
    for i in range(240):
        push = 3 * math.sin(2 * math.pi * 0.7 * i / 60) if i < 120 else 0.0
        frame = frame_of(school, tick=i, t_s=i / 60, hazards=(quake(0.0, push),))
        swings.see(frame)
        swings.show(frame, i / 60, (8.0, 6.0, 1.4))
        leans.append(abs(lamp.get_quat().get_angle()))
    assert max(leans) > 10
    assert leans[0] == pytest.approx(0.0, abs=0.1)


def glass_of(stage) -> np.ndarray:
    """Return the corners of all glass that is drawn, (3 n, 3)."""
    node = stage.panes.node.node()
    data = node.get_geom(0).get_vertex_data()
    raw = np.frombuffer(memoryview(data.get_array(0).get_handle().get_data()), np.float32)
    return raw.reshape(-1, 12)[:, :3]


def middle_of(points: np.ndarray, wall) -> int:
    """Return how many triangles reach over the middle of a wall's window."""
    x, y = wall.line.interpolate(0.5, normalized=True).coords[0]
    triangles = points.reshape(-1, 3, 3)
    low, high = triangles.min(axis=1), triangles.max(axis=1)
    at = np.array([x, y, 3.6 + 1.8])
    return int(((low - 0.03 <= at) & (at <= high + 0.03)).all(axis=1).sum())


def test_a_broken_pane_is_gone_but_for_jagged_rests_and_comes_back_when_time_does(
    classroom: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(classroom, size=(64, 36))
    stage = view.scene.stage
    number = next(n for n, w in enumerate(classroom.site.walls) if w.window)
    wall = classroom.site.walls[number]
    other = next(w for n, w in enumerate(classroom.site.walls) if w.window and n != number)
    whole = glass_of(stage).copy()
    assert middle_of(whole, wall) > 0
    at = wall.line.interpolate(0.5, normalized=True)
    window = ThingState(f"window-{number}", "window", (at.x, at.y, 3.6), (0.0, 0.0, 0.0, 1.0), "broken")
    view.draw(frame_of(classroom, eye=(12.0, 3.0, 5.0), tick=3000, t_s=50.0, things=(window,)))
    view.picture()
    broken = glass_of(stage).copy()
    assert middle_of(broken, wall) == 0
    assert middle_of(broken, other) == middle_of(whole, other)
    assert len(stage.panes) == sum(w.window for w in classroom.site.walls)
    assert stage.panes.node.node().get_num_geoms() == 1, "one draw call whatever breaks"
    view.draw(frame_of(classroom, eye=(12.0, 3.0, 5.0), tick=600, t_s=10.0, things=()))
    view.picture()
    assert (glass_of(stage) == whole).all()


def test_glass_of_an_outer_wall_falls_into_the_room_that_is_looked_at() -> None:
    pane = Broken("w", 5, (4.0, 0.0, 1.0), 0.0, along=(2.0, 0.0), tall_m=1.2, count=200)
    inwards, _ = pieces(dataclasses.replace(pane, inward=(0.0, 1.0)), FLIGHT_S)
    assert inwards[:, 1].min() > -0.1
    all_round, _ = pieces(pane, FLIGHT_S)
    assert all_round[:, 1].min() < -0.2
