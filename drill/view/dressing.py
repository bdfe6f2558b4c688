"""What a school's rooms have besides: drawn where the site's own things tell what kind of room it is.

A hall with a court gets wall bars, clock and scoreboard, its stage curtains and a proscenium; a classroom with desks a
blackboard, chairs, lockers, a clock and a loudspeaker; a corridor notice boards; rooms with windows curtains. Nothing
of it stands in the way of anybody, and what the site has placed itself is not drawn twice.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator
from typing import Final

import numpy as np
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry import box as rectangle
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.site.site import Prop, Site, Zone
from drill.view import materials as m
from drill.view import props_gym as gym
from drill.view import props_room as room
from drill.view.building import Building, is_rail
from drill.view.mesh import Mesh, Pattern
from drill.view.props_room import Size
from drill.view.shapes import ball, beam, box

DESKS: Final = 6
"""A room with this many desks is a classroom."""
CORRIDOR: Final = 3.0
"""A room this many times as long as wide is a corridor."""
CLEAR_M: Final = 0.35

Side = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""A stretch of wall: its two ends on the wall's face, and the unit normal into the room."""


def dress(mesh: Mesh, site: Site, building: Building) -> None:
    """Draw into `mesh` what the rooms of a site have besides its own props."""
    dresser = _Dresser(mesh, site, building)
    for floor in site.floors:
        for zone in building.rooms(floor.index):
            if building.indoors(zone):
                dresser.dress(zone)


