"""Draws the sounds that matter as words with an arrow to where they come from, for those who do not hear them."""

from __future__ import annotations

import math
from typing import Final

from panda3d.core import NodePath
from shapely import affinity
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from drill.view.flat import fill, panel
from drill.view.palette import ALARM_RED, EDGE, GOLD, HEIGHT, PALE, SOLID_SHADE, WHITE
from drill.view.pen import Pen
from drill.view.subtitles import ARROWS, Caption

SIZE: Final = 24.0
TOP: Final = HEIGHT - 104.0
GAP: Final = 8.0
SIGN: Final = 15.0
"""Radius of the arrow's disc."""
MARKS: Final = {3: ALARM_RED, 2: GOLD, 1: PALE}


def draw_captions(pen: Pen, node: NodePath, captions: tuple[Caption, ...], *, width: float) -> None:
    """Draw captions under one another at the left, below the warning; the weightiest is first."""
    top = TOP
    room = min(460.0, width * 0.42)
    for caption in captions:
        tall = pen.text.height(caption.text, SIZE, room)
        wide = min(room, pen.text.width(caption.text, SIZE)) + 2 * SIGN + 44
        high = max(tall + 14, 2 * SIGN + 12)
        panel(node, EDGE, top - high, wide, high, SOLID_SHADE, radius=10)
        panel(node, EDGE, top - high, 6, high, MARKS[caption.weight], radius=3)
        fill(node, sign(caption.arrow, EDGE + 18 + SIGN, top - high / 2), WHITE)
        at = (EDGE + 30 + 2 * SIGN, top - (high - tall) / 2)
        pen.text.set(node, caption.text, at, size=SIZE, colour=WHITE, room=room + 1)
        top -= high + GAP


def sign(arrow: str, x: float, z: float) -> BaseGeometry:
    """Return the outline of an arrow, up for ahead; without a direction a ring: all round."""
    if arrow not in ARROWS:
        return Point(x, z).buffer(SIGN * 0.8).difference(Point(x, z).buffer(SIGN * 0.5))
    r = SIGN
    up = Polygon([(0, r), (r * 0.8, 0), (r * 0.3, 0), (r * 0.3, -r), (-r * 0.3, -r), (-r * 0.3, 0), (-r * 0.8, 0)])
    turned = affinity.rotate(up, -math.degrees(ARROWS.index(arrow) * math.pi / 4), origin=(0, 0))
    return affinity.translate(turned, x, z)
