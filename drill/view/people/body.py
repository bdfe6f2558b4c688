"""From what bodies do to where their bones are, for everybody at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.view.people.gait import Feet
from drill.view.people.poses import HAND_TABLE, SPACES, STANCE_COLUMNS, STANCE_TABLE, Hands, hand_weights
from drill.view.people.skeleton import (
    BONES,
    FOREARM,
    HIP_Y,
    HIP_Z,
    REST,
    SHIN,
    SHOULDER_Y,
    THIGH,
    UPPER_ARM,
    Bone,
    Build,
    carry,
    reach,
    turn,
)

Floats = npt.NDArray[np.float64]
_AT: Final = {name: i for i, name in enumerate(STANCE_COLUMNS)}
_SIDE: Final = np.array([1.0, -1.0])[:, None]
_SIGN: Final = np.array([-1.0, -1.0, 1.0, 1.0])[:, None]
STRETCH: Final = 0.992
"""Share of a leg's length that a bearing leg is stretched to at most."""


@dataclass(slots=True)
class Acts:
    """What N bodies do.

    Attributes:
        stance: weights of the stances, (N, STANCES), each row sums to 1.
        hands: weights of hands that do something, (2, N, HANDS), at most 1 in all.
        elsewhere: where a hand goes that lies on another's body, site axes, (2, N, 3).
        look_yaw, look_pitch: where the head turns, from the facing and from level, radians, (N,).
        beat: phase of what hands repeat, radians, (N,).
        breath: phase of breathing, radians, (N,).
        deep: how deep the breath is, 1 at rest, (N,).
        shift: weight on one leg or the other, -1 to 1, (N,).
        wheels: whether a wheelchair is ridden, (N,).
        lift: how much higher than on the lowest chair one sits, metres, (N,).
    """

    stance: Floats
    hands: Floats
    elsewhere: Floats
    look_yaw: Floats
    look_pitch: Floats
    beat: Floats
    breath: Floats
    deep: Floats
    shift: Floats
    wheels: npt.NDArray[np.bool_]
    lift: Floats


@dataclass(frozen=True, slots=True)
class Bones:
    """Bones of N bodies: turns (BONES, N, 3, 3), joints (BONES, N, 3) in metres, scales (BONES, N, 3)."""

    rotation: Floats
    joint: Floats
    scale: Floats


def pose(build: Build, root: Floats, feet: Feet, acts: Acts) -> Bones:
    """Return the bones of N bodies whose soles are at `root` (N, 3), metres."""
    n = len(root)
    table = acts.stance @ STANCE_TABLE
    of = {name: table[:, i] for name, i in _AT.items()}
    rotation, joint = np.empty((BONES, n, 3, 3)), np.empty((BONES, n, 3))
    cycle = 2.0 * np.pi * feet.cycle
    going = feet.going * of["planted"]
    _trunk(rotation, joint, build, root, feet, acts, of, cycle, going)
    weights = hand_weights(acts.stance, acts.hands)
    hands, shoulder = _hands(rotation, joint, build, root, feet, acts, weights, cycle, going)
    _limbs(rotation, joint, build, root, feet, of, hands, shoulder)
    _ends(rotation, joint, build, root, feet, acts, hands)
    return Bones(rotation, joint, _scales(build, acts, joint, root))


