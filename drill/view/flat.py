"""Flat shapes of the HUD: rounded panels, discs, strips."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from drill.view.mesh import VERTEX, geom_node, vertex_format
from drill.view.shading import shader
from drill.view.shapes import plan_triangles

Colour = tuple[float, float, float, float]

CORNER_STEPS: Final = 6


def rgb(red: int, green: int, blue: int, alpha: float = 1.0) -> Colour:
    """Return a colour of the screen from 0 to 255 a channel."""
    return red / 255, green / 255, blue / 255, alpha


def fill(parent: NodePath, shape: BaseGeometry, colour: Colour) -> NodePath:
    """Fill an area, given in the coordinates of the HUD."""
    return _attach(parent, plan_triangles(shape), colour)


def fill_triangles(parent: NodePath, triangles: npt.NDArray[np.float64], colour: Colour) -> NodePath:
    """Fill triangles, shape (n, 3, 2): many small marks in one piece."""
    return _attach(parent, triangles, colour)


def panel(
    parent: NodePath, x: float, z: float, width: float, height: float, colour: Colour, *, radius: float = 10
) -> NodePath:
    """Draw a panel with rounded corners; x, z is its lower left."""
    return fill(parent, rounded(x, z, width, height, radius), colour)


def rounded(x: float, z: float, width: float, height: float, radius: float) -> Polygon:
    """Return a rectangle with rounded corners."""
    # Corners of no radius, or that meet, would repeat points, and no triangles are found between those.
    r = min(radius, width * 0.49, height * 0.49)
    if r <= 0:
        return box(x, z, x + width, z + height)
    corners = []
    for cx, cz, start in (
        (x + width - r, z + r, -90),
        (x + width - r, z + height - r, 0),
        (x + r, z + height - r, 90),
        (x + r, z + r, 180),
    ):
        for i in range(CORNER_STEPS + 1):
            angle = math.radians(start + 90 * i / CORNER_STEPS)
            corners.append((cx + r * math.cos(angle), cz + r * math.sin(angle)))
    return Polygon(corners)


def _attach(parent: NodePath, triangles: npt.NDArray[np.float64], colour: Colour) -> NodePath:
    corners = np.zeros(len(triangles) * 3, VERTEX)
    corners["vertex"][:, [0, 2]] = triangles.reshape(-1, 2)
    corners["colour"] = colour
    node = parent.attach_new_node(geom_node("flat", corners, vertex_format()))
    node.set_shader(shader("hud.vert", "hud.frag"))
    return node
