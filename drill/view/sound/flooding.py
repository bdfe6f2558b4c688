"""What water sounds like: the river, rain on the roof, water that runs in at a door, doors that groan under it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Final

import shapely
from shapely.geometry import Point as Spot
from shapely.ops import nearest_points, unary_union

from drill.hazards.picture import WaterPicture
from drill.session.frame import Frame
from drill.site.site import Door, Site
from drill.view.sound.source import Point, Source

BESIDE_M: Final = 0.5
BANK_M: Final = 3.0
FLOWS_FROM_MPS: Final = 0.15
FULL_FLOW_MPS: Final = 1.5
RUNS_FROM_M: Final = 0.03
WET_FROM_M: Final = 0.002
SEEPS: Final = 0.45
"""How strongly water runs in under a shut door, against an open one."""
GROAN_EVERY_S: Final = 11.0
STANDS_FROM_M: Final = 0.04


class Flooding:
    """Sounds of the water of a site. Floods come with rain: it is heard on the roof wherever there is one."""

    def __init__(self, site: Site, *, rains: bool) -> None:
        self._site = site
        self._rains = rains
        self._polygons = {z.id: z.polygon for z in site.zones}
        self._doors = {d.id: (d, *self._sides(d)) for d in site.doors}
        self._areas: dict[tuple[str, ...], shapely.Geometry] = {}
        self._groan_at = 4.0

    @staticmethod
    def _sides(door: Door) -> tuple[Spot, Spot]:
        middle = door.line.interpolate(0.5, normalized=True)
        dx, dy = door.outward[0] * BESIDE_M, door.outward[1] * BESIDE_M
        return Spot(middle.x + dx, middle.y + dy), Spot(middle.x - dx, middle.y - dy)

    def step(self, frame: Frame, *, roof: bool) -> list[Source]:
        """Return what water sounds like at a frame. `roof`: the resident is under one."""
        out = []
        waters = [p for p in frame.hazards if isinstance(p, WaterPicture)]
        if self._rains and roof:
            out.append(Source("rain", "rain_roof", None, 1.0))
        for picture in waters:
            out += self._river(picture, frame)
        out += self._at_doors(waters, frame)
        depth = frame.resident.depth_m
        if depth >= STANDS_FROM_M:
            out.append(Source("water here", "water_still", None, min(1.0, 0.3 + depth)))
        surface = frame.resident.feet[2] + depth
        if depth > 0 and frame.resident.head.z < surface:
            out.append(Source("under water", "underwater", None, 1.0))
        return out

    def _river(self, picture: WaterPicture, frame: Frame) -> list[Source]:
        flow = math.hypot(*picture.flow_mps)
        if flow < FLOWS_FROM_MPS:
            return []
        area = self._area(picture.zones)
        here = Spot(frame.resident.feet[:2])
        x, y = here.x, here.y
        if area is not None:
            near = nearest_points(area, here)[0]
            away = near.distance(here)
            # Its middle lies further off than its bank.
            share = 1 + BANK_M / away if away > 0.1 else 1.0
            x, y = here.x + share * (near.x - here.x), here.y + share * (near.y - here.y)
        strength = min(1.0, flow / FULL_FLOW_MPS)
        return [Source(f"river {picture.hazard}", "river", (x, y, picture.level_m), strength)]

    def _area(self, zones: tuple[str, ...]) -> shapely.Geometry | None:
        if not zones:
            return None
        if zones not in self._areas:
            self._areas[zones] = unary_union([self._polygons[z] for z in zones if z in self._polygons])
        return self._areas[zones]

    def _level(self, waters: list[WaterPicture], at: Spot, floor_z: float) -> float:
        """Return the height of the water at a point, that of the floor where there is none."""
        levels = [floor_z]
        for picture in waters:
            area = self._area(picture.zones)
            if area is None or area.covers(at):
                levels.append(picture.level_m)
        return max(levels)

    def _at_doors(self, waters: list[WaterPicture], frame: Frame) -> list[Source]:
        if not waters:
            return []
        out = []
        states: Mapping[str, float] = {d.id: d.open for d in frame.doors}
        pressed = {d.id for d in frame.doors if d.blocked == "water"}
        for name, (door, one, other) in self._doors.items():
            floor_z = self._site.floors[door.floor].z_m
            low, high = sorted((self._level(waters, one, floor_z), self._level(waters, other, floor_z)))
            middle = door.line.interpolate(0.5, normalized=True)
            at: Point = (middle.x, middle.y, floor_z + 0.1)
            stands_open = states.get(name, 0.0)
            # A shut door with a dry floor behind it still holds.
            if high - low >= RUNS_FROM_M and (low > floor_z + WET_FROM_M or stands_open > 0):
                strength = min(1.0, math.sqrt(2 * (high - low))) * (SEEPS + (1 - SEEPS) * stands_open)
                out.append(Source(f"in {name}", "water_in", at, strength))
            if name in pressed and frame.t_s >= self._groan_at:
                draw = hashlib.sha256(f"{name} {frame.tick}".encode()).digest()
                self._groan_at = frame.t_s + GROAN_EVERY_S * (0.7 + 0.6 * draw[0] / 255)
                at_door = (at[0], at[1], floor_z + 1.0)
                sound = "steel_groan" if draw[1] % 3 else "wood_groan"
                out.append(Source(f"groan {name} {frame.tick}", sound, at_door, 0.8, draw[2] % 3, once=True))
        return out
