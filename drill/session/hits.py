"""Whom a falling or sliding thing hits, and who is under cover."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from drill.record.events import HitByThing
from drill.session.things import Landing, Things
from drill.site.ground import prop_outline
from drill.site.site import Prop, Site

BODY_M: Final = 0.2
"""Half the breadth of a body, as of the one that walks."""
LANDING_M: Final = 0.35
"""A thing that drops hits whoever is this near to where it comes down, in plan."""
SLIDING_HITS_MPS: Final = 0.4
SLIDING_HITS_KG: Final = 20.0
COVER_SLACK_M: Final = 0.1
"""Part of the head may stick out this far from under a desk: it is covered all the same."""

Place = tuple[float, float]


class Shelters:
    """Things of a site under which one may take cover, at their first places."""

    def __init__(self, site: Site) -> None:
        self._props = [p for p in site.props if p.protective]
        self._outlines = [prop_outline(p).buffer(COVER_SLACK_M, join_style="mitre") for p in self._props]
        for outline in self._outlines:
            shapely.prepare(outline)
        self._floor_z = [site.floors[p.floor].z_m for p in self._props]

    def __len__(self) -> int:
        return len(self._props)

    def over(self, floor: int, xy: Place, head_z: float, *, slid: dict[str, Place] | None = None) -> str:
        """Return the id of the thing that covers a head at `xy` and height `head_z` (site axes), or "".

        `slid` says by how much things have slid since.
        """
        for prop, outline, z in zip(self._props, self._outlines, self._floor_z, strict=True):
            if prop.floor != floor or head_z >= z + prop.z_m + prop.size_m[2]:
                continue
            dx, dy = (slid or {}).get(prop.id, (0.0, 0.0))
            if shapely.contains_xy(outline, xy[0] - dx, xy[1] - dy):
                return prop.id
        return ""

    def nearest(self, floor: int, xy: Place) -> Prop | None:
        """Return the nearest of them on a floor, or None when there is none."""
        here = [p for p in self._props if p.floor == floor]
        return min(here, key=lambda p: math.hypot(p.at.x - xy[0], p.at.y - xy[1]), default=None)


class Hits:
    """Tells once for each thing and shock that it hit the resident."""

    def __init__(self, things: Things, shelters: Shelters) -> None:
        self._things = things
        self._shelters = shelters
        self._hit: set[str] = set()

    def begin(self) -> None:
        """A shock begins: what hit before may hit again."""
        self._hit.clear()

    def find(
        self, landings: list[Landing], *, floor: int, xy: Place, head: tuple[float, float, float], z: float, tick: int
    ) -> list[HitByThing]:
        """Return what hits the resident in this step.

        Args:
            landings: what came down in it.
            floor: index of the resident's floor.
            xy: place of the resident's feet.
            head: place of the head (x, y, z), site axes.
            z: height of the soles.
            tick: tick of the events.
        """
        things = self._things
        slid = {things.props[n].id: _pair(things.blocks.slid[row]) for row, n in enumerate(things.standing)}
        covered = self._shelters.over(floor, (head[0], head[1]), head[2], slid=slid)
        found = []
        for landing in landings:
            prop = landing.prop
            near = math.hypot(landing.at[0] - head[0], landing.at[1] - head[1]) < LANDING_M
            if prop.z_m > 0 and prop.floor == floor and near and not covered and prop.id not in self._hit:
                found.append(self._event(prop, head, landing.energy_j, tick))
        for row, n in enumerate(things.standing):
            prop = things.props[n]
            if prop.floor != floor or prop.id in self._hit:
                continue
            energy = self._by_toppling(row, prop, head, z) if not covered else 0.0
            energy = energy or self._by_sliding(row, prop, xy)
            if energy > 0.0 and prop.id != covered:
                found.append(self._event(prop, head, energy, tick))
        return found

    def _event(self, prop: Prop, head: tuple[float, float, float], energy: float, tick: int) -> HitByThing:
        self._hit.add(prop.id)
        x, y, z = head
        return HitByThing(tick, prop.id, prop.kind, (round(x, 3), round(y, 3), round(z, 3)), round(energy, 1))

    def _by_toppling(self, row: int, prop: Prop, head: tuple[float, float, float], z: float) -> float:
        """Return the energy with which an overturning thing comes down on the head, J, or 0."""
        things = self._things
        theta, omega = float(things.blocks.theta[row]), float(things.blocks.omega[row])
        if abs(theta) <= things.blocks.alpha[row] or omega == 0.0:
            return 0.0
        axis, depth = things.axis_of(row)
        side = math.copysign(1.0, theta)
        off = (head[0] - float(things.place_of(row)[0]), head[1] - float(things.place_of(row)[1]))
        along = side * (off[0] * float(axis[0]) + off[1] * float(axis[1])) - depth / 2
        across = abs(-off[0] * float(axis[1]) + off[1] * float(axis[0]))
        width = prop.size_m[0] + prop.size_m[1] - depth
        height = prop.size_m[2]
        lean = abs(theta)
        if across > width / 2 + BODY_M or not -BODY_M < along < height * math.sin(lean) + BODY_M:
            return 0.0
        face = z + prop.z_m + max(along, 0.0) / max(math.tan(lean), 1e-6)
        if face > head[2] + 0.1:
            return 0.0
        inertia = prop.mass_kg * (depth**2 + height**2) / 3.0
        return 0.5 * inertia * omega**2

    def _by_sliding(self, row: int, prop: Prop, xy: Place) -> float:
        things = self._things
        speed = math.hypot(*things.blocks.velocity[row])
        if speed < SLIDING_HITS_MPS or prop.mass_kg < SLIDING_HITS_KG or prop.protective:
            return 0.0
        dx, dy = _pair(things.blocks.slid[row])
        if not shapely.contains_xy(prop_outline(prop).buffer(BODY_M), xy[0] - dx, xy[1] - dy):
            return 0.0
        return 0.5 * prop.mass_kg * speed**2


def _pair(values: npt.NDArray[np.float64]) -> Place:
    return float(values[0]), float(values[1])
