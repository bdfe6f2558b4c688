"""An earthquake: shocks that move the ground under everybody alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from drill.hazards.exposure import Exposure
from drill.hazards.picture import QuakePicture
from drill.scenario.model import Earthquake as EarthquakePart
from drill.site.site import Site


class Earthquake:
    """Shocks of a scenario, one after another."""

    def __init__(self, part: EarthquakePart, site: Site, *, folder: Path) -> None:
        """Make the earthquake. Records are read from `folder`."""
        self.id = part.id
        self._part = part
        self._site = site
        self._folder = folder

    def advance(self, t: float) -> None:
        """Bring the ground to run time `t`, seconds."""

    def expose(
        self, feet: npt.NDArray[np.float64], eye_z: npt.NDArray[np.float64], floor: npt.NDArray[np.int16], t: float
    ) -> Exposure:
        """Return the shaking of the ground under N bodies."""
        del eye_z, floor, t
        return Exposure.none(len(feet))

    def picture(self, t: float) -> QuakePicture:
        """Return how the ground moves."""
        del t
        return QuakePicture(self.id, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.0, shaking=False, dust_per_m=0.0)
