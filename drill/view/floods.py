"""What the levels of a flood over the whole run tell a picture: how long things drifted, where it left its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.scenario.model import Flood

GRID_S: Final = 0.25
LIFT_M: Final = 0.08
"""Depth beyond its draught over which a thing comes free of the floor."""
LIVELY_MPS: Final = 0.02
"""A surface that rises this fast is stirred as much as any."""

Floats = npt.NDArray[np.float64]


class Levels:
    """Levels of every flood of a scenario by its id; a flood that is not known stands as it is seen."""

    def __init__(self, floods: Sequence[Flood] = ()) -> None:
        self._known = {
            f.id: (np.array([p.at_s for p in f.level], float), np.array([p.level_m for p in f.level], float))
            for f in floods
        }
        self._drifts: dict[tuple[str, float], tuple[Floats, Floats]] = {}
        self._seen: dict[str, float] = {}

    def highest(self, hazard: str, t_s: float, now_m: float) -> float:
        """Return the highest that a flood has stood until `t_s`, metres; it stands at `now_m`."""
        if hazard not in self._known:
            self._seen[hazard] = max(self._seen.get(hazard, now_m), now_m)
            return self._seen[hazard]
        times, levels = self._known[hazard]
        return max(now_m, float(levels[times <= t_s].max(initial=now_m)))

    def rise_mps(self, hazard: str, t_s: float) -> float:
        """Return how fast a flood's surface rises (or falls) at `t_s`, m/s, without a sign."""
        if hazard not in self._known:
            return 0.0
        times, levels = self._known[hazard]
        before, after = np.interp([t_s - 0.5, t_s + 0.5], times, levels)
        return abs(float(after - before))

    def drift_s(self, hazard: str, t_s: float, *, ground_m: float, draught_m: float) -> float:
        """Return for how long a thing has drifted by `t_s`: the integral of how free it was, seconds."""
        if hazard not in self._known:
            return t_s
        key = (hazard, round(ground_m + draught_m, 3))
        if key not in self._drifts:
            times, levels = self._known[hazard]
            grid = np.arange(0.0, max(float(times[-1]), 1.0) + GRID_S, GRID_S)
            free = np.clip((np.interp(grid, times, levels) - ground_m - draught_m) / LIFT_M, 0, 1)
            step = (free[1:] + free[:-1]) / 2 * GRID_S
            self._drifts[key] = (grid, np.concatenate([[0.0], np.cumsum(step)]))
        grid, drifted = self._drifts[key]
        if t_s <= grid[-1]:
            return float(np.interp(t_s, grid, drifted))
        last = float(drifted[-1] - drifted[-2]) / GRID_S
        return float(drifted[-1]) + last * (t_s - float(grid[-1]))
