"""The bones of a figure: where joints rest, how bodies are proportioned, and the matrices that carry the skin.

A body at rest is 1 high, stands on its soles at the origin, faces x, has its left at y, and lets its arms hang. All
bones rest unturned, so that a bone's matrix is its turn in the world times its scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Bone(IntEnum):
    """Bones, by the number that corners of the mesh name."""

    PELVIS = 0
    SPINE = 1
    CHEST = 2
    NECK = 3
    HEAD = 4
    UPPER_ARM_LEFT = 5
    UPPER_ARM_RIGHT = 6
    FOREARM_LEFT = 7
    FOREARM_RIGHT = 8
    HAND_LEFT = 9
    HAND_RIGHT = 10
    FINGERS_LEFT = 11
    FINGERS_RIGHT = 12
    THIGH_LEFT = 13
    THIGH_RIGHT = 14
    SHIN_LEFT = 15
    SHIN_RIGHT = 16
    FOOT_LEFT = 17
    FOOT_RIGHT = 18
    STICK = 19
    """A cane below the right hand, or a wheelchair below the pelvis."""


BONES: Final = len(Bone)
HIP_Z, KNEE_Z, ANKLE_Z, HIP_Y = 0.530, 0.285, 0.045, 0.052
SHOULDER_Z, ELBOW_Z, WRIST_Z, KNUCKLE_Z = 0.808, 0.638, 0.493, 0.440
SHOULDER_Y, ELBOW_Y, WRIST_Y = 0.101, 0.112, 0.117
BALL_X: Final = 0.078
"""From the ankle forward to the ball of the foot, on which a step rolls off."""
HEEL_X: Final = -0.034
THIGH: Final = HIP_Z - KNEE_Z
SHIN: Final = KNEE_Z - ANKLE_Z
UPPER_ARM: Final = SHOULDER_Z - ELBOW_Z
FOREARM: Final = ELBOW_Z - WRIST_Z

REST: Final = np.array(
    [
        (0.0, 0.0, 0.550),
        (0.0, 0.0, 0.605),
        (0.0, 0.0, 0.690),
        (-0.008, 0.0, 0.832),
        (0.004, 0.0, 0.872),
        (0.0, SHOULDER_Y, SHOULDER_Z),
        (0.0, -SHOULDER_Y, SHOULDER_Z),
        (0.0, ELBOW_Y, ELBOW_Z),
        (0.0, -ELBOW_Y, ELBOW_Z),
        (0.0, WRIST_Y, WRIST_Z),
        (0.0, -WRIST_Y, WRIST_Z),
        (0.0, WRIST_Y, KNUCKLE_Z),
        (0.0, -WRIST_Y, KNUCKLE_Z),
        (0.0, HIP_Y, HIP_Z),
        (0.0, -HIP_Y, HIP_Z),
        (0.0, HIP_Y, KNEE_Z),
        (0.0, -HIP_Y, KNEE_Z),
        (0.0, HIP_Y, ANKLE_Z),
        (0.0, -HIP_Y, ANKLE_Z),
        (0.0, -WRIST_Y, WRIST_Z),
    ]
)
"""Joints at rest, shape (BONES, 3): each is where its bone begins."""


@dataclass(frozen=True, slots=True)
class Build:
    """How N bodies are proportioned. Every array has shape (N,).

    Attributes:
        height_m: from sole to crown.
        leg, trunk, arm, head: lengths as shares of an adult's; together they make one body height.
        girth: width and depth as a share of an adult's.
    """

    height_m: Floats
    leg: Floats
    trunk: Floats
    arm: Floats
    head: Floats
    girth: Floats

    @classmethod
    def of(cls, height_m: npt.ArrayLike, girth: npt.ArrayLike) -> Build:
        """Return the proportions of bodies of these heights and girths.

        A head is a bit over a fifth of a small child's height and a seventh of an adult's (Stratz's canon): between
        1.0 and 1.65 m the share of the head falls evenly and the share of the legs rises.
        """
        height = np.asarray(height_m, np.float64)
        young = np.clip((1.65 - height) / 0.65, 0.0, 1.0)
        head = 1.0 + 0.46 * young
        trunk = 1.0 - 0.005 * young
        # Soles to hip, hip to neck, neck to crown: shares of 1.
        leg = (1.0 - (1.0 - REST[Bone.NECK, 2]) * head - (REST[Bone.NECK, 2] - HIP_Z) * trunk) / HIP_Z
        return cls(height, leg, trunk, 1.0 - 0.05 * young, head, np.asarray(girth, np.float64) * (1.0 + 0.06 * young))

    def rows(self, which: npt.NDArray[np.intp]) -> Build:
        """Return the bodies of these rows."""
        return Build(*(getattr(self, name)[which] for name in self.__slots__))


def turn(pitch: npt.ArrayLike, yaw: npt.ArrayLike, roll: npt.ArrayLike) -> Floats:
    """Return rotations Rz(yaw) Ry(pitch) Rx(roll), shape (..., 3, 3); a positive pitch bows forward (radians)."""
    (cp, sp), (cy, sy), (cr, sr) = _both(pitch), _both(yaw), _both(roll)
    made = np.empty((*np.broadcast_shapes(np.shape(pitch), np.shape(yaw), np.shape(roll)), 3, 3))
    made[..., 0, 0] = cy * cp
    made[..., 0, 1] = cy * sp * sr - sy * cr
    made[..., 0, 2] = cy * sp * cr + sy * sr
    made[..., 1, 0] = sy * cp
    made[..., 1, 1] = sy * sp * sr + cy * cr
    made[..., 1, 2] = sy * sp * cr - cy * sr
    made[..., 2, 0] = -sp
    made[..., 2, 1] = cp * sr
    made[..., 2, 2] = cp * cr
    return made


def _both(angle: npt.ArrayLike) -> tuple[Floats | float, Floats | float]:
    """Return cosine and sine; those of a plain 0 cost nothing."""
    return (1.0, 0.0) if isinstance(angle, float) and angle == 0.0 else (np.cos(angle), np.sin(angle))


def carry(rotation: Floats, vector: Floats) -> Floats:
    """Return the vectors (..., 3) turned by the rotations (..., 3, 3)."""
    carried: Floats = rotation[..., 0] * vector[..., 0:1]
    carried = carried + rotation[..., 1] * vector[..., 1:2]
    carried += rotation[..., 2] * vector[..., 2:3]
    return carried


def reach(
    start: Floats, target: Floats, upper: Floats, lower: Floats, pole: Floats, sign: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Bend limbs of two bones so that they end at their targets, or point at them where those are out of reach.

    The law of cosines gives the middle joint; it goes towards `pole`.

    Args:
        start: of the limbs, (..., 3).
        target: of their ends, (..., 3).
        upper: length of the first bone, (...).
        lower: length of the second.
        pole: where the middle joint goes, (..., 3), any length.
        sign: 1 for knees, which bend forward; -1 for elbows.

    Returns:
        Middle joint, end, rotation of the upper and of the lower bone, and the reach left over (at least 0).
    """
    way = target - start
    wanted = np.sqrt((way * way).sum(-1)) + 1e-9
    direction = way / wanted[..., None]
    length = np.clip(wanted, np.abs(upper - lower) + 1e-4, (upper + lower) * 0.9995)
    along = (upper * upper + length * length - lower * lower) / (2.0 * length)
    aside = np.sqrt(np.maximum(upper * upper - along * along, 0.0))
    square = pole - direction * (direction * pole).sum(-1)[..., None]
    square /= np.sqrt((square * square).sum(-1))[..., None] + 1e-9
    middle = start + direction * along[..., None] + square * aside[..., None]
    end = start + direction * length[..., None]
    hinge = _cross(square, direction) * sign[..., None]
    first = (start - middle) / upper[..., None]
    second = (middle - end) / lower[..., None]
    return middle, end, _frame(hinge, first), _frame(hinge, second), np.maximum(wanted - length, 0.0)


def _cross(a: Floats, b: Floats) -> Floats:
    made = np.empty(np.broadcast_shapes(a.shape, b.shape))
    made[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    made[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    made[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return made


def _frame(left: Floats, up: Floats) -> Floats:
    """Return rotations whose second and third columns are `left` and `up`, at right angles to each other."""
    made = np.empty((*up.shape, 3))
    made[..., 0] = _cross(left, up)
    made[..., 1] = left
    made[..., 2] = up
    return made


def skin_matrices(rotation: Floats, joint: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Return what takes a corner at rest to the world: matrices (BONES, N, 3, 3) and offsets (BONES, N, 3).

    Args:
        rotation: turn of each bone, (BONES, N, 3, 3).
        joint: where each bone begins, metres, (BONES, N, 3).
        scale: of each bone along its own axes, metres a body height, (BONES, N, 3).
    """
    return rotation * scale[:, :, None, :], joint - carry(rotation, scale * REST[:, None, :])
