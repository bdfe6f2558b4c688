"""An earthquake: shocks that move the ground under everybody alike, from records or made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import unary_union

from drill import CROWD_EVERY, TICK_S
from drill.hazards.exposure import Exposure
from drill.hazards.picture import QuakePicture
from drill.scenario.model import Earthquake as EarthquakePart
from drill.scenario.model import Shock
from drill.seismic.groundmotion import STEP_S, GroundMotion
from drill.seismic.intensity import RUNNING_S, running_intensity
from drill.seismic.records import read_motion
from drill.seismic.synthetic import synthetic
from drill.site.site import Site

Floats = npt.NDArray[np.float64]

HAZARD_STEP_S: Final = CROWD_EVERY * TICK_S
DUST_FROM: Final = 4.5
DUST_FULL_AT: Final = 5.5
DUST_RISE_S: Final = 5.0
DUST_FALL_S: Final = 60.0
"""Dust rises from class 5- on, fully at 6-, within seconds, and settles in about a minute; estimates of ours."""


def motion_of(shock: Shock, *, folder: Path, hazard: str) -> GroundMotion:
    """Return the motion of a shock at `STEP_S`.

    Raises:
        RecordError: a record that cannot be read, or is still although an intensity is wanted.
    """
    if not shock.record:
        wanted = shock.intensity if shock.intensity is not None else 0.0
        name = f"{hazard}/{shock.id}"
        return synthetic(intensity=wanted, duration_s=shock.duration_s, rise_s=shock.rise_s, seed=name)
    motion = read_motion([(name, (folder / name).read_bytes()) for name in shock.record]).resampled().felt()
    return motion if shock.intensity is None else motion.scaled_to(shock.intensity)


@dataclass(frozen=True, slots=True)
class Played:
    """A shock as it is played: from `begin_s` to `end_s` of run time.

    `displacement_m` and `acceleration_mps2` (N, 3) at STEP_S; `running` its running intensity at HAZARD_STEP_S, which
    goes on for `RUNNING_S` after the motion; `intensity` the JMA instrumental intensity of the whole motion.
    """

    id: str
    begin_s: float
    end_s: float
    acceleration_mps2: Floats
    displacement_m: Floats
    running: Floats
    intensity: float

    @classmethod
    def of(cls, shock: Shock, motion: GroundMotion) -> Played:
        """Return the shock with its motion."""
        times = np.arange(0.0, motion.duration_s + RUNNING_S, HAZARD_STEP_S)
        return cls(
            shock.id,
            shock.at_s,
            shock.at_s + motion.duration_s,
            motion.acceleration_mps2,
            motion.displacement_m,
            running_intensity(motion.filtered_gal, dt_s=motion.dt_s, at_s=times),
            motion.intensity,
        )


class Earthquake:
    """Shocks of a scenario, one after another. Motions that overlap add.

    The motion is that of the ground that people stand on, the same on every floor: the response of the building is
    not modelled. It is the same in every run of a scenario, so that runs can be compared.
    """

    def __init__(self, part: EarthquakePart, site: Site, *, folder: Path) -> None:
        """Make the earthquake. Records are read from `folder`.

        Raises:
            RecordError: a record that cannot be read.
            ValueError: a zone is not on the site, or a record is still.
        """
        self.id = part.id
        self.part = part
        zones = {zone.id: zone for zone in site.zones}
        unknown = [z for z in part.zones if z not in zones]
        if unknown:
            msg = f"earthquake {part.id!r}: no zone {unknown[0]!r} on this site; there are {', '.join(zones)}"
            raise ValueError(msg)
        floors = sorted({zones[z].floor for z in part.zones})
        self._shaken = {
            floor: unary_union([zones[z].polygon for z in part.zones if zones[z].floor == floor]) for floor in floors
        }
        self.shocks = tuple(Played.of(shock, motion_of(shock, folder=folder, hazard=part.id)) for shock in part.shocks)
        self._acceleration = np.zeros(3)
        self._ground = np.zeros(3)
        self._dust = 0.0
        self._t = 0.0
        self.intensity = 0.0
        self.shaking = ""

    def advance(self, t: float) -> None:
        """Bring the ground to run time `t`, seconds.

        Afterwards `intensity` is the running intensity and `shaking` the id of the shock that is on, or "".
        """
        self._acceleration = self._at(t, "acceleration_mps2")
        self._ground = self._at(t, "displacement_m")
        self.intensity = max((_running(shock, t) for shock in self.shocks), default=0.0)
        self.shaking = next((s.id for s in reversed(self.shocks) if s.begin_s - 1e-9 <= t < s.end_s - 1e-9), "")
        dt = max(0.0, t - self._t)
        self._t = t
        rising = min(1.0, max(0.0, (self.intensity - DUST_FROM) / (DUST_FULL_AT - DUST_FROM)))
        self._dust += (1.0 - self._dust) * rising * dt / DUST_RISE_S - self._dust * dt / DUST_FALL_S
        self._dust = min(1.0, max(0.0, self._dust))

    def samples(self, begin_s: float, end_s: float) -> Floats:
        """Return the acceleration at every `STEP_S` after `begin_s` up to `end_s`, shape (M, 3), m/s²."""
        n = round((end_s - begin_s) / STEP_S)
        total = np.zeros((n, 3))
        for shock in self.shocks:
            first = round((begin_s - shock.begin_s) / STEP_S) + 1
            low, high = max(0, first), min(len(shock.acceleration_mps2), first + n)
            if low < high:
                total[low - first : high - first] += shock.acceleration_mps2[low:high]
        return total

    def expose(
        self, feet: npt.NDArray[np.float64], eye_z: npt.NDArray[np.float64], floor: npt.NDArray[np.int16], t: float
    ) -> Exposure:
        """Return acceleration and running intensity of the ground under N bodies, in the zones that shake."""
        del eye_z, t
        shaken = np.ones(len(feet), np.bool_)
        if self.part.zones:
            shaken = np.zeros(len(feet), np.bool_)
            for its_floor, polygon in self._shaken.items():
                here = np.flatnonzero(floor == its_floor)
                shaken[here] = shapely.intersects_xy(polygon, feet[here, 0], feet[here, 1])
        acceleration = np.where(shaken[:, None], self._acceleration[None, :], 0.0).astype(np.float32)
        intensity = np.where(shaken, self.intensity, 0.0).astype(np.float32)
        return replace(Exposure.none(len(feet)), shaking_mps2=acceleration, shaking_intensity=intensity)

    def picture(self, t: float) -> QuakePicture:
        """Return how the ground moves."""
        del t
        x, y, z = (float(v) for v in self._ground)
        ax, ay, az = (float(v) for v in self._acceleration)
        dust = self._dust * self.part.dust_per_m
        return QuakePicture(self.id, (x, y, z), (ax, ay, az), self.intensity, bool(self.shaking), dust)

    def _at(self, t: float, name: str) -> Floats:
        total = np.zeros(3)
        for shock in self.shocks:
            values: Floats = getattr(shock, name)
            at = (t - shock.begin_s) / STEP_S
            low = int(np.floor(at + 1e-9))
            if 0 <= low < len(values):
                after = values[low + 1] if low + 1 < len(values) else values[low]
                total += values[low] + (at - low) * (after - values[low])
        return total


def _running(shock: Played, t: float) -> float:
    at = round((t - shock.begin_s) / HAZARD_STEP_S)
    return float(shock.running[at]) if 0 <= at < len(shock.running) else 0.0
