"""Boxes, prisms, balls and the like as triangles: corners, normals, texture coordinates."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drill.view.materials import OUTER_WALL
from drill.view.mesh import Array, Colour, Mesh, Pattern

UPRIGHT: Final = frozenset({Pattern.GYM_WALL, Pattern.HALL_WALL, Pattern.PLASTER, Pattern.CURTAIN})
"""Patterns whose second coordinate is the height over the foot."""
ALONG: Final = frozenset({Pattern.WOOD, Pattern.PLANK})
"""Patterns that run along the longer side."""

Points = tuple[Array, Array]
"""Corners and normals, three a triangle."""


def polygons(shape: BaseGeometry) -> list[Polygon]:
    """Return the polygons of a shape, without lines and points."""
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    if isinstance(shape, MultiPolygon) or hasattr(shape, "geoms"):
        return [p for part in shape.geoms for p in polygons(part)]
    return []


def plan_triangles(shape: BaseGeometry) -> npt.NDArray[np.float64]:
    """Return the triangles of an area in plan, shape (n, 3, 2), counter-clockwise, holes left out."""
    found = []
    for polygon in polygons(shape):
        for triangle in shapely.constrained_delaunay_triangles(polygon).geoms:
            corners = np.asarray(triangle.exterior.coords)[:3, :2]
            a, b, c = corners
            turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
            found.append(corners if turn > 0 else corners[::-1])
    return np.asarray(found).reshape(-1, 3, 2)


def lay(
    mesh: Mesh,
    shape: BaseGeometry,
    z: float,
    *,
    colour: Colour,
    pattern: Pattern = Pattern.PLAIN,
    up: bool = True,
    along_y: bool = False,
) -> None:
    """Lay an area flat at height `z`, seen from above or (`up` false) from below; boards run along x or y."""
    triangles = plan_triangles(shape)
    if not len(triangles):
        return
    if not up:
        triangles = triangles[:, ::-1]
    corners = np.concatenate([triangles, np.full((*triangles.shape[:2], 1), z)], axis=2)
    mesh.triangles(
        corners, colour=colour, pattern=pattern, texcoords=triangles.reshape(-1, 2)[:, :: -1 if along_y else 1]
    )


def prism(
    mesh: Mesh,
    shape: BaseGeometry,
    low: float,
    high: float,
    *,
    colour: Colour,
    pattern: Pattern = Pattern.PLAIN,
    top: bool = True,
    bottom: bool = False,
    floor_z: float | None = None,
    indoors: BaseGeometry | None = None,
) -> None:
    """Raise an area from `low` to `high`.

    On its sides the texture runs along and up from `floor_z` (else `low`). With `indoors`, sides that look out of that
    area are plain outer walls.
    """
    if high <= low:
        return
    base = low if floor_z is None else floor_z
    for polygon in polygons(shape):
        oriented = shapely.orient_polygons(polygon)
        for ring in (oriented.exterior, *oriented.interiors):
            points = np.asarray(ring.coords)[:, :2]
            start, end = points[:-1], points[1:]
            along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(end - start, axis=1))])
            for a, b, u, v in zip(start, end, along[:-1], along[1:], strict=True):
                ahead = (a + b) / 2 + np.array([b[1] - a[1], a[0] - b[0]]) / max(v - u, 1e-9) * 0.3
                inside = indoors is None or shapely.intersects_xy(indoors, *ahead)
                mesh.quad(
                    [(*a, low), (*b, low), (*b, high), (*a, high)],
                    colour=colour if inside else OUTER_WALL,
                    pattern=pattern if inside else Pattern.FACADE,
                    texcoords=[(u, low - base), (v, low - base), (v, high - base), (u, high - base)],
                )
    if top:
        lay(mesh, shape, high, colour=colour)
    if bottom:
        lay(mesh, shape, low, colour=colour, up=False)


def box(
    mesh: Mesh,
    centre: tuple[float, float, float],
    size: tuple[float, float, float],
    *,
    colour: Colour,
    pattern: Pattern = Pattern.PLAIN,
    yaw: float = 0.0,
) -> None:
    """Add a box around `centre`, turned by `yaw` radians about the vertical."""
    half = np.asarray(size) / 2
    signs = np.array([(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)])
    corners = signs * half
    cos, sin = math.cos(yaw), math.sin(yaw)
    turned = corners @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]]) + np.asarray(centre)
    faces = ((0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6), (4, 5, 7, 6), (2, 3, 1, 0))
    for face in faces:
        quad = turned[list(face)]
        along = float(np.linalg.norm(quad[1] - quad[0]))
        across = float(np.linalg.norm(quad[3] - quad[0]))
        texture = np.array([(0, 0), (along, 0), (along, across), (0, across)]) + 0.37 * np.asarray(centre)[:2]
        if pattern in UPRIGHT:
            texture[:, 1] = quad[:, 2] - quad[:, 2].min()
        if along < across and pattern in ALONG:
            texture = texture[:, ::-1]
        mesh.quad(quad, colour=colour, pattern=pattern, texcoords=texture)


def beam(
    mesh: Mesh,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    thickness: float,
    *,
    colour: Colour,
    pattern: Pattern = Pattern.PLAIN,
) -> None:
    """Add a square bar from `start` to `end`."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = b - a
    length = float(np.linalg.norm(axis))
    if length <= 0:
        return
    axis /= length
    helper = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = np.cross(axis, helper)
    side *= thickness / 2 / np.linalg.norm(side)
    other = np.cross(axis, side)
    ring = [side + other, -side + other, -side - other, side - other]
    for i in range(4):
        p, q = ring[i], ring[(i + 1) % 4]
        texture = [(0, 0), (0, thickness), (length, thickness), (length, 0)][::-1]
        mesh.quad([a + q, a + p, b + p, b + q][::-1], colour=colour, pattern=pattern, texcoords=texture)
    mesh.quad([a + r for r in ring[::-1]], colour=colour)
    mesh.quad([b + r for r in ring], colour=colour)


