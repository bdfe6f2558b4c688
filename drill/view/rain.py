"""Rain: streaks that fall round the eye wherever there is no roof above."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath, OmniBoundingVolume, SamplerState, Texture, TransparencyAttrib

from drill.view.mesh import Mesh
from drill.view.shading import shader

STREAKS: Final = 2600
BOX_M: Final = (26.0, 26.0, 13.0)
"""Streaks fall in a box about the eye; what leaves it below comes in again above."""


class Rain:
    """The rain of a scene under `root`; `roof` holds the height of what stands highest, shape (x, y)."""

    def __init__(self, roof: npt.NDArray[np.float32], low: tuple[float, float], cell_m: float) -> None:
        self.root = NodePath("rain")
        rng = np.random.default_rng(7)
        where = rng.random((STREAKS, 1, 3))
        corner = np.array([(-1, 0), (1, 0), (1, 1), (-1, 0), (1, 1), (-1, 1)], float)
        points = np.repeat(where, 6, axis=1).reshape(-1, 3)
        mesh = Mesh()
        mesh.triangles(points, colour=(1, 1, 1), texcoords=np.tile(corner, (STREAKS, 1)))
        node = mesh.node("rain")
        node.set_bounds(OmniBoundingVolume())
        node.set_final(True)
        self.root.attach_new_node(node)
        self.root.set_shader(shader("rain.vert", "rain.frag"), 5)
        self.root.set_transparency(TransparencyAttrib.M_alpha)
        self.root.set_depth_write(False)
        self.root.set_two_sided(True)
        self.root.set_bin("transparent", 30)
        self.root.set_shader_input("rain_box", BOX_M)
        self.root.set_shader_input("roof_map", _roof_map(roof))
        self.root.set_shader_input("roof_area", (*low, roof.shape[0] * cell_m, roof.shape[1] * cell_m))
        self.root.hide()

    def show(self, *, falls: bool) -> None:
        """Let it rain or not."""
        self.root.show() if falls else self.root.hide()


def _roof_map(roof: npt.NDArray[np.float32]) -> Texture:
    texture = Texture("roof")
    texture.setup_2d_texture(roof.shape[0], roof.shape[1], Texture.T_float, Texture.F_r32)
    texture.set_ram_image(np.ascontiguousarray(roof.T.astype(np.float32)).tobytes())
    for set_filter in (texture.set_minfilter, texture.set_magfilter):
        set_filter(SamplerState.FT_nearest)
    for wrap in (texture.set_wrap_u, texture.set_wrap_v):
        wrap(SamplerState.WM_border_color)
    texture.set_border_color((-1000, 0, 0, 0))
    return texture
