"""Who is stuck: no progress along the way though nothing holds them. Arches at doors are a matter of chance."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STUCK_AFTER_S: Final = 10.0
STUCK_M: Final = 0.3
QUEUE_M: Final = 2.0
NUDGE_S: Final = 1.0
NUDGE_SHARE: Final = 1.0
"""A person who wants to move and came no STUCK_M nearer in STUCK_AFTER_S looks aside by 45° for NUDGE_S, unless
somebody less than QUEUE_M ahead does come on."""


class Stuck:
    """Watches N people's progress and says who walks a little aside for a while.

    Attributes:
        nudges: run time (s) and number of everybody who was stuck.
    """

    def __init__(self, n: int) -> None:
        self.nudges: list[tuple[float, int]] = []
        self._mark_m = np.full(n, np.inf)
        self._mark_s = np.zeros(n)
        self._nudged_until = np.full(n, -np.inf)

    def set_out(self, person: int, t: float) -> None:
        """Begin to watch a person who sets out at `t` seconds."""
        self._mark_s[person], self._mark_m[person] = t, np.inf

    def aside(self, way: Floats, people: Ints, t: float) -> Floats:
        """Return the ways (M, 2) of `people` (M,), turned a little aside for those who were stuck just now."""
        now = (self._nudged_until[people] > t)[:, None]
        side = np.where(people % 2 == 0, 1.0, -1.0)[:, None] * np.column_stack((-way[:, 1], way[:, 0]))
        return np.where(now, (way + NUDGE_SHARE * side) / np.hypot(1.0, NUDGE_SHARE), way)

    def notice(
        self, people: Ints, *, metres: Floats, able: npt.NDArray[np.bool_], xy: Floats, floor: Ints, t: float
    ) -> None:
        """Look at the progress of `people`.

        Args:
            people: numbers of those who walk, (M,).
            metres: way that each still has, (M,), metres.
            able: whether each could walk on, (M,).
            xy: places of everybody, (N, 2), metres.
            floor: floors of everybody, (N,).
            t: run time, seconds.
        """
        nearer = metres < self._mark_m[people] - STUCK_M
        renew = nearer | ~able
        self._mark_m[people[renew]] = metres[renew]
        self._mark_s[people[renew]] = t
        for row in np.flatnonzero(~renew & (t - self._mark_s[people] >= STUCK_AFTER_S)):
            person = int(people[row])
            # Who queues behind people that move is not stuck.
            away = np.hypot(xy[:, 0] - xy[person, 0], xy[:, 1] - xy[person, 1])
            ahead = (away < QUEUE_M) & (self._mark_m < metres[row]) & (floor == floor[person])
            queueing = bool((ahead & (t - self._mark_s < STUCK_AFTER_S / 2)).any())
            self._mark_s[person] = t
            if not queueing:
                self._nudged_until[person] = t + NUDGE_S
                self.nudges.append((t, person))