def tube(
    mesh: Mesh,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    radius: float,
    *,
    colour: Colour,
    sides: int = 8,
    pattern: Pattern = Pattern.PLAIN,
) -> None:
    """Add a round bar from `start` to `end`, its sides shaded round."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = b - a
    length = float(np.linalg.norm(axis))
    if length <= 0:
        return
    axis /= length
    helper = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = np.cross(axis, helper)
    side /= np.linalg.norm(side)
    other = np.cross(axis, side)
    turn = np.linspace(0, 2 * math.pi, sides + 1)
    out = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * other
    grid = np.stack([a + radius * out, b + radius * out])
    texture = np.zeros((2, sides + 1, 3))
    texture[..., 0] = turn * radius
    texture[1, :, 1] = length
    mesh.triangles(
        _sew(grid),
        colour=colour,
        pattern=pattern,
        normals=_sew(np.stack([out, out])),
        texcoords=_sew(texture)[:, :2],
    )
    for centre, ring, order in ((a, grid[0], -1), (b, grid[1], 1)):
        fan = np.array([(centre, ring[i], ring[i + 1]) for i in range(sides)])
        mesh.triangles(fan[:, ::order], colour=colour)


def ball(*, rings: int = 6, segments: int = 10) -> Points:
    """Return a ball of radius 1 around the origin: corners, and normals equal to them."""
    phi = np.linspace(-math.pi / 2, math.pi / 2, rings + 1)
    theta = np.linspace(0, 2 * math.pi, segments + 1)
    grid = np.stack(
        [
            np.cos(phi)[:, None] * np.cos(theta)[None],
            np.cos(phi)[:, None] * np.sin(theta)[None],
            np.repeat(np.sin(phi)[:, None], segments + 1, axis=1),
        ],
        axis=2,
    )
    points = _sew(grid)
    return points, points


def lathe(profile: npt.ArrayLike, *, segments: int = 12) -> tuple[Array, Array, Array]:
    """Turn a profile of (radius, z) about the vertical.

    Returns:
        Corners, normals, and texture coordinates whose second value runs from 0 to 1 along the profile.
    """
    line = np.asarray(profile, float)
    theta = np.linspace(0, 2 * math.pi, segments + 1)
    grid = np.stack(
        [
            line[:, :1] * np.cos(theta)[None],
            line[:, :1] * np.sin(theta)[None],
            np.repeat(line[:, 1:], segments + 1, axis=1),
        ],
        axis=2,
    )
    tangent = np.gradient(line, axis=0)
    across = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    normals = np.stack(
        [
            across[:, :1] * np.cos(theta)[None],
            across[:, :1] * np.sin(theta)[None],
            np.repeat(across[:, 1:], segments + 1, axis=1),
        ],
        axis=2,
    )
    along = np.linspace(0, 1, len(line))
    texture = np.zeros((len(line), segments + 1, 3))
    texture[:, :, 0] = theta / (2 * math.pi)
    texture[:, :, 1] = along[:, None]
    return _sew(grid), _sew(normals), _sew(texture)[:, :2]


def _sew(grid: npt.NDArray[np.float64]) -> Array:
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    return np.stack([a, b, c, a, c, d], axis=2).reshape(-1, 3).astype(np.float32)
