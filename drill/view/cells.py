"""A site cut into the cells that its light is worked out in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.site.site import Site, Wall
from drill.view.building import Building, is_rail, window_heights
from drill.view.lightfield import Cells

CELLS: Final = 150_000
FINEST_M: Final = 0.28
COARSEST_M: Final = 4.0
BESIDE_M: Final = 2.5
ABOVE_M: Final = 1.2
PANE: Final = 0.85
REFLECTS: Final = {"wall": 0.62, "floor": 0.34, "ceiling": 0.66, "ground": 0.2}

Plan = npt.NDArray[np.bool_]


class Cutter:
    """Cuts a site into cells; `lamps` are the places of its lamps in site axes, each with its strength."""

    def __init__(self, site: Site, building: Building, lamps: Sequence[tuple[float, float, float, float]]) -> None:
        self.site, self.building = site, building
        bounds = [f.outline.bounds for f in site.floors]
        low = np.array([min(b[0] for b in bounds) - BESIDE_M, min(b[1] for b in bounds) - BESIDE_M])
        high = np.array([max(b[2] for b in bounds) + BESIDE_M, max(b[3] for b in bounds) + BESIDE_M])
        ground = min(f.z_m for f in site.floors)
        top = max(
            [f.z_m + f.height_m for f in site.floors] + [site.floors[w.floor].z_m + w.height_m for w in site.walls]
        )
        volume = float(np.prod(high - low)) * (top + ABOVE_M - ground)
        self.cell_m = float(np.clip((volume / CELLS) ** (1 / 3), FINEST_M, COARSEST_M))
        # The ground is the lowest layer of cells, and the floor lies on top of it.
        self.low = np.array([*low, ground - self.cell_m])
        self.shape = (
            int(np.ceil((high[0] - low[0]) / self.cell_m)) + 1,
            int(np.ceil((high[1] - low[1]) / self.cell_m)) + 1,
            int(np.ceil((top + ABOVE_M - ground) / self.cell_m)) + 2,
        )
        x = self.low[0] + (np.arange(self.shape[0]) + 0.5) * self.cell_m
        y = self.low[1] + (np.arange(self.shape[1]) + 0.5) * self.cell_m
        self._x, self._y = np.meshgrid(x, y, indexing="ij")
        self._lamps = lamps
        self._solid = np.zeros(self.shape, bool)
        self._reflects = np.zeros(self.shape, np.float32)
        self._passing = np.ones(self.shape, np.float32)

    def cut(self) -> Cells:
        """Return the cells."""
        self._fill(np.ones(self.shape[:2], bool), self.low[2], self.low[2] + self.cell_m, "ground")
        for floor in self.site.floors:
            roofed = self.building.enclosed(floor.index)
            if floor.index:
                heads = [s.polygon for s in self.site.stairs if s.upper == floor.index]
                slab = floor.outline.difference(unary_union(heads)) if heads else floor.outline
                self._fill(self._plan(slab), floor.z_m - self.cell_m, floor.z_m, "floor")
            elif not roofed.is_empty:
                self._reflects[..., 0] = np.where(self._plan(roofed), REFLECTS["floor"], REFLECTS["ground"])
            for zone in self.building.rooms(floor.index):
                if self.building.indoors(zone):
                    z = floor.z_m + zone.ceiling_m
                    self._fill(self._plan(zone.polygon.buffer(0.1)), z, z + self.cell_m, "ceiling")
        for wall in self.site.walls:
            if not is_rail(wall):
                self._wall(wall)
        for door in self.site.doors:
            self._door(door.line, self.site.floors[door.floor].z_m, door.height_m, is_open=door.open_at_start)
        return Cells(
            (float(self.low[0]), float(self.low[1]), float(self.low[2])),
            self.cell_m,
            self._solid,
            self._passing,
            self._reflects,
            self._lit(),
        )

    def _plan(self, shape: BaseGeometry) -> Plan:
        return np.asarray(shapely.contains_xy(shape, self._x, self._y), bool)

    def _levels(self, low: float, high: float) -> slice:
        """Cells whose middle lies between two heights; at least one."""
        first = round((low - self.low[2]) / self.cell_m)
        last = max(first + 1, round((high - self.low[2]) / self.cell_m))
        return slice(max(first, 0), min(last, self.shape[2]))

    def _fill(self, plan: Plan, low: float, high: float, kind: str) -> None:
        levels = self._levels(low, high)
        self._solid[plan, levels] = True
        self._reflects[plan, levels] = REFLECTS[kind]

    def _wall(self, wall: Wall) -> None:
        z = self.site.floors[wall.floor].z_m
        plan = self._plan(wall.line.buffer(max(wall.thickness_m / 2, 0.56 * self.cell_m), cap_style="square"))
        was = self._solid[plan].copy()
        self._fill(plan, z, z + wall.height_m, "wall")
        if wall.window:
            low, high = window_heights(wall)
            levels = self._levels(z + low, z + high)
            self._solid[plan, levels] = was[:, levels]
            self._passing[plan, levels] = PANE

    def _door(self, line: BaseGeometry, z: float, height: float, *, is_open: bool) -> None:
        if is_open:
            plan = self._plan(line.buffer(max(0.25, 0.9 * self.cell_m), cap_style="flat"))
            self._solid[plan, self._levels(z, z + height)] = False

    def _lit(self) -> npt.NDArray[np.float32]:
        lamp = np.zeros(self.shape, np.float32)
        for x, y, z, strength in self._lamps:
            cell = np.floor((np.array([x, y, z]) - self.low) / self.cell_m).astype(int)
            i, j, k = np.clip(cell, 0, np.array(self.shape) - 1)
            self._solid[i, j, k] = True
            lamp[i, j, k] += strength / self.cell_m**2
        return lamp
