"""The people around: their murmur, their steps, children who call without words."""

from __future__ import annotations

import hashlib
import math
from typing import Final

import numpy as np

from drill.people.state import BodyState
from drill.session.frame import Frame
from drill.view.sound.source import Source

NEAR_M: Final = 12.0
FULL_MURMUR: Final = 15
STEPS_OF: Final = 3
STEPS_WITHIN_M: Final = 5.0
STRIDE_M: Final = 0.55
CALL_EVERY_S: Final = 3.4
CHILD_BELOW_M: Final = 1.55
MOUTH: Final = 0.9
"""Share of the body height at which a voice is."""


class Others:
    """Sounds of the crowd."""

    def __init__(self, ground: str) -> None:
        self._ground = ground
        self._phase: dict[int, float] = {}
        self._last_s: float | None = None
        self._slot = -1

    def step(self, frame: Frame, *, alarmed: bool) -> list[Source]:
        """Return what the people around sound like. `alarmed`: something has begun, and they call to each other."""
        crowd = frame.crowd
        elapsed = 0.0 if self._last_s is None else min(0.2, max(0.0, frame.t_s - self._last_s))
        self._last_s = frame.t_s
        if not len(crowd.id):
            return []
        x, y, _ = frame.resident.feet
        distance = np.hypot(crowd.xy[:, 0] - x, crowd.xy[:, 1] - y)
        awake = crowd.state != BodyState.INCAPACITATED
        out = self._murmur(frame, distance, awake)
        out += self._steps(frame, distance, elapsed)
        if alarmed:
            out += self._calls(frame, distance, awake)
        return out

    def _murmur(self, frame: Frame, distance: np.ndarray, awake: np.ndarray) -> list[Source]:
        near = np.flatnonzero(awake & (distance < NEAR_M) & (frame.crowd.floor == frame.resident.floor))
        if len(near) < 2:
            return []
        weight = 1 / (1.0 + distance[near])
        xy = (frame.crowd.xy[near] * weight[:, None]).sum(axis=0) / weight.sum()
        z = float(frame.crowd.z[near].mean()) + 1.2
        strength = min(1.0, math.sqrt(float(len(near)) / FULL_MURMUR))
        return [Source("murmur", "crowd_murmur", (float(xy[0]), float(xy[1]), z), strength)]

    def _steps(self, frame: Frame, distance: np.ndarray, elapsed_s: float) -> list[Source]:
        crowd, out = frame.crowd, []
        moving = np.flatnonzero((crowd.speed > 0.2) & (distance < STEPS_WITHIN_M))
        for i in moving[np.argsort(distance[moving], kind="stable")][:STEPS_OF]:
            who = int(crowd.id[i])
            phase = self._phase.get(who, who * 0.37 % 1.0) + float(crowd.speed[i]) * elapsed_s / STRIDE_M
            self._phase[who] = phase % 1.0
            if phase >= 1.0:
                at = (float(crowd.xy[i, 0]), float(crowd.xy[i, 1]), float(crowd.z[i]))
                wet = frame.resident.depth_m
                sound = "wade" if wet >= 0.25 else "step_water" if wet >= 0.02 else self._ground
                out.append(Source(f"step of {who} {frame.tick}", sound, at, 0.6, (who + frame.tick) % 6, once=True))
        return out

    def _calls(self, frame: Frame, distance: np.ndarray, awake: np.ndarray) -> list[Source]:
        slot = int(frame.t_s / CALL_EVERY_S)
        if slot == self._slot:
            return []
        self._slot = slot
        crowd = frame.crowd
        children = np.flatnonzero(awake & (crowd.height_m < CHILD_BELOW_M) & (distance < 2 * NEAR_M))
        draw = hashlib.sha256(f"call {slot}".encode()).digest()
        if not len(children) or draw[0] < 90:
            return []
        i = int(children[draw[1] % len(children)])
        height = float(crowd.z[i]) + MOUTH * float(crowd.height_m[i])
        at = (float(crowd.xy[i, 0]), float(crowd.xy[i, 1]), height)
        return [Source(f"call {slot}", "child_call", at, 0.7 + 0.3 * draw[2] / 255, int(crowd.id[i]) % 6, once=True)]
