"""The recorded hazard channel as functions of time and place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from drill import TICK_HZ, TICK_S
from drill.hazards.picture import KIND_LAYER, KIND_LEVEL
from drill.metrics.terrain import Floors, Terrain, Xy
from drill.record.run import HazardRow, RecordedRun
from drill.scenario.model import Earthquake, Flood, Smoke
from drill.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]


class HazardTrack:
    """What the recorded hazards were at any time and place.

    The channel is kept once a second, on change only: between rows one second apart the values are linear, over
    longer intervals they stood still until one second before the next row.
    """

    def __init__(self, run: RecordedRun, scenario: Scenario, terrain: Terrain) -> None:
        self._terrain = terrain
        self._floods: list[tuple[Flood, Floats, Floats]] = []
        self._smokes: list[tuple[Smoke, Floats, Floats]] = []
        self._zone = {z.id: i for i, z in enumerate(terrain.site.zones)}
        for index, part in enumerate(scenario.model.hazards):
            if isinstance(part, Earthquake):
                continue
            kind = KIND_LEVEL if isinstance(part, Flood) else KIND_LAYER
            rows = [r for r in run.hazards if r.hazard == index and r.kind == kind]
            if not rows:
                continue
            t, values = _with_holds(rows)
            if isinstance(part, Flood):
                self._floods.append((part, t, values))
            else:
                self._smokes.append((part, t, values))

    @property
    def has_water(self) -> bool:
        """Whether a flood of the scenario was recorded."""
        return bool(self._floods)

    @property
    def has_smoke(self) -> bool:
        """Whether a smoke layer of the scenario was recorded."""
        return bool(self._smokes)

    def water(self, t_s: Floats, floors: Floors, xy: Xy, feet_z: Floats) -> tuple[Floats, Floats]:
        """Return depth above the feet (m) and speed of the water there (m/s), each shape (N,): the deepest flood."""
        depth, flow = np.zeros(len(t_s)), np.zeros(len(t_s))
        zones = self._terrain.ground.zone_of(floors, xy) if self._floods else np.empty(0, np.int64)
        for part, times, values in self._floods:
            here = np.interp(t_s, times, values[:, 0]) - feet_z
            if part.zones:
                here = np.where(np.isin(zones, [self._zone[z] for z in part.zones]), here, 0.0)
            speed = np.hypot(np.interp(t_s, times, values[:, 1]), np.interp(t_s, times, values[:, 2]))
            deeper = here > depth
            depth = np.where(deeper, here, depth)
            flow = np.where(deeper, speed, flow)
        return depth, flow

    def extinction(self, t_s: Floats, floors: Floors, xy: Xy, z: Floats) -> Floats:
        """Return K at height `z` (site axes), 1/m, shape (N,): the sum over the smokes."""
        total = np.zeros(len(t_s))
        zones = self._terrain.ground.zone_of(floors, xy) if self._smokes else np.empty(0, np.int64)
        for part, times, values in self._smokes:
            for order, zone in enumerate(part.zones):
                here = np.flatnonzero(zones == self._zone[zone])
                if not len(here):
                    continue
                interface, upper, lower = (np.interp(t_s[here], times, values[:, 4 * order + c]) for c in range(3))
                total[here] += np.where(z[here] >= interface, upper, lower)
        return total

    def arrival(self, floors: Floors, xy: Xy, feet_z: Floats, *, depth_m: float) -> Floats:
        """Return when water of `depth_m` first stood at each place, s, shape (N,); infinite where it never did."""
        first = np.full(len(xy), np.inf)
        zones = self._terrain.ground.zone_of(floors, xy) if self._floods else np.empty(0, np.int64)
        for part, times, values in self._floods:
            peak = np.maximum.accumulate(values[:, 0])
            order = np.searchsorted(peak, feet_z + depth_m)
            reached = order < len(times)
            if part.zones:
                reached &= np.isin(zones, [self._zone[z] for z in part.zones])
            when = times[np.minimum(order, len(times) - 1)]
            first = np.where(reached, np.minimum(first, when), first)
        return first


def _with_holds(rows: Sequence[HazardRow]) -> tuple[Floats, Floats]:
    times: list[float] = []
    values: list[npt.NDArray[np.float32]] = []
    for row in rows:
        if times and row.tick * TICK_S - times[-1] > 1.0 + TICK_S / 2:
            times.append((row.tick - TICK_HZ) * TICK_S)
            values.append(values[-1])
        times.append(row.tick * TICK_S)
        values.append(row.values)
    return np.array(times), np.array(values, np.float64)
