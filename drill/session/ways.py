"""Ways over a site for residents that walk by themselves: to refuges, doors and places."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from shapely.geometry import Point

from drill.metrics.terrain import terrain_of
from drill.scenario.scenario import Scenario
from drill.session.walking import WayPoint
from drill.site.flowfield import FlowField
from drill.site.site import Door, Refuge

BEFORE_DOOR_M: Final = 0.75
INTO_REFUGE_M: Final = 0.8
GOAL_RADIUS_M: Final = 0.35
SIDE_M: Final = 0.6


class Ways:
    """Finds ways; flow fields to the refuges are shared with everyone who plays the same scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._terrain = terrain_of(scenario)
        self.ground = self._terrain.ground
        self.site = scenario.site
        self._to_places: dict[tuple[WayPoint, frozenset[str]], FlowField] = {}

    def to_refuge(
        self, floor: int, x: float, y: float, *, avoid: Collection[str] = (), refuge: str | None = None
    ) -> list[WayPoint]:
        """Return the way to the nearest refuge (or the one named) and a step into it; empty when there is none."""
        refuges = None if refuge is None else (refuge,)
        way = self._terrain.field(refuges=refuges, closed_doors=avoid).path(floor, x, y)
        if len(way) > 1:
            (_, ax, ay), (last_floor, bx, by) = way[-2], way[-1]
            length = float(np.hypot(bx - ax, by - ay)) or 1.0
            way.append((last_floor, bx + INTO_REFUGE_M * (bx - ax) / length, by + INTO_REFUGE_M * (by - ay) / length))
        return way

    def to_place(
        self, floor: int, x: float, y: float, place: WayPoint, *, avoid: Collection[str] = ()
    ) -> list[WayPoint]:
        """Return the way to a place, which is its last point; empty when there is none."""
        key = (place, frozenset(avoid))
        if key not in self._to_places:
            goal = Refuge("place", place[0], Point(place[1], place[2]).buffer(GOAL_RADIUS_M), exit=False)
            ground = copy.copy(self.ground)
            ground.site = replace(self.site, refuges=(goal,))
            self._to_places[key] = FlowField(ground, refuges=["place"], closed_doors=key[1])
        way = self._to_places[key].path(floor, x, y)
        return [*way, place] if way else []

    def to_door(self, floor: int, x: float, y: float, door: Door, *, avoid: Collection[str] = ()) -> list[WayPoint]:
        """Return the way to the near side of a door; empty when there is none."""
        middle = door.line.interpolate(0.5, normalized=True)
        ways = []
        for side in (-1.0, 1.0):
            place = (
                door.floor,
                middle.x + side * BEFORE_DOOR_M * door.outward[0],
                middle.y + side * BEFORE_DOOR_M * door.outward[1],
            )
            way = self.to_place(floor, x, y, place, avoid={*avoid, door.id})
            if way:
                ways.append(way)
        return min(ways, key=_length, default=[])

    def leads_on(self, door: str, *, avoid: Collection[str]) -> bool:
        """Return whether a refuge is reached from right behind a door, without going back through it."""
        one = next(d for d in self.site.doors if d.id == door)
        middle = one.line.interpolate(0.5, normalized=True)
        field = self._terrain.field(closed_doors={*avoid, door})
        sides = [
            (middle.x + side * SIDE_M * one.outward[0], middle.y + side * SIDE_M * one.outward[1])
            for side in (-1.0, 1.0)
        ]
        there = field.distance(np.full(2, one.floor), np.array(sides))
        if one.leads_out:
            return bool(np.isfinite(there[1]))
        return bool(np.isfinite(there).any())

    def crosses(self, door: Door, at: tuple[float, float], way: Collection[WayPoint]) -> bool:
        """Return whether the way ahead from `at` leads through a door."""
        before = at
        for floor, x, y in way:
            if floor == door.floor:
                crossed = self.ground.door_between(floor, before, (x, y))
                if crossed >= 0 and self.site.doors[crossed] is door:
                    return True
            before = (x, y)
        return False

    def zones_at(self, floor: int, x: float, y: float) -> frozenset[str]:
        """Return the ids of the zones that hold a point."""
        return frozenset(z.id for z in self.site.zones if z.floor == floor and shapely.intersects_xy(z.polygon, x, y))


def _length(way: Collection[WayPoint]) -> float:
    points = np.array([(x, y) for _, x, y in way])
    return float(np.hypot(*np.diff(points, axis=0).T).sum())