def _trunk(
    rotation: Floats,
    joint: Floats,
    build: Build,
    root: Floats,
    feet: Feet,
    acts: Acts,
    of: dict[str, Floats],
    cycle: Floats,
    going: Floats,
) -> None:
    height, size = build.height_m, build.height_m * build.leg
    cos, sin = np.cos(feet.facing), np.sin(feet.facing)
    brisk = going * np.minimum(feet.speed, 3.0)
    aside = (0.010 * going * np.sin(cycle + 0.6) + 0.018 * acts.shift * (1.0 - going)) * height
    ahead = of["ahead"] * height
    pelvis = joint[Bone.PELVIS]
    pelvis[:, 0] = root[:, 0] + cos * ahead - sin * aside
    pelvis[:, 1] = root[:, 1] + sin * ahead + cos * aside
    hip = root[:, 2] + of["hip"] * HIP_Z * size + acts.lift
    apart = _SIDE * HIP_Y * build.girth * height
    across = feet.ankle[..., 0] - pelvis[:, 0] + sin * apart, feet.ankle[..., 1] - pelvis[:, 1] - cos * apart
    longest = STRETCH * (THIGH + SHIN) * size
    room = np.maximum(longest**2 - across[0] ** 2 - across[1] ** 2, (0.4 * longest) ** 2)
    highest = (feet.ankle[..., 2] + np.sqrt(room)).min(axis=0)
    hip -= of["planted"] * np.maximum(hip - highest, 0.0)
    pelvis[:, 2] = hip + (REST[Bone.PELVIS, 2] - HIP_Z) * size

    twist = 0.10 * going * np.cos(cycle)
    rotation[Bone.PELVIS] = turn(of["tilt"] + 0.03 * brisk, feet.facing - twist, 0.04 * going * np.sin(cycle))
    look, nod = acts.look_yaw, of["nod"]
    bow = of["bow"] + 0.025 * brisk + 0.012 * acts.deep * np.sin(acts.breath)
    part = turn(
        np.stack([0.5 * bow, 0.5 * bow, 0.4 * nod, 0.6 * nod - 0.02 * brisk]) + _LOOK_PITCH * acts.look_pitch,
        _LOOK_YAW * look + _COUNTER * twist,
        _SWAY * (acts.shift * (1.0 - going)),
    )
    torso = build.trunk * height
    for bone, parent, local in zip(_ABOVE, _BELOW, part, strict=True):
        rotation[bone] = rotation[parent] @ local
        offset = (REST[bone] - REST[parent]) * (torso if bone < Bone.HEAD else build.head * height)[:, None]
        joint[bone] = joint[parent] + carry(rotation[parent], offset)


_ABOVE: Final = (Bone.SPINE, Bone.CHEST, Bone.NECK, Bone.HEAD)
_BELOW: Final = (Bone.PELVIS, Bone.SPINE, Bone.CHEST, Bone.NECK)
_LOOK_YAW: Final = np.array([0.08, 0.14, 0.36, 0.42])[:, None]
_LOOK_PITCH: Final = np.array([0.0, 0.05, 0.40, 0.55])[:, None]
_COUNTER: Final = np.array([0.6, 1.2, -0.5, -0.3])[:, None]
_SWAY: Final = np.array([0.05, -0.03, -0.02, 0.03])[:, None]


