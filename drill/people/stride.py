"""The resident's step over the ground: along walls, round people, never through a wall, a shut door or anybody."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from drill.site.ground import Ground

SUBSTEP_M: Final = 0.05
"""A step is taken in parts of at most this length: shorter than any wall is thick."""
OTHER_RADIUS_M: Final = 0.15
"""Radius of the people around, metres (the smaller of the crowd profiles)."""

Place = tuple[float, float]


@lru_cache(maxsize=64)
def _free_region(ground: Ground, floor: int, closed: frozenset[str], radius_m: float) -> BaseGeometry:
    """Return where the centre of a body can be: the ground less `radius_m` along every wall and shut door."""
    region = ground.walkable(floor, closed_doors=closed).buffer(-radius_m)
    shapely.prepare(region)
    return region


@lru_cache(maxsize=16)
def _less(ground: Ground, floor: int, closed: frozenset[str], radius_m: float, blocked: BaseGeometry) -> BaseGeometry:
    """Return the free region less what has come to lie on the ground."""
    region = _free_region(ground, floor, closed, radius_m).difference(blocked.buffer(radius_m))
    shapely.prepare(region)
    return region


def move(
    ground: Ground,
    floor: int,
    xy: Place,
    step_xy: Place,
    *,
    radius_m: float,
    others_xy: npt.NDArray[np.float64],
    closed_doors: Collection[str] = (),
    blocked: BaseGeometry | None = None,
) -> tuple[int, Place]:
    """Return the floor and place of the body after a step.

    The body slides along walls and shut doors and round people. It never comes nearer to anybody than touch
    (`radius_m` + `OTHER_RADIUS_M`); where the crowd has already pressed nearer, it can only step away.

    Args:
        ground: the ground.
        floor: index of the floor.
        xy: place of the body, metres.
        step_xy: the step that it wants to take, metres.
        radius_m: radius of the body, metres.
        others_xy: places of people on this floor, shape (M, 2), metres.
        closed_doors: ids of doors that stop it.
        blocked: what has come to lie on this floor and stops it too, such as fallen shelves.
    """
    length = math.hypot(*step_xy)
    if length == 0.0:
        return floor, xy
    closed, start = frozenset(closed_doors), floor
    parts = max(1, math.ceil(length / SUBSTEP_M))
    part = (step_xy[0] / parts, step_xy[1] / parts)
    touch = radius_m + OTHER_RADIUS_M
    near = others_xy
    if len(others_xy):
        away = np.hypot(others_xy[:, 0] - xy[0], others_xy[:, 1] - xy[1])
        near = others_xy[away < touch + length + SUBSTEP_M]
    for _ in range(parts):
        region = _free_region(ground, floor, closed, radius_m)
        if blocked is not None and floor == start:
            region = _less(ground, floor, closed, radius_m, blocked)
        xy = _part(region, xy, part, near, touch)
        floor = int(ground.settle(np.array([floor]), np.array([xy]))[0])
    return floor, xy


def _part(region: BaseGeometry, xy: Place, part: Place, others: npt.NDArray[np.float64], touch: float) -> Place:
    wanted = _onto(region, xy, (xy[0] + part[0], xy[1] + part[1]))
    if len(others) == 0 or wanted == xy:
        return wanted
    before = np.hypot(others[:, 0] - xy[0], others[:, 1] - xy[1])
    beside = _clear_of(others, before, wanted, touch)
    if beside is None:
        return xy
    if beside != wanted:
        beside = _onto(region, xy, beside)
        after = np.hypot(others[:, 0] - beside[0], others[:, 1] - beside[1])
        if (after < np.minimum(before, touch) - 1e-9).any():
            return xy
        if math.dist(beside, xy) > math.hypot(*part) * 1.01:
            return xy
    return beside


def _clear_of(
    others: npt.NDArray[np.float64], before: npt.NDArray[np.float64], wanted: Place, touch: float
) -> Place | None:
    """Return `wanted` moved out of everybody it would press nearer to than touch, or None when there is no room."""
    x, y = wanted
    for _ in range(3):
        away = np.hypot(others[:, 0] - x, others[:, 1] - y)
        # Someone who already presses nearer than touch may be left, not approached.
        allowed = np.minimum(before, touch)
        deepest = int(np.argmax(allowed - away))
        if away[deepest] >= allowed[deepest] - 1e-9:
            return x, y
        if away[deepest] < 1e-6:
            return None
        scale = (allowed[deepest] + 1e-6) / away[deepest]
        ox, oy = float(others[deepest, 0]), float(others[deepest, 1])
        x, y = ox + (x - ox) * float(scale), oy + (y - oy) * float(scale)
    return None


def _onto(region: BaseGeometry, xy: Place, wanted: Place) -> Place:
    """Return `wanted`, or the nearest place of the free region to it (which slides along walls)."""
    if shapely.contains_xy(region, *wanted):
        return wanted
    if region.is_empty:
        return xy
    line = shapely.shortest_line(region, shapely.Point(wanted))
    nearest = shapely.get_coordinates(line)[0]
    place = (float(nearest[0]), float(nearest[1]))
    gap = math.dist(place, xy)
    if gap <= 2 * SUBSTEP_M:
        return place
    # A door shut on the body: it is pressed out, bit by bit.
    share = SUBSTEP_M / gap
    return xy[0] + (place[0] - xy[0]) * share, xy[1] + (place[1] - xy[1]) * share
