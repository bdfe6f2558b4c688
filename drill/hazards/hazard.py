"""The protocol that every hazard keeps."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from drill.hazards.exposure import Exposure
from drill.hazards.picture import Picture


class Hazard(Protocol):
    """A thing that threatens, advanced in time and asked what it does to bodies.

    Implementations are deterministic: the same scenario, seed and calls give the same answers.
    """

    id: str

    def advance(self, t: float) -> None:
        """Bring the hazard to run time `t` in seconds. `t` never decreases."""

    def expose(
        self, feet: npt.NDArray[np.float64], eye_z: npt.NDArray[np.float64], floor: npt.NDArray[np.int16], t: float
    ) -> Exposure:
        """Return what the hazard does to N bodies.

        Args:
            feet: positions of the soles, shape (N, 3), metres in site axes.
            eye_z: height of the eyes in site axes, shape (N,), metres (absolute, not above the feet).
            floor: index of the floor each body stands on, shape (N,).
            t: run time in seconds, equal to the last `advance`.
        """

    def picture(self, t: float) -> Picture:
        """Return what a view draws and the recorder keeps of the hazard at `t`."""
