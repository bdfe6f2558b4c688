"""Arms, hands, legs and shoes of a figure at rest."""

from __future__ import annotations

import numpy as np

from drill.view.people.shape import Floats, Group, Shape, Slot, Weights, between
from drill.view.people.skeleton import (
    ANKLE_Z,
    ELBOW_Y,
    ELBOW_Z,
    HIP_Y,
    KNEE_Z,
    SHOULDER_Y,
    SHOULDER_Z,
    WRIST_Y,
    WRIST_Z,
    Bone,
)

SHORT, LONG, ROLLED = range(3)
"""Variants of the sleeve."""
TROUSERS, SHORTS, SKIRT, LONG_SKIRT = range(4)
"""Variants of what is worn below."""

Ring = tuple[float, float, float, float, float]


def add_limbs(shape: Shape) -> None:
    """Add both arms with hands and both legs with shoes."""
    for side, left in ((1.0, True), (-1.0, False)):
        _arm(shape, side, left)
        if shape.detail:
            _hand(shape, side, left)
        _leg(shape, side, left)
        _shoe(shape, side, left)
    _skirts(shape)


def _arm_y(z: float) -> float:
    if z >= ELBOW_Z:
        return ELBOW_Y + (SHOULDER_Y - ELBOW_Y) * min(1.0, (z - ELBOW_Z) / (SHOULDER_Z - ELBOW_Z))
    return WRIST_Y + (ELBOW_Y - WRIST_Y) * (z - WRIST_Z) / (ELBOW_Z - WRIST_Z)


def _rings(side: float, rows: list[tuple[float, float]], flat: float = 1.0, swell: float = 0.0) -> list[Ring]:
    return [(z, 0.0, side * _arm_y(z), r * flat + swell, r + swell) for z, r in rows]


def _arm(shape: Shape, side: float, left: bool) -> None:
    upper = Bone.UPPER_ARM_LEFT if left else Bone.UPPER_ARM_RIGHT
    lower = Bone.FOREARM_LEFT if left else Bone.FOREARM_RIGHT
    hand = Bone.HAND_LEFT if left else Bone.HAND_RIGHT

    def arm(grid: Floats) -> Weights:
        return upper, lower, between(grid[..., 2], ELBOW_Z + 0.028, ELBOW_Z - 0.028)

    def shoulder(grid: Floats) -> Weights:
        return upper, Bone.CHEST, 0.75 * between(-grid[..., 2], -0.785, -0.842)

    def wrist(grid: Floats) -> Weights:
        return lower, hand, 0.9 * between(grid[..., 2], WRIST_Z + 0.05, WRIST_Z - 0.004)

    sides = shape.fine(12, 7, 4)
    skin = [(0.560, 0.0235), (0.598, 0.0250), (0.622, 0.0235), (0.638, 0.0232), (0.656, 0.0240), (0.700, 0.0262)]
    fore = [(0.484, 0.0145), (0.498, 0.0148), (0.520, 0.0165), (0.545, 0.0205), (0.562, 0.0232)]
    if not shape.detail:
        shape.tube(
            _rings(side, [(0.40, 0.004), (0.45, 0.017), (0.49, 0.017), (0.56, 0.023), (0.64, 0.025), (0.72, 0.030)]),
            bones=arm,
            slot=Slot.SKIN,
            segments=sides,
        )
    else:
        shape.tube(_rings(side, skin), bones=arm, slot=Slot.SKIN, segments=sides)
        shape.tube(_rings(side, fore, flat=0.92), bones=wrist, slot=Slot.SKIN, segments=sides)
    # The shoulder slopes in towards the neck and goes half with the chest.
    cap = [(0.762, 0.0305), (0.785, 0.0312), (0.804, 0.0305), (0.820, 0.0275), (0.833, 0.0215), (0.841, 0.0120)]
    slope = [(z, 0.0, side * (_arm_y(0.762) - 0.52 * (z - 0.762)), r, r) for z, r in cap]
    slope.append((0.844, 0.0, side * (_arm_y(0.762) - 0.045), 0.0, 0.0))
    short = [(0.692, 0.0290), (0.690, 0.0322), (0.705, 0.0320), (0.735, 0.0312), cap[0]]
    long = [
        (0.600, 0.0285),
        (0.622, 0.0285),
        (0.638, 0.0285),
        (0.656, 0.0290),
        (0.700, 0.0302),
        (0.735, 0.0308),
        cap[0],
    ]
    cuff = [(0.492, 0.0190), (0.491, 0.0225), (0.500, 0.0228), (0.530, 0.0240), (0.565, 0.0265), (0.600, 0.0285)]
    if not shape.detail:
        short, long, cuff, slope = short[1::3] + short[-1:], long[::3], cuff[1::2], slope[::2] + slope[-1:]
    shape.tube(slope, bones=shoulder, slot=Slot.TOP, segments=sides)
    shape.tube(_rings(side, short), bones=arm, slot=Slot.TOP, segments=sides, group=Group.SLEEVE, variants=(SHORT,))
    shape.tube(
        _rings(side, long), bones=arm, slot=Slot.TOP, segments=sides, group=Group.SLEEVE, variants=(LONG, ROLLED)
    )
    shape.tube(_rings(side, cuff), bones=wrist, slot=Slot.TOP, segments=sides, group=Group.SLEEVE, variants=(LONG,))


