"""Feet that do not slide: measured at the skin, by a twin of the vertex shader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drill.people.state import BodyState
from drill.view.people.figure import NEAR, figure
from drill.view.people.gait import Gait, stride_m
from drill.view.people.motion import Motion, Walkers
from drill.view.people.shape import Slot
from drill.view.people.skeleton import Bone, skin_matrices

Array = np.ndarray[Any, np.dtype[np.float64]]
RATE = 60.0
TOUCHING_M = 0.006
ALLOWED_M = 0.02


def soles() -> tuple[Array, Array]:
    """Corners of the soles at rest and which foot they are of."""
    corners = figure(NEAR).corners()
    sole = (corners["colour"][:, 3] == Slot.SOLE) & (corners["vertex"][:, 2] < 0.004)
    return corners["vertex"][sole].astype(np.float64), corners["colour"][sole, 0].astype(int)


def skinned(moved: Any, vertices: Array, bone: Array) -> Array:
    """What shaders/people.vert makes of corners that one bone carries, (corners, N, 3)."""
    matrix, offset = skin_matrices(moved.bones.rotation, moved.bones.joint, moved.bones.scale)
    placed: Array = (matrix[bone] * vertices[:, None, None, :]).sum(-1) + offset[bone]
    return placed


def worst_slide(walkers_of: Callable[..., Walkers], gait: Gait, speed: float, height_m: float, seconds: float) -> float:
    """How far, at worst, a corner of the sole slides over the ground while it touches it, in one step, metres."""
    motion, (vertices, bone) = Motion(), soles()
    motion.gait = gait
    slid, worst, before = np.zeros(len(vertices)), 0.0, None
    for i in range(int(seconds * RATE)):
        t = i / RATE
        # A crowd's speed is never even, and its people drift a little aside.
        x, y = speed * t + 0.02 * np.sin(3.0 * t), 0.05 * np.sin(1.1 * t)
        people = walkers_of(
            1,
            height_m=height_m,
            t_s=t,
            xy=np.array([[x, y]]),
            speed=np.full(1, speed),
            state=np.array([BodyState.MOVING]),
        )
        at = skinned(motion.step(people), vertices, bone)[:, 0]
        if before is not None and t > 1.5:
            touches = (at[:, 2] < TOUCHING_M) & (before[:, 2] < TOUCHING_M)
            slid = np.where(touches, slid + np.hypot(*(at - before)[:, :2].T), 0.0)
            # The part of the sole that bears: what has the least slide of all that touch.
            for foot in (Bone.FOOT_LEFT, Bone.FOOT_RIGHT):
                mine = touches & (bone == foot)
                if mine.any():
                    worst = max(worst, float(slid[mine].min()))
        before = at
    return worst


@pytest.mark.parametrize(("speed", "height_m"), [(0.5, 1.2), (0.9, 1.35), (1.25, 1.65), (1.6, 1.8), (2.6, 1.7)])
def test_the_foot_that_bears_does_not_slide(walkers_of: Callable[..., Walkers], speed: float, height_m: float) -> None:
    assert worst_slide(walkers_of, Gait(), speed, height_m, 4.0) < ALLOWED_M


def test_a_foot_that_drifts_with_the_body_is_seen(walkers_of: Callable[..., Walkers]) -> None:
    """Planted fault: half of the body's way goes into the standing foot."""
    assert worst_slide(walkers_of, Gait(locked=False), 1.25, 1.65, 3.0) > 3 * ALLOWED_M


def test_feet_neither_hover_nor_sink(walkers_of: Callable[..., Walkers]) -> None:
    motion, (vertices, bone) = Motion(), soles()
    lowest = []
    for i in range(270):
        t = i / RATE
        people = walkers_of(3, t_s=t, xy=np.array([[1.2 * t, y] for y in (0.0, 2.0, 4.0)]), speed=np.full(3, 1.2))
        lowest.append(skinned(motion.step(people), vertices, bone)[..., 2].min(axis=0))
    assert np.min(lowest) > -0.025
    assert np.max(lowest) < 0.03


def test_cadence_is_that_of_people() -> None:
    """1.3 m/s is about two steps a second (Weidmann 1993: step frequency 1.5 to 2.5 Hz), children more."""
    adult, child = (2.0 * 1.3 / stride_m(np.array([1.3]), np.array([h]))[0] for h in (1.65, 1.2))
    assert 1.5 < adult < 2.5
    assert child > adult


def test_one_who_stops_brings_the_feet_together(walkers_of: Callable[..., Walkers]) -> None:
    motion = Motion()
    for i in range(400):
        t = i / RATE
        x = 1.2 * min(t, 2.13)
        people = walkers_of(1, t_s=t, xy=np.array([[x, 0.0]]), speed=np.array([1.2 if t < 2.13 else 0.0]))
        moved = motion.step(people)
    left, right = moved.bones.joint[[Bone.FOOT_LEFT, Bone.FOOT_RIGHT], 0]
    assert abs(left[0] - right[0]) < 0.25
    assert max(left[2], right[2]) < 0.10


def test_one_who_turns_on_the_spot_steps_round(walkers_of: Callable[..., Walkers]) -> None:
    motion = Motion()
    lifted = 0.0
    for i in range(270):
        t = i / RATE
        facing = np.array([0.0 if t < 0.5 else 2.5])
        moved = motion.step(walkers_of(1, t_s=t, facing=facing))
        lifted = max(lifted, float(moved.bones.joint[Bone.FOOT_LEFT : Bone.STICK, 0, 2].max()))
    toe = moved.bones.rotation[Bone.FOOT_LEFT, 0] @ [1.0, 0.0, 0.0]
    assert lifted > 0.09
    assert abs(np.arctan2(toe[1], toe[0]) - 2.5) < 0.7


def test_feet_follow_a_stair(walkers_of: Callable[..., Walkers]) -> None:
    motion = Motion()
    for i in range(270):
        t = i / RATE
        people = walkers_of(1, t_s=t, xy=np.array([[0.6 * t, 0.0]]), z=np.array([0.3 * t]), speed=np.array([0.6]))
        moved = motion.step(people)
        low = float(moved.bones.joint[[Bone.FOOT_LEFT, Bone.FOOT_RIGHT], 0, 2].min())
        if t > 1.0:
            assert abs(low - 0.07 - 0.3 * t) < 0.22
