"""The site of a scenario as the metrics need it: ground, ways to the refuges, doors. Kept for a few scenarios."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from drill.scenario.scenario import Scenario
from drill.site.flowfield import FlowField
from drill.site.ground import Ground

_KEPT: Final = 8
_terrains: OrderedDict[str, Terrain] = OrderedDict()
_lock = Lock()

Xy = npt.NDArray[np.float64]
Floors = npt.NDArray[np.integer]


class Terrain:
    """Ground and flow fields of one scenario version."""

    def __init__(self, scenario: Scenario) -> None:
        self.site = scenario.site
        self.ground = Ground(scenario.site)
        self._fields: dict[tuple[tuple[str, ...] | None, frozenset[str]], FlowField] = {}
        self._walkable = [self.ground.walkable(f.index) for f in self.site.floors]
        for area in self._walkable:
            shapely.prepare(area)

    def field(self, *, refuges: tuple[str, ...] | None = None, closed_doors: Collection[str] = ()) -> FlowField:
        """Return the flow field to the given refuges (None: all), with doors closed; kept for later calls."""
        key = (refuges, frozenset(closed_doors))
        if key not in self._fields:
            self._fields[key] = FlowField(self.ground, refuges=refuges, closed_doors=key[1])
        return self._fields[key]

    def floors_of(self, xy: Xy, head_z: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
        """Return the floor under each head.

        It is the highest floor whose walkable ground is there and lies at least 0.1 m below the head; where there
        is none (a head over a wall), the floor of the sample before.

        Args:
            xy: positions, shape (N, 2), metres.
            head_z: height of the heads in site axes, shape (N,), metres.
        """
        floors = np.full(len(xy), -1, np.int16)
        best = np.full(len(xy), -np.inf)
        for floor in self.site.floors:
            index = np.full(len(xy), floor.index, np.int16)
            z = self.ground.z(index, xy)
            here = shapely.contains_xy(self._walkable[floor.index], xy) & (z <= head_z - 0.1) & (z > best)
            floors[here] = floor.index
            best[here] = z[here]
        known = np.flatnonzero(floors >= 0)
        if not len(known):
            return np.zeros(len(xy), np.int16)
        before = np.maximum(np.searchsorted(known, np.arange(len(xy)), side="right") - 1, 0)
        return self.ground.settle(floors[known[before]], xy).astype(np.int16)

    def distances_to_exits(self, floors: Floors, xy: Xy) -> npt.NDArray[np.float64]:
        """Return the distance from each place to every exit, shape (N, exits), metres.

        Exits are the refuges (along the shortest way) and then the doors that lead out (straight, same floor only;
        infinite from another floor).
        """
        columns = [self.field(refuges=(r.id,)).distance(floors, xy) for r in self.site.refuges]
        for door in self.site.doors:
            if door.leads_out:
                middle = door.line.interpolate(0.5, normalized=True)
                straight = np.hypot(xy[:, 0] - middle.x, xy[:, 1] - middle.y)
                columns.append(np.where(floors == door.floor, straight, np.inf))
        return np.column_stack(columns) if columns else np.empty((len(xy), 0))


def terrain_of(scenario: Scenario) -> Terrain:
    """Return the terrain of a scenario, made once per scenario hash. Safe to call from several threads."""
    with _lock:
        terrain = _terrains.get(scenario.hash)
        if terrain is None:
            terrain = Terrain(scenario)
            _terrains[scenario.hash] = terrain
            while len(_terrains) > _KEPT:
                _terrains.popitem(last=False)
        else:
            _terrains.move_to_end(scenario.hash)
        return terrain