def _hand(shape: Shape, side: float, left: bool) -> None:
    """Add a hand whose palm looks inward, thumb ahead; four fingers bend as one."""
    hand = Bone.HAND_LEFT if left else Bone.HAND_RIGHT
    fingers = Bone.FINGERS_LEFT if left else Bone.FINGERS_RIGHT
    y = side * WRIST_Y
    palm = [
        (0.436, 0.001, y, 0.0180, 0.0065),
        (0.442, 0.001, y, 0.0228, 0.0085),
        (0.462, 0.001, y, 0.0225, 0.0100),
        (0.480, 0.000, y, 0.0170, 0.0105),
        (0.492, 0.000, y, 0.0140, 0.0125),
        (0.502, 0.000, y, 0.0135, 0.0130),
    ]
    shape.tube(palm, bones=(hand, hand, 0.0), slot=Slot.HAND, segments=shape.fine(12, 6, 4), square=2.5)
    lengths = (0.049, 0.057, 0.053, 0.041)
    sides, across = shape.fine(6, 4, 4), 0.0112
    groups = (0, 1, 2, 3) if shape.detail == 2 else (1,)
    for k in groups:
        x = 0.0175 - across * k if shape.detail == 2 else 0.001
        wide = 0.0058 if shape.detail == 2 else 0.021
        inward = -side * 0.003
        rows = [
            (0.441 - lengths[k], x, y + inward, 0.0008, 0.0010),
            (0.445 - lengths[k], x, y + inward, 0.72 * wide, 0.0042),
            (0.441 - 0.55 * lengths[k], x, y + 0.5 * inward, 0.95 * wide, 0.0056),
            (0.441, x, y, wide, 0.0066),
            (0.447, x, y, 0.9 * wide, 0.0060),
        ]

        def knuckle(grid: Floats) -> Weights:
            return hand, fingers, between(grid[..., 2], 0.447, 0.430)

        shape.tube(rows, bones=knuckle, slot=Slot.HAND, segments=sides)
    path = np.array([(0.010, y, 0.484), (0.025, y - side * 0.004, 0.464), (0.031, y - side * 0.008, 0.444)])
    tip = path[-1] + (path[-1] - path[-2]) * 0.25
    if shape.detail == 2:
        shape.rod(path, 0.0068, bones=(hand, hand, 0.0), slot=Slot.HAND, sides=6)
        shape.ball(
            (float(path[-1][0]), float(path[-1][1]), float(path[-1][2])),
            (0.0066, 0.0062, 0.0085),
            bones=(hand, hand, 0.0),
            slot=Slot.HAND,
            rings=4,
            segments=6,
        )
    else:
        shape.rod([path[0], tip], 0.0065, bones=(hand, hand, 0.0), slot=Slot.HAND, sides=4)


