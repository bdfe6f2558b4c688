"""Between two steps of the crowd: places of people at display time."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drill import CROWD_EVERY
from drill.session.frame import CrowdState, Frame

Floats = npt.NDArray[np.float64]
LARGEST_MOVE_M: Final = 1.0
"""One who moved further in one step of the crowd was set down elsewhere, and is not drawn on the way."""


class Between:
    """Shows the crowd one step late and on its way, so that 20 steps a second look smooth at any rate."""

    def __init__(self) -> None:
        self._before: tuple[int, CrowdState] | None = None
        self._after: tuple[int, CrowdState] | None = None

    def see(self, frame: Frame) -> None:
        """Take a frame; frames come in order of their ticks."""
        if self._after is None or frame.crowd is not self._after[1]:
            self._before, self._after = self._after, (frame.tick, frame.crowd)

    def places(self, tick: float) -> tuple[Floats, Floats]:
        """Return places (N, 2) and heights (N,) of the latest crowd's people as shown at `tick`."""
        assert self._after is not None  # noqa: S101 - a frame was seen before anything is drawn
        reached, after = self._after
        if self._before is None:
            return after.xy, after.z
        left, before = self._before
        span = max(1, reached - left)
        share = min(1.0, max(0.0, (tick - reached) / min(span, 2 * CROWD_EVERY)))
        found = np.searchsorted(before.id, after.id)
        found = np.minimum(found, max(len(before.id) - 1, 0))
        if not len(before.id):
            return after.xy, after.z
        known = before.id[found] == after.id
        start_xy = np.where(known[:, None], before.xy[found], after.xy)
        start_z = np.where(known, before.z[found], after.z)
        far = np.hypot(*(after.xy - start_xy).T) > LARGEST_MOVE_M
        start_xy = np.where(far[:, None], after.xy, start_xy)
        start_z = np.where(far, after.z, start_z)
        return start_xy + (after.xy - start_xy) * share, start_z + (after.z - start_z) * share
