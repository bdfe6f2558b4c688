"""Boxes, prisms, balls and the like as triangles: corners, normals, texture coordinates."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drill.view.materials import OUTER_WALL
from drill.view.mesh import Array, Colour, Mesh, Pattern

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
    mesh: Mesh, shape: BaseGeometry, z: float, *, colour: Colour, pattern: Pattern = Pattern.PLAIN, up: bool = True
) -> None:
    """Lay an area flat at height `z`, seen from above or (`up` false) from below."""
    triangles = plan_triangles(shape)
    if not len(triangles):
        return
    if not up:
        triangles = triangles[:, ::-1]
    corners = np.concatenate([triangles, np.full((*triangles.shape[:2], 1), z)], axis=2)
    mesh.triangles(corners, colour=colour, pattern=pattern, texcoords=triangles.reshape(-1, 2))


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
                    pattern=pattern if inside else Pattern.PLAIN,
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
        height = quad[:, 2] - quad[:, 2].min()
        across = np.linalg.norm(quad[:, :2] - quad[0, :2], axis=1)
        mesh.quad(quad, colour=colour, pattern=pattern, texcoords=np.stack([across, height], axis=1))


def beam(mesh: Mesh, start: npt.ArrayLike, end: npt.ArrayLike, thickness: float, *, colour: Colour) -> None:
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
        mesh.quad([a + q, a + p, b + p, b + q][::-1], colour=colour)
    mesh.quad([a + r for r in ring], colour=colour)
    mesh.quad([b + r for r in ring[::-1]], colour=colour)


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
