"""Hair of figures, of many kinds, and the scarf that covers it."""

from __future__ import annotations

import numpy as np

from drill.view.people.head import HEAD, add_shell
from drill.view.people.shape import Floats, Group, Shape, Slot, Weights
from drill.view.people.skeleton import Bone

SHORT, BOB, LONG, TAIL, BUN, CURLS, THIN, COVERED = range(8)
"""Variants of the hair; COVERED is a hijab."""


def add_hair(shape: Shape) -> None:
    """Add hair of every kind."""

    def cap(
        line: tuple[float, float, float, float], thick: float, *variants: int, rough: float = 0.0006, drop: float = 0.0
    ) -> None:
        add_shell(shape, line, thick, slot=Slot.HAIR, group=Group.HAIR, variants=variants, rough=rough, drop=drop)

    if not shape.detail:
        # From afar one head of hair is like another.
        cap((0.9580, 0.9450, 0.9150, 0.8850), 0.0090, SHORT, BOB, LONG, TAIL, BUN, CURLS, THIN)
        _hijab(shape)
        return
    cap((0.9620, 0.9520, 0.9230, 0.8930), 0.0075, SHORT, rough=0.0009)
    cap((0.9520, 0.9360, 0.8860, 0.8700), 0.0085, BOB, drop=0.006)
    cap((0.9560, 0.9440, 0.9150, 0.8800), 0.0080, LONG, TAIL)
    cap((0.9660, 0.9520, 0.9250, 0.8950), 0.0060, BUN)
    cap((0.9600, 0.9500, 0.9150, 0.8880), 0.0170, CURLS, rough=0.0026)
    cap((0.9850, 0.9700, 0.9280, 0.8950), 0.0035, THIN)
    if shape.detail:
        # Fringe locks break the hairline.
        for k, y in enumerate(np.linspace(-0.030, 0.030, shape.fine(7, 3, 0))):
            tip = 0.9475 if k % 2 else 0.9520
            path = [
                (0.048 - y * y * 12.0, 0.94 * y, 0.9740),
                (0.0590 - y * y * 14.0, y, 0.9660),
                (0.0625 - y * y * 16.0, y * 1.06, 0.9580),
                (0.0615 - y * y * 16.0, y * 1.10 + 0.003, tip),
            ]
            for variants, lift in (((SHORT,), 0.0035), ((BOB,), 0.0)):
                lock = np.array(path) + np.array([0.0015, 0.0, lift])
                _lock(shape, lock, (0.0075, 0.0082, 0.0062, 0.0008), variants)
    sides = shape.fine(12, 6, 4)

    def hang(low: float) -> Weights:
        return (int(Bone.HEAD), int(Bone.CHEST), 0.45 if low < 0.82 else 0.15)

    shape.tube(
        [
            (0.790, -0.062, 0.0, 0.004, 0.030),
            (0.800, -0.060, 0.0, 0.016, 0.052),
            (0.850, -0.052, 0.0, 0.024, 0.056),
            (0.900, -0.040, 0.0, 0.030, 0.054),
            (0.940, -0.030, 0.0, 0.030, 0.045),
        ],
        bones=hang(0.79),
        slot=Slot.HAIR,
        segments=sides,
        group=Group.HAIR,
        variants=(LONG,),
    )
    tail = np.array(
        [(-0.058, 0, 0.957), (-0.086, 0, 0.950), (-0.098, 0, 0.915), (-0.092, 0, 0.870), (-0.090, 0, 0.850)]
    )
    _lock(shape, tail, (0.008, 0.0165, 0.0180, 0.0130, 0.001), (TAIL,))
    shape.ball(
        (-0.066, 0.0, 0.962),
        (0.022, 0.024, 0.022),
        bones=HEAD,
        slot=Slot.HAIR,
        rings=shape.fine(8, 5, 3),
        segments=shape.fine(12, 7, 4),
        group=Group.HAIR,
        variants=(BUN,),
    )
    _hijab(shape)


def _lock(shape: Shape, path: Floats, radii: tuple[float, ...], variants: tuple[int, ...]) -> None:
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, np.array([0.0, 0.0, 1.0]) + 0.01)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(along, side)
    turn = np.linspace(0.0, 2.0 * np.pi, shape.fine(6, 4, 3) + 1)
    ring = np.cos(turn)[None, :, None] * side[:, None] + 0.7 * np.sin(turn)[None, :, None] * other[:, None]
    shape.grid(
        path[:, None] + ring * np.asarray(radii)[:, None, None],
        bones=HEAD,
        slot=Slot.HAIR,
        group=Group.HAIR,
        variants=variants,
    )


def _hijab(shape: Shape) -> None:
    """Add a scarf round the face and over the shoulders."""
    add_shell(
        shape,
        (0.9660, 0.9480, 0.8900, 0.8720),
        0.0100,
        slot=Slot.SCARF,
        group=Group.HAIR,
        variants=(COVERED,),
        rough=0.0004,
    )
    segments = shape.fine(26, 10, 6)
    angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)
    front = np.clip(np.cos(angle), 0.0, 1.0) ** 2
    rows = []
    for z, depth, width, dip in (
        (0.800, 0.066, 0.098, 0.045),
        (0.825, 0.060, 0.086, 0.025),
        (0.850, 0.050, 0.064, 0.004),
        (0.872, 0.052, 0.052, 0.000),
        (0.900, 0.056, 0.0535, 0.0),
        (0.930, 0.060, 0.0545, 0.0),
    ):
        wide = width * np.sin(angle)
        deep = np.where(np.cos(angle) > 0, np.where(z > 0.875, 0.030, depth), depth) * np.cos(angle)
        rows.append(np.stack([deep - 0.004, wide, np.full_like(angle, z) - dip * front], axis=-1))
    share = np.array([0.85, 0.6, 0.3, 0.1, 0.0, 0.0])[:, None] + 0.0 * angle
    shape.grid(
        np.array(rows),
        bones=(int(Bone.HEAD), int(Bone.CHEST), share),
        slot=Slot.SCARF,
        group=Group.HAIR,
        variants=(COVERED,),
    )
