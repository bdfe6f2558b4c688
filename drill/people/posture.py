"""Postures: how high the eyes are and how fast one moves."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.state import Posture

EYE_SHARE: Final = (0.935, 0.60, 0.35, 0.70)
"""Eye height as a share of body height: standing, crouching, crawling, sitting (on a chair).

Standing is the mean of Japanese adults (AIST body dimensions); a crouching adult's eyes are at about 1.0 m.
"""
POSTURE_SPEED_FACTOR: Final = (1.0, 0.70, 0.55, 0.0)
"""Share of walking speed. Crawling: 0.71 to 0.75 m/s against 1.3 m/s (Muhdi et al. 2006, Nagai et al. 2006).

Crouching is an interpolation of ours; one who sits does not move.
"""
CROUCHING_BELOW: Final = 0.80
CRAWLING_BELOW: Final = 0.50
"""Head height as a share of the calibrated standing head height at which a posture begins."""


def eye_height(*, height_m: npt.ArrayLike, posture: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the height of the eyes above the soles, metres, shape (N,)."""
    share: npt.NDArray[np.float64] = np.asarray(EYE_SHARE)[np.asarray(posture, np.intp)]
    eyes: npt.NDArray[np.float64] = share * np.asarray(height_m, np.float64)
    return eyes


def posture_factor(posture: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the share of walking speed that a posture leaves, shape (N,)."""
    factor: npt.NDArray[np.float64] = np.asarray(POSTURE_SPEED_FACTOR)[np.asarray(posture, np.intp)]
    return factor


def posture_of(*, head_m: float, standing_head_m: float) -> Posture:
    """Return the posture that a tracked head height shows.

    Args:
        head_m: height of the head above the soles, metres.
        standing_head_m: its calibrated height when standing (seated players: when sitting upright), metres.
    """
    share = head_m / standing_head_m
    if share < CRAWLING_BELOW:
        return Posture.CRAWLING
    return Posture.CROUCHING if share < CROUCHING_BELOW else Posture.STANDING