def _leg(shape: Shape, side: float, left: bool) -> None:
    thigh = Bone.THIGH_LEFT if left else Bone.THIGH_RIGHT
    shin = Bone.SHIN_LEFT if left else Bone.SHIN_RIGHT
    foot = Bone.FOOT_LEFT if left else Bone.FOOT_RIGHT

    def leg(grid: Floats) -> Weights:
        z = grid[..., 2]
        bend = between(z, KNEE_Z + 0.045, KNEE_Z - 0.045)
        return thigh, shin, bend

    def ankle(grid: Floats) -> Weights:
        return shin, foot, 0.85 * between(grid[..., 2], ANKLE_Z + 0.03, ANKLE_Z - 0.01)

    def hip(grid: Floats) -> Weights:
        return thigh, Bone.PELVIS, between(-grid[..., 2], -0.485, -0.555)

    y, sides = side * HIP_Y, shape.fine(14, 7, 4)
    skin = [
        (0.150, -0.008, y, 0.0300, 0.0275),
        (0.200, -0.010, y, 0.0345, 0.0320),
        (0.240, -0.006, y, 0.0340, 0.0325),
        (0.270, 0.000, y, 0.0330, 0.0325),
        (0.290, 0.003, y, 0.0345, 0.0335),
        (0.315, 0.002, y, 0.0365, 0.0350),
        (0.380, 0.002, y, 0.0435, 0.0415),
    ]
    calf = [
        (0.030, -0.002, y, 0.0225, 0.0190),
        (0.060, -0.002, y, 0.0205, 0.0185),
        (0.100, -0.003, y, 0.0230, 0.0210),
        (0.150, -0.008, y, 0.0300, 0.0275),
    ]
    bare = (SHORTS, SKIRT, LONG_SKIRT)
    if shape.detail:
        shape.tube(skin, bones=leg, slot=Slot.LEG, segments=sides, group=Group.BOTTOM, variants=bare)
        shape.tube(calf, bones=ankle, slot=Slot.LEG, segments=sides, group=Group.BOTTOM, variants=bare)
    else:
        shape.tube([calf[0], *skin[::3]], bones=leg, slot=Slot.LEG, segments=sides, group=Group.BOTTOM, variants=bare)
    upper = [
        (0.240, -0.004, y, 0.0395, 0.0385),
        (0.270, 0.001, y, 0.0400, 0.0385),
        (0.285, 0.003, y, 0.0405, 0.0390),
        (0.305, 0.003, y, 0.0415, 0.0400),
        (0.360, 0.001, y, 0.0470, 0.0440),
        (0.430, 0.000, y, 0.0545, 0.0480),
    ]
    seat = [
        (0.430, 0.000, y, 0.0545, 0.0480),
        (0.480, -0.003, side * 0.047, 0.0590, 0.0460),
        (0.520, -0.005, side * 0.044, 0.0610, 0.0450),
        (0.560, -0.003, side * 0.040, 0.0570, 0.0440),
    ]
    lower = [
        (0.028, 0.000, y, 0.0330, 0.0300),
        (0.027, 0.000, y, 0.0375, 0.0335),
        (0.040, 0.000, y, 0.0365, 0.0330),
        (0.100, -0.003, y, 0.0355, 0.0335),
        (0.170, -0.006, y, 0.0385, 0.0370),
        (0.240, -0.004, y, 0.0395, 0.0385),
    ]
    if not shape.detail:
        upper, seat, lower = upper[::2] + upper[-1:], seat[::3], lower[1::2] + lower[-1:]
    shape.tube(upper, bones=leg, slot=Slot.BOTTOM, segments=sides, group=Group.BOTTOM, variants=(TROUSERS,))
    shape.tube(lower, bones=ankle, slot=Slot.BOTTOM, segments=sides, group=Group.BOTTOM, variants=(TROUSERS,))
    shape.tube(
        seat, bones=hip, slot=Slot.BOTTOM, segments=sides, group=Group.BOTTOM, variants=(TROUSERS, SHORTS, SKIRT)
    )
    hem = [
        (0.352, 0.000, y, 0.0450, 0.0430),
        (0.350, 0.000, y, 0.0530, 0.0500),
        (0.362, 0.000, y, 0.0530, 0.0500),
        (0.430, 0.000, y, 0.0560, 0.0515),
    ]
    shape.tube(
        hem if shape.detail else hem[1::2],
        bones=leg,
        slot=Slot.BOTTOM,
        segments=sides,
        group=Group.BOTTOM,
        variants=(SHORTS,),
    )


