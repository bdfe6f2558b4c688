"""What is known of the crowd after a step: the one thing that views, recorder and digest read of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class CrowdState:
    """The crowd at its last step, one row a person who is still on the site, ordered by id.

    id (N,) u16; xy (N, 2) m; z (N,) m; floor (N,); heading (N, 2) unit; speed (N,) m/s; state (N,)
    `BodyState`; posture (N,) `Posture`; height_m (N,).
    """

    id: npt.NDArray[np.uint16]
    xy: npt.NDArray[np.float64]
    z: npt.NDArray[np.float64]
    floor: npt.NDArray[np.int8]
    heading: npt.NDArray[np.float32]
    speed: npt.NDArray[np.float32]
    state: npt.NDArray[np.uint8]
    posture: npt.NDArray[np.uint8]
    height_m: npt.NDArray[np.float32]
