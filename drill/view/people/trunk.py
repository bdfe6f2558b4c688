"""The trunk of a figure at rest, what hangs on it, and what helps to walk."""

from __future__ import annotations

from typing import Final

import numpy as np

from drill.view.people.shape import Floats, Group, Shape, Slot, Weights, between
from drill.view.people.skeleton import WRIST_Y, WRIST_Z, Bone

NO_BAG, SATCHEL, RUCKSACK, WHISTLE = range(4)
NO_AID, CANE, WHEELCHAIR = range(3)

TORSO: Final = (
    (0.492, -0.004, 0.0, 0.0655, 0.0930),
    (0.490, -0.003, 0.0, 0.0755, 0.1010),
    (0.505, -0.003, 0.0, 0.0745, 0.1000),
    (0.550, -0.002, 0.0, 0.0690, 0.0960),
    (0.600, 0.001, 0.0, 0.0605, 0.0880),
    (0.650, 0.002, 0.0, 0.0575, 0.0835),
    (0.700, 0.001, 0.0, 0.0615, 0.0895),
    (0.745, 0.000, 0.0, 0.0640, 0.0975),
    (0.780, -0.001, 0.0, 0.0610, 0.1000),
    (0.802, -0.002, 0.0, 0.0550, 0.0965),
    (0.820, -0.004, 0.0, 0.0475, 0.0860),
    (0.834, -0.007, 0.0, 0.0400, 0.0640),
    (0.845, -0.009, 0.0, 0.0345, 0.0400),
    (0.853, -0.010, 0.0, 0.0305, 0.0330),
)


def add_trunk(shape: Shape) -> None:
    """Add trunk, neck, bags and aids."""
    rows = list(TORSO) if shape.detail else [TORSO[1], TORSO[5], TORSO[8], TORSO[10], TORSO[13]]
    sides = shape.fine(24, 12, 6)
    low = [r for r in rows if r[0] <= 0.601]
    middle = [r for r in rows if 0.599 <= r[0] <= 0.71]
    high = [r for r in rows if r[0] >= 0.69]
    if shape.detail:
        shape.tube(low, bones=_waist, slot=Slot.TOP, segments=sides, square=2.3, belly=_belly)
        shape.tube(middle, bones=_back, slot=Slot.TOP, segments=sides, square=2.3, belly=_belly)
        shape.tube(high, bones=_chest, slot=Slot.TOP, segments=sides, square=2.3, belly=_belly)
        neck = [
            (0.822, -0.010, 0.0, 0.0330, 0.0360),
            (0.845, -0.008, 0.0, 0.0285, 0.0300),
            (0.865, -0.006, 0.0, 0.0265, 0.0275),
            (0.890, -0.006, 0.0, 0.0275, 0.0285),
        ]
        shape.tube(neck, bones=_neck, slot=Slot.SKIN, segments=shape.fine(14, 8, 5))
        collar = [
            (0.836, -0.008, 0.0, 0.0440, 0.0480),
            (0.850, -0.010, 0.0, 0.0350, 0.0370),
            (0.858, -0.010, 0.0, 0.0325, 0.0340),
            (0.852, -0.010, 0.0, 0.0290, 0.0300),
        ]
        shape.tube(collar, bones=(Bone.CHEST, Bone.NECK, 0.25), slot=Slot.TOP, segments=sides)
        _bags(shape)
    else:
        shape.tube(rows, bones=_back, slot=Slot.TOP, segments=sides, belly=_belly)
        shape.tube(
            [(0.83, -0.008, 0.0, 0.030, 0.032), (0.89, -0.006, 0.0, 0.027, 0.029)],
            bones=_neck,
            slot=Slot.SKIN,
            segments=4,
        )
        _satchel(shape)
    _aids(shape)


def _waist(grid: Floats) -> Weights:
    return Bone.SPINE, Bone.PELVIS, between(grid[..., 2], 0.600, 0.535)


def _back(grid: Floats) -> Weights:
    return Bone.CHEST, Bone.SPINE, between(grid[..., 2], 0.70, 0.60)


