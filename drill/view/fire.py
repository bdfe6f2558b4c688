"""The seat of a fire: flames that grow with its heat release rate, embers above them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from panda3d.core import ColorBlendAttrib, GeomNode, NodePath, OmniBoundingVolume, TransparencyAttrib

from drill.hazards.picture import Picture, SmokePicture
from drill.view.mesh import VERTEX, geom_node, vertex_format
from drill.view.shading import shader
from drill.view.sprites import CORNERS, Sprites, chance

LOWEST_KW: Final = 2.0
EMBERS: Final = 36
EMBER_S: Final = 2.2


def flame_height_m(heat_kw: float) -> float:
    """Return the mean flame height of a fire 0.6 m wide: L = 0.235 Q^(2/5) - 1.02 D (Heskestad 1983), metres."""
    return max(0.25, 0.235 * heat_kw**0.4 - 1.02 * 0.6) if heat_kw > 0 else 0.0


def flicker(t_s: float) -> float:
    """Return the share of a fire's light at a time, near 1.

    Real flames flicker at several hertz; this one wavers by 8 % at most and below 1 Hz, for people whom flicker harms.
    """
    return 1.0 + 0.05 * math.sin(2 * math.pi * 0.53 * t_s) + 0.03 * math.sin(2 * math.pi * 0.87 * t_s + 1.3)


class Fire:
    """The flames of every fire under `root`."""

    def __init__(self) -> None:
        self.root = NodePath("fire")
        self.embers = Sprites("embers", most=EMBERS, shining=True)
        self.embers.root.reparent_to(self.root)
        self._flames: dict[str, NodePath] = {}

    def show(self, pictures: Sequence[Picture], t_s: float) -> None:
        """Set the flames to a frame's hazards."""
        self.embers.root.hide()
        for picture in pictures:
            if isinstance(picture, SmokePicture):
                self._burn(picture, t_s)

    def _burn(self, picture: SmokePicture, t_s: float) -> None:
        flame = self._flames.get(picture.hazard)
        if picture.fire is None or picture.fire[3] < LOWEST_KW:
            if flame is not None:
                flame.hide()
            return
        if flame is None:
            flame = self._flames[picture.hazard] = self._flame()
        x, y, z, heat = picture.fire
        height = flame_height_m(heat)
        flame.show()
        flame.set_pos(x, y, z)
        flame.set_shader_input("flame", (0.55 + 0.25 * min(1.0, heat / 500), height, t_s))
        self._glowing(x, y, z, height, t_s)

    def _flame(self) -> NodePath:
        part = np.zeros(6, VERTEX)
        part["texcoord"] = CORNERS
        node: GeomNode = geom_node("flame", part, vertex_format())
        node.set_bounds(OmniBoundingVolume())
        node.set_final(True)
        flame = self.root.attach_new_node(node)
        flame.set_shader(shader("fire.vert", "fire.frag"), 5)
        flame.set_transparency(TransparencyAttrib.M_alpha)
        blend = ColorBlendAttrib.make(
            ColorBlendAttrib.M_add, ColorBlendAttrib.O_one, ColorBlendAttrib.O_one_minus_incoming_alpha
        )
        flame.set_attrib(blend)
        flame.set_depth_write(False)
        flame.set_two_sided(True)
        flame.set_bin("transparent", 25)
        return flame

    def _glowing(self, x: float, y: float, z: float, height: float, t_s: float) -> None:
        number = np.arange(EMBERS)
        start = chance(number, 1)
        turn = np.floor(t_s / EMBER_S + start)
        share = t_s / EMBER_S + start - turn
        angle = chance(number, turn, 2) * 2 * np.pi + share * 2.0
        out = 0.25 * np.sqrt(chance(number, turn, 3)) + 0.35 * share * chance(number, turn, 4)
        rise = z + 0.3 * height + (0.9 * height + 0.8) * share
        centres = np.stack([x + np.cos(angle) * out, y + np.sin(angle) * out, rise], axis=1)
        colours = np.tile((1.0, 0.42, 0.08, 0.0), (EMBERS, 1))
        colours[:, 3] = np.minimum(1.0, 5 * share) * (1 - share) ** 1.5
        self.embers.show(centres, 0.006 + 0.008 * chance(number, turn, 5), colours)
