"""What can be told of a building from its site alone: what lies under a roof, which walls are rails."""

from __future__ import annotations

from typing import Final

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.site.site import Door, Site, Wall, Zone
from drill.view.shapes import polygons

RAIL_UP_TO_M: Final = 1.3
"""A wall no higher than this is a rail."""
FENCE_UP_TO_M: Final = 1.8
"""A wall no higher than this is a fence: what it encloses is no room."""
HALL_FROM_M: Final = 4.5
"""A zone with a ceiling from this height is a hall: wooden floor and dado, court lines when it is large."""
OPEN_SKY_FROM_M: Final = 15.0
"""A zone whose ceiling is this high has none."""
COURT_FROM_M2: Final = 250.0
SILL_M: Final = 0.95
LOW_WALL_M: Final = 4.0
"""In a wall from this height the windows are a band high up, as in a gym."""


class Building:
    """A reading of the site for those who draw it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._indoors = [self._enclosed(floor.index) for floor in site.floors]

    def _enclosed(self, floor: int) -> BaseGeometry:
        """Area within the closed rings that walls and doors of a floor form."""
        walls = [w for w in self.site.walls if w.floor == floor and w.height_m > FENCE_UP_TO_M]
        parts = [w.line.buffer(w.thickness_m / 2 + 0.05) for w in walls]
        parts += [d.line.buffer(0.15) for d in self.site.doors if d.floor == floor]
        shell = unary_union(parts)
        return unary_union([Polygon(p.exterior) for p in polygons(shell)])

    def indoors(self, zone: Zone) -> bool:
        """True when most of the zone lies within walls and it has a ceiling of use."""
        if zone.ceiling_m >= OPEN_SKY_FROM_M:
            return False
        inside = self._indoors[zone.floor].intersection(zone.polygon).area
        return bool(inside > 0.5 * zone.polygon.area)

    def rooms(self, floor: int) -> list[Zone]:
        """Return the zones of a floor without those that are but a part of another, as a crowd's places are."""
        rooms: list[Zone] = []
        zones = sorted((z for z in self.site.zones if z.floor == floor), key=lambda z: -z.polygon.area)
        for zone in zones:
            covered = unary_union([r.polygon for r in rooms]).intersection(zone.polygon).area
            if covered < 0.9 * zone.polygon.area:
                rooms.append(zone)
        return rooms

    def enclosed(self, floor: int) -> BaseGeometry:
        """Return the area of a floor within walls."""
        return self._indoors[floor]

    def is_hall(self, zone: Zone) -> bool:
        """Tell whether a zone is indoors with a high ceiling, as a gym is."""
        return self.indoors(zone) and zone.ceiling_m >= HALL_FROM_M

    def has_court(self, zone: Zone) -> bool:
        """Tell whether a zone is a hall on the ground floor, wide enough for the lines of a court."""
        return self.is_hall(zone) and zone.floor == 0 and zone.polygon.area >= COURT_FROM_M2

    def thickness(self, door: Door) -> float:
        """Thickness of the wall that a door stands in."""
        wall = self._wall(door)
        return wall.thickness_m if wall else 0.15

    def wall_height(self, door: Door) -> float:
        """Height of the wall that a door stands in; the door's own where there is none."""
        wall = self._wall(door)
        return wall.height_m if wall else door.height_m

    def _wall(self, door: Door) -> Wall | None:
        near = [
            w
            for w in self.site.walls
            if w.floor == door.floor and not is_rail(w) and shapely.distance(w.line, door.line) < 0.1
        ]
        return max(near, key=lambda w: w.height_m) if near else None


def window_heights(wall: Wall) -> tuple[float, float]:
    """Return the heights of sill and head of the window in a wall above its floor, metres."""
    if wall.height_m < LOW_WALL_M:
        return SILL_M, max(SILL_M + 0.3, wall.height_m - 0.35)
    return max(2.6, wall.height_m * 0.42), wall.height_m - 1.2


def is_rail(wall: Wall) -> bool:
    """Tell whether a wall is low enough to be drawn as a rail."""
    return wall.height_m <= RAIL_UP_TO_M
