"""Heads of figures at rest: a face to paint on, ears, and shells that lie over the skull."""

from __future__ import annotations

from typing import Final

import numpy as np

from drill.view.people.shape import Floats, Group, Shape, Slot, Weights
from drill.view.people.skeleton import Bone

CENTRE: Final = np.array([0.006, 0.0, 0.932])
EYE_Y: Final = 0.0190
EYE_Z: Final = 0.9305
HEAD: Final[Weights] = (int(Bone.HEAD), int(Bone.HEAD), 0.0)


def add_head(shape: Shape) -> None:
    """Add skull, face and ears."""
    way = _ways(shape)
    skull = _skull(way, features=shape.detail == 2)
    low = np.clip((0.885 - skull[..., 2]) / 0.03, 0.0, 1.0) * np.clip(-way[..., 0] + 0.2, 0.0, 1.0)
    shape.grid(skull, bones=(int(Bone.HEAD), int(Bone.NECK), 0.4 * low), slot=Slot.FACE)
    if shape.detail:
        _ears(shape)


def _ways(shape: Shape) -> Floats:
    """Return directions from the middle of the head, closer together over the face."""
    rings, segments = shape.fine(32, 11, 5), shape.fine(44, 16, 7)
    even = np.linspace(-np.pi, np.pi, segments + 1)
    angle = even - (0.42 if shape.detail == 2 else 0.0) * np.sin(even)
    rise = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    rise = rise - (0.25 if shape.detail == 2 else 0.0) * np.sin(2 * rise) / 2
    grid = np.empty((rings + 1, segments + 1, 3))
    grid[..., 0] = np.cos(rise)[:, None] * np.cos(angle)
    grid[..., 1] = np.cos(rise)[:, None] * np.sin(angle)
    grid[..., 2] = np.sin(rise)[:, None]
    return grid


def _skull(way: Floats, *, features: bool) -> Floats:
    """Return the head's surface in directions `way`: 0.135 high, 0.095 wide, 0.118 deep (shares of body height)."""
    dx, dy, dz = way[..., 0], way[..., 1], way[..., 2]
    below = np.maximum(-dz, 0.0)
    front = np.clip(dx, 0.0, 1.0)
    x = np.where(dx > 0, 0.0555, 0.0620) * np.sign(dx) * np.abs(dx) ** np.where(dx > 0, 0.88, 1.0)
    y = 0.0475 * dy * (1.0 - 0.30 * below**1.6)
    z = np.where(dz > 0, 0.0670, 0.0665) * dz
    # Jaw and chin come forward below, the nape goes in.
    x = x + 0.014 * below**1.3 * front**0.5 - np.where(dx < 0, 0.020 * below * dx, 0.0)
    x = np.where((dx < 0.3) & (dz < -0.3), x * (1.0 - 0.18 * np.clip((below - 0.3) / 0.7, 0, 1)), x)
    made = np.stack([x, y, z], axis=-1) + CENTRE
    if features:
        made[..., 0] += _features(made[..., 1], made[..., 2]) * np.clip((dx - 0.25) / 0.35, 0.0, 1.0)
    skull: Floats = made
    return skull


