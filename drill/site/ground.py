"""The ground that can be walked on, its height, and what stands where on it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Polygon, box
from shapely.ops import unary_union

from drill.site.raster import FINE_M, Grid, Mask, rasterise
from drill.site.site import Door, Prop, Site, Stair

BARRIER_M: Final = 0.15
"""Walls, rails and the sides of stairs are at least this thick on the ground, whatever the site says."""
APRON_M: Final = 0.8
"""How far the ground of a stair's two floors overlaps beyond its head, so that nobody gets stuck on the line."""
DOOR_SLACK_M: Final = 0.02

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Ground:
    """Walkable ground of a site.

    A stair belongs to its lower floor: its polygon is ground of that floor that slopes up. Beyond the head
    each floor's ground goes on for `APRON_M`; `settle` says on which floor a body there stands.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._index = {floor.id: floor.index for floor in site.floors}
        self._axes = [_Axis(stair) for stair in site.stairs]
        self._walkable = [self._cut(floor.index) for floor in site.floors]
        self._zones = [zone.polygon for zone in site.zones]
        self._refuges = [refuge.polygon for refuge in site.refuges]
        for polygon in (*self._walkable, *self._zones, *self._refuges, *(axis.body for axis in self._axes)):
            shapely.prepare(polygon)

    def floor_index(self, floor_id: str) -> int:
        """Return the index of a floor. Raise KeyError when there is none of that id."""
        if floor_id not in self._index:
            msg = f"no floor {floor_id!r}; there are {', '.join(self._index)}"
            raise KeyError(msg)
        return self._index[floor_id]

    def walkable(self, floor: int, *, closed_doors: Collection[str] = ()) -> Polygon | MultiPolygon:
        """Return the ground of a floor: doors are openings, walls and solid props are cut out.

        `closed_doors` names doors that are cut out too.
        """
        ground = self._walkable[floor]
        shut = [
            door_opening(d, self.thickness(d)) for d in self.site.doors if d.floor == floor and d.id in closed_doors
        ]
        return ground.difference(unary_union(shut)) if shut else ground

    def thickness(self, door: Door) -> float:
        """Return the thickness of the wall that a door stands in, metres."""
        middle = door.line.interpolate(0.5, normalized=True)
        walls = [w for w in self.site.walls if w.floor == door.floor and w.line.distance(middle) < w.thickness_m]
        return max((max(wall.thickness_m, BARRIER_M) for wall in walls), default=BARRIER_M)

    def _cut(self, floor: int) -> Polygon | MultiPolygon:
        site = self.site
        outline = site.floors[floor].outline
        ground = unary_union(
            [
                outline,
                *(axis.body for axis in self._axes if axis.stair.lower == floor),
                *(axis.landing for axis in self._axes if axis.stair.upper == floor),
            ]
        )
        solid = [wall_body.buffer(0) for wall_body in self._wall_bodies(floor)]
        solid += [prop_outline(prop) for prop in site.props if prop.floor == floor and prop.solid]
        for axis in self._axes:
            if axis.stair.lower == floor:
                solid.append(axis.sides)
            if axis.stair.upper == floor:
                solid.append(axis.upper_sides)
        openings = [door_opening(d, self.thickness(d) + DOOR_SLACK_M) for d in site.doors if d.floor == floor]
        blocked = unary_union(solid).difference(unary_union(openings)) if openings else unary_union(solid)
        cut = ground.difference(blocked)
        return cut if isinstance(cut, Polygon | MultiPolygon) else MultiPolygon()

    def _wall_bodies(self, floor: int) -> list[Polygon]:
        return [
            wall.line.buffer(max(wall.thickness_m, BARRIER_M) / 2, cap_style="square", join_style="mitre")
            for wall in self.site.walls
            if wall.floor == floor
        ]

    def z(self, floor: npt.NDArray[np.integer], xy: Floats) -> Floats:
        """Return the height of the ground, shape (N,), metres, at `xy` (N, 2) on floors `floor` (N,)."""
        heights = np.array([f.z_m for f in self.site.floors])
        z: Floats = heights[floor].astype(np.float64)
        for axis in self._axes:
            low, high = heights[axis.stair.lower], heights[axis.stair.upper]
            near = (floor == axis.stair.lower) | (floor == axis.stair.upper)
            near &= _in_box(axis.body, xy)
            if near.any():
                here = np.flatnonzero(near)
                here = here[shapely.contains_xy(axis.body, xy[here, 0], xy[here, 1])]
                z[here] = low + axis.share(xy[here]) * (high - low)
        return z

    def settle(self, floor: npt.NDArray[np.integer], xy: Floats) -> Ints:
        """Return the floor (N,) that bodies stand on after a step: who passed a stair's head changes floor.

        It holds for steps shorter than `APRON_M`; a body on neither side of a head keeps its floor.
        """
        settled: Ints = np.asarray(floor).astype(np.int64)
        for axis in self._axes:
            near = _in_box(axis.body, xy)
            if not near.any():
                continue
            here = np.flatnonzero(near)
            here = here[shapely.contains_xy(axis.body, xy[here, 0], xy[here, 1])]
            beyond = axis.share(xy[here], clip=False) > 1.0
            up = here[beyond & (floor[here] == axis.stair.lower)]
            down = here[~beyond & (floor[here] == axis.stair.upper)]
            settled[up] = axis.stair.upper
            settled[down] = axis.stair.lower
        return settled

    def zone_of(self, floor: npt.NDArray[np.integer], xy: Floats) -> Ints:
        """Return the index in `site.zones` of the first zone that holds each point, shape (N,), or -1."""
        return _first_holding(self._zones, [zone.floor for zone in self.site.zones], floor, xy)

    def refuge_of(self, floor: npt.NDArray[np.integer], xy: Floats) -> Ints:
        """Return the index in `site.refuges` of the first refuge that holds each point, shape (N,), or -1."""
        return _first_holding(self._refuges, [refuge.floor for refuge in self.site.refuges], floor, xy)

    def door_between(self, floor: int, a_xy: tuple[float, float], b_xy: tuple[float, float]) -> int:
        """Return the index in `site.doors` of the door that the way from `a_xy` to `b_xy` passes, or -1."""
        (ax, ay), (bx, by) = a_xy, b_xy
        for n, door in enumerate(self.site.doors):
            if door.floor != floor:
                continue
            (px, py), (qx, qy) = door.line.coords
            side_a = (qx - px) * (ay - py) - (qy - py) * (ax - px)
            side_b = (qx - px) * (by - py) - (qy - py) * (bx - px)
            if (side_a > 0) == (side_b > 0):
                continue
            share = side_a / (side_a - side_b)
            x, y = ax + share * (bx - ax), ay + share * (by - ay)
            along = ((x - px) * (qx - px) + (y - py) * (qy - py)) / door.width_m**2
            if 0 <= along <= 1:
                return n
        return -1

    @cached_property
    def grid(self) -> Grid:
        """The fine grid that all floors share."""
        bounds = unary_union([axis.body for axis in self._axes] + [f.outline for f in self.site.floors]).bounds
        return Grid.over(bounds, cell_m=FINE_M)

    @cached_property
    def masks(self) -> tuple[Mask, ...]:
        """Walkable cells of the fine grid, one array a floor, all doors open."""
        return tuple(rasterise(ground, self.grid) for ground in self._walkable)

    def stair_overlap(self, stair: int) -> Polygon:
        """Return the ground about a stair's head that both floors share."""
        return self._axes[stair].overlap


