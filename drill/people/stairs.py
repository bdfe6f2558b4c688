"""How stairs slow walking."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from drill.site.ground import Ground

STAIR_UP_FACTOR: Final = 0.610 / 1.34
STAIR_DOWN_FACTOR: Final = 0.694 / 1.34
"""Horizontal speed on stairs over speed on the level: means of Weidmann 1993 (0.610 up, 0.694 down, 1.34 m/s)."""

Floats = npt.NDArray[np.float64]


def stair_factor(ground: Ground, *, floor: npt.NDArray[np.integer], xy: Floats, heading: Floats) -> Floats:
    """Return the share of level walking speed, seen from above, that stairs leave; 1 off stairs.

    Args:
        ground: the ground.
        floor: index of the floor of each body, shape (N,).
        xy: places, shape (N, 2), metres.
        heading: where each body goes, shape (N, 2).
    """
    factor = np.ones(len(xy))
    for stair in ground.site.stairs:
        low_x, low_y, high_x, high_y = stair.polygon.bounds
        near = ((floor == stair.lower) | (floor == stair.upper)) & (xy[:, 0] >= low_x) & (xy[:, 0] <= high_x)
        near &= (xy[:, 1] >= low_y) & (xy[:, 1] <= high_y)
        here = np.flatnonzero(near)
        if len(here) == 0:
            continue
        here = here[shapely.contains_xy(stair.polygon, xy[here, 0], xy[here, 1])]
        foot, head = stair.foot.centroid, stair.head.centroid
        climb = heading[here] @ np.array([head.x - foot.x, head.y - foot.y])
        factor[here] = np.where(climb >= 0, STAIR_UP_FACTOR, STAIR_DOWN_FACTOR)
    return factor
