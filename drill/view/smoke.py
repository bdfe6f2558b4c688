"""Light in smoke: which lamps throw a cone into it, which fires a glow. The smoke's body itself is in `media`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from panda3d.core import NodePath, PTA_LVecBase4f, UnalignedLVecBase4f

from drill.hazards.picture import Picture, SmokePicture
from drill.session.frame import Frame
from drill.view.fire import flame_height_m, flicker

GLOWS: Final = 8
"""As in shaders/medium.glsl."""
FIRE: Final = -1.0
LAMP_CONE: Final = math.cos(math.radians(42))
LAMP_TONE: Final = np.array([1.0, 0.95, 0.85])
FIRE_TONE: Final = np.array([1.0, 0.42, 0.12])
FULL_FIRE_KW: Final = 500.0
NIGHT_LIGHT: Final = 0.20
"""Share of the light in the air that is left at night with the mains off: emergency lamps and the eye's own."""
WITHIN_M: Final = 18.0


def air_light(*, power: bool, daylight: float) -> float:
    """Return the share of light that smoke, dust and mud have to scatter: 1 by day with the lamps on."""
    return NIGHT_LIGHT + (1 - NIGHT_LIGHT) * min(1.0, 0.62 * daylight + (0.55 if power else 0.0))


class Smoke:
    """Sets what shaders/medium.glsl asks of light in the air, on the nodes under `root`.

    Args:
        root: of the scene.
        lamps: nodes whose places are those of lamps.
    """

    def __init__(self, root: NodePath, lamps: Sequence[NodePath]) -> None:
        self.root = root
        self._lamps = list(lamps)
        self._at = PTA_LVecBase4f.empty_array(GLOWS)
        self._tone = PTA_LVecBase4f.empty_array(GLOWS)
        root.set_shader_input("glow_at", self._at)
        root.set_shader_input("glow_tone", self._tone)
        root.set_shader_input("glow_count", 0)
        root.set_shader_input("air_light", 1.0)
        self.count = 0

    def show(self, frame: Frame, t_s: float, eye: tuple[float, float, float]) -> None:
        """Set the light to a frame: fires first, then the lamps nearest to the eye while the mains are on."""
        self.root.set_shader_input("air_light", air_light(power=frame.power, daylight=frame.daylight))
        glows = fires(frame.hazards, t_s)
        if frame.power and any(isinstance(h, SmokePicture) for h in frame.hazards):
            places = [lamp.get_pos(self.root) for lamp in self._lamps]
            near = sorted((math.dist(p, eye), (p[0], p[1], p[2])) for p in places)
            glows += [(at, LAMP_CONE, LAMP_TONE) for far, at in near if far < WITHIN_M]
        self.count = min(len(glows), GLOWS)
        for i, (at, cone, tone) in enumerate(glows[:GLOWS]):
            self._at.set_element(i, UnalignedLVecBase4f(*at, cone))
            self._tone.set_element(i, UnalignedLVecBase4f(float(tone[0]), float(tone[1]), float(tone[2]), 0))
        self.root.set_shader_input("glow_count", self.count)


Glow = tuple[tuple[float, float, float], float, "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"]


def fires(pictures: Sequence[Picture], t_s: float) -> list[Glow]:
    """Return the glow of every fire: place, kind of cone, light by its heat release rate."""
    found: list[Glow] = []
    for picture in pictures:
        if isinstance(picture, SmokePicture) and picture.fire is not None and picture.fire[3] > 0:
            x, y, z, heat = picture.fire
            strength = 1.5 * min(1.5, heat / FULL_FIRE_KW) ** 0.6 * flicker(t_s)
            found.append(((x, y, z + 0.5 * flame_height_m(heat)), FIRE, FIRE_TONE * strength))
    return found
