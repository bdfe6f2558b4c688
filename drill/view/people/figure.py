"""The mesh of a person: ten parts in a rest pose of height 1, made of balls and tapered limbs by us.

Each corner names its part (0 trunk, 1 head, 2 to 5 arms, 6 to 9 legs), the slot of its colour and the style
that it belongs to; the shader poses the parts and colours the slots.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from panda3d.core import GeomNode

from drill.view.mesh import VERTEX, geom_node, vertex_format
from drill.view.shapes import ball, lathe

SKIN, HAIR, SHIRT, TROUSERS, SHOES, DARK, WHITE, ACCENT = range(8)
SHORT_HAIR, LONG_HAIR, BUN, CAP = 1, 2, 3, 4
SHORT_SLEEVE_SHARE: Final = 0.55


class _Body:
    def __init__(self, detail: int) -> None:
        self.detail = detail
        self.parts: list[npt.NDArray[np.void]] = []

    def add(
        self,
        points: npt.NDArray[np.float32],
        normals: npt.NDArray[np.float32],
        *,
        part: int,
        slot: int,
        style: int = 0,
        hips: bool = False,
    ) -> None:
        corners = np.zeros(len(points), VERTEX)
        corners["vertex"], corners["normal"] = points, normals
        corners["colour"] = (part, slot, style, 1.0 if hips else 0.0)
        self.parts.append(corners)

    def blob(
        self,
        centre: tuple[float, float, float],
        radius: tuple[float, float, float],
        *,
        part: int,
        slot: int,
        style: int = 0,
        hips: bool = False,
    ) -> None:
        rings, segments = (7, 12) if self.detail else (4, 6)
        points, normals = ball(rings=rings, segments=segments)
        scaled = normals / np.asarray(radius)
        scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
        self.add(points * radius + centre, scaled, part=part, slot=slot, style=style, hips=hips)

    def limb(
        self,
        low: tuple[float, float, float],
        high: tuple[float, float, float],
        radii: list[tuple[float, float]],
        *,
        part: int,
        slot: int,
        flat: float = 1.0,
        hips: bool = False,
        style: int = 0,
    ) -> None:
        """Add a limb along z; `radii` are (share of the length, radius), `flat` scales it fore and aft."""
        profile = [(r, low[2] + (high[2] - low[2]) * s) for s, r in radii]
        points, normals, _ = lathe(profile, segments=12 if self.detail else 6)
        lean = (points[:, 2] - low[2]) / (high[2] - low[2])
        points[:, 0] = points[:, 0] * flat + low[0] + (high[0] - low[0]) * lean
        points[:, 1] += low[1] + (high[1] - low[1]) * lean
        self.add(points, normals, part=part, slot=slot, hips=hips, style=style)


def figure_vertices(*, detail: int) -> npt.NDArray[np.void]:
    """Return the corners of a person; `detail` 1 for those near, 0 for those far."""
    body = _Body(detail)
    _trunk(body)
    _head(body)
    for side, arm, leg in ((1.0, 2, 6), (-1.0, 4, 8)):
        _arm(body, side, arm)
        _leg(body, side, leg)
    return np.concatenate(body.parts)


def figure_node(*, detail: int) -> GeomNode:
    """Return the person's mesh as a node."""
    return geom_node(f"figure-{detail}", figure_vertices(detail=detail), vertex_format())


def _trunk(body: _Body) -> None:
    torso = [
        (0.0, 0.0),
        (0.02, 0.078),
        (0.25, 0.082),
        (0.5, 0.085),
        (0.75, 0.098),
        (0.9, 0.092),
        (0.98, 0.055),
        (1.0, 0.0),
    ]
    body.limb((0, 0, 0.52), (0.004, 0, 0.845), torso, part=0, slot=SHIRT, flat=0.66)
    for side in (-1, 1):
        body.blob((0, side * 0.095, 0.81), (0.042, 0.042, 0.04), part=0, slot=SHIRT)
    body.blob((0, 0, 0.525), (0.062, 0.086, 0.055), part=0, slot=TROUSERS, hips=True)
    neck = [(0.0, 0.032), (0.5, 0.028), (1.0, 0.03)]
    body.limb((0, 0, 0.825), (0.006, 0, 0.885), neck, part=0, slot=SKIN)


