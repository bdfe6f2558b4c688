"""Openings between the zones of a floor: doors, and where two zones meet with no wall between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.site.site import Site, Zone

OUTSIDE: Final = -1
"""Number of the zone that stands for everything which is not one of the zones asked about."""
BESIDE_M: Final = 0.35
"""How far from an opening's line its two sides are looked up."""
LEAST_M: Final = 0.3
"""Gaps in walls that are narrower than this are taken for drawing faults."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening between zones `a` and `b`, as indices of the zones asked about or OUTSIDE.

    Attributes:
        a, b: the zones.
        floor_z_m: height of the floor there, site axes.
        top_m: height of the opening's upper edge above the floor.
        width_m: width when wide open.
        door: id of the door in it, or "" when it is always open.
    """

    a: int
    b: int
    floor_z_m: float
    top_m: float
    width_m: float
    door: str


def find_openings(site: Site, zones: Sequence[Zone]) -> tuple[Opening, ...]:
    """Return the openings of `zones`: doors in site order, then gaps between zones, then gaps to elsewhere."""
    return tuple(_doors(site, zones) + _gaps(site, zones))


def _zone_at(zones: Sequence[Zone], floor: int, x: float, y: float) -> int:
    for n, zone in enumerate(zones):
        if zone.floor == floor and shapely.intersects_xy(zone.polygon, x, y):
            return n
    return OUTSIDE


def _sides(line: LineString) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return points beside the middle of a line, one on each side."""
    middle = line.interpolate(0.5, normalized=True)
    (px, py), (qx, qy) = line.coords[0], line.coords[-1]
    length = max(float(LineString([(px, py), (qx, qy)]).length), 1e-9)
    nx, ny = -(qy - py) / length * BESIDE_M, (qx - px) / length * BESIDE_M
    return (middle.x + nx, middle.y + ny), (middle.x - nx, middle.y - ny)


def _doors(site: Site, zones: Sequence[Zone]) -> list[Opening]:
    found = []
    for door in site.doors:
        a, b = (_zone_at(zones, door.floor, *point) for point in _sides(door.line))
        if a != b:
            found.append(Opening(a, b, site.floors[door.floor].z_m, door.height_m, door.width_m, door.id))
    return found


def _gaps(site: Site, zones: Sequence[Zone]) -> list[Opening]:
    found = []
    for n, zone in enumerate(zones):
        shut = [w.line.buffer(max(w.thickness_m, 0.2) / 2 + 0.05) for w in site.walls if w.floor == zone.floor]
        shut += [d.line.buffer(0.25) for d in site.doors if d.floor == zone.floor]
        open_rim = zone.polygon.boundary.difference(unary_union(shut)) if shut else zone.polygon.boundary
        for line in _straights(open_rim):
            ends = [_zone_at(zones, zone.floor, *point) for point in _sides(line)]
            others = [e for e in ends if e != n]
            if len(others) != 1:
                continue
            beyond = others[0]
            if beyond == OUTSIDE:
                outside = next(p for p, e in zip(_sides(line), ends, strict=True) if e == OUTSIDE)
                if not shapely.intersects_xy(site.floors[zone.floor].outline, *outside):
                    continue
            elif beyond < n:
                continue
            top = zone.ceiling_m if beyond == OUTSIDE else min(zone.ceiling_m, zones[beyond].ceiling_m)
            found.append(Opening(n, beyond, site.floors[zone.floor].z_m, top, line.length, ""))
    return found


def _straights(geometry: BaseGeometry) -> list[LineString]:
    lines = []
    for part in shapely.get_parts(geometry):
        points = shapely.get_coordinates(part)
        lines += [LineString([p, q]) for p, q in pairwise(points)]
    return [line for line in lines if line.length >= LEAST_M]
