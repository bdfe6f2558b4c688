"""From sources to voices: distance, direction, walls and doors between, the room, water over the ears."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry import Point as Spot

from drill.hazards.picture import WaterPicture
from drill.record.inputs import Pose
from drill.session.frame import Frame
from drill.site.site import Site, Zone
from drill.view.building import OPEN_SKY_FROM_M, Building
from drill.view.sound.catalogue import KINDS, SPOKEN_LUFS, SPOKEN_NEAR_M
from drill.view.sound.loudness import MIX_LOUDEST_LUFS
from drill.view.sound.rooms import Place, place_of
from drill.view.sound.source import SPOKEN, Point, Source
from drill.view.sound.synthesis import ratio

WALL_DB: Final = -13.0
GLASS_DB: Final = -8.0
DOOR_DB: Final = -9.0
FLOOR_DB: Final = -16.0
CORNER_DB: Final = -3.0
"""What a wall, a window, a shut door, a floor and the way round through an open door take."""
MOST_LOSS_DB: Final = -26.0
"""However many walls: more comes round by windows, gaps and roofs."""
PASSABLE: Final = 0.3
"""A door that stands open this far lets sound through."""
AT_HAND_M: Final = 2.2
"""What is nearer than this, such as one's own steps, has nothing between."""
AT_WALL_M: Final = 0.3
LOWEST_ROOM_M: Final = 1.8
INAUDIBLE_LUFS: Final = -62.0
MOST_VOICES: Final = 20
MEMORY_S: Final = 0.15
"""How long what lies between a source and the head is taken to be the same."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What reaches the head of a source.

    Attributes:
        source: what sounds.
        towards: unit vector to where it is heard, in the head's axes: right, ahead, up. Zero means all round.
        gain: of the sound as it is kept.
        place: which of the kept colours it is heard in.
        lufs: how loud it is.
    """

    source: Source
    towards: Point
    gain: float
    place: Place
    lufs: float

    @property
    def bearing_rad(self) -> float | None:
        """Direction in plan against where the head looks, clockwise; None when it is all round."""
        right, ahead, _ = self.towards
        return None if math.hypot(right, ahead) < 0.05 else math.atan2(right, ahead)


def loudness_of(sound: str) -> tuple[float, float]:
    """Return the loudness of a sound where it is nearest, LUFS, and how near that is, m."""
    if sound.startswith(SPOKEN):
        return SPOKEN_LUFS, SPOKEN_NEAR_M
    kind = KINDS[sound]
    return kind.lufs, kind.near_m