class _Axis:
    """A stair with the shapes that follow from its foot and head."""

    def __init__(self, stair: Stair) -> None:
        self.stair = stair
        foot, head = stair.foot.centroid, stair.head.centroid
        self._foot = np.array([foot.x, foot.y])
        run = np.array([head.x, head.y]) - self._foot
        self.run_m = float(np.hypot(*run))
        self._unit = run / self.run_m
        side_a, side_b = stair.head.coords
        ux, uy = self._unit

        def strip(reach: float) -> Polygon:
            """Return the strip along the head, `reach` metres up (or down when negative)."""
            shift = (ux * reach, uy * reach)
            corners = [side_a, side_b, (side_b[0] + shift[0], side_b[1] + shift[1])]
            return Polygon([*corners, (side_a[0] + shift[0], side_a[1] + shift[1])])

        landing_below = strip(-APRON_M).intersection(stair.polygon)
        self.body: Polygon = unary_union([stair.polygon, strip(APRON_M)])
        self.landing: Polygon = landing_below
        near = unary_union([strip(-APRON_M / 2).intersection(stair.polygon), strip(APRON_M / 2)])
        self.overlap: Polygon = near
        # The lower floor's ground ends at the far end and the sides of the apron; only the foot is open.
        rim = self.body.boundary.difference(stair.foot.buffer(0.05, cap_style="flat"))
        self.sides = rim.buffer(BARRIER_M / 2, cap_style="flat", join_style="mitre")
        open_head = stair.head.buffer(0.05, cap_style="flat")
        upper_rim = landing_below.boundary.difference(open_head)
        self.upper_sides = upper_rim.buffer(BARRIER_M / 2, cap_style="flat", join_style="mitre")

    def share(self, xy: Floats, *, clip: bool = True) -> Floats:
        """Return how far up the stair points are: 0 at the foot, 1 at the head."""
        share: Floats = (xy - self._foot) @ self._unit / self.run_m
        return np.clip(share, 0.0, 1.0) if clip else share