def _chest(grid: Floats) -> Weights:
    return Bone.CHEST, Bone.NECK, 0.35 * between(-grid[..., 2], -0.835, -0.855)


def _neck(grid: Floats) -> Weights:
    return Bone.NECK, Bone.HEAD, between(-grid[..., 2], -0.850, -0.890)


def _belly(grid: Floats) -> Floats:
    front = np.clip(grid[..., 0] / 0.065, 0.0, 1.0)
    round_ = np.exp(-(((grid[..., 2] - 0.600) / 0.062) ** 2) - (grid[..., 1] / 0.075) ** 2)
    lifted: Floats = front**0.7 * round_
    return lifted


def _rounded_box(
    shape: Shape, low: tuple[float, float, float], high: tuple[float, float, float], *, slot: Slot, variant: int
) -> None:
    a, b = np.asarray(low), np.asarray(high)
    middle, half = (a + b) / 2, (b - a) / 2
    rise = np.array([-1.0, -1.0, -0.86, 0.0, 0.86, 1.0, 1.0])
    wide = np.array([0.0, 0.86, 1.0, 1.0, 1.0, 0.86, 0.0])
    rows = [
        (middle[2] + half[2] * r, middle[0], middle[1], half[0] * w, half[1] * w)
        for r, w in zip(rise, wide, strict=True)
    ]
    shape.tube(
        [tuple(float(v) for v in row) for row in rows],  # type: ignore[misc]  # five numbers a ring
        bones=(Bone.CHEST, Bone.SPINE, 0.15),
        slot=slot,
        segments=shape.fine(16, 8, 4),
        square=6.0,
        group=Group.BAG,
        variants=(variant,),
    )


def _satchel(shape: Shape) -> None:
    _rounded_box(shape, (-0.165, -0.084, 0.600), (-0.058, 0.084, 0.800), slot=Slot.BAG, variant=SATCHEL)


def _bags(shape: Shape) -> None:
    _satchel(shape)
    # The flap of a randoseru goes over top and back.
    _rounded_box(shape, (-0.172, -0.087, 0.640), (-0.064, 0.087, 0.806), slot=Slot.BAG, variant=SATCHEL)
    _rounded_box(shape, (-0.180, -0.016, 0.630), (-0.160, 0.016, 0.655), slot=Slot.METAL, variant=SATCHEL)
    _rounded_box(shape, (-0.145, -0.075, 0.560), (-0.055, 0.075, 0.800), slot=Slot.BAG, variant=RUCKSACK)
    _rounded_box(shape, (-0.168, -0.058, 0.575), (-0.130, 0.058, 0.670), slot=Slot.BAG, variant=RUCKSACK)
    for side in (-1.0, 1.0):
        angle = np.linspace(-0.35, 1.12, shape.fine(12, 7, 3)) * np.pi
        strap = np.stack(
            [
                -0.004 + 0.068 * np.cos(angle[::-1]),
                np.full_like(angle, side * 0.062),
                0.742 + 0.088 * np.sin(angle[::-1]),
            ],
            axis=1,
        )
        shape.rod(
            strap,
            0.0085,
            bones=(Bone.CHEST, Bone.SPINE, 0.05),
            slot=Slot.BAG,
            sides=6,
            group=Group.BAG,
            variants=(SATCHEL, RUCKSACK),
        )
        cord = np.array(
            [
                (-0.020, side * 0.032, 0.852),
                (0.030, side * 0.034, 0.825),
                (0.064, side * 0.022, 0.765),
                (0.066, 0, 0.715),
            ]
        )
        shape.rod(
            cord,
            0.0026,
            bones=(Bone.CHEST, Bone.CHEST, 0.0),
            slot=Slot.SCARF,
            sides=4,
            group=Group.BAG,
            variants=(WHISTLE,),
        )
    shape.ball(
        (0.068, 0.0, 0.706),
        (0.007, 0.013, 0.010),
        bones=(Bone.CHEST, Bone.CHEST, 0.0),
        slot=Slot.METAL,
        rings=5,
        segments=8,
        group=Group.BAG,
        variants=(WHISTLE,),
    )