def _features(y: Floats, z: Floats) -> Floats:
    """Return how far the face stands out: brow, sockets, nose, cheeks, lips, chin."""

    def bump(y0: float, z0: float, wide: float, high: float) -> Floats:
        hill: Floats = np.exp(-(((np.abs(y) - y0) / wide) ** 2) - ((z - z0) / high) ** 2)
        return hill

    ridge = np.clip((0.936 - z) / 0.026, 0.0, 1.0) ** 1.4 * (z > 0.9085)
    under = np.clip((z - 0.9015) / 0.007, 0.0, 1.0)
    nose = 0.0105 * np.where(z > 0.9085, ridge, under * 1.0) * np.exp(-((y / 0.0062) ** 2))
    wings = 0.0040 * bump(0.0072, 0.9085, 0.0042, 0.0048)
    socket = -0.0042 * bump(EYE_Y, EYE_Z, 0.0115, 0.0080)
    lid = 0.0026 * bump(EYE_Y, EYE_Z - 0.0005, 0.0080, 0.0050)
    brow = 0.0022 * bump(0.018, 0.9450, 0.0150, 0.0050)
    cheek = 0.0022 * bump(0.0240, 0.9110, 0.0120, 0.0110)
    lips = 0.0034 * bump(0.0, 0.8900, 0.0130, 0.0068) - 0.0016 * bump(0.0, 0.8905, 0.0150, 0.0016)
    groove = -0.0022 * bump(0.0, 0.8805, 0.0120, 0.0036)
    chin = 0.0030 * bump(0.0, 0.8720, 0.0120, 0.0070)
    total: Floats = nose + wings + socket + lid + brow + cheek + lips + groove + chin
    return total


def _ears(shape: Shape) -> None:
    for side in (-1.0, 1.0):
        shape.ball(
            (-0.002, side * 0.0480, 0.9230),
            (0.0095, 0.0050, 0.0155),
            bones=HEAD,
            slot=Slot.SKIN,
            rings=shape.fine(7, 4, 3),
            segments=shape.fine(10, 6, 4),
        )


def add_shell(
    shape: Shape,
    line: tuple[float, float, float, float],
    thick: float,
    *,
    slot: Slot,
    group: Group,
    variants: tuple[int, ...],
    rough: float = 0.0,
    drop: float = 0.0,
    brim: float = 0.0,
) -> None:
    """Add a shell over the skull, down to a line at the forehead, temple, ear and nape; below it tucks under.

    Args:
        shape: what it is added to.
        line: heights of the lower edge ahead, at 50°, at the side and behind.
        thick: over the skull.
        slot: what it is.
        group: as for a grid.
        variants: who wears it.
        rough: how much it is tousled.
        drop: how far hair hangs below the skull's own curve, straight down.
        brim: share of the thickness that the edge has already.
    """
    rings, segments = shape.fine(13, 6, 3), shape.fine(28, 12, 6)
    angle = np.linspace(-np.pi, np.pi, segments + 1)
    turn = np.abs(angle)
    edge = np.interp(turn, [0.0, 0.9, 1.5, 1.9, np.pi], [line[0], line[1], line[2], line[2] - 0.012, line[3]])
    share = np.linspace(0.0, 1.0, rings + 1)[:, None]
    # Each meridian runs from its own edge to the crown: heights first, then directions that reach them.
    top = CENTRE[2] + 0.067
    height = edge + (top - edge) * np.sin(share * np.pi / 2)
    inside = np.clip((height - CENTRE[2]) / np.where(height > CENTRE[2], 0.0670, 0.0665), -0.86, 1.0)
    level = np.sqrt(np.maximum(1.0 - inside**2, 0.0))
    way = np.stack([level * np.cos(angle), level * np.sin(angle), inside], axis=-1)
    skull = _skull(way, features=False)
    out = way * np.array([1.0, 1.0, 1.0])
    puff = thick * (brim + (1.0 - brim) * np.clip(share / 0.16, 0.0, 1.0) ** 0.6)
    strand = np.sin(angle * 23.0) + np.sin(angle * 11.0 + share * 5.0)
    made = skull + out * (puff + rough * strand * np.clip(share * (1.0 - share) * 5.0, 0.15, 1.0))[..., None]
    if drop > 0.0:
        fall = np.minimum(height - made[..., 2], 0.0)
        made[..., 2] += np.where(height < CENTRE[2] - 0.03, fall, 0.0)
        made[..., :2] += out[..., :2] * (drop * (1.0 - share) ** 2)[..., None]
    rim = made[:1] - out[:1] * (thick * 0.9 + 0.004)
    shape.grid(np.concatenate([rim, made]), bones=HEAD, slot=slot, group=group, variants=variants)
