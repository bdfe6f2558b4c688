"""Skinned surfaces: grids of corners, each carried by two bones, painted by a slot and worn by some people only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

Floats = npt.NDArray[np.float64]
Weights = tuple[int | npt.NDArray[np.integer], int | npt.NDArray[np.integer], Floats | float]
"""Two bones, and the share of the second at each corner."""


class Slot(IntEnum):
    """What a surface is; the fragment shader paints each in its way, in the person's colours."""

    SKIN = 0
    HAIR = 1
    TOP = 2
    BOTTOM = 3
    SHOES = 4
    DARK = 5
    WHITE = 6
    HAT = 7
    FACE = 8
    BAG = 9
    METAL = 10
    LEG = 11
    """Bare leg and sock."""
    HAND = 12
    SCARF = 13
    SOLE = 14
    GLASS = 15


class Group(IntEnum):
    """What people differ in; a person wears one variant of each group."""

    ALL = 0
    HAIR = 1
    HAT = 2
    BOTTOM = 3
    SLEEVE = 4
    BAG = 5
    GLASSES = 6
    AID = 7
    CLOTH = 8
    """The handkerchief, worn while it is held."""


CORNER: Final = np.dtype([("vertex", "<f4", 3), ("normal", "<f4", 3), ("colour", "<f4", 4), ("texcoord", "<f4", 4)])
"""Place and normal at rest; first bone, second bone, its share, slot; group, bits of its variants, belly, nothing."""


def corner_format() -> GeomVertexFormat:
    """Return the registered Panda3D format that equals `CORNER`."""
    array = GeomVertexArrayFormat()
    array.add_column(InternalName.get_vertex(), 3, GeomEnums.NT_float32, GeomEnums.C_point)
    array.add_column(InternalName.get_normal(), 3, GeomEnums.NT_float32, GeomEnums.C_normal)
    array.add_column(InternalName.get_color(), 4, GeomEnums.NT_float32, GeomEnums.C_other)
    array.add_column(InternalName.get_texcoord(), 4, GeomEnums.NT_float32, GeomEnums.C_other)
    layout = GeomVertexFormat()
    layout.add_array(array)
    return GeomVertexFormat.register_format(layout)


