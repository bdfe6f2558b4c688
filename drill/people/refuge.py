"""Standing room in a refuge: who arrives goes on to a free place and makes room for the next."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from drill.site.ground import Ground

SPACING_M: Final = 0.6
"""Distance between two standing places, metres; half of it when a refuge is too small for that."""
TURNING_M: Final = 0.35
"""Distance that places keep from walls, metres."""


class StandingRoom:
    """Standing places of one refuge. Those who come first go furthest from where they came in."""

    def __init__(self, ground: Ground, refuge: int) -> None:
        its = ground.site.refuges[refuge]
        region = its.polygon.intersection(ground.walkable(its.floor)).buffer(-TURNING_M)
        self._places = np.empty((0, 2))
        if not region.is_empty:
            low_x, low_y, high_x, high_y = region.bounds
            x, y = np.meshgrid(np.arange(low_x, high_x + 1e-9, SPACING_M), np.arange(low_y, high_y + 1e-9, SPACING_M))
            places = np.column_stack((x.ravel(), y.ravel()))
            self._places = places[shapely.intersects_xy(region, places[:, 0], places[:, 1])]
        self._free = np.ones(len(self._places), np.bool_)

    def take(self, xy: npt.NDArray[np.float64]) -> tuple[float, float] | None:
        """Return the free place furthest from `xy` and keep it, or None when all are taken."""
        if not self._free.any():
            return None
        away = np.where(self._free, np.hypot(*(self._places - xy).T), -1.0)
        chosen = int(np.argmax(away))
        self._free[chosen] = False
        return float(self._places[chosen, 0]), float(self._places[chosen, 1])