class _Dresser:
    def __init__(self, mesh: Mesh, site: Site, building: Building) -> None:
        self.mesh, self.site, self.building = mesh, site, building

    def dress(self, zone: Zone) -> None:
        inside = [p for p in self.site.props if p.floor == zone.floor and zone.polygon.covers(p.at)]
        kinds = {p.kind for p in inside}
        z = self.site.floors[zone.floor].z_m
        if self.building.has_court(zone):
            self._gym(zone, inside, z)
        elif sum(p.kind == "desk" for p in inside) >= DESKS:
            self._classroom(zone, inside, z)
        elif _length_to_width(zone.polygon) >= CORRIDOR and "noticeboard" not in kinds:
            for a, b, normal in self._sides(zone, window=False, least=2.6):
                self._place(room.notice_board, a, b, normal, z + 1.15, (0.04, min(2.4, _way(a, b) - 0.5), 0.95))
        if "curtain" not in kinds and not self.building.is_hall(zone):
            self._curtains(zone, z)

    def _gym(self, zone: Zone, inside: list[Prop], z: float) -> None:
        kinds = {p.kind for p in inside}
        stages = [p for p in inside if p.kind in ("stage", "platform")]
        for stage in stages:
            self._proscenium(stage, zone, z)
        free = sorted(self._sides(zone, window=False, least=3.0), key=lambda s: -_way(s[0], s[1]))
        free = [s for s in free if all(LineString(s[:2]).distance(p.at) > max(p.size_m[:2]) * 0.75 for p in stages)]
        if free and "wall-bars" not in kinds:
            a, b, normal = free[0]
            long_ = min(_way(a, b) - 0.6, 9.0)
            self._place(gym.wall_bars, a, b, normal, z + 0.02, (0.16, long_ - long_ % 0.9, 2.5))
        high = z + min(zone.ceiling_m * 0.62, 5.2)
        if stages:
            stage = stages[0]
            out = np.array([zone.polygon.centroid.x - stage.at.x, zone.polygon.centroid.y - stage.at.y])
            facing = [
                s for s in self._sides(zone, window=None, least=6.0) if -(s[2][0] * out[0] + s[2][1] * out[1]) > 0
            ]
            opposite = max(facing, key=lambda s: -(s[2][0] * out[0] + s[2][1] * out[1]), default=None)
            if opposite is not None and "clock" not in kinds:
                a, b, normal = opposite
                self._place(room.clock, a, b, normal, high, (0.12, 0.75, 0.75))
        if len(free) > 1 and "scoreboard" not in kinds:
            a, b, normal = free[1]
            self._place(gym.scoreboard, a, b, normal, high - 1.3, (0.14, min(3.0, _way(a, b)), 1.1))

    def _proscenium(self, stage: Prop, zone: Zone, z: float) -> None:
        """Draw curtains, valance and header over a stage's front edge, and a screen's box above."""
        width, depth, height = stage.size_m
        yaw = math.radians(stage.yaw_deg)
        out = np.array([zone.polygon.centroid.x - stage.at.x, zone.polygon.centroid.y - stage.at.y])
        axis = np.array([math.cos(yaw), math.sin(yaw)])
        if width < depth:
            turn, long_, deep = yaw + (0.0 if out @ axis > 0 else math.pi), depth, width
        else:
            side = np.array([-axis[1], axis[0]])
            turn, long_, deep = yaw + (math.pi / 2 if out @ side > 0 else -math.pi / 2), width, depth
        top = min(5.4, zone.ceiling_m - 0.6)
        local = Mesh()
        edge = deep / 2 - 0.5
        head = zone.ceiling_m - top - 0.05
        box(local, (edge, 0, top + head / 2), (0.18, long_, head), colour=m.PERFORATED, pattern=Pattern.PERFORATED)
        box(local, (edge + 0.1, 0, top - 0.02), (0.06, long_, 0.12), colour=m.STAGE_WOOD, pattern=Pattern.PLANK)
        wing = long_ * 0.17
        for side_ in (-1, 1):
            centre = (edge - 0.1, side_ * (long_ - wing) / 2, height + (top - height) / 2)
            box(local, centre, (0.14, wing, top - height), colour=m.CURTAIN, pattern=Pattern.CURTAIN)
        box(local, (edge + 0.02, 0, top - 0.35), (0.12, long_, 0.7), colour=m.CURTAIN, pattern=Pattern.CURTAIN)
        box(local, (edge + 0.085, 0, top - 0.68), (0.02, long_, 0.05), colour=m.GOLD)
        back = -deep / 2 + 0.12
        box(local, (back, 0, height + 1.9), (0.1, long_ * 0.98, 3.8), colour=m.BACKDROP, pattern=Pattern.CURTAIN)
        box(local, (back + 0.5, 0, height + 0.55), (0.5, 0.7, 1.1), colour=m.STAGE_WOOD, pattern=Pattern.PLANK)
        _emblem(local, edge + 0.10, top + head * 0.5, min(0.55, head * 0.36))
        self.mesh.add(local.turned(turn), at=(stage.at.x, stage.at.y, z))

    def _classroom(self, zone: Zone, inside: list[Prop], z: float) -> None:
        kinds = {p.kind for p in inside}
        teacher = next((p for p in inside if p.kind == "teacherdesk"), None)
        sides = [s for s in self._sides(zone, window=False, least=2.4) if _way(s[0], s[1]) >= 2.4]
        if teacher is None or not sides:
            return
        spot = Point(teacher.at.x, teacher.at.y)
        front = min(sides, key=lambda s: LineString(s[:2]).distance(spot))
        a, b, normal = front
        if not kinds & {"blackboard", "board"}:
            self._place(room.board, a, b, normal, z + 0.85, (0.07, min(3.8, _way(a, b) - 0.4), 1.2))
        if "clock" not in kinds:
            self._place(room.clock, a, b, normal, z + zone.ceiling_m - 0.46, (0.07, 0.34, 0.34), share=0.22)
        if "speaker" not in kinds:
            self._place(room.speaker, a, b, normal, z + zone.ceiling_m - 0.42, (0.14, 0.42, 0.28))
        back = max(sides, key=lambda s: s[2][0] * -normal[0] + s[2][1] * -normal[1])
        if back[2][0] * normal[0] + back[2][1] * normal[1] < -0.9:
            long_ = _way(back[0], back[1]) - 0.3
            if not kinds & {"locker", "shelf"}:
                self._place(room.locker, *back, z, (0.42, min(long_, 7.2), 0.86))
            self._place(room.notice_board, *back, z + 1.1, (0.04, min(long_, 6.4), 1.0))
        if "chair" not in kinds:
            self._chairs([p for p in inside if p.kind == "desk"], spot, z)

    def _chairs(self, desks: list[Prop], teacher: Point, z: float) -> None:
        """Stand a chair at every desk, on the long side that lets one look towards the teacher's place best."""
        for desk in desks:
            width, depth, _ = desk.size_m
            yaw = math.radians(desk.yaw_deg) + (0.0 if width < depth else math.pi / 2)
            deep = min(width, depth)
            ahead = np.array([math.cos(yaw), math.sin(yaw)])
            if ahead @ np.array([teacher.x - desk.at.x, teacher.y - desk.at.y]) < 0:
                yaw, ahead = yaw + math.pi, -ahead
            local = Mesh()
            room.chair(local, (0.38, 0.38, 0.72), zlib.crc32(desk.id.encode()))
            at = np.array([desk.at.x, desk.at.y]) - ahead * (deep / 2 + 0.14)
            self.mesh.add(local.turned(yaw), at=(float(at[0]), float(at[1]), z + desk.z_m))

    def _curtains(self, zone: Zone, z: float) -> None:
        """Hang curtains, drawn aside, at the ends of every window and in between."""
        for a, b, normal in self._sides(zone, window=True, least=1.5):
            length = _way(a, b)
            bays = max(1, round(length / 3.6))
            high = zone.ceiling_m - 0.18
            low = 0.8
            yaw = math.atan2(b[1] - a[1], b[0] - a[0])
            rail = np.array(normal) * 0.12
            start, end = np.array(a) + rail, np.array(b) + rail
            beam(self.mesh, (*start, z + high), (*end, z + high), 0.03, colour=m.HANDLE)
            for i in range(bays + 1):
                share = min(max(i / bays, 0.3 / length), 1 - 0.3 / length)
                at = start + (end - start) * share
                local = Mesh()
                room.curtain(local, (0.55, 0.12, high - low), i)
                self.mesh.add(local.turned(yaw), at=(float(at[0]), float(at[1]), z + low))

    def _place(
        self,
        draw: object,
        a: tuple[float, float],
        b: tuple[float, float],
        normal: tuple[float, float],
        z: float,
        size: Size,
        *,
        share: float = 0.5,
    ) -> None:
        """Draw a thing with its back on the wall between `a` and `b`."""
        local = Mesh()
        draw(local, size, zlib.crc32(f"{a}{b}".encode()))  # type: ignore[operator]  # one of the drawings of props
        x = a[0] + (b[0] - a[0]) * share + normal[0] * size[0] / 2
        y = a[1] + (b[1] - a[1]) * share + normal[1] * size[0] / 2
        self.mesh.add(local.turned(math.atan2(normal[1], normal[0])), at=(x, y, z))

    def _sides(self, zone: Zone, *, window: bool | None, least: float) -> Iterator[Side]:
        """Yield the stretches of wall round a room without doors; `window` None takes walls of both kinds."""
        near = zone.polygon.exterior.buffer(0.3)
        doors = [d.line.buffer(CLEAR_M) for d in self.site.doors if d.floor == zone.floor]
        stairs = [s.polygon for s in self.site.stairs if s.lower == zone.floor]
        gaps: BaseGeometry = unary_union([*doors, *stairs]) if doors or stairs else Polygon()
        others = [w.line for w in self.site.walls if w.floor == zone.floor and w.window]
        panes = unary_union([line.buffer(0.12) for line in others]) if others else Polygon()
        for wall in self.site.walls:
            if wall.floor != zone.floor or is_rail(wall) or (window is not None and wall.window != window):
                continue
            line = wall.line.intersection(near).difference(gaps)
            if window is False:
                line = line.difference(panes)
            for piece in getattr(line, "geoms", [line]):
                if not isinstance(piece, LineString) or piece.length < least:
                    continue
                for (ax, ay), (bx, by) in itertools.pairwise(piece.coords):
                    length = math.dist((ax, ay), (bx, by))
                    if length < least:
                        continue
                    normal = np.array([-(by - ay), bx - ax]) / length
                    middle = np.array([(ax + bx) / 2, (ay + by) / 2])
                    if not zone.polygon.intersects(Point(*(middle + normal * 0.5))):
                        normal = -normal
                    if not zone.polygon.intersects(Point(*(middle + normal * 0.5))):
                        continue
                    face = normal * wall.thickness_m / 2
                    trim = (np.array([bx, by]) - (ax, ay)) / length * 0.12
                    a, b = np.array([ax, ay]) + face + trim, np.array([bx, by]) + face - trim
                    yield (
                        (float(a[0]), float(a[1])),
                        (float(b[0]), float(b[1])),
                        (float(normal[0]), float(normal[1])),
                    )


def _emblem(mesh: Mesh, x: float, z: float, radius: float) -> None:
    """Draw the emblem of no school in particular: a plum blossom of five petals."""
    points, normals = ball(rings=5, segments=10)
    for n in range(5):
        angle = n * 2 * math.pi / 5
        petal = points * (0.03, radius * 0.42, radius * 0.42)
        place = np.array([x, radius * 0.56 * math.sin(angle), z + radius * 0.56 * math.cos(angle)])
        mesh.triangles(petal + place, colour=m.GOLD, normals=normals)
    mesh.triangles(points * (0.05, radius * 0.2, radius * 0.2) + np.array([x, 0, z]), colour=m.CURTAIN, normals=normals)


def _way(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.dist(a, b)


def _length_to_width(polygon: Polygon) -> float:
    x0, y0, x1, y1 = polygon.bounds
    short, long_ = sorted((x1 - x0, y1 - y0))
    filled = polygon.area / max(rectangle(x0, y0, x1, y1).area, 1e-9)
    return float(long_ / max(short, 1e-6) * filled)
