"""What is around a thing: how far it can slide, and at which angle something stops its fall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from shapely import affinity
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from drill.site.ground import prop_outline
from drill.site.site import Prop, Site
from drill.site.things import is_movable

REACH_M: Final = 1.0
"""Nothing slides further than this: longer pulses than those of strong shaking would be needed."""
TOUCH_M: Final = 0.06
"""What stands no further than this from a wall leans on it."""
LEAST_OBSTACLE_M: Final = 0.3
WALL_M: Final = 0.15

Direction = tuple[float, float]


class Clearances:
    """Walls and furniture of a site, asked about one thing after another. Things are taken at their first places."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._walls = [
            (wall.floor, wall.line.buffer(max(wall.thickness_m, WALL_M) / 2, cap_style="square"), wall.height_m)
            for wall in site.walls
        ]
        self._things = [
            (prop.floor, prop_outline(prop), prop.z_m + prop.size_m[2], prop)
            for prop in site.props
            if prop.solid and prop.z_m < LEAST_OBSTACLE_M
        ]
        self._tree = STRtree([shape for _, shape, _ in self._walls] + [shape for _, shape, _, _ in self._things])

    def slide_m(self, prop: Prop) -> tuple[float, float, float, float]:
        """Return how far a thing can slide towards -x, +x, -y and +y, metres: until a wall or a thing that stays."""
        outline = prop_outline(prop)
        ways = ((-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0))
        found = [self._free(prop, outline, way) for way in ways]
        return found[0], found[1], found[2], found[3]

    def _free(self, prop: Prop, outline: Polygon, way: Direction) -> float:
        swept = _swept(outline, way, REACH_M)
        low = _far(outline, way)
        found = REACH_M
        for shape in self._around(prop, swept, stays=True):
            hit = swept.intersection(shape)
            if not hit.is_empty and hit.area > 1e-4:
                found = min(found, max(0.0, -_far(hit, (-way[0], -way[1])) - low))
        return found

    def rest_rad(self, prop: Prop, way: Direction, *, depth_m: float) -> float:
        """Return the angle at which a thing that falls towards `way` is stopped: pi/2 on the floor, 0 right by a wall.

        Args:
            prop: the thing.
            way: unit vector in plan, square to its broad side.
            depth_m: its size along `way`.
        """
        height = prop.size_m[2]
        width = max(0.05, prop.size_m[0] + prop.size_m[1] - depth_m - 0.1)
        edge = (prop.at.x + way[0] * depth_m / 2, prop.at.y + way[1] * depth_m / 2)
        across = (-way[1] * width / 2, way[0] * width / 2)
        far = (edge[0] + way[0] * height, edge[1] + way[1] * height)
        swath = Polygon(
            [
                (edge[0] - across[0], edge[1] - across[1]),
                (edge[0] + across[0], edge[1] + across[1]),
                (far[0] + across[0], far[1] + across[1]),
                (far[0] - across[0], far[1] - across[1]),
            ]
        )
        start = edge[0] * way[0] + edge[1] * way[1]
        rests = math.pi / 2
        for shape, top in self._around_with_tops(prop, swath):
            hit = swath.intersection(shape)
            if hit.is_empty or hit.area < 1e-4:
                continue
            away = max(0.0, -_far(hit, (-way[0], -way[1])) - start)
            high = top - prop.z_m
            if away <= TOUCH_M and high > height / 2:
                return 0.0
            rests = min(rests, math.atan2(away, high) if math.hypot(away, high) <= height else _asin(away / height))
        return rests

    def _around(self, prop: Prop, region: Polygon, *, stays: bool) -> list[BaseGeometry]:
        shapes: list[BaseGeometry] = []
        for n in self._tree.query(region).tolist():
            if n < len(self._walls):
                floor, shape, _ = self._walls[n]
                if floor == prop.floor:
                    shapes.append(shape)
                continue
            its_floor, outline, _, thing = self._things[n - len(self._walls)]
            if its_floor == prop.floor and thing.id != prop.id and (not stays or not is_movable(thing)):
                shapes.append(outline)
        return shapes

    def _around_with_tops(self, prop: Prop, region: Polygon) -> list[tuple[BaseGeometry, float]]:
        found: list[tuple[BaseGeometry, float]] = []
        for n in self._tree.query(region).tolist():
            if n < len(self._walls):
                floor, wall, height = self._walls[n]
                if floor == prop.floor:
                    found.append((wall, height))
                continue
            its_floor, outline, top, thing = self._things[n - len(self._walls)]
            if its_floor == prop.floor and thing.id != prop.id and top - prop.z_m >= LEAST_OBSTACLE_M:
                found.append((outline, top))
        return found


def support_of(prop: Prop, props: Sequence[Prop]) -> Prop | None:
    """Return the thing that this one stands on; None when it stands on the floor or on something that is no prop."""
    if prop.z_m <= 0.0:
        return None
    for other in props:
        same = other.floor == prop.floor and other.id != prop.id
        if same and abs(other.z_m + other.size_m[2] - prop.z_m) < 0.1 and prop_outline(other).covers(prop.at):
            return other
    return None


def _swept(outline: Polygon, way: Direction, reach_m: float) -> Polygon:
    moved = affinity.translate(outline, way[0] * reach_m, way[1] * reach_m)
    hull = outline.union(moved).convex_hull
    swept = hull.difference(outline.buffer(1e-6))
    return swept if isinstance(swept, Polygon) else hull


def _far(shape: BaseGeometry, way: Direction) -> float:
    """Return how far a shape reaches along a direction: the greatest product of its corners with it."""
    low_x, low_y, high_x, high_y = shape.bounds
    return max(float(x * way[0] + y * way[1]) for x in (low_x, high_x) for y in (low_y, high_y))


def _asin(value: float) -> float:
    return math.asin(min(1.0, max(0.0, value)))
