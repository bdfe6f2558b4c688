"""The lines of a basketball court, fitted into a hall."""

from __future__ import annotations

from shapely import affinity
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from drill.view import materials as m
from drill.view.mesh import Mesh
from drill.view.shapes import lay

LINE_M = 0.05
COURT_M = (28.0, 15.0)
MARGIN_M = 1.6


def draw_court(mesh: Mesh, hall: Polygon, z: float) -> None:
    """Draw a court of 28 × 15 m, scaled down into `hall` where needed, along its longer side."""
    x0, y0, x1, y1 = hall.bounds
    wide, deep = x1 - x0, y1 - y0
    along_x = wide >= deep
    length, breadth = (wide, deep) if along_x else (deep, wide)
    scale = min(1.0, (length - 2 * MARGIN_M) / COURT_M[0], (breadth - 2 * MARGIN_M) / COURT_M[1])
    if scale < 0.4:
        return
    half_l, half_b = COURT_M[0] * scale / 2, COURT_M[1] * scale / 2
    lines: list[BaseGeometry] = [
        box(-half_l, -half_b, half_l, half_b).exterior,
        LineString([(0, -half_b), (0, half_b)]),
        Point(0, 0).buffer(1.8 * scale).exterior,
    ]
    blue: list[BaseGeometry] = [box(-half_l * 0.62, -half_b * 0.6, half_l * 0.62, half_b * 0.6).exterior]
    for side in (-1, 1):
        key = box(0, -2.45 * scale, 5.8 * scale, 2.45 * scale).exterior
        arc = Point(1.575 * scale, 0).buffer(6.75 * scale).intersection(box(0, -9, 30, 9)).exterior
        ring = Point(5.8 * scale, 0).buffer(1.8 * scale).exterior
        for line in (key, arc, ring):
            placed = affinity.translate(line, -half_l, 0)
            lines.append(placed if side < 0 else affinity.scale(placed, -1, 1, origin=(0, 0)))
    within = hall.buffer(-0.3)
    for group, colour, lift in ((blue, m.LINE_BLUE, 0.0), (lines, m.LINE_WHITE, 0.004)):
        for line in group:
            turned = line if along_x else affinity.rotate(line, 90, origin=(0, 0))
            placed = affinity.translate(turned, (x0 + x1) / 2, (y0 + y1) / 2)
            stripe = placed.buffer(LINE_M / 2, cap_style="flat", join_style="mitre").simplify(0.004)
            lay(mesh, stripe.intersection(within), z + lift, colour=colour)
