"""The seat of a fire: flames that grow with its heat release rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from panda3d.core import NodePath

from drill.hazards.picture import Picture, SmokePicture
from drill.view.materials import srgb
from drill.view.mesh import Mesh, Pattern
from drill.view.shapes import lathe

TONGUES: Final = 5
OUTER, INNER = srgb("ff6a13"), srgb("ffd34d")
LOWEST_KW: Final = 2.0


def flame_height_m(heat_kw: float) -> float:
    """Return the mean flame height of a fire 0.6 m wide: L = 0.235 Q^(2/5) - 1.02 D (Heskestad 1983), metres."""
    return max(0.25, 0.235 * heat_kw**0.4 - 1.02 * 0.6) if heat_kw > 0 else 0.0


class Fire:
    """The flames of every fire under `root`."""

    def __init__(self) -> None:
        self.root = NodePath("fire")
        self._fires: dict[str, list[NodePath]] = {}

    def show(self, pictures: Sequence[Picture], t_s: float) -> None:
        """Set the flames to a frame's hazards."""
        for picture in pictures:
            if isinstance(picture, SmokePicture):
                self._burn(picture, t_s)

    def _burn(self, picture: SmokePicture, t_s: float) -> None:
        tongues = self._fires.get(picture.hazard)
        burns = picture.fire is not None and picture.fire[3] >= LOWEST_KW
        if tongues is None and burns:
            tongues = [self.root.attach_new_node(_tongue().node("flame")) for _ in range(TONGUES)]
            self._fires[picture.hazard] = tongues
        for i, tongue in enumerate(tongues or ()):
            if not burns or picture.fire is None:
                tongue.hide()
                continue
            x, y, z, heat = picture.fire
            tongue.show()
            angle, beat = i * 2.4, 0.5 + 0.5 * math.sin(t_s * (7 + 1.7 * i) + i * 1.9)
            width = 0.16 + 0.05 * min(1.0, heat / 200)
            reach = 0.0 if i == 0 else 0.22
            tongue.set_pos(x + reach * math.cos(angle), y + reach * math.sin(angle), z)
            height = flame_height_m(heat) * (0.75 + 0.4 * beat) * (1.0 if i == 0 else 0.65)
            tongue.set_scale(width, width, height)


def _tongue() -> Mesh:
    mesh = Mesh()
    for colour, share in ((OUTER, 1.0), (INNER, 0.55)):
        profile = [(0.0, 0.0), (0.8, 0.08), (1.0, 0.22), (0.7, 0.5), (0.32, 0.8), (0.0, 1.0)]
        points, normals, _ = lathe([(r * share, z * share) for r, z in profile], segments=10)
        mesh.triangles(points, colour=colour, pattern=Pattern.GLOW, normals=normals)
    return mesh
