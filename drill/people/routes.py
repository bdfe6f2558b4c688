"""Which refuge each person walks to, and the way there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from drill.site.flowfield import FlowField
from drill.site.ground import Ground

QUEUE_FLOW_PER_S: Final = 1.3
"""People a second that a person expects to pass an exit (FDS+Evac: 1.3 persons/(m·s), door of 1 m)."""
SWITCH_SHARE: Final = 0.8
"""One changes one's mind only for a way that takes less than this share of the time (FDS+Evac's patience)."""

INSIDE_M: Final = 0.3
RIM_M: Final = 0.5
"""Who is this near to a refuge and needs no way any more steps on until INSIDE_M inside."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Routes:
    """A flow field for each refuge, and the refuge that each of N people heads for.

    People of a group that `leads_to` a refuge keep to it. Others take the refuge that they expect to reach
    first: the longer of walking there and queueing behind those who are nearer to it.
    """

    def __init__(self, ground: Ground, *, assigned: Ints, closed_doors: Collection[str] = ()) -> None:
        """Work out fields.

        Args:
            ground: the ground.
            assigned: index of the refuge that each person keeps to, -1 for free choice, shape (N,).
            closed_doors: ids of doors that nobody passes.
        """
        self._ground = ground
        self._assigned = assigned
        ids = [refuge.id for refuge in ground.site.refuges]
        free = bool((assigned < 0).any())
        self._used: Sequence[int] = [n for n in range(len(ids)) if free or (assigned == n).any()]
        self.choice: Ints = assigned.copy()
        self.close(closed_doors)

    def close(self, closed_doors: Collection[str]) -> None:
        """Work the fields out anew with these doors shut."""
        refuges = self._ground.site.refuges
        self._fields = {
            n: FlowField(self._ground, refuges=[refuges[n].id], closed_doors=sorted(closed_doors)) for n in self._used
        }

    def choose(self, people: Ints, *, floor: Ints, xy: Floats, speed: Floats, moving: npt.NDArray[np.bool_]) -> None:
        """Let `people` (indices) think their choice over.

        Args:
            people: indices of those who choose now.
            floor: floor of all N people.
            xy: places of all N people, (N, 2).
            speed: speeds that all N people can reach, (N,).
            moving: who of all N people is on the way.
        """
        people = people[self._assigned[people] < 0]
        if len(people) == 0:
            return
        expected = np.full((len(people), len(self._used)), np.inf)
        for n, refuge in enumerate(self._used):
            own = self._fields[refuge].distance(floor[people], xy[people])
            ahead = np.flatnonzero(moving & (self.choice == refuge))
            theirs = np.sort(self._fields[refuge].distance(floor[ahead], xy[ahead])) if len(ahead) else np.empty(0)
            queue = np.searchsorted(theirs, own - 1e-9) / QUEUE_FLOW_PER_S
            expected[:, n] = np.maximum(own / np.maximum(speed[people], 0.1), queue)
        best = np.argmin(expected, axis=1)
        rows = np.arange(len(people))
        now = self.choice[people]
        column_of = np.full(len(self._ground.site.refuges) + 1, -1)
        column_of[list(self._used)] = range(len(self._used))
        column = column_of[now]
        current = np.where(column >= 0, expected[rows, np.maximum(column, 0)], np.inf)
        better = expected[rows, best] < SWITCH_SHARE * current
        chosen = np.asarray(self._used, np.int64)[best]
        self.choice[people] = np.where(better & np.isfinite(expected[rows, best]), chosen, now)

    def distance(self, people: Ints, *, floor: Ints, xy: Floats) -> Floats:
        """Return metres to go for `people` (indices into N), inf where there is no way."""
        out = np.full(len(people), np.inf)
        for refuge, field in self._fields.items():
            mine = np.flatnonzero(self.choice[people] == refuge)
            if len(mine):
                out[mine] = field.distance(floor[people[mine]], xy[people[mine]])
        return out

    def direction(self, people: Ints, *, floor: Ints, xy: Floats) -> Floats:
        """Return unit vectors (M, 2) along the way of `people`, zero where there is none."""
        out = np.zeros((len(people), 2))
        for refuge, field in self._fields.items():
            mine = np.flatnonzero(self.choice[people] == refuge)
            if len(mine):
                out[mine] = field.direction(floor[people[mine]], xy[people[mine]])
                at_rim = mine[(out[mine] == 0).all(axis=1)]
                if len(at_rim):
                    out[at_rim] = self._inwards(refuge, floor=floor[people[at_rim]], xy=xy[people[at_rim]])
        return out

    def _inwards(self, refuge: int, *, floor: Ints, xy: Floats) -> Floats:
        """Return unit vectors into a refuge for those whose cell of the field counts as there already."""
        its = self._ground.site.refuges[refuge]
        inside = its.polygon.buffer(-INSIDE_M)
        inside = its.polygon if inside.is_empty else inside
        lines = shapely.shortest_line(shapely.points(xy), inside)
        ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
        offset = ends[:, 1] - ends[:, 0]
        length = np.hypot(offset[:, 0], offset[:, 1])
        near = (floor == its.floor) & (length > 1e-6) & (length < INSIDE_M + RIM_M)
        return np.where(near[:, None], offset / np.maximum(length, 1e-6)[:, None], 0.0)