def _shoe(shape: Shape, side: float, left: bool) -> None:
    """Add a shoe: a loft from heel to toe, flat below."""
    foot = Bone.FOOT_LEFT if left else Bone.FOOT_RIGHT
    y, sides = side * HIP_Y, shape.fine(14, 8, 5)
    # Along x: half width, height of the upper, lift of the toe's sole.
    rows = [
        (-0.042, 0.004, 0.020, 0.004),
        (-0.040, 0.017, 0.036, 0.001),
        (-0.025, 0.023, 0.052, 0.000),
        (0.000, 0.025, 0.058, 0.000),
        (0.022, 0.026, 0.047, 0.000),
        (0.050, 0.030, 0.033, 0.000),
        (0.078, 0.031, 0.026, 0.000),
        (0.100, 0.026, 0.021, 0.002),
        (0.112, 0.015, 0.016, 0.005),
        (0.116, 0.001, 0.010, 0.008),
    ]
    if shape.detail < 2:
        rows = rows[::2] + rows[-1:]
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    for slot, swell, top in ((Slot.SHOES, 0.0, 1.0), (Slot.SOLE, 0.0022, 0.0)):
        if slot == Slot.SOLE and not shape.detail:
            continue
        grid = np.empty((len(rows), sides + 1, 3))
        for i, (x, wide, high, toe) in enumerate(rows):
            up = np.cos(angle)
            tall = high if top else 0.012 + toe
            grid[i, :, 0] = x
            grid[i, :, 1] = y + (wide + swell) * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.7 * -1.0
            grid[i, :, 2] = np.where(up > 0, toe + (tall - toe) * np.maximum(up, 0.0) ** 0.75, toe)
        # Rings run along x here: turned about so that the outside stays outside.
        shape.grid(grid, bones=(foot, foot, 0.0), slot=slot)


def _skirts(shape: Shape) -> None:
    sides = shape.fine(24, 14, 6)

    def hang(grid: Floats) -> Weights:
        # Cloth goes with both legs, each side with its own and between them with the mean: it does not shear in two.
        # Below the knees it goes with the shins: a long skirt hangs round the feet and does not stand off ahead.
        low = grid[..., 2] < KNEE_Z
        right, left = (np.where(low, shin, shin - 2) for shin in (int(Bone.SHIN_RIGHT), int(Bone.SHIN_LEFT)))
        return right, left, np.clip(0.5 + grid[..., 1] / 0.22, 0.0, 1.0)

    for variant, rows in (
        (SKIRT, [(0.335, 0.0, 0.0, 0.098, 0.122), (0.400, 0.0, 0.0, 0.090, 0.114), (0.470, 0.0, 0.0, 0.0855, 0.1135)]),
        (
            LONG_SKIRT,
            [
                (0.110, 0.0, 0.0, 0.092, 0.118),
                (0.200, 0.0, 0.0, 0.090, 0.116),
                (0.300, 0.0, 0.0, 0.086, 0.112),
                (0.400, 0.0, 0.0, 0.080, 0.108),
                (0.470, 0.0, 0.0, 0.0855, 0.1135),
            ],
        ),
    ):
        shape.tube(rows, bones=hang, slot=Slot.BOTTOM, segments=sides, group=Group.BOTTOM, variants=(variant,))
    waist = [
        (0.470, 0.0, 0.0, 0.0850, 0.1130),
        (0.520, -0.003, 0.0, 0.0810, 0.1090),
        (0.570, 0.0, 0.0, 0.0735, 0.1030),
        (0.612, 0.0, 0.0, 0.0640, 0.0920),
        (0.614, 0.0, 0.0, 0.0560, 0.0840),
    ]
    shape.tube(
        waist,
        bones=(Bone.PELVIS, Bone.PELVIS, 0.0),
        slot=Slot.BOTTOM,
        segments=sides,
        group=Group.BOTTOM,
        variants=(SKIRT, LONG_SKIRT),
    )
