"""Hanging things that the shaking swings: a damped pendulum whose point of suspension moves with the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

GRAVITY: Final = 9.80665
STEP_S: Final = 1 / 240
LONGEST_GAP_S: Final = 2.0
"""After a longer gap between two looks the pendulum hangs at rest again."""
WIDEST_RAD: Final = 1.2
"""A real lamp strikes the ceiling before it swings further."""


@dataclass(slots=True)
class Pendulum:
    """A pendulum in the two upright planes x and y, which it swings in apart.

    theta'' = -(g / L) sin(theta) - 2 zeta omega theta' - (a / L) cos(theta), with a the acceleration of the
    suspension (semi-implicit Euler in steps of `STEP_S`).

    Attributes:
        length_m: from the suspension to the middle of its mass.
        damping: share of critical damping.
        angle_x, angle_y: how far it hangs out towards x and y, radians.
    """

    length_m: float
    damping: float = 0.03
    angle_x: float = 0.0
    angle_y: float = 0.0
    _speed_x: float = 0.0
    _speed_y: float = 0.0

    @property
    def period_s(self) -> float:
        """Period of small swings, 2 pi sqrt(L / g), seconds."""
        return 2 * math.pi * math.sqrt(self.length_m / GRAVITY)

    def swing(self, dt_s: float, before: tuple[float, float], after: tuple[float, float]) -> None:
        """Go on by `dt_s` while the suspension's acceleration runs from `before` to `after`, m/s²."""
        if dt_s <= 0:
            return
        if dt_s > LONGEST_GAP_S:
            self.angle_x = self.angle_y = self._speed_x = self._speed_y = 0.0
            return
        steps = max(1, math.ceil(dt_s / STEP_S))
        h = dt_s / steps
        for i in range(steps):
            share = (i + 0.5) / steps
            a_x = before[0] + (after[0] - before[0]) * share
            a_y = before[1] + (after[1] - before[1]) * share
            self.angle_x, self._speed_x = self._turn(self.angle_x, self._speed_x, a_x, h)
            self.angle_y, self._speed_y = self._turn(self.angle_y, self._speed_y, a_y, h)

    def _turn(self, angle: float, speed: float, acceleration: float, h: float) -> tuple[float, float]:
        omega = math.sqrt(GRAVITY / self.length_m)
        push = -omega * omega * math.sin(angle) - 2 * self.damping * omega * speed
        speed += (push - acceleration / self.length_m * math.cos(angle)) * h
        angle += speed * h
        if abs(angle) > WIDEST_RAD:
            return math.copysign(WIDEST_RAD, angle), -0.3 * speed
        return angle, speed

    def quaternion(self) -> tuple[float, float, float, float]:
        """Return its turn from hanging straight down: x, y, z, w."""
        about_y, about_x = -self.angle_x / 2, self.angle_y / 2
        sx, cx, sy, cy = math.sin(about_x), math.cos(about_x), math.sin(about_y), math.cos(about_y)
        return sx * cy, cx * sy, sx * sy, cx * cy