def _hands(
    rotation: Floats,
    joint: Floats,
    build: Build,
    root: Floats,
    feet: Feet,
    acts: Acts,
    weights: Floats,
    cycle: Floats,
    going: Floats,
) -> tuple[Floats, Floats]:
    """Return what hands want, (2, N, 9): wrist, elbow's way, twist, wrist's bend, curl; and the shoulders."""
    n = len(root)
    mixed = (weights.reshape(2 * n, -1) @ HAND_TABLE).reshape(2, n, -1)
    height, reach_ = build.height_m, build.arm * build.height_m
    swing = -np.cos(cycle) * _SIDE * going * np.minimum(0.35 + 0.35 * feet.speed, 1.3)
    loose = weights[..., Hands.HANG] + weights[..., Hands.RUN] + 0.35 * weights[..., Hands.WADE]
    loose = loose + 0.3 * weights[..., Hands.CANE]
    mixed[..., 0] += loose * 0.095 * swing
    mixed[..., 2] += loose * 0.030 * swing**2
    idle = np.sin(acts.breath * 0.5 + _SIDE)
    mixed[..., 0] += loose * 0.006 * idle * (1.0 - going)
    beat, slow = np.sin(acts.beat), np.sin(0.43 * acts.beat + _SIDE)
    mixed[..., 1] += weights[..., Hands.WAVE] * 0.055 * beat
    mixed[..., 0] += weights[..., Hands.BECKON] * 0.050 * beat - weights[..., Hands.TALK] * 0.025 * slow
    mixed[..., 2] += weights[..., Hands.BECKON] * 0.045 * beat + weights[..., Hands.TALK] * 0.035 * slow
    crawl = weights[..., Hands.FLOOR] * feet.going
    share = (feet.cycle + np.where(_SIDE > 0, 0.5, 0.0)) % 1.0
    mixed[..., 8] += crawl * _back_and_forth(share, 0.09)
    mixed[..., 10] += crawl * 0.035 * np.clip(np.sin((share - 0.6) / 0.4 * np.pi), 0, 1) * (share > 0.6)

    chest = rotation[Bone.CHEST]
    lifted = np.clip(mixed[..., 2] + 0.05, 0.0, 0.25) * 0.14
    offset = np.empty((2, n, 3))
    offset[..., 0] = 0.0
    offset[..., 1] = _SIDE * (SHOULDER_Y * build.girth * height * 0.98)
    offset[..., 2] = (REST[Bone.UPPER_ARM_LEFT, 2] - REST[Bone.CHEST, 2]) * build.trunk * height
    offset[..., 2] += (lifted + 0.004 * acts.deep * np.sin(acts.breath)) * height
    shoulder = joint[Bone.CHEST] + carry(chest[None], offset)

    point = mixed[..., : 4 * SPACES].reshape(2, n, SPACES, 4)
    point[..., 1] *= _SIDE[..., None]
    long = np.stack([reach_, build.head * height, height], axis=-1)[None, :, :, None]
    frames = np.stack([chest, rotation[Bone.HEAD], turn(0.0, feet.facing, 0.0)], axis=1)
    turned = carry(frames[None], point[..., :3] * long)
    turned = turned[:, :, 0] + turned[:, :, 1] + turned[:, :, 2]
    whole = point[..., 3]
    target = turned + whole[..., :1] * shoulder + whole[..., 1:2] * joint[Bone.HEAD] + whole[..., 2:] * root
    other = weights[..., Hands.ROUND] + weights[..., Hands.HOLD] + weights[..., Hands.DESK]
    target[..., 2] += weights[..., Hands.LAP] * acts.lift
    target += other[..., None] * acts.elsewhere

    made = np.empty((2, n, 9))
    made[..., :3] = target
    pole = mixed[..., 4 * SPACES : 4 * SPACES + 3]
    pole[..., 1] *= _SIDE
    made[..., 3:6] = carry(chest[None], pole)
    made[..., 6:] = mixed[..., 4 * SPACES + 3 :]
    return made, shoulder


def _back_and_forth(share: Floats, amplitude: float) -> Floats:
    """Return a way that goes back at an even speed for 0.6 of the cycle and comes forward in the rest."""
    back = amplitude * (1.0 - 2.0 * share / 0.6)
    forth = amplitude * np.sin((np.clip(share, 0.6, 1.0) - 0.8) / 0.4 * np.pi)
    return np.where(share < 0.6, back, forth)


def _limbs(
    rotation: Floats,
    joint: Floats,
    build: Build,
    root: Floats,
    feet: Feet,
    of: dict[str, Floats],
    hands: Floats,
    shoulder: Floats,
) -> None:
    n, height = len(root), build.height_m
    cos, sin = np.cos(feet.facing), np.sin(feet.facing)
    offset = np.empty((2, n, 3))
    offset[..., 0] = 0.0
    offset[..., 1] = _SIDE * HIP_Y * build.girth * height
    offset[..., 2] = (HIP_Z - REST[Bone.PELVIS, 2]) * height * build.leg
    start = np.empty((4, n, 3))
    start[:2] = shoulder
    start[2:] = joint[Bone.PELVIS] + carry(rotation[Bone.PELVIS][None], offset)

    # A crawling knee comes forward by drawing its foot up behind.
    loose = (1.0 - of["planted"]) * feet.going * (of["feet_x"] < 0)
    share = (feet.cycle + np.where(_SIDE > 0, 0.0, 0.5)) % 1.0
    x = (of["feet_x"] + loose * _back_and_forth(share, 0.09)) * height
    y = _SIDE * of["feet_y"] * height
    posed = np.empty((2, n, 3))
    posed[..., 0] = root[:, 0] + cos * x - sin * y
    posed[..., 1] = root[:, 1] + sin * x + cos * y
    posed[..., 2] = root[:, 2] + (of["feet_z"] + 0.02 * loose * (share > 0.6)) * height
    planted = of["planted"]
    target = np.empty((4, n, 3))
    target[:2] = hands[..., :3]
    target[2:] = posed + (feet.ankle - posed) * planted[:, None]

    pole = np.empty((4, n, 3))
    pole[:2] = hands[..., 3:6]
    out = _SIDE * of["knee_out"]
    pole[2:, :, 0] = cos - sin * out
    pole[2:, :, 1] = sin + cos * out
    pole[2:, :, 2] = 0.12
    upper, lower = np.empty((4, n)), np.empty((4, n))
    upper[:2], upper[2:] = UPPER_ARM * build.arm * height, THIGH * build.leg * height
    lower[:2], lower[2:] = FOREARM * build.arm * height, SHIN * build.leg * height
    middle, end, first, second, _ = reach(start, target, upper, lower, pole, _SIGN)
    arms, legs = slice(Bone.UPPER_ARM_LEFT, Bone.FINGERS_LEFT), slice(Bone.THIGH_LEFT, Bone.STICK)
    joint[arms] = np.concatenate([start[:2], middle[:2], end[:2]])
    rotation[Bone.UPPER_ARM_LEFT : Bone.HAND_LEFT] = np.concatenate([first[:2], second[:2]])
    joint[legs] = np.concatenate([start[2:], middle[2:], end[2:]])
    rotation[Bone.THIGH_LEFT : Bone.FOOT_LEFT] = np.concatenate([first[2:], second[2:]])
    pitch = of["foot_pitch"] + (feet.pitch - of["foot_pitch"]) * planted
    yaw = feet.facing + ((feet.yaw - feet.facing + np.pi) % (2 * np.pi) - np.pi) * planted
    rotation[Bone.FOOT_LEFT : Bone.STICK] = turn(pitch, yaw, 0.0)


