"""What bodies and hands can do, as tables: a figure's pose is a mixture of rows, so that nothing ever jumps."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Stance(IntEnum):
    """Poses of the whole body."""

    STAND = 0
    STOOP = 1
    """Bent under smoke."""
    CROUCH = 2
    CRAWL = 3
    SIT = 4
    """On a chair."""
    SLUMP = 5
    """On the floor, able no more: asleep to look at."""
    COVER = 6
    """Drop, cover, hold: on the knees, rolled up, hands over the nape."""
    WHEEL = 7
    """In a wheelchair."""
    AGED = 8
    """Standing with the stoop of age."""


class Hands(IntEnum):
    """Poses of one hand."""

    HANG = 0
    RUN = 1
    WADE = 2
    CALL = 3
    CLOTH = 4
    """A handkerchief over nose and mouth."""
    WAVE = 5
    BECKON = 6
    RAIL = 7
    ROUND = 8
    """Round another's back."""
    HOLD = 9
    """Holding another's hand."""
    TALK = 10
    LAP = 11
    FLOOR = 12
    NAPE = 13
    CANE = 14
    WHEELS = 15
    BELLY = 16
    STRAP = 17
    """At the strap of a satchel."""
    DESK = 18
    """On the desk before one."""


STANCES: Final = len(Stance)
HANDS: Final = len(Hands)

STANCE_COLUMNS: Final = (
    "hip",  # height of the hips, share of that when standing straight
    "ahead",  # hips before the soles, body heights
    "tilt",  # of the pelvis, forward, radians
    "bow",  # of the back above it
    "nod",  # of neck and head
    "feet_x",  # ankles where the feet are not planted, body heights
    "feet_y",
    "feet_z",
    "foot_pitch",
    "planted",  # 1 where the feet walk by themselves
    "knee_out",
)
STANCE_TABLE: Final = np.array(
    [
        # hip  ahead  tilt   bow    nod    x      y      z      pitch planted out
        (0.995, 0.00, 0.02, 0.04, 0.00, 0.00, 0.055, 0.045, 0.0, 1.0, 0.10),
        (0.94, -0.04, 0.20, 0.46, -0.30, 0.00, 0.055, 0.045, 0.0, 1.0, 0.15),
        (0.72, -0.07, 0.42, 0.62, -0.62, 0.00, 0.060, 0.045, 0.0, 1.0, 0.30),
        (0.53, -0.05, 1.22, 0.22, -0.98, -0.30, 0.060, 0.030, 1.35, 0.0, 0.05),
        (0.52, -0.02, -0.06, 0.10, 0.02, 0.25, 0.060, 0.045, 0.0, 0.0, 0.20),
        (0.155, -0.14, -0.25, 0.62, 0.42, 0.24, 0.075, 0.045, 0.0, 0.0, 0.30),
        (0.31, -0.13, 1.15, 0.72, 0.42, -0.20, 0.055, 0.030, 1.40, 0.0, 0.12),
        (0.55, -0.03, -0.08, 0.12, 0.02, 0.25, 0.060, 0.105, 0.0, 0.0, 0.15),
        (0.965, -0.02, 0.10, 0.38, -0.28, 0.00, 0.055, 0.045, 0.0, 1.0, 0.20),
    ]
)
"""One row a stance; columns STANCE_COLUMNS."""

CHEST, HEAD, ROOT, ELSEWHERE = range(4)
"""What a hand's place is measured from: its shoulder, the head's joint, the soles; or another's body."""