def _aids(shape: Shape) -> None:
    stick, sides = (Bone.STICK, Bone.STICK, 0.0), shape.fine(6, 3, 3)
    y = -WRIST_Y
    cane = np.array([(0.004, y, 0.0), (0.004, y, WRIST_Z - 0.055)])
    shape.rod(cane, 0.0058, bones=stick, slot=Slot.DARK, sides=sides, group=Group.AID, variants=(CANE,))
    grip = np.array([(-0.030, y, WRIST_Z - 0.060), (0.010, y, WRIST_Z - 0.052), (0.040, y, WRIST_Z - 0.060)])
    shape.rod(grip, 0.0075, bones=stick, slot=Slot.DARK, sides=sides, group=Group.AID, variants=(CANE,))
    chair = {"bones": stick, "group": Group.AID, "variants": (WHEELCHAIR,)}
    turn = np.linspace(0.0, 2.0 * np.pi, shape.fine(25, 13, 7))
    for side in (-1.0, 1.0):
        for radius, thick, out, slot in ((0.180, 0.0085, 0.165, Slot.DARK), (0.160, 0.0042, 0.180, Slot.METAL)):
            wheel = np.stack(
                [-0.03 + radius * np.cos(turn), np.full_like(turn, side * out), 0.188 + radius * np.sin(turn)], axis=1
            )
            shape.rod(wheel, thick, slot=slot, sides=sides, **chair)  # type: ignore[arg-type]  # keywords of one type each
        if shape.detail:
            for k in range(6):
                spoke = 2.0 * np.pi * k / 6.0
                hub = (-0.03, side * 0.165, 0.188)
                rim = (-0.03 + 0.178 * np.cos(spoke), side * 0.165, 0.188 + 0.178 * np.sin(spoke))
                shape.rod([hub, rim], 0.0022, slot=Slot.METAL, sides=3, **chair)  # type: ignore[arg-type]
        small = np.stack(
            [0.225 + 0.045 * np.cos(turn), np.full_like(turn, side * 0.115), 0.050 + 0.045 * np.sin(turn)], axis=1
        )
        shape.rod(small, 0.009, slot=Slot.DARK, sides=sides, **chair)  # type: ignore[arg-type]
        frame = [(-0.115, side * 0.125, 0.58), (-0.115, side * 0.125, 0.27), (0.17, side * 0.125, 0.27)]
        for path in (
            [*frame, (0.215, side * 0.125, 0.10)],
            [(-0.19, side * 0.125, 0.585), (-0.115, side * 0.125, 0.58)],
            [(-0.115, side * 0.125, 0.40), (0.12, side * 0.125, 0.40), (0.15, side * 0.125, 0.28)],
            [(0.225, side * 0.115, 0.09), (0.17, side * 0.125, 0.27)],
        ):
            shape.rod(path, 0.0085, slot=Slot.METAL, sides=sides, **chair)  # type: ignore[arg-type]
    for low, high, thick in (
        ((-0.10, 0.0, 0.245), (0.17, 0.0, 0.245), 0.018),
        ((-0.112, 0.0, 0.27), (-0.122, 0.0, 0.55), 0.012),
        ((0.20, 0.0, 0.070), (0.30, 0.0, 0.070), 0.008),
    ):
        _slab(shape, low, high, 0.118, thick)


def _slab(
    shape: Shape, start: tuple[float, float, float], end: tuple[float, float, float], half: float, thick: float
) -> None:
    """Add a flat piece of the wheelchair between two points, `half` wide to each side."""
    a, b = np.asarray(start), np.asarray(end)
    along = (b - a) / np.linalg.norm(b - a)
    up = np.array([-along[2], 0.0, along[0]]) * thick / 2
    side = np.array([0.0, half, 0.0])
    ring = np.array([side + up, -side + up, -side - up, side - up, side + up])
    ring = ring[::-1]
    grid = np.stack([np.tile(a, (5, 1)), a + ring, b + ring, np.tile(b, (5, 1))])
    shape.grid(grid, bones=(Bone.STICK, Bone.STICK, 0.0), slot=Slot.DARK, group=Group.AID, variants=(WHEELCHAIR,))