def door_opening(door: Door, depth_m: float) -> Polygon:
    """Return the rectangle that a door opens in its wall, `depth_m` through."""
    return door.line.buffer(depth_m / 2 + 1e-6, cap_style="flat")


def prop_outline(prop: Prop) -> Polygon:
    """Return the rectangle that a thing stands on."""
    half_x, half_y = prop.size_m[0] / 2, prop.size_m[1] / 2
    upright = box(prop.at.x - half_x, prop.at.y - half_y, prop.at.x + half_x, prop.at.y + half_y)
    return affinity.rotate(upright, prop.yaw_deg, origin=prop.at)


def doors_without_wall(site: Site) -> list[Door]:
    """Return doors whose line does not lie in a wall of their floor."""
    missing = []
    for door in site.doors:
        walls = [
            wall.line.buffer(wall.thickness_m / 2 + 0.05, cap_style="flat")
            for wall in site.walls
            if wall.floor == door.floor
        ]
        if not walls or not unary_union(walls).covers(door.line):
            missing.append(door)
    return missing


def _in_box(polygon: Polygon, xy: Floats) -> npt.NDArray[np.bool_]:
    low_x, low_y, high_x, high_y = polygon.bounds
    inside: npt.NDArray[np.bool_] = (
        (xy[:, 0] >= low_x) & (xy[:, 0] <= high_x) & (xy[:, 1] >= low_y) & (xy[:, 1] <= high_y)
    )
    return inside


def _first_holding(polygons: list[Polygon], floors: list[int], floor: npt.NDArray[np.integer], xy: Floats) -> Ints:
    found = np.full(len(xy), -1, np.int64)
    for n, (polygon, its_floor) in enumerate(zip(polygons, floors, strict=True)):
        open_ = np.flatnonzero((found < 0) & (floor == its_floor) & _in_box(polygon, xy))
        if len(open_):
            found[open_[shapely.intersects_xy(polygon, xy[open_, 0], xy[open_, 1])]] = n
    return found


def stair_foot_and_head_lie_on_it(stair: Stair) -> tuple[bool, bool]:
    """Return whether the foot and the head of a stair lie on the rim of its polygon."""
    rim = stair.polygon.boundary.buffer(0.05)

    def lies(line: LineString) -> bool:
        return bool(rim.covers(line)) and line.length > 0.3

    return lies(stair.foot), lies(stair.head)
