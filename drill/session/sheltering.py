"""How a resident that walks by itself meets an earthquake: drop, cover, hold on."""

from __future__ import annotations

import math
from typing import Final

from drill.hazards.picture import QuakePicture
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.session.hits import Shelters
from drill.session.walking import Walker, WayPoint

COVER_RATIO: Final = 0.34
"""Height of the head under a desk over standing head height: below the tray for books of a desk of 0.7 m."""
REACH_M: Final = 3.0
DWELL_S: Final = 4.0
FELT: Final = 2.5


class Sheltering:
    """Drops under the nearest thing that protects, or where it stands, and comes back out when all is still."""

    def __init__(self, scenario: Scenario) -> None:
        self._shelters = Shelters(scenario.site)
        self._felt_at = math.inf
        self._felt_last = -math.inf
        self._out: WayPoint | None = None
        self._under = False

    def step(self, frame: Frame, walker: Walker, *, reaction_s: float) -> bool:
        """Take over the walker while it shakes. Returns whether it did."""
        quakes = [p for p in frame.hazards if isinstance(p, QuakePicture)]
        if any(p.intensity >= FELT for p in quakes):
            self._felt_at = min(self._felt_at, frame.t_s)
            self._felt_last = frame.t_s
        if frame.ended or frame.t_s > self._felt_last + DWELL_S:
            return self._come_out(frame, walker)
        if frame.t_s < self._felt_at + reaction_s:
            walker.way = []
            return True
        if not self._under:
            self._under = True
            floor, (x, y, _) = frame.resident.floor, frame.resident.feet
            self._out = (floor, x, y)
            desk = self._shelters.nearest(floor, (x, y))
            near = desk is not None and math.hypot(desk.at.x - x, desk.at.y - y) <= REACH_M
            walker.take([(floor, desk.at.x, desk.at.y)] if desk is not None and near else [])
        walker.head_ratio = COVER_RATIO
        return True

    def _come_out(self, frame: Frame, walker: Walker) -> bool:
        self._felt_at = math.inf
        if not self._under:
            return False
        if self._out is not None and not frame.ended:
            walker.take([self._out])
            self._out = None
        if walker.way and not frame.ended:
            return True
        self._under = False
        return False
