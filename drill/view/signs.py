"""Exit signs after JIS Z 8210 5.2.7 (green field, white doorway, a person running out), lit from within.

Drawn by us from the standard's description; the field stays lit when the mains fail, as its battery does.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from drill.view import materials as m
from drill.view.mesh import Colour, Mesh, Pattern
from drill.view.props_room import Size
from drill.view.shapes import beam, box

SIGN_UP_TO_M: Final = 1.2
HANGING_SIGN_M: Final = 2.4


def draw_sign(mesh: Mesh, centre: tuple[float, float, float], size: tuple[float, float], yaw: float) -> None:
    """Draw a lit exit sign that faces `yaw`: green, a doorway and a person leaving through it, drawn by us."""
    width, height = size
    facing, across = np.array([math.cos(yaw), math.sin(yaw), 0]), np.array([-math.sin(yaw), math.cos(yaw), 0])
    up = np.array([0.0, 0.0, 1.0])
    box(mesh, centre, (0.05, width, height), colour=m.SIGN_GREEN, pattern=Pattern.GLOW, yaw=yaw)

    def patch(corners: list[tuple[float, float]], colour: Colour, lift: float) -> None:
        front = np.asarray(centre) + facing * (0.027 + lift)
        points = [front + across * u * height + up * v * height for u, v in corners]
        mesh.triangles([points[0], *points[1:3]], colour=colour, pattern=Pattern.GLOW)
        if len(points) == 4:
            mesh.triangles([points[0], *points[2:4]], colour=colour, pattern=Pattern.GLOW)

    def stroke(a: tuple[float, float], b: tuple[float, float], thick: float) -> None:
        dx, dy = b[0] - a[0], b[1] - a[1]
        length = math.hypot(dx, dy)
        nx, ny = -dy / length * thick / 2, dx / length * thick / 2
        corners = [(a[0] - nx, a[1] - ny), (b[0] - nx, b[1] - ny), (b[0] + nx, b[1] + ny), (a[0] + nx, a[1] + ny)]
        patch(corners, m.SIGN_GREEN, 0.004)

    patch([(-0.28, -0.42), (0.28, -0.42), (0.28, 0.42), (-0.28, 0.42)], m.WHITE, 0.0)
    patch([(-0.03, 0.2), (0.08, 0.2), (0.08, 0.32), (-0.03, 0.32)], m.SIGN_GREEN, 0.004)
    stroke((0.03, 0.18), (-0.04, -0.08), 0.1)
    stroke((-0.04, -0.08), (-0.17, -0.14), 0.07)
    stroke((-0.17, -0.14), (-0.2, -0.32), 0.07)
    stroke((-0.04, -0.08), (0.1, -0.2), 0.07)
    stroke((0.1, -0.2), (0.05, -0.38), 0.07)
    stroke((0.02, 0.14), (0.16, 0.04), 0.055)
    stroke((0.02, 0.14), (-0.14, 0.08), 0.055)
    if width > 2.2 * height:
        for side in (-1, 1):
            tip, base = side * 1.15, side * 0.8
            arrow = [(tip, 0.0), (base, 0.22 * side), (base, -0.22 * side)]
            patch(arrow, m.WHITE, 0.0)


def exit_sign(mesh: Mesh, size: Size, _: int) -> None:
    """An exit sign, lit on both sides: on a post when it is tall, else hanging at the height of a door's head."""
    wide, height = max(size[1], 0.3), size[2]
    tall = height > SIGN_UP_TO_M
    middle = height - 0.15 if tall else HANGING_SIGN_M
    if tall:
        beam(mesh, (0, 0, 0), (0, 0, height - 0.1), 0.06, colour=m.STEEL)
    for yaw in (0.0, math.pi):
        draw_sign(mesh, (0, 0, middle), (wide, min(0.3, wide / 2)), yaw)
