"""The force of flooding water on a walker (Ishigaki et al., Kansai University)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

GRAVITY_MPS2: Final = 9.81
AGED_LIMIT_M2: Final = 0.100
"""Specific force above which aged men find evacuation difficult (m²)."""
ADULT_LIMIT_M2: Final = 0.125
"""Specific force above which adult men find evacuation difficult (m²)."""


def specific_force(*, depth_m: npt.ArrayLike, flow_mps: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the specific force per unit width M = v²·h/g + h²/2 (m²).

    Args:
        depth_m: water above the feet h, shape (N,), metres.
        flow_mps: speed of the water v, shape (N,), m/s.
    """
    depth, flow = np.asarray(depth_m, np.float64), np.asarray(flow_mps, np.float64)
    force: npt.NDArray[np.float64] = flow**2 * depth / GRAVITY_MPS2 + depth**2 / 2
    return force
