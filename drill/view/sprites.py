"""Small round things that always face the eye: drops, dust, embers, silt. One draw call whatever their number."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    ColorBlendAttrib,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    NodePath,
    OmniBoundingVolume,
    TransparencyAttrib,
)

from drill.view.mesh import VERTEX, vertex_format
from drill.view.shading import shader

Floats = npt.NDArray[np.float64]

CORNERS: Final = np.array([(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)], np.float32)
MIX: Final = (ColorBlendAttrib.O_incoming_alpha, ColorBlendAttrib.O_one_minus_incoming_alpha)
ADD: Final = (ColorBlendAttrib.O_incoming_alpha, ColorBlendAttrib.O_one)


class Sprites:
    """A node under `root` that is filled anew for every picture.

    Args:
        name: of the node.
        most: how many are drawn at most; those at the end of a longer list are left out.
        shining: they add light (embers) and are not lit; else they cover what lies behind.
    """

    def __init__(self, name: str, *, most: int, shining: bool = False) -> None:
        self.most = most
        self.count = 0
        self._data = GeomVertexData(name, vertex_format(), GeomEnums.UH_dynamic)
        self._primitive = GeomTriangles(GeomEnums.UH_dynamic)
        geom = Geom(self._data)
        geom.add_primitive(self._primitive)
        self._node = GeomNode(name)
        self._node.add_geom(geom)
        self._node.set_bounds(OmniBoundingVolume())
        self._node.set_final(True)
        self.root = NodePath(self._node)
        self.root.set_shader(shader("sprite.vert", "sprite.frag"), 5)
        self.root.set_shader_input("shining", 1.0 if shining else 0.0)
        self.root.set_transparency(TransparencyAttrib.M_alpha)
        self.root.set_attrib(ColorBlendAttrib.make(ColorBlendAttrib.M_add, *(ADD if shining else MIX)))
        self.root.set_depth_write(False)
        self.root.set_two_sided(True)
        self.root.set_bin("transparent", 30)
        self.root.hide()

    def show(
        self,
        centres: Floats,
        sizes: Floats,
        colours: Floats,
        *,
        streaks: Floats | None = None,
    ) -> None:
        """Draw N sprites.

        Args:
            centres: shape (N, 3), site axes, metres.
            sizes: radii, shape (N,), metres.
            colours: linear RGB and opacity, shape (N, 4).
            streaks: shape (N, 3); how far and which way each is drawn out, metres. None means round.
        """
        n = min(len(centres), self.most)
        self.count = n
        if not n:
            self.root.hide()
            return
        part = np.zeros((n, 6), VERTEX)
        part["vertex"] = centres[:n, None]
        part["colour"] = colours[:n, None]
        part["texcoord"] = CORNERS[None] * np.asarray(sizes[:n], np.float32)[:, None, None]
        if streaks is not None:
            part["normal"] = streaks[:n, None]
        geom = self._node.modify_geom(0)
        data = geom.modify_vertex_data()
        data.unclean_set_num_rows(n * 6)
        data.modify_array_handle(0).copy_data_from(part.tobytes())
        primitive = geom.modify_primitive(0)
        primitive.clear_vertices()
        primitive.add_next_vertices(n * 6)
        self.root.show()


def chance(*keys: npt.ArrayLike) -> Floats:
    """Return numbers from 0 to 1 that depend on the keys alone, which are broadcast: chance without a state.

    A hash of 64 bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014) over the keys as integers.
    """
    value: npt.NDArray[np.uint64] = np.asarray(0x9E3779B97F4A7C15, np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            mixed = value ^ np.asarray(key).astype(np.int64).astype(np.uint64)
            value = np.asarray(mixed + np.uint64(0x9E3779B97F4A7C15), np.uint64)
            value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            value = value ^ (value >> np.uint64(31))
    return np.asarray(value >> np.uint64(11), np.float64) / float(1 << 53)
