"""Who stands in water near the eye: they make rings, bow waves and drops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.state import BodyState
from drill.session.frame import CrowdState, ResidentState
from drill.view.media import Medium, water_depth

MOST: Final = 16
"""As in shaders/water.frag."""
WITHIN_M: Final = 16.0
WET_M: Final = 0.02

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Waders:
    """Bodies in the water, nearest first.

    xy (N, 2), depth_m (N,), level_m (N,) of the surface, speed_mps (N,), heading_rad (N,), id (N,), which is -1 for
    the resident.
    """

    xy: Floats
    depth_m: Floats
    level_m: Floats
    speed_mps: Floats
    heading_rad: Floats
    id: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.xy)


def waders_of(
    crowd: CrowdState, xy: Floats, z: Floats, resident: ResidentState, media: list[Medium], eye: tuple[float, ...]
) -> Waders:
    """Return who stands in water within `WITHIN_M` of the eye, at most `MOST`."""
    places = np.concatenate([xy.reshape(-1, 2), [resident.feet[:2]]])
    heights = np.concatenate([z, [resident.feet[2]]])
    depth = water_depth(media, places, heights)
    far = np.hypot(places[:, 0] - eye[0], places[:, 1] - eye[1])
    stays = np.concatenate([crowd.state != int(BodyState.GONE), [True]])
    rows = np.flatnonzero((depth > WET_M) & (depth < 2.5) & (far < WITHIN_M) & stays)
    rows = rows[np.argsort(far[rows], kind="stable")][:MOST]
    heading = np.arctan2(crowd.heading[:, 1], crowd.heading[:, 0])
    return Waders(
        xy=places[rows],
        depth_m=depth[rows],
        level_m=(heights + depth)[rows],
        speed_mps=np.concatenate([crowd.speed, [resident.speed_mps]]).astype(float)[rows],
        heading_rad=np.concatenate([heading, [resident.yaw_rad]]).astype(float)[rows],
        id=np.concatenate([crowd.id, [-1]]).astype(np.int64)[rows],
    )
