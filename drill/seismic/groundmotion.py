"""A motion of the ground: three components of acceleration, evenly sampled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.seismic.intensity import filtered_gal, intensity

Floats = npt.NDArray[np.float64]

STEP_S: Final = 0.01
"""Time between two samples of a motion that is played: 100 Hz, as K-NET records."""
DISPLACED_FROM_HZ: Final = 0.2
"""Displacement is integrated above this frequency alone: below it, records hold drift, and no room could show it."""
FELT_MPS2: Final = 0.02
"""Before it first and after it last passes this acceleration (2 gal), a motion is not felt and nothing is played."""


@dataclass(frozen=True)
class GroundMotion:
    """A motion.

    Attributes:
        acceleration_mps2: x (east), y (north) and z (up), shape (N, 3), m/s², mean taken out.
        dt_s: time between two samples.
        source: where it comes from, for people.
    """

    acceleration_mps2: Floats
    dt_s: float
    source: str

    @property
    def duration_s(self) -> float:
        """Time from the first sample to the end of the last."""
        return len(self.acceleration_mps2) * self.dt_s

    @cached_property
    def intensity(self) -> float:
        """JMA instrumental intensity of the whole motion, not rounded."""
        return intensity(self.acceleration_mps2, dt_s=self.dt_s)

    @cached_property
    def filtered_gal(self) -> Floats:
        """Vector sum of the components through the JMA filter, gal, shape (N,)."""
        return filtered_gal(self.acceleration_mps2, dt_s=self.dt_s)

    @cached_property
    def displacement_m(self) -> Floats:
        """Displacement above `DISPLACED_FROM_HZ`, integrated twice by FFT, shape (N, 3), m."""
        a = self.acceleration_mps2
        room = len(a)  # zeros after it, so that the end does not run into the beginning
        spectrum = np.fft.rfft(a, n=len(a) + room, axis=0)
        f = np.fft.rfftfreq(len(a) + room, self.dt_s)
        omega2 = (2.0 * np.pi * np.maximum(f, 1e-6)) ** 2
        gain = -(1.0 / omega2) / (1.0 + (DISPLACED_FROM_HZ / np.maximum(f, 1e-6)) ** 8)
        moved: Floats = np.fft.irfft(spectrum * gain[:, None], n=len(a) + room, axis=0)[: len(a)]
        # At both ends the ground is at rest where it stands.
        ends = np.minimum(1.0, np.minimum(np.arange(len(a)), np.arange(len(a))[::-1]) * self.dt_s / 0.5)
        eased: Floats = moved * (ends**2 * (3.0 - 2.0 * ends))[:, None]
        return eased

    def scaled_to(self, wanted: float) -> GroundMotion:
        """Return the same motion, stronger or weaker, of a wanted intensity: 2 log10 of the factor adds to it.

        Raises:
            ValueError: the motion is still, so that no factor makes it move.
        """
        now = self.intensity
        if not np.isfinite(now):
            msg = f"{self.source}: the ground does not move, so it cannot be scaled to intensity {wanted:g}"
            raise ValueError(msg)
        factor = 10.0 ** ((wanted - now) / 2.0)
        return GroundMotion(self.acceleration_mps2 * factor, self.dt_s, self.source)

    def resampled(self) -> GroundMotion:
        """Return the motion at `STEP_S`, linear between samples; itself when it is already."""
        if abs(self.dt_s - STEP_S) < 1e-9:
            return self
        old = np.arange(len(self.acceleration_mps2)) * self.dt_s
        new = np.arange(max(2, round(self.duration_s / STEP_S))) * STEP_S
        columns = [np.interp(new, old, self.acceleration_mps2[:, c]) for c in range(3)]
        return GroundMotion(np.column_stack(columns), STEP_S, self.source)

    def felt(self) -> GroundMotion:
        """Return the part that is felt; the whole motion when none of it is."""
        strong = np.flatnonzero(np.abs(self.acceleration_mps2).max(axis=1) >= FELT_MPS2)
        if len(strong) < 2:
            return self
        return GroundMotion(self.acceleration_mps2[strong[0] : strong[-1] + 1], self.dt_s, self.source)