_HANDS: Final[dict[Hands, tuple[int, tuple[float, ...]]]] = {
    # Wrist ahead, outward, up (body heights); elbow's way ahead, outward, up; twist, wrist, curl (radians).
    Hands.HANG: (CHEST, (0.030, 0.040, -0.300, -1.0, 0.35, 0.0, -0.35, 0.0, 0.35)),
    Hands.RUN: (CHEST, (0.120, 0.010, -0.185, -1.0, 0.30, -0.3, -0.10, 0.0, 1.10)),
    Hands.WADE: (CHEST, (0.135, 0.135, -0.045, -0.3, 0.60, -1.0, -1.35, 0.2, 0.20)),
    Hands.CALL: (HEAD, (0.082, 0.066, -0.058, 0.15, 0.75, -1.0, 0.35, 0.15, 0.25)),
    Hands.CLOTH: (HEAD, (0.096, 0.050, -0.012, 0.10, 1.00, -0.8, 1.35, 0.55, 0.30)),
    Hands.WAVE: (CHEST, (0.050, 0.110, 0.225, -0.3, 1.00, -0.3, -1.45, 0.0, 0.05)),
    Hands.BECKON: (CHEST, (0.190, 0.090, 0.075, -0.4, 0.60, -1.0, -1.20, 0.2, 0.15)),
    Hands.RAIL: (CHEST, (0.110, 0.110, -0.215, -1.0, 0.60, -0.2, -1.00, -0.2, 0.90)),
    Hands.ROUND: (ELSEWHERE, (0.0, 0.0, 0.0, -0.6, 0.50, -1.0, -0.60, 0.0, 0.50)),
    Hands.HOLD: (ELSEWHERE, (0.0, 0.0, 0.0, -1.0, 0.60, -0.3, -0.60, 0.0, 0.90)),
    Hands.TALK: (CHEST, (0.150, 0.020, -0.140, -0.7, 0.70, -0.7, 0.40, 0.1, 0.30)),
    Hands.LAP: (ROOT, (0.140, 0.058, 0.300, -0.8, 0.80, -0.1, -1.35, 0.0, 0.30)),
    Hands.FLOOR: (ROOT, (0.290, 0.110, 0.060, -0.9, 0.50, 0.2, -1.50, -1.35, 0.05)),
    Hands.NAPE: (HEAD, (-0.020, 0.040, 0.085, 0.9, 0.70, -0.2, 0.10, 0.55, 0.30)),
    Hands.CANE: (CHEST, (0.120, 0.060, -0.245, -1.0, 0.40, 0.0, -0.50, -0.4, 1.30)),
    Hands.WHEELS: (ROOT, (0.060, 0.165, 0.355, -1.0, 0.70, 0.2, -0.20, -0.2, 0.90)),
    Hands.BELLY: (CHEST, (0.125, -0.070, -0.215, -0.6, 0.90, -0.3, 0.30, 0.2, 0.25)),
    Hands.DESK: (ELSEWHERE, (0.0, 0.0, 0.0, -0.5, 0.90, -0.35, -1.20, 0.0, 0.25)),
    Hands.STRAP: (CHEST, (0.085, -0.035, -0.055, -0.2, 0.60, -1.0, 1.20, 0.2, 1.20)),
}

SPACES: Final = 3


def _hand_table() -> Floats:
    """Return the table of hands: four columns a space (place and 1), then elbow, twist, wrist, curl."""
    table = np.zeros((HANDS, 4 * SPACES + 6))
    for hand, (space, row) in _HANDS.items():
        if space < SPACES:
            table[hand, 4 * space : 4 * space + 4] = (*row[:3], 1.0)
        table[hand, 4 * SPACES :] = row[3:]
    return table


HAND_TABLE: Final = _hand_table()

HANDS_OF: Final = {
    Stance.STAND: Hands.HANG,
    Stance.STOOP: Hands.HANG,
    Stance.CROUCH: Hands.HANG,
    Stance.CRAWL: Hands.FLOOR,
    Stance.SIT: Hands.LAP,
    Stance.SLUMP: Hands.LAP,
    Stance.COVER: Hands.NAPE,
    Stance.WHEEL: Hands.WHEELS,
    Stance.AGED: Hands.HANG,
}
"""What hands do that have nothing else to do."""
_BASE: Final = np.eye(HANDS)[[HANDS_OF[s] for s in Stance]]


def hand_weights(stance: Floats, wanted: Floats) -> Floats:
    """Return weights of the hands' poses, (2, N, HANDS): what is `wanted`, the rest by the body's stance.

    Args:
        stance: weights of the stances, (N, STANCES), each row sums to 1.
        wanted: weights of hands that do something, (2, N, HANDS), at most 1 in all.
    """
    left_over = 1.0 - wanted.sum(-1, keepdims=True)
    weights: Floats = wanted + left_over * (stance @ _BASE)[None]
    return weights


def ease(now: Floats, wanted: Floats, dt: float, seconds: float) -> Floats:
    """Return weights on their way from `now` to `wanted`: two thirds of it in `seconds`."""
    eased: Floats = now + (wanted - now) * (1.0 - np.exp(-dt / seconds))
    return eased
