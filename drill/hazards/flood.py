"""Water over zones of a site whose surface follows given levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.hazards.exposure import Exposure
from drill.hazards.picture import WaterPicture
from drill.scenario.model import Flood as FloodPart
from drill.site.site import Site


class Flood:
    """A level surface over zones (or the whole site), linear in time between the scenario's points.

    Before the first point the surface stands at the first level, after the last at the last.
    """

    def __init__(self, part: FloodPart, site: Site) -> None:
        """Make the flood.

        Raises:
            ValueError: a zone is not on the site.
        """
        self.id = part.id
        self._part = part
        zones = {zone.id: zone for zone in site.zones}
        unknown = [z for z in part.zones if z not in zones]
        if unknown:
            msg = f"flood {part.id!r}: no zone {unknown[0]!r} on this site; there are {', '.join(zones)}"
            raise ValueError(msg)
        self._under: dict[int, BaseGeometry] | None = None
        if part.zones:
            floors = sorted({zones[z].floor for z in part.zones})
            self._under = {
                f: unary_union([zones[z].polygon for z in part.zones if zones[z].floor == f]) for f in floors
            }
            for polygon in self._under.values():
                shapely.prepare(polygon)
        self._times = np.array([p.at_s for p in part.level])
        self._levels = np.array([p.level_m for p in part.level])
        self._level = float(self._levels[0])

    @property
    def level_m(self) -> float:
        """Height of the surface in site axes at the last `advance`, metres."""
        return self._level

    def advance(self, t: float) -> None:
        """Bring the surface to run time `t`, seconds."""
        self._level = float(np.interp(t, self._times, self._levels))

    def expose(
        self, feet: npt.NDArray[np.float64], eye_z: npt.NDArray[np.float64], floor: npt.NDArray[np.int16], t: float
    ) -> Exposure:
        """Return depth = level - ground under the soles, and the flow, inside the zones' polygons only."""
        del eye_z, t  # the protocol's arguments; the surface stands as `advance` left it
        exposure = Exposure.none(len(feet))
        depth = np.maximum(self._level - feet[:, 2], 0.0)
        wet = np.flatnonzero(depth > 0)
        if self._under is not None and len(wet):
            inside = np.zeros(len(wet), np.bool_)
            for its_floor, polygon in self._under.items():
                here = np.flatnonzero(floor[wet] == its_floor)
                xy = feet[wet[here]]
                inside[here] = shapely.intersects_xy(polygon, xy[:, 0], xy[:, 1])
            wet = wet[inside]
        depth_m = np.zeros(len(feet), np.float32)
        depth_m[wet] = depth[wet]
        flow = exposure.flow_mps
        flow[wet] = self._part.flow_mps
        return replace(exposure, depth_m=depth_m, flow_mps=flow)

    def picture(self, t: float) -> WaterPicture:
        """Return the surface."""
        del t
        return WaterPicture(
            hazard=self.id,
            zones=tuple(self._part.zones),
            level_m=self._level,
            flow_mps=self._part.flow_mps,
            turbidity=self._part.turbidity_per_m,
            colour=self._part.colour,
        )
