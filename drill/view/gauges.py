"""The lower left of the HUD: how deep the water stands at the body, and how far one can see."""

from __future__ import annotations

from typing import Final

from panda3d.core import NodePath
from shapely import affinity
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.people.state import Posture
from drill.view.flat import fill, panel, rgb, rounded
from drill.view.palette import BODY, EDGE, MUD, PALE, SHADE, WHITE
from drill.view.pen import Pen

FOOT: Final = EDGE + 40
DEPTH_WIDE: Final = 150.0
DEPTH_HIGH: Final = 190.0
MARKS_CM: Final = (30, 60, 100)
"""Heights beside the figure: above the knee, at the hip, at the chest of a grown person."""


def draw_depth(pen: Pen, node: NodePath, depth_cm: int | None, *, posture: Posture, height_m: float) -> None:
    """Draw a body of the resident's height, in its posture, in the water that stands there."""
    if depth_cm is None:
        return
    x, z, wide, high = EDGE, FOOT, DEPTH_WIDE, DEPTH_HIGH
    panel(node, x, z, wide, high, SHADE)
    scale = (high - 62) / max(height_m, 1.0)
    foot, middle = z + 10, x + 48
    figure = affinity.translate(outline(height_m * scale, posture), middle, foot)
    fill(node, figure, BODY)
    level = depth_cm / 100 * scale
    if level > 0:
        tank = rounded(x + 6, foot - 4, 84, min(level, high - 62) + 4, 4)
        fill(node, tank.difference(figure), rgb(150, 116, 70, 0.75))
        fill(node, tank.intersection(figure), MUD)
        fill(node, box(x + 6, foot + level - 1.5, x + 90, foot + level + 1.5), rgb(240, 214, 160))
    for mark in MARKS_CM:
        at = foot + mark / 100 * scale
        fill(node, box(x + 94, at - 0.75, x + 102, at + 0.75), PALE)
        pen.text.set(node, str(mark), (x + 106, at + 14), size=17, colour=PALE)
    pen.middle(node, pen.words["depth"], (x + wide / 2, z + high - 18), 17, PALE, regular=True)
    text = pen.words["depth_value"].format(cm=depth_cm)
    pen.middle(node, text, (x + wide / 2, z + high + 22), 32, WHITE, ground=True)


def draw_haze(pen: Pen, node: NodePath, text: str, *, beside: bool) -> None:
    """Draw how far one can see in the smoke; `beside` the depth or in its place."""
    if not text:
        return
    wide = max(160.0, pen.bold.width(text, 24) + 36)
    x = EDGE + (DEPTH_WIDE + 10 if beside else 0)
    panel(node, x, FOOT, wide, 78, SHADE)
    pen.middle(node, pen.words["visibility"], (x + wide / 2, FOOT + 57), 17, PALE, regular=True)
    pen.middle(node, text, (x + wide / 2, FOOT + 27), 24, WHITE)


def outline(height: float, posture: Posture) -> BaseGeometry:
    """Return the outline of a body from the front, feet at 0."""
    h = height * {Posture.STANDING: 1.0, Posture.CROUCHING: 0.66, Posture.CRAWLING: 0.42}.get(posture, 0.72)
    squat = h / height
    w = height * (1.0 + 0.3 * (1 - squat))
    parts = [Point(0, h - height * 0.075).buffer(height * 0.072)]
    shoulder, hip = h - height * 0.17, h * 0.48
    parts.append(rounded(-w * 0.115, hip, w * 0.23, shoulder - hip, w * 0.05))
    for side in (-1, 1):
        parts.append(rounded(side * w * 0.062 - w * 0.046, 0, w * 0.092, hip + height * 0.06, w * 0.04))
        parts.append(rounded(side * w * 0.155 - w * 0.032, hip * 0.92, w * 0.064, shoulder - hip * 0.92, w * 0.032))
    return unary_union(parts)
