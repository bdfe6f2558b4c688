"""What lies around a site: yard, fence, trees, houses, a river between its banks, the hills far off.

All of it is made from the site's outline and a seed from its name; it stands outside every floor, so that nobody
reaches it. A river is drawn for every site: the drills are those of a town on one (Takahashi lies on the Takahashi).
"""

from __future__ import annotations

import itertools
import math
import zlib
from typing import Final

import numpy as np
from shapely.geometry import LineString
from shapely.geometry import box as rectangle
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.site.site import Site
from drill.view import materials as m
from drill.view.building import Building
from drill.view.mesh import Mesh, Pattern
from drill.view.props_gym import tree
from drill.view.props_room import shaded
from drill.view.shapes import box, lay, polygons, prism

WIDE_M: Final = 150.0
FLOOR_M: Final = 0.02
WITHIN_WALL_M: Final = 0.1
YARD_M: Final = 14.0
RIVER_FROM_M: Final = 34.0
RIVER_M: Final = 26.0
BANK_M: Final = 7.0
HILLS_FROM_M: Final = 150.0
TREES: Final = 16
HOUSES: Final = 14
EAVES_M: Final = 0.45
CLEAR_M: Final = 0.04
"""A roof lies this far above the ceiling, or the two would flicker."""


def surround(mesh: Mesh, overhead: Mesh, site: Site, building: Building) -> None:
    """Draw the surroundings of a site into `mesh`, and the roofs of its buildings into `overhead`."""
    floor = site.floors[0]
    rng = np.random.default_rng(zlib.crc32(site.name.encode()))
    ground_z = floor.z_m - FLOOR_M
    # To within the walls: the shell reaches beyond them, and a line of nothing would be left at their feet.
    within = building.enclosed(0).buffer(-WITHIN_WALL_M, join_style="mitre")
    inside = unary_union([floor.outline, within])
    x0, y0, x1, y1 = inside.bounds
    yard = inside.buffer(YARD_M, join_style="mitre").envelope
    south = y0 - RIVER_FROM_M
    wide = rectangle(x0 - WIDE_M, y0 - WIDE_M, x1 + WIDE_M, y1 + WIDE_M)
    river = rectangle(x0 - WIDE_M, south - RIVER_M, x1 + WIDE_M, south)
    banks = rectangle(x0 - WIDE_M, south - RIVER_M - BANK_M, x1 + WIDE_M, south + BANK_M).difference(river)
    road = rectangle(x0 - WIDE_M, yard.bounds[3] + 1.5, x1 + WIDE_M, yard.bounds[3] + 8.0)
    lay(mesh, yard.difference(inside), ground_z, colour=m.GROUND, pattern=Pattern.GROUND)
    rest = wide.difference(unary_union([yard, river, banks, road]))
    lay(mesh, rest, ground_z, colour=m.GRASS, pattern=Pattern.GRASS)
    lay(mesh, road, ground_z, colour=m.ASPHALT, pattern=Pattern.ASPHALT)
    lay(mesh, banks, ground_z, colour=m.BANK, pattern=Pattern.GRAVEL)
    lay(mesh, river, ground_z - 0.15, colour=m.RIVER, pattern=Pattern.RIVER, along_y=True)
    _roofs(overhead, site, building)
    _fence(mesh, yard.difference(inside.buffer(0.5)), yard, ground_z)
    _trees(mesh, yard, inside, ground_z, rng)
    _houses(mesh, (x0, y1 + YARD_M + 12.0, x1), ground_z, rng)
    _hills(mesh, inside.centroid.coords[0], ground_z, rng)


def _roofs(mesh: Mesh, site: Site, building: Building) -> None:
    """Cover what has walls: a flat roof with a rim, or over a hall a shallow gable."""
    for floor in site.floors:
        above = [building.enclosed(f.index) for f in site.floors if f.index > floor.index]
        area: BaseGeometry = building.enclosed(floor.index)
        if above:
            area = area.difference(unary_union(above).buffer(0.2))
        for part in polygons(area):
            if part.area < 4:
                continue
            walls = [w for w in site.walls if w.floor == floor.index and w.line.distance(part) < 0.4]
            top = floor.z_m + max((w.height_m for w in walls), default=floor.height_m)
            outline = part.buffer(EAVES_M, join_style="mitre").simplify(0.4)
            prism(mesh, outline, top + CLEAR_M, top + 0.35, colour=m.TRIM, pattern=Pattern.CONCRETE, bottom=True)
            lay(mesh, outline, top + 0.352, colour=m.ROOF, pattern=Pattern.DECK)


def _fence(mesh: Mesh, where: BaseGeometry, yard: BaseGeometry, z: float) -> None:
    """Draw a net fence along the yard's edge, with posts."""
    ring = LineString(polygons(yard)[0].exterior.coords) if polygons(yard) else LineString()
    if where.is_empty or ring.is_empty:
        return
    coords = np.asarray(ring.coords)[:, :2]
    for a, b in itertools.pairwise(coords):
        length = float(np.linalg.norm(b - a))
        along = (b - a) / max(length, 1e-9)
        yaw = math.atan2(along[1], along[0])
        for at in np.arange(0, length, 2.5):
            point = a + along * at
            box(mesh, (point[0], point[1], z + 0.9), (0.06, 0.06, 1.8), colour=m.FENCE)
        for height in (0.15, 0.6, 1.05, 1.5, 1.78):
            middle = (a + b) / 2
            box(mesh, (middle[0], middle[1], z + height), (length, 0.025, 0.025), colour=m.FENCE, yaw=yaw)