class Shape:
    """A growing heap of skinned surfaces. `detail` 2 is for those near, 1 for the middle, 0 for those far."""

    def __init__(self, detail: int) -> None:
        self.detail = detail
        self._corners: list[npt.NDArray[np.void]] = []
        self._triangles: list[npt.NDArray[np.uint32]] = []
        self._count = 0

    def fine(self, near: int, middle: int, far: int) -> int:
        """Return the number of parts for this level of detail."""
        return (far, middle, near)[self.detail]

    def grid(
        self,
        points: npt.ArrayLike,
        *,
        bones: Weights,
        slot: Slot,
        group: Group = Group.ALL,
        variants: Sequence[int] = (),
        belly: npt.ArrayLike = 0.0,
    ) -> None:
        """Add a surface of rings.

        Args:
            points: rings of corners, (rings, segments, 3); a ring's last corner repeats its first, and seen from
                outside rings go up while corners go counter-clockwise about the axis.
            bones: that carry it.
            slot: what it is.
            group: of what is worn.
            variants: who wears it; variants from 0.
            belly: how much a round belly lifts each corner, (rings, segments).
        """
        grid = np.asarray(points, np.float64)
        rings, segments = grid.shape[:2]
        made = np.zeros((rings, segments), CORNER)
        made["vertex"] = grid
        made["normal"] = normals(grid)
        made["colour"][..., 0], made["colour"][..., 1] = bones[0], bones[1]
        made["colour"][..., 2] = bones[2]
        made["colour"][..., 3] = float(slot)
        made["texcoord"][..., 0] = float(group)
        made["texcoord"][..., 1] = float(sum(1 << v for v in variants))
        made["texcoord"][..., 2] = belly
        index = np.arange(rings * segments, dtype=np.uint32).reshape(rings, segments) + self._count
        a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
        found = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
        corners = grid.reshape(-1, 3)[found - self._count]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        self._corners.append(made.reshape(-1))
        self._triangles.append(found[area > 1e-9])
        self._count += rings * segments

    def tube(
        self,
        rings: Sequence[tuple[float, float, float, float, float]],
        *,
        bones: Callable[[Floats], Weights] | Weights,
        slot: Slot,
        segments: int,
        square: float = 2.0,
        group: Group = Group.ALL,
        variants: Sequence[int] = (),
        belly: Callable[[Floats], Floats] | None = None,
    ) -> None:
        """Add an upright tube of rings (z, centre x, centre y, half depth, half width), from below.

        `square` above 2 makes the rings boxy (a superellipse). `bones` may depend on the corners.
        """
        spine = np.asarray(rings, np.float64)
        angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)
        cos, sin = np.cos(angle), np.sin(angle)
        round_ = (np.abs(cos) ** square + np.abs(sin) ** square) ** (-1.0 / square)
        grid = np.empty((len(spine), segments + 1, 3))
        grid[..., 0] = spine[:, 1:2] + spine[:, 3:4] * (cos * round_)
        grid[..., 1] = spine[:, 2:3] + spine[:, 4:5] * (sin * round_)
        grid[..., 2] = spine[:, :1]
        carried = bones(grid) if callable(bones) else bones
        lifted = 0.0 if belly is None else belly(grid)
        self.grid(grid, bones=carried, slot=slot, group=group, variants=variants, belly=lifted)

    def ball(
        self,
        centre: tuple[float, float, float],
        radius: tuple[float, float, float],
        *,
        bones: Weights,
        slot: Slot,
        rings: int,
        segments: int,
        group: Group = Group.ALL,
        variants: Sequence[int] = (),
    ) -> None:
        """Add an ellipsoid."""
        self.grid(
            np.asarray(centre) + directions(rings, segments) * radius,
            bones=bones,
            slot=slot,
            group=group,
            variants=variants,
        )

    def rod(
        self,
        path: npt.ArrayLike,
        radius: float,
        *,
        bones: Weights,
        slot: Slot,
        sides: int,
        group: Group = Group.ALL,
        variants: Sequence[int] = (),
    ) -> None:
        """Add a round bar along a path (n, 3)."""
        line = np.asarray(path, np.float64)
        along = np.gradient(line, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-12
        helper = np.array([0.31, 0.52, 0.80])
        first = np.cross(along, helper)
        first /= np.linalg.norm(first, axis=1, keepdims=True)
        second = np.cross(along, first)
        angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
        ring = np.cos(angle)[None, :, None] * first[:, None] + np.sin(angle)[None, :, None] * second[:, None]
        self.grid(line[:, None] + radius * ring, bones=bones, slot=slot, group=group, variants=variants)

    def corners(self) -> npt.NDArray[np.void]:
        """Return all corners, in the layout CORNER."""
        return np.concatenate(self._corners)

    def triangles(self) -> npt.NDArray[np.uint32]:
        """Return the corners' numbers, (triangles, 3)."""
        return np.concatenate(self._triangles)

    def node(self, name: str) -> GeomNode:
        """Return everything as a Panda3D node."""
        corners, triangles = self.corners(), self.triangles()
        data = GeomVertexData(name, corner_format(), GeomEnums.UH_static)
        data.unclean_set_num_rows(len(corners))
        data.modify_array_handle(0).copy_data_from(corners.tobytes())
        primitive = GeomTriangles(GeomEnums.UH_static)
        primitive.set_index_type(GeomEnums.NT_uint32)
        numbers = primitive.modify_vertices()
        numbers.unclean_set_num_rows(triangles.size)
        numbers.modify_handle().copy_data_from(triangles.astype(np.uint32).tobytes())
        geom = Geom(data)
        geom.add_primitive(primitive)
        node = GeomNode(name)
        node.add_geom(geom)
        return node


def directions(rings: int, segments: int) -> Floats:
    """Return directions all round, (rings + 1, segments + 1, 3), from below upwards."""
    rise = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)[:, None]
    angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)[None]
    return np.stack([np.cos(rise) * np.cos(angle), np.cos(rise) * np.sin(angle), np.sin(rise) + 0.0 * angle], axis=-1)


def normals(grid: Floats) -> Floats:
    """Return the outward normals of a grid of rings, smooth over its seam and at closed ends."""
    rise = np.gradient(grid, axis=0)
    closed = np.concatenate([grid[:, -2:-1], grid, grid[:, 1:2]], axis=1)
    round_ = (closed[:, 2:] - closed[:, :-2]) / 2.0
    made = np.cross(round_, rise)
    length = np.linalg.norm(made, axis=2, keepdims=True)
    flat = length[..., 0] < 1e-12
    made = np.divide(made, length, out=np.zeros_like(made), where=length > 1e-12)
    for end, beside in ((0, 1), (-1, -2)):
        if flat[end].all():
            out = grid[end].mean(axis=0) - grid[beside].mean(axis=0)
            size = np.linalg.norm(out)
            made[end] = out / size if size > 1e-12 else made[beside].mean(axis=0)
    # A corner on the axis has none of its own: it looks out from the middle of its surface.
    bare = np.linalg.norm(made, axis=2) < 0.5
    out = grid - grid.reshape(-1, 3).mean(axis=0)
    unit: Floats = np.where(bare[..., None], out / (np.linalg.norm(out, axis=2, keepdims=True) + 1e-12), made)
    return unit


def between(z: Floats, high: float, low: float) -> Floats:
    """Return a share that rises smoothly from 0 at height `high` to 1 at height `low`."""
    share = np.clip((high - z) / (high - low), 0.0, 1.0)
    smooth: Floats = share * share * (3.0 - 2.0 * share)
    return smooth
