"""Lamps of a building: where they hang, what they look like, a node for each so that it can swing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from panda3d.core import NodePath
from shapely.geometry import Point, Polygon

from drill.site.site import Zone
from drill.view import materials as m
from drill.view.building import Building
from drill.view.mesh import Mesh, Pattern
from drill.view.shapes import beam, box, lathe

HALL_GAP_M: Final = 5.0
ROOM_GAP_M: Final = 2.6
HALL_DROP_M: Final = 0.95
ROOM_DROP_M: Final = 0.34
LOW_CEILING_M: Final = 2.6
"""Under a ceiling up to this height lamps are screwed to it and do not hang."""
FEWEST, MOST = 1, 400
"""No site hangs more lamps than MOST; rooms too large for that get wider gaps."""


@dataclass(frozen=True, slots=True)
class LampRow:
    """The lamps of a room.

    Attributes:
        zone: id of the room.
        places: x and y of every lamp.
        ceiling_z: height of the ceiling in site axes.
        drop_m: how far below it the light is.
        half_m: half size of what shines, along x and y.
        gap_m: gaps along x and y.
        hall: whether these are a hall's high lamps.
    """

    zone: str
    places: tuple[tuple[float, float], ...]
    ceiling_z: float
    drop_m: float
    half_m: tuple[float, float]
    gap_m: tuple[float, float]
    hall: bool


def spread(low: float, high: float, gap: float) -> list[float]:
    """Return evenly spaced places between two walls, about `gap` from one to the next and half of it from a wall."""
    count = max(1, round((high - low) / gap))
    return [low + (high - low) * (i + 0.5) / count for i in range(count)]


def lamp_rows(building: Building) -> list[LampRow]:
    """Return the lamps of all rooms of a site that has not placed its own lamps there."""
    rows = []
    rooms = [z for f in building.site.floors for z in building.rooms(f.index) if building.indoors(z)]
    area = sum(z.polygon.area / (HALL_GAP_M if building.is_hall(z) else ROOM_GAP_M) ** 2 for z in rooms)
    wider = max(1.0, (area / MOST) ** 0.5)
    own = [Point(p.at.x, p.at.y) for p in building.site.props if p.kind == "lamp"]
    for zone in rooms:
        if any(zone.polygon.covers(lamp) for lamp in own):
            continue
        row = _row(building, zone, wider)
        if row is not None:
            rows.append(row)
    return rows


def _row(building: Building, zone: Zone, wider: float) -> LampRow | None:
    hall = building.is_hall(zone)
    gap = (HALL_GAP_M if hall else ROOM_GAP_M) * wider
    inner = zone.polygon.buffer(-0.4)
    if inner.is_empty:
        return None
    x0, y0, x1, y1 = zone.polygon.bounds
    xs, ys = spread(x0, x1, gap), spread(y0, y1, gap)
    half = (0.36, 0.36) if hall else (0.6, 0.12) if x1 - x0 >= y1 - y0 else (0.12, 0.6)

    def fits(x: float, y: float) -> bool:
        return bool(inner.contains(Polygon([(x - half[0], y - half[1]), (x + half[0], y - half[1]), (x, y + half[1])])))

    places = [(x, y) for x in xs for y in ys if fits(x, y)]
    floor_z = building.site.floors[zone.floor].z_m
    drop = HALL_DROP_M if hall else ROOM_DROP_M if zone.ceiling_m > LOW_CEILING_M else 0.08
    gaps = ((x1 - x0) / len(xs), (y1 - y0) / len(ys))
    return LampRow(zone.id, tuple(places), floor_z + zone.ceiling_m, drop, half, gaps, hall)


def hang_lamps(root: NodePath, rows: list[LampRow]) -> list[NodePath]:
    """Hang a node a lamp under `root`; its origin is the point that it hangs from."""
    nodes = []
    for row in rows:
        body = (_hall_lamp if row.hall else _tube_lamp)(row).node(f"lamp-{row.zone}")
        for x, y in row.places:
            # The body's triangles are shared, its node is not.
            lamp = root.attach_new_node(body.make_copy())
            lamp.set_pos(x, y, row.ceiling_z)
            nodes.append(lamp)
    return nodes


def _hall_lamp(row: LampRow) -> Mesh:
    """A wide bell on a rod with a wire guard, as gyms have against balls."""
    mesh = Mesh()
    drop = row.drop_m
    beam(mesh, (0, 0, 0), (0, 0, -drop + 0.34), 0.03, colour=m.STEEL)
    box(mesh, (0, 0, -drop + 0.30), (0.16, 0.16, 0.14), colour=m.STEEL)
    bell = [(0.40, -drop - 0.02), (0.36, -drop + 0.05), (0.24, -drop + 0.18), (0.09, -drop + 0.25), (0.0, -drop + 0.26)]
    points, normals, _ = lathe(bell, segments=14)
    mesh.triangles(points, colour=m.TRIM, normals=normals)
    mesh.triangles(points[::-1], colour=m.LAMP, pattern=Pattern.LAMP, normals=-normals[::-1])
    glass, up, _ = lathe([(0.0, -drop - 0.03), (0.37, -drop - 0.02)], segments=14)
    mesh.triangles(glass, colour=m.LAMP, pattern=Pattern.LAMP, normals=up)
    return mesh


def _tube_lamp(row: LampRow) -> Mesh:
    """Two fluorescent tubes under a white reflector, on two rods or screwed to the ceiling."""
    mesh = Mesh()
    drop = row.drop_m
    along_x = row.half_m[0] >= row.half_m[1]

    def at(along: float, across: float, z: float) -> tuple[float, float, float]:
        return (along, across, z) if along_x else (across, along, z)

    if drop > 0.1:
        for side in (-0.42, 0.42):
            beam(mesh, at(side, 0, 0), at(side, 0, -drop + 0.05), 0.014, colour=m.STEEL)
    box(mesh, at(0, 0, -drop + 0.045), at(1.24, 0.10, 0.06), colour=m.TRIM)
    for side in (-1, 1):
        wing = [at(-0.62, 0, -drop + 0.05), at(0.62, 0, -drop + 0.05)]
        edge = [at(0.62, side * 0.13, -drop + 0.0), at(-0.62, side * 0.13, -drop + 0.0)]
        face = [*wing, *edge]
        mesh.quad(face, colour=m.TRIM)
        mesh.quad(face[::-1], colour=m.TRIM)
        box(mesh, at(0, side * 0.055, -drop), at(1.18, 0.032, 0.032), colour=m.LAMP, pattern=Pattern.LAMP)
    return mesh
