"""The resident's step: walls, doors, people, floors."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box
from small_sites import door, site_of

from drill.people import stride
from drill.people.stride import OTHER_RADIUS_M, move
from drill.site.ground import Ground
from drill.site.site import Stair

RADIUS = 0.2
NOBODY = np.empty((0, 2))
ROOMS = Ground(
    site_of(
        outline=box(0, 0, 20, 10),
        exits={},
        zones={},
        walls=[[(10, 0), (10, 10)]],
        doors=[door("between", (10, 4), (10, 5.2))],
    )
)


def walk(
    xy: tuple[float, float],
    step: tuple[float, float],
    times: int,
    *,
    others: np.ndarray = NOBODY,
    closed: tuple[str, ...] = (),
) -> list[tuple[float, float]]:
    places = [xy]
    for _ in range(times):
        _, xy = move(ROOMS, 0, xy, step, radius_m=RADIUS, others_xy=others, closed_doors=closed)
        places.append(xy)
    return places


def test_a_free_step_is_taken_whole() -> None:
    assert walk((3.0, 3.0), (0.02, 0.01), 1)[-1] == pytest.approx((3.02, 3.01))


def test_no_step_is_no_move() -> None:
    assert move(ROOMS, 0, (3.0, 3.0), (0.0, 0.0), radius_m=RADIUS, others_xy=NOBODY) == (0, (3.0, 3.0))


def test_a_wall_stops_and_one_slides_along_it() -> None:
    end = walk((9.0, 2.0), (0.02, 0.02), 100)[-1]
    assert end[0] == pytest.approx(10 - 0.1 - RADIUS, abs=0.02)
    assert end[1] == pytest.approx(4.0, abs=0.1)


def test_an_open_door_lets_through_and_a_shut_one_does_not() -> None:
    assert walk((9.0, 4.6), (0.03, 0.0), 80)[-1][0] > 11
    assert walk((9.0, 4.6), (0.03, 0.0), 80, closed=("between",))[-1][0] < 10 - RADIUS


def test_a_shut_door_that_lets_through_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a ground that forgets which doors are shut."""
    free = stride._free_region
    monkeypatch.setattr(
        stride, "_free_region", lambda ground, floor, closed, radius: free(ground, floor, frozenset(), radius)
    )
    with pytest.raises(AssertionError):
        test_an_open_door_lets_through_and_a_shut_one_does_not()


def test_a_long_step_does_not_jump_a_wall() -> None:
    assert walk((9.5, 2.0), (2.0, 0.0), 5)[-1][0] < 10


def test_nobody_is_walked_through() -> None:
    others = np.array([[5.0, 3.0]])
    places = walk((4.0, 3.0), (0.02, 0.0), 100, others=others)
    nearest = min(math.dist(p, (5.0, 3.0)) for p in places)
    assert nearest >= RADIUS + OTHER_RADIUS_M - 1e-6
    assert places[-1][0] < 5.0


def test_one_slides_round_somebody_met_off_centre() -> None:
    places = walk((4.0, 3.1), (0.02, 0.0), 120, others=np.array([[5.0, 3.0]]))
    assert places[-1][0] > 5.5
    assert min(math.dist(p, (5.0, 3.0)) for p in places) >= RADIUS + OTHER_RADIUS_M - 1e-6


def test_a_line_of_people_is_not_broken_through() -> None:
    others = np.array([[5.0, y] for y in np.arange(0.1, 10, 0.35)])
    assert walk((4.0, 3.1), (0.03, 0.0), 120, others=others)[-1][0] < 5.0


def test_who_is_pressed_too_near_can_step_away_only() -> None:
    others = np.array([[5.0, 3.0]])
    assert walk((4.9, 3.0), (0.02, 0.0), 1, others=others)[-1] == pytest.approx((4.9, 3.0), abs=2e-6)
    assert walk((4.9, 3.0), (-0.02, 0.0), 1, others=others)[-1][0] < 4.89


def test_the_head_of_a_stair_changes_the_floor() -> None:
    stair = Stair(
        id="stair",
        lower=0,
        upper=1,
        polygon=box(5, 0, 9, 2),
        foot=LineString([(5, 0), (5, 2)]),
        head=LineString([(9, 0), (9, 2)]),
    )
    ground = Ground(
        site_of(outline=box(0, 0, 9, 2), upper=box(9, 0, 15, 2), stairs=[stair], exits={}, zones={}, rise_m=3.0)
    )
    floor, xy = 0, (4.0, 1.0)
    for _ in range(250):
        floor, xy = move(ground, floor, xy, (0.03, 0.0), radius_m=RADIUS, others_xy=NOBODY)
    assert (floor, xy[0] > 10) == (1, True)
    for _ in range(250):
        floor, xy = move(ground, floor, xy, (-0.03, 0.0), radius_m=RADIUS, others_xy=NOBODY)
    assert (floor, xy[0] < 5) == (0, True)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.floats(-0.25, 0.25), st.floats(-0.25, 0.25)), min_size=1, max_size=30),
    people=st.lists(st.tuples(st.floats(0.5, 9.5), st.floats(0.5, 9.5)), max_size=6),
)
def test_any_walk_stays_on_the_ground_and_apart(
    steps: list[tuple[float, float]], people: list[tuple[float, float]]
) -> None:
    xy = (5.0, 5.0)
    others = np.array([p for p in people if math.dist(p, xy) > 0.36]).reshape(-1, 2)
    free = ROOMS.walkable(0, closed_doors=["between"]).buffer(-RADIUS + 1e-6)
    for step in steps:
        before = xy
        _, xy = move(ROOMS, 0, xy, step, radius_m=RADIUS, others_xy=others, closed_doors=["between"])
        assert shapely.contains_xy(free, *xy)
        assert math.dist(before, xy) <= math.hypot(*step) * 1.05 + 0.02
        assert all(math.dist(xy, p) >= RADIUS + OTHER_RADIUS_M - 1e-6 for p in others)
        assert xy[0] < 10