def _head(body: _Body) -> None:
    body.blob((0.006, 0, 0.927), (0.062, 0.053, 0.072), part=1, slot=SKIN)
    body.blob((0.022, 0, 0.897), (0.036, 0.038, 0.036), part=1, slot=SKIN)
    body.blob((-0.008, 0, 0.948), (0.064, 0.06, 0.06), part=1, slot=HAIR)
    body.blob((-0.03, 0, 0.92), (0.044, 0.055, 0.055), part=1, slot=HAIR)
    body.blob((-0.04, 0, 0.89), (0.036, 0.056, 0.085), part=1, slot=HAIR, style=LONG_HAIR)
    body.blob((-0.075, 0, 0.965), (0.03, 0.03, 0.03), part=1, slot=HAIR, style=BUN)
    body.blob((-0.002, 0, 0.958), (0.068, 0.064, 0.056), part=1, slot=ACCENT, style=CAP)
    body.blob((0.06, 0, 0.955), (0.042, 0.045, 0.008), part=1, slot=ACCENT, style=CAP)
    if not body.detail:
        return
    for side in (-1, 1):
        body.blob((0.058, side * 0.021, 0.923), (0.008, 0.0075, 0.0085), part=1, slot=DARK)
        body.blob((0.0, side * 0.054, 0.918), (0.012, 0.008, 0.017), part=1, slot=SKIN)
    body.blob((0.066, 0, 0.908), (0.009, 0.009, 0.011), part=1, slot=SKIN)
    body.blob((0.0525, 0, 0.886), (0.006, 0.014, 0.0035), part=1, slot=DARK)


def _arm(body: _Body, side: float, part: int) -> None:
    shoulder, elbow, wrist = (0.0, side * 0.112, 0.815), (0.0, side * 0.118, 0.645), (0.0, side * 0.12, 0.50)
    body.limb(elbow, shoulder, [(0.0, 0.024), (0.5, 0.028), (0.9, 0.033), (1.0, 0.0)], part=part, slot=SKIN)
    sleeve = (elbow[0], elbow[1], elbow[2] + 0.17 * (1 - SHORT_SLEEVE_SHARE))
    body.limb(sleeve, shoulder, [(0.0, 0.036), (0.6, 0.037), (0.95, 0.036), (1.03, 0.0)], part=part, slot=SHIRT)
    body.limb(wrist, elbow, [(0.0, 0.017), (0.5, 0.022), (0.95, 0.024), (1.0, 0.0)], part=part + 1, slot=SKIN)
    body.blob((0.006, side * 0.12, 0.472), (0.017, 0.013, 0.033), part=part + 1, slot=SKIN)


def _leg(body: _Body, side: float, part: int) -> None:
    hip, knee, ankle = (0.0, side * 0.05, 0.535), (0.0, side * 0.05, 0.285), (0.0, side * 0.05, 0.05)
    body.limb(knee, hip, [(0.0, 0.04), (0.4, 0.046), (0.85, 0.056), (1.0, 0.04)], part=part, slot=TROUSERS)
    body.limb(ankle, knee, [(0.0, 0.032), (0.5, 0.037), (0.95, 0.04), (1.0, 0.0)], part=part + 1, slot=TROUSERS)
    body.blob((0.028, side * 0.05, 0.022), (0.072, 0.031, 0.024), part=part + 1, slot=SHOES)
    body.blob((0.028, side * 0.05, 0.007), (0.075, 0.033, 0.008), part=part + 1, slot=WHITE)
