"""When people in the crowd go low under smoke."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.bodies import Bodies
from drill.people.state import BodyState, Posture

LOW_AT_PER_M: Final = 0.5
"""Extinction at the eyes from which a person goes one posture lower: a sign is lost beyond 6 m (1/m); ours."""
RECHECK_S: Final = 20.0
"""A person stays low this long after last meeting smoke, then straightens up to see (s); ours."""


class Lowering:
    """Goes down when smoke reaches the eyes, up again when none did for a while. One row a person."""

    def __init__(self, n: int) -> None:
        self._met_at = np.full(n, -np.inf)
        self._changed_at = np.full(n, -np.inf)

    def update(self, bodies: Bodies, *, extinction_per_m: npt.NDArray[np.float32], t: float) -> None:
        """Set the posture of everybody who is able to, at most once a second."""
        in_smoke = extinction_per_m >= LOW_AT_PER_M
        self._met_at[in_smoke] = t
        able = (bodies.state == BodyState.MOVING) | (bodies.state == BodyState.HELD) | (bodies.state == BodyState.SAFE)
        ready = able & (t - self._changed_at >= 1.0)
        down = ready & in_smoke & (bodies.posture < Posture.CRAWLING)
        up = ready & (bodies.posture > Posture.STANDING) & (t - self._met_at >= RECHECK_S)
        bodies.posture[down] += 1
        bodies.posture[up] = Posture.STANDING
        self._changed_at[down | up] = t
