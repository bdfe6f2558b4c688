"""Drop, cover, hold on: what the people around do while it shakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.bodies import Bodies
from drill.people.state import BodyState, Posture
from drill.site.site import Prop

Floats = npt.NDArray[np.float64]

COVER_FROM: Final = 2.5
"""Running intensity at which people take cover: class 3, which nearly everybody indoors feels."""
UP_BELOW: Final = 1.5
REACTION_S: Final = (0.9, 0.35, 0.4, 4.0)
"""Mean and deviation of ln t, least and most, s: how long people take to drop; ours, for a class that has practised."""
DWELL_S: Final = (2.0, 6.0)
"""How long they stay down after it stopped, drawn evenly; ours."""
REACH_M: Final = 1.0
"""Who is no further from a desk goes under it; others drop where they are and cover their heads."""
GO_UNDER_S: Final = 1.2


class Covering:
    """People numbered as in the crowd. Arrays have N rows.

    Attributes:
        under: how far each has gone under the desk, 0 to 1, (N,).
    """

    def __init__(self, n: int, shelters: Sequence[Prop], rng: np.random.Generator) -> None:
        mu, sigma, least, most = REACTION_S
        self._reaction_s = np.clip(np.exp(rng.normal(mu, sigma, n) - sigma), least, most)
        self._dwell_s = rng.uniform(*DWELL_S, n)
        self._shelters = shelters
        self._felt_since = math.inf
        self._still_since = 0.0
        self._was = np.zeros(n, np.uint8)
        self.down = np.zeros(n, np.bool_)
        self.under = np.zeros(n)
        self._desk = np.full(n, -1, np.int64)
        self._desk_xy = np.zeros((n, 2))

    def update(self, bodies: Bodies, *, intensity: Floats, floor: npt.NDArray[np.int64], xy: Floats, t: float) -> None:
        """Let people drop and rise: sets state and posture of who is down."""
        strongest = float(intensity.max(initial=0.0))
        if strongest >= COVER_FROM:
            self._felt_since = min(self._felt_since, t)
            self._still_since = math.inf
        elif strongest < UP_BELOW and self._felt_since < math.inf:
            self._still_since = min(self._still_since, t)
        able = ~np.isin(bodies.state, (BodyState.INCAPACITATED, BodyState.GONE))
        drops = able & ~self.down & (t >= self._felt_since + self._reaction_s) & (intensity >= UP_BELOW)
        for person in np.flatnonzero(drops):
            self._was[person] = bodies.state[person]
            self._take_desk(int(person), int(floor[person]), xy[person])
        self.down |= drops
        rises = self.down & (t >= self._still_since + self._dwell_s)
        bodies.state[rises & able] = self._was[rises & able]
        bodies.posture[rises] = Posture.STANDING
        self.down &= ~rises
        self.under[rises] = 0.0
        self._desk[rises] = -1
        if self._still_since < math.inf and not self.down.any():
            self._felt_since = math.inf
        stay = self.down & able
        bodies.state[stay] = BodyState.COVERING
        bodies.posture[stay] = Posture.CRAWLING
        covered = stay & (self._desk >= 0)
        self.under[covered] = np.minimum(1.0, self.under[covered] + 0.05 / GO_UNDER_S)

    def shown_xy(self, xy: Floats) -> Floats:
        """Return where people are seen: who takes cover has gone under the desk beside them."""
        if not self.under.any():
            return xy
        share = (self.under**2 * (3.0 - 2.0 * self.under))[:, None]
        shown: Floats = np.where(self._desk[:, None] >= 0, xy + share * (self._desk_xy - xy), xy)
        return shown

    def _take_desk(self, person: int, floor: int, xy: Floats) -> None:
        taken = set(self._desk[self.down].tolist())
        best, best_m = -1, REACH_M
        for n, desk in enumerate(self._shelters):
            away = math.hypot(desk.at.x - xy[0], desk.at.y - xy[1])
            if desk.floor == floor and n not in taken and away < best_m:
                best, best_m = n, away
        self._desk[person] = best
        if best >= 0:
            self._desk_xy[person] = (self._shelters[best].at.x, self._shelters[best].at.y)
            self.down[person] = True
