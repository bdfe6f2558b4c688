from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from shapely import distance, points

from drill.site.flowfield import BODY_M, CLEARANCE_M, FlowField


def one(floor, x, y):
    return np.array([floor]), np.array([[x, y]], float)


def walk(ground, field, floor, xy, *, step_m=0.05, steps=3000):
    """Walk along the field's directions; return the way's length, the largest turn and the least clearance."""
    floor, xy = one(floor, *xy)
    length, clearance, turn, last = 0.0, math.inf, 0.0, None
    for _ in range(steps):
        heading = field.direction(floor, xy)
        if not heading.any():
            return length, clearance, turn
        assert np.hypot(*heading[0]) == pytest.approx(1.0)
        if last is not None:
            turn = max(turn, math.degrees(math.acos(float(np.clip((heading * last).sum(), -1, 1)))))
        last = heading
        xy = xy + step_m * heading
        floor = ground.settle(floor, xy)
        length += step_m
        clearance = min(clearance, float(distance(points(xy)[0], ground.walkable(int(floor[0])).boundary)))
    pytest.fail(f"still walking at {xy} on {floor}")


def test_straight_way_is_as_long_as_it_is(ground):
    field = FlowField(ground, refuges=["corner"])
    floor, xy = one(0, 6.0, 0.8)
    assert field.distance(floor, xy)[0] == pytest.approx(2.5, abs=0.25)
    assert field.direction(floor, xy)[0] == pytest.approx([1, 0], abs=0.1)


def test_way_round_a_corner_is_close_to_the_shortest(ground):
    """From the left room through the door to the corner refuge: two straights, checked by hand."""
    field = FlowField(ground, refuges=["corner"])
    start, door_in, end = (4.0, 3.5), (5.0, 2.15), (8.5, 1.4)
    by_hand = math.dist(start, door_in) + math.dist(door_in, end)
    assert field.distance(*one(0, *start))[0] == pytest.approx(by_hand, abs=0.35)


def test_nearest_refuge_and_the_loft_over_the_stair(ground):
    near, loft = FlowField(ground), FlowField(ground, refuges=["loft-refuge"])
    floor, xy = one(0, 6.0, 2.0)
    assert near.distance(floor, xy)[0] < loft.distance(floor, xy)[0]
    assert loft.distance(floor, xy)[0] == pytest.approx(5.2, abs=0.4)
    way = loft.path(0, 6.0, 2.0)
    assert [step[0] for step in way] == sorted(step[0] for step in way)
    assert way[0] == (0, 6.0, 2.0)
    assert way[-1][0] == 1
    assert way[-1][1] >= 11.0


def test_closed_door_shuts_the_way(ground):
    field = FlowField(ground, closed_doors=["door"])
    assert math.isinf(field.distance(*one(0, 1.0, 3.0))[0])
    assert not field.direction(*one(0, 1.0, 3.0)).any()
    assert field.path(0, 1.0, 3.0) == []
    assert math.isfinite(field.distance(*one(0, 6.0, 3.0))[0])


def test_no_way_where_there_is_no_ground(ground):
    field = FlowField(ground)
    assert math.isinf(field.distance(*one(0, -4.0, 3.0))[0])
    assert not field.direction(*one(1, 2.0, 2.0)).any()


def test_a_body_pressed_to_the_wall_still_finds_its_way(ground):
    field = FlowField(ground)
    for x, y in [(0.12, 0.12), (4.88, 3.88), (4.85, 1.4), (5.15, 3.5)]:
        assert math.isfinite(field.distance(*one(0, x, y))[0]), (x, y)
        assert field.direction(*one(0, x, y)).any()


def test_in_the_refuge_there_is_nowhere_to_go(ground):
    field = FlowField(ground, refuges=["corner"])
    assert field.distance(*one(0, 9.0, 0.8))[0] == 0
    assert not field.direction(*one(0, 9.0, 0.8)).any()


@pytest.mark.parametrize("start", [(18, 10), (7, 14), (25, 18), (12, 2), (29, 1)])
def test_walking_the_gym(gym, start):
    """Who follows the directions arrives over the stair, hardly further than promised, without scraping walls."""
    field = FlowField(gym)
    promised = field.distance(*one(0, *start))[0]
    length, clearance, turn = walk(gym, field, 0, start)
    assert length <= promised + 0.3
    assert clearance > BODY_M
    assert turn < 60


def test_the_same_again_bit_for_bit(gym):
    rng = np.random.default_rng(3)
    xy = rng.uniform((0, 0), (30, 20), (400, 2))
    floor = np.zeros(400, int)
    first, second = FlowField(gym), FlowField(gym)
    assert first.distance(floor, xy).tobytes() == second.distance(floor, xy).tobytes()
    assert first.direction(floor, xy).tobytes() == second.direction(floor, xy).tobytes()


def test_distance_falls_by_the_step_along_the_direction(gym):
    rng = np.random.default_rng(4)
    xy = rng.uniform((6, 1), (29, 19), (500, 2))
    field = FlowField(gym)
    floor = np.zeros(len(xy), int)
    before, heading = field.distance(floor, xy), field.direction(floor, xy)
    known = np.isfinite(before)
    fell = before[known] - field.distance(floor[known], (xy + 0.2 * heading)[known])
    assert np.median(fell) == pytest.approx(0.2, abs=0.01)
    assert (fell > -0.05).all()


def test_cost_turns_ways_aside(ground):
    """Dear ground before the near refuge is gone round, and ground of infinite cost is never entered."""

    def flooded(floor, xy):
        return np.where((floor == 0) & (xy[:, 0] > 7.5) & (xy[:, 1] < 2.2), np.inf, 1.0)

    field = FlowField(ground, cost=flooded)
    way = field.path(0, 6.0, 2.0)
    assert way[-1][0] == 1
    assert math.isinf(field.distance(*one(0, 9.0, 0.8))[0])


def test_cost_below_one_is_refused(ground):
    with pytest.raises(ValueError, match="at least 1"):
        FlowField(ground, cost=lambda floor, xy: np.full(len(xy), 0.5))


def test_unknown_names_are_refused(ground):
    with pytest.raises(ValueError, match="no refuge 'roof'"):
        FlowField(ground, refuges=["roof"])
    with pytest.raises(ValueError, match="no door 'gate'"):
        FlowField(ground, closed_doors=["gate"])


def test_ways_keep_clear_of_walls(gym):
    field = FlowField(gym)
    way = field.path(0, 7.0, 14.0)
    for (f, ax, ay), (g, bx, by) in pairwise(way[1:]):
        if f == g == 0:
            middle = points((ax + bx) / 2, (ay + by) / 2)
            assert distance(middle, gym.walkable(0).boundary) > CLEARANCE_M - 0.13