class Ear:
    """Hears the sources of a site from a head."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._building = Building(site)
        rooms = [z for floor in site.floors for z in self._building.rooms(floor.index)]
        self._rooms = [(z, self._building.indoors(z)) for z in rooms]
        # A stage or a shelf is no wall: what counts reaches above a head.
        self._walls = [[w for w in site.walls if w.floor == f.index and w.height_m >= 1.8] for f in site.floors]
        self._trees = [shapely.STRtree([w.line for w in walls]) for walls in self._walls]
        self._doors = [[d for d in site.doors if d.floor == f.index] for f in site.floors]
        self._known: dict[str, tuple[float, float, Point, float]] = {}
        """By source: until when it holds, loss in dB, where it is heard from, further way in m."""
        self._own_floor = 0

    def indoors(self, zone: Zone) -> bool:
        """Tell whether a zone lies under a roof."""
        return self._building.indoors(zone)

    def is_hall(self, zone: Zone) -> bool:
        """Tell whether a zone is a hall, as a gym is."""
        return self._building.is_hall(zone)

    def floor_of(self, z: float) -> int:
        """Return the floor that a height belongs to."""
        below = [f.index for f in self._site.floors if f.z_m <= z + 0.3]
        return max(below, default=0)

    def room(self, at: Point) -> Zone | None:
        """Return the room that holds a point, a hall also for those on its gallery; None out of doors."""
        floor = self.floor_of(at[2])
        spot = Spot(at[0], at[1])
        for level in range(floor, -1, -1):
            for zone, indoors in self._rooms:
                top = self._site.floors[level].z_m + zone.ceiling_m
                roofed = indoors or (level > 0 and zone.ceiling_m < OPEN_SKY_FROM_M)
                if zone.floor == level and roofed and at[2] < top and zone.polygon.covers(spot):
                    return zone
        return None

    def place(self, at: Point) -> Place:
        """Return how sounds are coloured where a head is."""
        zone = self.room(at)
        return "open" if zone is None else place_of(zone.polygon.area * zone.ceiling_m)

    def hear(self, sources: Iterable[Source], head: Pose, frame: Frame) -> list[Voice]:
        """Return what reaches a head, the loudest first, all together within the bound of loudness."""
        here: Point = (head.x, head.y, head.z)
        under = self._under_water(here, frame)
        around: Place = "muffled" if under else self.place(here)
        doors = {d.id: d.open for d in frame.doors}
        feet = frame.resident.feet
        self._own_floor = frame.resident.floor if math.dist(feet[:2], here[:2]) < 1.0 else self.floor_of(here[2])
        voices = [self._voice(s, head, here, around, doors, frame.t_s) for s in sources]
        heard = sorted((v for v in voices if v.lufs > INAUDIBLE_LUFS), key=lambda v: -v.lufs)[:MOST_VOICES]
        return within_bound(heard)

    def _voice(
        self, source: Source, head: Pose, here: Point, around: Place, doors: Mapping[str, float], t_s: float
    ) -> Voice:
        lufs, near_m = loudness_of(source.sound)
        loss_db, towards, place = 0.0, (0.0, 0.0, 0.0), around
        if source.at is not None:
            between_db, heard_at, further_m = self._between(source, here, doors, t_s)
            away = tuple(a - b for a, b in zip(heard_at, here, strict=True))
            distance = math.hypot(*away) + further_m
            loss_db = between_db + 20 * math.log10(near_m / max(distance, near_m))
            if distance > 0.2:
                towards = in_head(head, (away[0], away[1], away[2]))
            if between_db <= DOOR_DB:
                place = "muffled"
        gain = source.strength * ratio(loss_db)
        return Voice(source, towards, gain, place, lufs + 20 * math.log10(max(gain, 1e-6)))

    def _between(
        self, source: Source, here: Point, doors: Mapping[str, float], t_s: float
    ) -> tuple[float, Point, float]:
        assert source.at is not None  # noqa: S101 - asked only for what is somewhere
        known = self._known.get(source.key)
        if known is not None and t_s < known[0] and not source.once:
            return known[1], (known[2] if known[3] else source.at), known[3]
        loss, heard_at, further = self._way(source.at, here, doors)
        if not source.once:
            self._known[source.key] = (t_s + MEMORY_S, loss, heard_at, further)
        return loss, heard_at, further

    def _way(self, at: Point, here: Point, doors: Mapping[str, float]) -> tuple[float, Point, float]:
        """Return the loss in dB, where a source is heard from and how much further that way is."""
        if math.dist(at, here) < AT_HAND_M:
            return 0.0, at, 0.0
        floor, own = self.floor_of(at[2]), self._own_floor
        straight = self._loss(floor, at, here, doors)
        if own != floor and self._apart(at, here):
            return max(MOST_LOSS_DB, straight + FLOOR_DB), at, 0.0
        if straight > DOOR_DB:
            return straight, at, 0.0
        best = (straight, at, 0.0)
        for door in self._doors[floor] if own == floor else ():
            if doors.get(door.id, 0.0) < PASSABLE:
                continue
            middle = door.line.interpolate(0.5, normalized=True)
            through: Point = (middle.x, middle.y, self._site.floors[floor].z_m + 1.2)
            legs = self._loss(floor, at, through, doors) + self._loss(floor, through, here, doors)
            further = math.dist(at, through)
            if legs > GLASS_DB and CORNER_DB + legs - further / 4 > best[0] - best[2] / 4:
                best = (CORNER_DB + legs, through, further)
        return best

    def _apart(self, at: Point, here: Point) -> bool:
        """Tell whether a floor lies between: not so for two who share a hall or the open air."""
        one, other = self.room(at), self.room(here)
        if one is None or other is None:
            return one is not other
        lower, upper = sorted((one, other), key=lambda zone: zone.floor)
        floors = self._site.floors
        open_above = floors[lower.floor].z_m + lower.ceiling_m > floors[upper.floor].z_m + LOWEST_ROOM_M
        return not (open_above and lower.polygon.distance(upper.polygon) < AT_WALL_M)

    def _loss(self, floor: int, a: Point, b: Point, doors: Mapping[str, float]) -> float:
        """Return what walls, and the doors in them, take between two points, dB."""
        if math.dist(a[:2], b[:2]) < 0.05:
            return 0.0
        # What stands at a wall or in a doorway is heard from the side that one is on.
        share = min(0.45, AT_WALL_M / math.dist(a[:2], b[:2]))
        start = (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
        line = LineString([start, b[:2]])
        loss = 0.0
        for index in self._trees[floor].query(line, predicate="intersects"):
            wall = self._walls[floor][int(index)]
            loss += self._through(floor, wall.line, line, doors, GLASS_DB if wall.window else WALL_DB)
        return max(loss, MOST_LOSS_DB)

    def _through(
        self, floor: int, wall: LineString, line: LineString, doors: Mapping[str, float], wall_db: float
    ) -> float:
        """Return the loss where a line crosses a wall: that of the door that stands there, if one does."""
        crossing = wall.intersection(line)
        for door in self._doors[floor]:
            if door.line.distance(crossing) < 0.12:
                return 0.0 if doors.get(door.id, 0.0) >= PASSABLE else DOOR_DB
        return wall_db

    def _under_water(self, here: Point, frame: Frame) -> bool:
        spot = Spot(here[0], here[1])
        for picture in frame.hazards:
            if isinstance(picture, WaterPicture) and here[2] < picture.level_m:
                zones = [z for z in self._site.zones if z.id in picture.zones]
                if not picture.zones or any(z.polygon.covers(spot) for z in zones):
                    return True
        return False


def in_head(head: Pose, away: Point) -> Point:
    """Return the unit vector of a direction in the head's axes: right, ahead, up. A pose looks along its x axis."""
    x, y, z, w = -head.qx, -head.qy, -head.qz, head.qw
    v, q = np.array(away), np.array([x, y, z])
    turned = v + 2 * np.cross(q, np.cross(q, v) + w * v)
    length = float(np.linalg.norm(turned))
    ahead, left, up = (float(c) / length for c in turned)
    return -left, ahead, up


def within_bound(voices: list[Voice], bound_lufs: float = MIX_LOUDEST_LUFS - 1.0) -> list[Voice]:
    """Return the voices, all turned down alike when together they would be louder than the bound."""
    together = sum(10 ** (v.lufs / 10) for v in voices)
    over_db = 10 * math.log10(max(together, 1e-12)) - bound_lufs
    if over_db <= 0:
        return voices
    down = ratio(-over_db)
    return [Voice(v.source, v.towards, v.gain * down, v.place, v.lufs - over_db) for v in voices]
