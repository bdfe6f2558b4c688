"""Triangles with a colour and a pattern, gathered in NumPy and handed to Panda3D in one piece."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
    InternalName,
)

Array = npt.NDArray[np.float32]
Colour = tuple[float, float, float]


class Pattern(IntEnum):
    """What the scene's shader draws on a surface; the number travels in the colour's alpha."""

    PLAIN = 0
    WOOD = 1
    PLASTER = 2
    """A wall; its second texture coordinate is the height above the floor."""
    PANEL = 3
    """A ceiling of panels."""
    GROUND = 4
    GLOW = 5
    """Shines by itself: lamps and exit signs."""
    SKY = 6
    GYM_WALL = 7
    """A wall with a wooden dado."""
    TILES = 8
    STRIPES = 9
    """A cone's white bands; its second texture coordinate runs from foot to tip."""
    CURTAIN = 10
    """Cloth; on upright faces it hangs in folds."""
    LAMP = 11
    """Shines while the mains are on."""
    LINOLEUM = 12
    TATAMI = 13
    ASPHALT = 14
    GRASS = 15
    GRAVEL = 16
    CONCRETE = 17
    METAL = 18
    CORK = 19
    ROOF = 20
    LEAVES = 21
    PLANK = 22
    CHALK = 23
    """A blackboard."""
    PERFORATED = 24
    DECK = 25
    """Folded steel under a roof."""
    BRICK = 26
    BARK = 27
    RIVER = 28
    HILL = 29
    """Far woods; its colour fades with the distance."""
    WINDOW = 30
    """A window of a house far off: glass by day, some of them lit at night."""
    CLOTH = 32
    FACADE = 33
    """An outer wall: small tiles below, rough plaster with joints above; its second coordinate is the height."""
    HALL_WALL = 31
    """A wall of a hall: boards below, a perforated board above; its second coordinate is the height over the floor."""


PATTERNS: Final = 40


VERTEX = np.dtype([("vertex", "<f4", 3), ("normal", "<f4", 3), ("colour", "<f4", 4), ("texcoord", "<f4", 2)])


def vertex_format() -> GeomVertexFormat:
    """Return the registered Panda3D format that equals `VERTEX`."""
    array = GeomVertexArrayFormat()
    array.add_column(InternalName.get_vertex(), 3, GeomEnums.NT_float32, GeomEnums.C_point)
    array.add_column(InternalName.get_normal(), 3, GeomEnums.NT_float32, GeomEnums.C_normal)
    array.add_column(InternalName.get_color(), 4, GeomEnums.NT_float32, GeomEnums.C_color)
    array.add_column(InternalName.get_texcoord(), 2, GeomEnums.NT_float32, GeomEnums.C_texcoord)
    layout = GeomVertexFormat()
    layout.add_array(array)
    return GeomVertexFormat.register_format(layout)


class Mesh:
    """A growing heap of triangles."""

    def __init__(self, parts: Iterable[npt.NDArray[np.void]] = ()) -> None:
        self._parts: list[npt.NDArray[np.void]] = list(parts)

    def __len__(self) -> int:
        """Number of triangles."""
        return sum(len(p) for p in self._parts) // 3

    def triangles(
        self,
        points: npt.ArrayLike,
        *,
        colour: Colour,
        pattern: Pattern = Pattern.PLAIN,
        normals: npt.ArrayLike | None = None,
        texcoords: npt.ArrayLike | None = None,
    ) -> None:
        """Add triangles.

        Args:
            points: corners, shape (3 n, 3), counter-clockwise seen from outside, metres.
            colour: linear RGB, 0 to 1.
            pattern: what is drawn on them.
            normals: one a corner; None means those of the flat triangles.
            texcoords: shape (3 n, 2); None means zeros.
        """
        corners = np.asarray(points, np.float32).reshape(-1, 3)
        part = np.zeros(len(corners), VERTEX)
        part["vertex"] = corners
        part["normal"] = flat_normals(corners) if normals is None else np.asarray(normals, np.float32).reshape(-1, 3)
        part["colour"][:, :3] = colour
        part["colour"][:, 3] = float(pattern)
        if texcoords is not None:
            part["texcoord"] = np.asarray(texcoords, np.float32).reshape(-1, 2)
        self._parts.append(part)

    def quad(
        self,
        corners: npt.ArrayLike,
        *,
        colour: Colour,
        pattern: Pattern = Pattern.PLAIN,
        texcoords: npt.ArrayLike | None = None,
    ) -> None:
        """Add a quadrilateral given by its four corners, counter-clockwise from outside."""
        order = [0, 1, 2, 0, 2, 3]
        points = np.asarray(corners, np.float32).reshape(4, 3)[order]
        given = None if texcoords is None else np.asarray(texcoords, np.float32).reshape(4, 2)[order]
        self.triangles(points, colour=colour, pattern=pattern, texcoords=given)

    def turned(self, yaw: float) -> Mesh:
        """Return the same triangles turned by `yaw` radians about the vertical through the origin."""
        part = self.vertices().copy()
        cos, sin = math.cos(yaw), math.sin(yaw)
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]], np.float32)
        part["vertex"] = part["vertex"] @ turn
        part["normal"] = part["normal"] @ turn
        return Mesh([part])

    def turned_deg(self, yaw_deg: float) -> Mesh:
        """Return the same triangles turned by `yaw_deg` degrees about the vertical."""
        return self.turned(math.radians(yaw_deg)) if yaw_deg else self

    def moved(self, by: tuple[float, float, float]) -> Mesh:
        """Return the same triangles moved by `by`, metres."""
        other = Mesh()
        other.add(self, at=by)
        return other

    def add(self, other: Mesh, *, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> None:
        """Add the triangles of `other`, moved by `at`."""
        part = other.vertices().copy()
        part["vertex"] += np.asarray(at, np.float32)
        self._parts.append(part)

    def vertices(self) -> npt.NDArray[np.void]:
        """Return all corners in the layout `VERTEX`."""
        return np.concatenate(self._parts) if self._parts else np.zeros(0, VERTEX)

    def bounds(self) -> tuple[Array, Array]:
        """Return the least and greatest corner."""
        points = self.vertices()["vertex"]
        return points.min(axis=0), points.max(axis=0)

    def node(self, name: str) -> GeomNode:
        """Return the triangles as a Panda3D node."""
        return geom_node(name, self.vertices(), vertex_format())


def geom_node(name: str, vertices: npt.NDArray[np.void], layout: GeomVertexFormat) -> GeomNode:
    """Return a node that draws `vertices` three by three; the array's layout must be that of `layout`."""
    data = GeomVertexData(name, layout, GeomEnums.UH_static)
    data.unclean_set_num_rows(len(vertices))
    if len(vertices):
        data.modify_array_handle(0).copy_data_from(np.ascontiguousarray(vertices).tobytes())
    primitive = GeomTriangles(GeomEnums.UH_static)
    primitive.add_next_vertices(len(vertices))
    geom = Geom(data)
    geom.add_primitive(primitive)
    node = GeomNode(name)
    if len(vertices):
        node.add_geom(geom)
    return node


def flat_normals(corners: Array) -> Array:
    """Return the unit normal of each flat triangle at its three corners, shape (3 n, 3)."""
    triangles = corners.reshape(-1, 3, 3)
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    # By hand: np.cross takes ten times as long for the few triangles of a bar.
    normal = np.empty_like(a)
    normal[:, 0] = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    normal[:, 1] = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    normal[:, 2] = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    length = np.sqrt((normal * normal).sum(axis=1, keepdims=True))
    unit = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    return np.repeat(unit, 3, axis=0).astype(np.float32)
