"""Walking as a person does it: turn towards the next way point and go, side-step when nothing moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from drill import TICK_S
from drill.people.state import BodyState
from drill.record.inputs import Inputs, Pose
from drill.session.frame import Frame

TURN_RAD_PER_S: Final = 2.5
GO_WITHIN_RAD: Final = 0.9
NEAR_M: Final = 0.35
STUCK_AFTER_S: Final = 1.0
STUCK_BELOW_M: Final = 0.12
SIDE_STEP_S: Final = 0.7
HEAD_MPS: Final = 0.8
"""How fast the head is lowered and raised."""
SPACE_FROM_M: Final = 0.55
SPACE_FULL_M: Final = 1.1
SPACE_ASIDE_M: Final = 0.4
"""One who keeps space stands still when somebody ahead, this little aside, is nearer than `SPACE_FROM_M`, and walks on
at full pace from `SPACE_FULL_M`."""

WayPoint = tuple[int, float, float]


class Walker:
    """Follows way points with nothing but a person's inputs: turn, forward, right, head.

    Attributes:
        way: way points (floor, x, y) still ahead.
        pace: share of the walking speed.
        keeps_space: whether the walker slows down behind people ahead instead of pressing on.
        head_ratio: height of the head as a share of the standing eye height that the walker is on the way to.
    """

    def __init__(self, *, eye_m: float) -> None:
        self.way: list[WayPoint] = []
        self.pace = 1.0
        self.keeps_space = False
        self.head_ratio = 1.0
        self._eye_m = eye_m
        self._head_m = eye_m
        self._since_xy: tuple[float, float] = (math.inf, math.inf)
        self._since_tick = 0
        self._side_until = -1
        self._side = 1.0
        self.stuck = 0
        """How often in a row nothing moved; a planner takes another way when it grows."""

    def take(self, way: Sequence[WayPoint]) -> None:
        """Take a new way; its first point may be where the walker stands."""
        self.way = list(way)
        self.stuck = 0

    def step(self, frame: Frame, *, buttons: int = 0, choose: str = "", look_rad: float | None = None) -> Inputs:
        """Return the inputs of the next tick."""
        body = frame.resident
        x, y, _ = body.feet
        while self.way and self._reached(frame):
            self.way.pop(0)
        turn, forward, right = 0.0, 0.0, 0.0
        if self.way:
            bearing = math.atan2(self.way[0][2] - y, self.way[0][1] - x)
            off = _wrapped(bearing - body.yaw_rad)
            turn = _limited(off, TURN_RAD_PER_S * TICK_S)
            if abs(off) < GO_WITHIN_RAD:
                forward = self.pace * math.cos(off)
            space = self._space(frame, bearing) if self.keeps_space else 1.0
            forward *= space
            right = self._side_step(frame, moving=forward > 0) if space == 1.0 else 0.0
        elif look_rad is not None:
            turn = _limited(_wrapped(look_rad - body.yaw_rad), TURN_RAD_PER_S * TICK_S)
        return Inputs(
            tick=frame.tick + 1,
            forward=round(forward, 4),
            right=right,
            turn_rad=round(turn, 6),
            head=self._head(),
            buttons=buttons,
            choose=choose,
        )

    def facing(self, frame: Frame, look_rad: float) -> bool:
        """Return whether the resident faces a direction."""
        return abs(_wrapped(look_rad - frame.resident.yaw_rad)) < 0.02

    def head_there(self) -> bool:
        """Return whether the head is where it is to be."""
        return abs(self._head_m - self.head_ratio * self._eye_m) < 0.005

    def _reached(self, frame: Frame) -> bool:
        floor, x, y = self.way[0]
        near = NEAR_M if len(self.way) > 1 else NEAR_M / 2
        at = frame.resident.feet
        # At the head of a stair the body may stand on the next point's floor already.
        floors = {floor, self.way[1][0]} if len(self.way) > 1 else {floor}
        return frame.resident.floor in floors and math.hypot(x - at[0], y - at[1]) < near

    def _space(self, frame: Frame, bearing: float) -> float:
        """Return the share of the pace that people ahead leave: 0 right behind somebody, 1 with nobody near ahead."""
        crowd, (x, y, _) = frame.crowd, frame.resident.feet
        off = crowd.xy[(crowd.floor == frame.resident.floor) & (crowd.state != BodyState.GONE)] - (x, y)
        ahead = off @ np.array([math.cos(bearing), math.sin(bearing)])
        aside = np.abs(off @ np.array([-math.sin(bearing), math.cos(bearing)]))
        near = ahead[(ahead > 0.0) & (aside < SPACE_ASIDE_M)]
        least = float(near.min()) if len(near) else math.inf
        return min(1.0, max(0.0, (least - SPACE_FROM_M) / (SPACE_FULL_M - SPACE_FROM_M)))

    def _side_step(self, frame: Frame, *, moving: bool) -> float:
        x, y, _ = frame.resident.feet
        if frame.tick < self._side_until:
            return 0.8 * self._side
        moved = math.hypot(x - self._since_xy[0], y - self._since_xy[1])
        if moved > STUCK_BELOW_M or not moving:
            if moved > STUCK_BELOW_M and self.stuck and frame.tick - self._side_until > 60:
                self.stuck = 0
            self._since_xy, self._since_tick = (x, y), frame.tick
        elif frame.tick - self._since_tick > STUCK_AFTER_S / TICK_S:
            self.stuck += 1
            self._side = -self._side
            self._side_until = frame.tick + round(SIDE_STEP_S * (1 + self.stuck / 2) / TICK_S)
            self._since_xy, self._since_tick = (math.inf, math.inf), self._side_until
        return 0.0

    def _head(self) -> Pose | None:
        wanted = self.head_ratio * self._eye_m
        self._head_m += _limited(wanted - self._head_m, HEAD_MPS * TICK_S)
        return None if self._head_m == self._eye_m else Pose(0.0, 0.0, round(self._head_m, 4))


def _wrapped(angle: float) -> float:
    return math.remainder(angle, 2 * math.pi)


def _limited(value: float, most: float) -> float:
    return max(-most, min(most, value))