def _ends(rotation: Floats, joint: Floats, build: Build, root: Floats, feet: Feet, acts: Acts, hands: Floats) -> None:
    """Set hands, fingers, and the cane or wheelchair."""
    wrist, fingers = slice(Bone.HAND_LEFT, Bone.FINGERS_LEFT), slice(Bone.FINGERS_LEFT, Bone.THIGH_LEFT)
    twist, bend, curl = (hands[..., i] * _SIDE for i in (6, 7, 8))
    rotation[wrist] = rotation[Bone.FOREARM_LEFT : Bone.HAND_LEFT] @ turn(0.0, twist, -bend)
    long = (build.arm * build.height_m)[:, None]
    joint[fingers] = joint[wrist] + carry(rotation[wrist], (REST[fingers] - REST[wrist])[:, None] * long)
    rotation[fingers] = rotation[wrist] @ turn(0.0, 0.0, -curl)
    upright = turn(0.0, feet.facing, 0.0)
    rotation[Bone.STICK] = upright
    ridden = root + carry(upright, REST[Bone.STICK] * build.height_m[:, None])
    joint[Bone.STICK] = np.where(acts.wheels[:, None], ridden, joint[Bone.HAND_RIGHT])


def _scales(build: Build, acts: Acts, joint: Floats, root: Floats) -> Floats:
    n, height = len(root), build.height_m
    wide = build.girth * height
    scale = np.empty((BONES, n, 3))
    scale[:] = wide[:, None]
    scale[Bone.PELVIS, :, 2] = scale[Bone.SPINE, :, 2] = scale[Bone.CHEST, :, 2] = build.trunk * height
    scale[Bone.CHEST, :, 0] *= 1.0 + 0.018 * acts.deep * np.sin(acts.breath)
    scale[Bone.NECK] = ((0.5 * build.girth + 0.5 * build.head) * height)[:, None]
    scale[Bone.NECK, :, 2] = (0.4 * build.head + 0.6 * build.trunk) * height
    scale[Bone.HEAD] = (build.head * height)[:, None]
    scale[Bone.UPPER_ARM_LEFT : Bone.HAND_LEFT, :, 2] = build.arm * height
    scale[Bone.HAND_LEFT : Bone.THIGH_LEFT] = (build.arm * height)[:, None]
    scale[Bone.THIGH_LEFT : Bone.FOOT_LEFT, :, 2] = build.leg * height
    scale[Bone.FOOT_LEFT : Bone.STICK] = (build.leg * height)[:, None]
    scale[Bone.STICK] = height[:, None]
    above = joint[Bone.STICK, :, 2] - root[:, 2]
    scale[Bone.STICK, :, 2] = np.where(acts.wheels, height, np.maximum(above, 0.05) / REST[Bone.STICK, 2])
    return scale