def _trees(mesh: Mesh, yard: BaseGeometry, inside: BaseGeometry, z: float, rng: np.random.Generator) -> None:
    edge = polygons(yard)[0].buffer(-2.5).exterior
    looks = []
    for key in range(3):
        look = Mesh()
        tree(look, (4.2, 4.2, 6.5), key + 5)
        looks.append(look)
    for i in range(TREES):
        point = edge.interpolate((i + float(rng.uniform(-0.2, 0.2))) / TREES, normalized=True)
        if inside.distance(point) < 5.5:
            continue
        look = looks[int(rng.integers(len(looks)))].turned(float(rng.uniform(0, 6.28)))
        mesh.add(look, at=(point.x, point.y, z))


def _houses(mesh: Mesh, row: tuple[float, float, float], z: float, rng: np.random.Generator) -> None:
    """Draw a street of houses with tiled roofs beyond the road."""
    x, y, end = row[0] - 60, row[1], row[2] + 60
    for _ in range(HOUSES):
        wide, deep, high = (float(v) for v in rng.uniform((8, 7, 3.2), (13, 10, 6.2)))
        x += wide / 2 + float(rng.uniform(1.5, 5))
        if x + wide / 2 > end:
            break
        centre = (x, y + deep / 2 + float(rng.uniform(0, 5)))
        _house(mesh, centre, (wide, deep, high), z, rng)
        x += wide / 2


def _house(
    mesh: Mesh, at: tuple[float, float], size: tuple[float, float, float], z: float, rng: np.random.Generator
) -> None:
    (x, y), (wide, deep, high) = at, size
    wall = m.HOUSES[int(rng.integers(len(m.HOUSES)))]
    box(mesh, (x, y, z + high / 2), (wide, deep, high), colour=wall, pattern=Pattern.CONCRETE)
    over, rise = 0.7, deep * 0.22
    low, ridge = z + high - 0.1, z + high + rise
    left, right = x - wide / 2 - over, x + wide / 2 + over
    front, back = y - deep / 2 - over, y + deep / 2 + over
    slope = math.hypot(deep / 2 + over, rise)
    texture = [(0, 0), (wide, 0), (wide, slope), (0, slope)]
    roof = shaded(m.ROOF, float(rng.uniform(0.6, 1.05)))
    quads = (
        [(left, front, low), (right, front, low), (right, y, ridge), (left, y, ridge)],
        [(right, back, low), (left, back, low), (left, y, ridge), (right, y, ridge)],
    )
    for quad in quads:
        mesh.quad(quad, colour=roof, pattern=Pattern.ROOF, texcoords=texture)
        mesh.quad(quad[::-1], colour=shaded(roof, 0.7))
    for side in (left + over, right - over):
        face = [(side, y - deep / 2, low + 0.1), (side, y + deep / 2, low + 0.1), (side, y, ridge - 0.1)]
        mesh.triangles(face if side > x else face[::-1], colour=wall)
    for level in range(max(1, round(high / 3.0))):
        for share in (-0.3, 0.0, 0.3):
            centre = (x + share * wide, y - deep / 2 - 0.02, z + 1.4 + level * 2.7)
            if centre[2] + 0.6 < z + high:
                box(mesh, centre, (1.5, 0.06, 1.1), colour=m.PANE, pattern=Pattern.WINDOW)
                box(mesh, (centre[0], centre[1], centre[2] - 0.6), (1.6, 0.1, 0.06), colour=m.FRAME)


def _hills(mesh: Mesh, centre: tuple[float, ...], z: float, rng: np.random.Generator) -> None:
    """Draw three ranges of wooded hills, one behind the other, all round, as in a narrow valley."""
    turn = np.linspace(0, 2 * math.pi, 97)
    for n in range(3):
        radius = HILLS_FROM_M + 65 * n
        height = np.full(len(turn), 16.0 + 20 * n)
        for wave in range(2, 12):
            swing = (13.0 + 6 * n) / wave**0.7
            height += swing * np.cos(wave * turn + rng.uniform(0, 2 * math.pi))
        height = np.maximum(height, 5.0)
        height[-1] = height[0]
        ring = np.stack([centre[0] + radius * np.cos(turn), centre[1] + radius * np.sin(turn)], axis=1)
        far = np.array(centre[:2]) + (ring - centre[:2]) * 1.25
        tone = shaded(m.HILL_GREEN, 1.0 - 0.08 * n)
        for i in range(len(turn) - 1):
            j = i + 1
            quad = [(*ring[j], z - 1), (*ring[i], z - 1), (*far[i], z + height[i]), (*far[j], z + height[j])]
            along = radius * turn[i], radius * turn[j]
            texture = [(along[1], 0), (along[0], 0), (along[0], height[i] * 1.6), (along[1], height[j] * 1.6)]
            mesh.quad(quad, colour=tone, pattern=Pattern.HILL, texcoords=np.array(texture) * 0.2)
