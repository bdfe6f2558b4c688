"""The resident's own body: steps by the ground, breath by the effort, heart, cough."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from drill.people.state import BodyState
from drill.session.frame import Frame
from drill.view.sound.source import Source

STEP_M: Final = 0.62
WADE_FROM_M: Final = 0.25
SPLASH_FROM_M: Final = 0.02
FASTEST_MPS: Final = 4.0
"""Quicker than this nobody goes: the body was set down elsewhere."""
EFFORT_RISE_S: Final = 9.0
EFFORT_FALL_S: Final = 22.0
HARD_FROM: Final = 0.45
SMOKE_TO_COUGH_PER_M: Final = 0.35
COUGH_EVERY_S: Final = 6.0


class OwnBody:
    """Sounds of the one who hears.

    Args:
        ground: gives the sound of a step at a frame: `step_wood`, `step_hard` or `step_ground`.
    """

    def __init__(self, ground: Callable[[Frame], str]) -> None:
        self._ground = ground
        self._last: tuple[float, tuple[float, float]] | None = None
        self._walked_m = 0.0
        self._steps = 0
        self._effort = 0.0
        self._cough_at = 0.0

    def step(self, frame: Frame) -> list[Source]:
        """Return what the own body sounds like at a frame."""
        body = frame.resident
        x, y, z = body.feet
        moved, elapsed = 0.0, 0.0
        if self._last is not None:
            elapsed = frame.t_s - self._last[0]
            moved = math.hypot(x - self._last[1][0], y - self._last[1][1])
        self._last = (frame.t_s, (x, y))
        if elapsed <= 0 or moved > FASTEST_MPS * elapsed:
            moved, elapsed = 0.0, max(elapsed, 0.0)
        self._tire(moved / elapsed if elapsed else 0.0, body.depth_m, elapsed)
        out = self._steps_of(frame, moved, z)
        if body.state != BodyState.INCAPACITATED:
            out += self._breath(frame)
        return out

    def _tire(self, speed_mps: float, depth_m: float, elapsed_s: float) -> None:
        aim = min(1.0, speed_mps * (0.35 + 1.6 * min(depth_m, 0.8)))
        over = EFFORT_RISE_S if aim > self._effort else EFFORT_FALL_S
        self._effort += (aim - self._effort) * (1 - math.exp(-elapsed_s / over))

    def _steps_of(self, frame: Frame, moved: float, z: float) -> list[Source]:
        self._walked_m += moved
        depth = frame.resident.depth_m
        stride = STEP_M * (0.8 if depth >= WADE_FROM_M else 1.0)
        if self._walked_m < stride:
            return []
        self._walked_m %= stride
        self._steps += 1
        sound = "wade" if depth >= WADE_FROM_M else "step_water" if depth >= SPLASH_FROM_M else self._ground(frame)
        side = 0.12 if self._steps % 2 else -0.12
        yaw = frame.resident.yaw_rad
        x, y, _ = frame.resident.feet
        at = (x + side * math.sin(yaw), y - side * math.cos(yaw), z)
        strength = min(1.0, 0.45 + 0.5 * frame.resident.speed_mps)
        return [Source(f"step {self._steps}", sound, at, strength, self._steps * 7 % 5, once=True)]

    def _breath(self, frame: Frame) -> list[Source]:
        hard = min(1.0, max(0.0, (self._effort - HARD_FROM) / 0.4))
        out = [Source("breath calm", "breath_calm", None, 1.0 - hard)]
        if hard > 0.02:
            out.append(Source("breath hard", "breath_hard", None, hard))
        body = frame.resident
        beat = min(1.0, max(1.6 * body.fed, 0.9 * hard, body.depth_m - 0.5 if body.depth_m > 0.5 else 0.0))
        if beat > 0.05:
            out.append(Source("heart", "heart", None, beat))
        if body.extinction_per_m >= SMOKE_TO_COUGH_PER_M and frame.t_s >= self._cough_at:
            self._cough_at = frame.t_s + COUGH_EVERY_S
            out.append(Source(f"cough {frame.tick}", "cough", None, 0.8, frame.tick % 3, once=True))
        return out
