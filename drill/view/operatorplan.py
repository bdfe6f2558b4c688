"""The plan in the operator's window: floors above each other, rooms, doors, hazards, everybody, the resident."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath
from shapely import affinity
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.people.state import BodyState
from drill.scenario.model import Flood, Smoke
from drill.scenario.scenario import Scenario
from drill.session.operating import Snapshot
from drill.view.asking import Area
from drill.view.flat import Colour, fill, fill_triangles, rgb
from drill.view.palette import PALE, WHITE
from drill.view.pen import Pen
from drill.view.typeset import without_ruby

FLOOR: Final = rgb(232, 228, 216)
ROOM: Final = rgb(246, 243, 234)
WALL: Final = rgb(70, 74, 80)
DOOR: Final = rgb(196, 142, 60)
OPEN_DOOR: Final = rgb(120, 200, 140)
SHUT_DOOR: Final = rgb(215, 40, 40)
REFUGE: Final = rgb(150, 214, 176)
STAIR: Final = rgb(208, 198, 172)
WATER: Final = rgb(60, 120, 190)
SMOKE: Final = rgb(60, 56, 54)
RESIDENT: Final = rgb(214, 30, 60)
CROWD: Final[dict[int, Colour]] = {
    int(BodyState.WAITING): rgb(240, 160, 30),
    int(BodyState.SAFE): rgb(30, 130, 70),
    int(BodyState.INCAPACITATED): rgb(150, 30, 160),
}
MOVING: Final = rgb(40, 90, 170)
TITLE: Final = 26.0
SPOT: Final = 0.34
DEEP_M: Final = 1.0
THICK_PER_M: Final = 2.0
FAINT_PER_M: Final = 0.02

Floats = npt.NDArray[np.float64]


class Plan:
    """Draws a site into an area of the window; `moving` draws what a snapshot says over it."""

    def __init__(self, scenario: Scenario, pen: Pen, area: Area) -> None:
        self._scenario, self._site, self._pen = scenario, scenario.site, pen
        x, z, wide, high = area
        bounds = [floor.outline.bounds for floor in self._site.floors]
        self._low_x, high_x = min(b[0] for b in bounds), max(b[2] for b in bounds)
        tall = sum(b[3] - b[1] for b in bounds)
        room = high - TITLE * len(bounds)
        self.scale = min(wide / (high_x - self._low_x), room / tall)
        self._x = x + (wide - (high_x - self._low_x) * self.scale) / 2
        self._zero: dict[int, float] = {}
        at = z + high
        for floor in sorted(self._site.floors, key=lambda one: -one.index):
            at -= TITLE + (floor.outline.bounds[3] - floor.outline.bounds[1]) * self.scale
            self._zero[floor.index] = at - floor.outline.bounds[1] * self.scale

    def still(self, node: NodePath) -> None:
        """Draw what stands still."""
        site = self._site
        for floor in site.floors:
            top = self._zero[floor.index] + floor.outline.bounds[3] * self.scale
            label = without_ruby(dict(floor.label).get("ja", floor.id))
            self._pen.bold.set(node, label, (self._x, top + 25), size=17, colour=PALE)
            fill(node, self._placed(floor.outline, floor.index), FLOOR)
        for zone in site.zones:
            fill(node, self._placed(zone.polygon.buffer(-0.06), zone.floor), ROOM)
        for refuge in site.refuges:
            fill(node, self._placed(refuge.polygon, refuge.floor), REFUGE)
        for stair in site.stairs:
            fill(node, self._placed(stair.polygon, stair.lower), STAIR)
        for floor in site.floors:
            walls = [w.line.buffer(max(w.thickness_m / 2, 0.08)) for w in site.walls if w.floor == floor.index]
            holes = [d.line.buffer(0.3, cap_style="flat") for d in site.doors if d.floor == floor.index]
            if walls:
                fill(node, self._placed(unary_union(walls).difference(unary_union(holes)), floor.index), WALL)

    def moving(self, node: NodePath, shown: Snapshot) -> None:
        """Draw hazards, doors, people and the resident of a snapshot."""
        self._hazards(node, shown)
        for door in self._site.doors:
            colour = SHUT_DOOR if door.id in shown.blocked else OPEN_DOOR if door.id in shown.doors else DOOR
            fill(node, self._placed(door.line.buffer(0.16, cap_style="flat"), door.floor), colour)
        people = np.array(shown.live.crowd or [], np.float64).reshape(-1, 4)
        for state in sorted(set(people[:, 3].astype(int))):
            rows = people[people[:, 3] == state]
            xy = np.array([self._point(x / 100, y / 100, int(floor)) for x, y, floor, _ in rows])
            fill_triangles(node, discs(xy, SPOT * self.scale), CROWD.get(state, MOVING))
        self._resident(node, shown)

    def _resident(self, node: NodePath, shown: Snapshot) -> None:
        live = shown.live
        x, z = self._point(live.x, live.y, live.floor)
        reach = 2.6 * self.scale
        cone = [(x, z)] + [
            (x + reach * math.cos(live.yaw + a), z + reach * math.sin(live.yaw + a)) for a in np.linspace(-0.5, 0.5, 7)
        ]
        fill(node, Polygon(cone), rgb(214, 30, 60, 0.35))
        size = max(0.5 * self.scale, 7.0)
        fill_triangles(node, discs(np.array([(x, z)]), size * 1.35), WHITE)
        fill_triangles(node, discs(np.array([(x, z)]), size), RESIDENT)

    def _hazards(self, node: NodePath, shown: Snapshot) -> None:
        zones = {zone.id: zone for zone in self._site.zones}
        for hazard in self._scenario.model.hazards:
            values = (shown.live.hazards or {}).get(hazard.id)
            if not values:
                continue
            if isinstance(hazard, Flood):
                named = [zones[z] for z in hazard.zones if z in zones] or list(zones.values())
                for zone in named:
                    depth = values[0] - self._site.floors[zone.floor].z_m
                    if depth > 0.01:
                        tint = (*WATER[:3], 0.25 + 0.5 * min(1.0, depth / DEEP_M))
                        fill(node, self._placed(zone.polygon, zone.floor), tint)
            elif isinstance(hazard, Smoke):
                layers = np.array(values).reshape(-1, 4)
                for (_, thick, _, _), name in zip(layers, hazard.zones, strict=False):
                    if thick > FAINT_PER_M and name in zones:
                        zone = zones[name]
                        tint = (*SMOKE[:3], 0.15 + 0.6 * min(1.0, thick / THICK_PER_M))
                        fill(node, self._placed(zone.polygon, zone.floor), tint)

    def _point(self, x: float, y: float, floor: int) -> tuple[float, float]:
        return self._x + (x - self._low_x) * self.scale, self._zero.get(floor, 0.0) + y * self.scale

    def _placed(self, shape: BaseGeometry, floor: int) -> BaseGeometry:
        x, z = self._point(0.0, 0.0, floor)
        return affinity.affine_transform(shape, [self.scale, 0, 0, self.scale, x, z])


def discs(xy: Floats, radius: float, *, corners: int = 10) -> Floats:
    """Return the triangles of discs around points, shape (n * corners, 3, 2)."""
    angles = np.linspace(0, 2 * np.pi, corners + 1)
    rim = np.column_stack((np.cos(angles), np.sin(angles))) * radius
    fan = np.stack((np.zeros((corners, 2)), rim[:-1], rim[1:]), axis=1)
    return (xy.reshape(-1, 1, 1, 2) + fan[None]).reshape(-1, 3, 2)
