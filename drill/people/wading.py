"""How water slows a person who wades through it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

WADING_DEPTH_M: Final = (0.0, 0.1, 0.35, 0.5, 0.7, 0.9)
WADING_FACTOR: Final = (1.0, 0.9, 0.58, 0.40, 0.30, 0.25)
"""Walking speed left at each depth (1).

The anchor at 0.35 m lies between 0.614 (men) and 0.552 (women) of Li, Song, Zhang and Bode 2026 (n = 188,
still water). The other points are an interpolation of ours that keeps the published order: monotone (Dias
et al. 2021) with further losses that grow smaller (Li et al. 2026).
"""


def wading_factor(*, depth_m: npt.ArrayLike, depth_limit_m: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the share of dry walking speed that is left in still water.

    `f(d)` is linear between the points of `WADING_DEPTH_M` and `WADING_FACTOR`, level beyond the last, and 0
    where the water is deeper than the person's limit.

    Args:
        depth_m: water above the feet, shape (N,), metres.
        depth_limit_m: deepest water that the person can stand in, shape (N,), metres.

    Returns:
        Factor, shape (N,), 0 to 1.
    """
    depth = np.asarray(depth_m, np.float64)
    factor = np.interp(depth, WADING_DEPTH_M, WADING_FACTOR)
    return np.where(depth > np.asarray(depth_limit_m, np.float64), 0.0, factor)
