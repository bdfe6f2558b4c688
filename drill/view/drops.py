"""Drops that legs throw up, silt before an eye under water. Where each is follows from the run time alone."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath

from drill.view.media import WATER, Medium
from drill.view.sprites import Sprites, chance
from drill.view.wading import Waders

GRAVITY: Final = 9.80665
EACH: Final = 14
"""Drops in the air around one who wades fast."""
STEP_S: Final = 0.55
"""Between two steps; each throws up drops anew."""
SILT: Final = 90
SILT_WITHIN_M: Final = 0.7
MOST: Final = 260

Floats = npt.NDArray[np.float64]


class Drops:
    """Drops and silt under `root`."""

    def __init__(self) -> None:
        self.root = NodePath("drops")
        self._drops = Sprites("drops", most=MOST)
        self._silt = Sprites("silt", most=SILT)
        for sprites in (self._drops, self._silt):
            sprites.root.reparent_to(self.root)

    def show(self, waders: Waders, media: list[Medium], t_s: float, eye: tuple[float, float, float]) -> None:
        """Set both to a moment."""
        tint = next((np.asarray(m.tint) for m in media if m.kind == WATER), np.full(3, 0.2))
        centres, speeds, fade = drops(waders, t_s)
        colours = np.empty((len(centres), 4))
        colours[:, :3] = tint * 0.8 + 0.30
        colours[:, 3] = 0.8 * fade
        size = 0.005 + 0.009 * chance(np.arange(len(centres)), 8) ** 2
        self._drops.show(centres, size, colours, streaks=speeds * 0.02)
        self._show_silt(media, t_s, eye, tint)

    def _show_silt(self, media: list[Medium], t_s: float, eye: tuple[float, float, float], tint: Floats) -> None:
        level = max((m.edge_m for m in media if m.kind == WATER and _inside(m, eye)), default=-1000.0)
        if eye[2] >= level:
            self._silt.root.hide()
            return
        number = np.arange(SILT)
        wide = 2 * SILT_WITHIN_M
        drift = np.stack([0.05 * t_s + 0 * number, 0.03 * t_s + 0 * number, -0.02 * t_s + 0 * number], axis=1)
        home = np.stack([chance(number, k) for k in (1, 2, 3)], axis=1) * wide + drift
        # The same cloud of silt everywhere: each mote is drawn where its lattice lies nearest to the eye.
        centres = np.asarray(eye) + (home - np.asarray(eye) + SILT_WITHIN_M) % wide - SILT_WITHIN_M
        far = np.linalg.norm(centres - np.asarray(eye), axis=1)
        colours = np.tile((*(tint * 1.7 + 0.02), 0.0), (SILT, 1))
        colours[:, 3] = 0.55 * np.clip((far - 0.12) / 0.1, 0, 1) * np.clip((SILT_WITHIN_M - far) / 0.3, 0, 1)
        colours[centres[:, 2] > level, 3] = 0.0
        self._silt.show(centres, 0.0012 + 0.003 * chance(number, 4) ** 3, colours)


def drops(waders: Waders, t_s: float) -> tuple[Floats, Floats, Floats]:
    """Return places (N, 3), velocities (N, 3) and how plain to see (N,) of the drops in the air at a time."""
    if not len(waders):
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)
    who = np.repeat(np.arange(len(waders)), EACH)
    number = np.tile(np.arange(EACH), len(waders))
    ids, speed = waders.id[who], waders.speed_mps[who]
    beat = t_s / STEP_S + chance(ids, 11) + 0.5 * (number % 2)
    step = np.floor(beat)
    age = (beat - step) * STEP_S
    heading = waders.heading_rad[who] + (chance(ids, number, step, 1) - 0.5) * 2.6
    out = (0.35 + 0.75 * chance(ids, number, step, 2)) * np.minimum(speed, 1.4)
    rise = (0.5 + 1.3 * chance(ids, number, step, 3)) * np.minimum(speed, 1.2)
    way = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    body = np.stack([np.cos(waders.heading_rad[who]), np.sin(waders.heading_rad[who])], axis=1)
    side = np.where(number % 2 == 0, 0.10, -0.10)[:, None] * np.stack([-body[:, 1], body[:, 0]], axis=1)
    # They left the legs where these were then, and the body has gone on since.
    start = waders.xy[who] + side + way * 0.12 - body * (speed * age)[:, None]
    height = rise * age - GRAVITY * age * age / 2
    xy = start + way * out[:, None] * age[:, None] + body * (0.5 * speed * age)[:, None]
    places = np.column_stack([xy, waders.level_m[who] + height])
    velocity = np.column_stack([way * out[:, None], rise - GRAVITY * age])
    seen = (height > 0) & (speed > 0.25) & (number < EACH * np.clip(speed, 0, 1)) & (waders.depth_m[who] < 1.6)
    return places[seen], velocity[seen], np.minimum(1.0, age[seen] / 0.04)


def _inside(medium: Medium, at: tuple[float, float, float]) -> bool:
    return medium.low[0] <= at[0] <= medium.high[0] and medium.low[1] <= at[1] <= medium.high[1]
