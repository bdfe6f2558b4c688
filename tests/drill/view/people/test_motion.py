"""Bodies: postures, hands that arrive, and nothing that jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drill.people.state import BodyState, Posture
from drill.view.people import poses
from drill.view.people.motion import Motion, Moved, Own, Walkers
from drill.view.people.skeleton import REST, Bone, carry

Array = np.ndarray[Any, np.dtype[np.float64]]


def settled(walkers_of: Callable[..., Walkers], seconds: float = 3.0, own: Own | None = None, **given: Any) -> Moved:
    """Bodies after they have kept on for a while."""
    motion = Motion()
    n = given.pop("n", 1)
    for i in range(int(seconds * 30)):
        moved = motion.step(walkers_of(n, t_s=i / 30.0, **given), own=own)
    return moved


def place(moved: Moved, bone: Bone, at_rest: tuple[float, float, float], person: int = 0) -> Array:
    """Where a point near a bone at rest is now."""
    arm = (np.array(at_rest) - REST[bone]) * moved.bones.scale[bone, person]
    placed: Array = moved.bones.joint[bone, person] + carry(moved.bones.rotation[bone, person], arm)
    return placed


def test_a_standing_body_is_as_high_as_it_should_be(walkers_of: Callable[..., Walkers]) -> None:
    for height in (1.1, 1.35, 1.65, 1.85):
        crown = place(settled(walkers_of, height_m=height), Bone.HEAD, (0.0, 0.0, 1.0))
        assert crown[2] == pytest.approx(height, rel=0.03)


@pytest.mark.parametrize(
    ("posture", "share"),
    [(Posture.STANDING, 0.935), (Posture.CROUCHING, 0.60), (Posture.CRAWLING, 0.35), (Posture.SITTING, 0.70)],
)
def test_eyes_are_where_the_drill_has_them(walkers_of: Callable[..., Walkers], posture: Posture, share: float) -> None:
    """`EYE_SHARE` of drill/people/posture.py, to a tenth of the body height."""
    moved = settled(walkers_of, posture=np.array([posture]), state=np.array([BodyState.MOVING]))
    eyes = place(moved, Bone.HEAD, (0.06, 0.0, 0.93))
    assert eyes[2] / 1.65 == pytest.approx(share, abs=0.10)


def test_wading_raises_the_arms(walkers_of: Callable[..., Walkers]) -> None:
    hands = slice(Bone.HAND_LEFT, Bone.FINGERS_LEFT)
    dry = settled(walkers_of).bones.joint[hands, 0, 2]
    wet = settled(walkers_of, depth_m=np.array([0.7])).bones.joint[hands, 0, 2]
    assert (wet > dry + 0.3).all()
    assert (wet > 0.75).all()


def test_in_smoke_people_bend_and_hold_a_cloth_to_the_mouth(walkers_of: Callable[..., Walkers]) -> None:
    smoky = settled(walkers_of, extinction_per_m=np.array([1.5]), state=np.array([BodyState.MOVING]))
    upright = settled(walkers_of)
    assert smoky.bones.joint[Bone.HEAD, 0, 2] < upright.bones.joint[Bone.HEAD, 0, 2] - 0.10
    mouth = place(smoky, Bone.HEAD, (0.062, 0.0, 0.890))
    palm = place(smoky, Bone.HAND_RIGHT, (0.0, -0.110, 0.455))
    assert np.linalg.norm(mouth - palm) < 0.14
    assert smoky.mood[0, 3] == 1.0
    assert upright.mood[0, 3] == 0.0


def test_cover_is_low_with_hands_at_the_nape(walkers_of: Callable[..., Walkers]) -> None:
    moved = settled(walkers_of, posture=np.array([Posture.CROUCHING]), shaking=True)
    head = moved.bones.joint[Bone.HEAD, 0]
    hands = moved.bones.joint[[Bone.HAND_LEFT, Bone.HAND_RIGHT], 0]
    assert head[2] < 0.45
    assert (np.linalg.norm(hands - head, axis=1) < 0.30).all()


def test_no_joint_jumps_when_somebody_changes_what_they_do(
    walkers_of: Callable[..., Walkers], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fastest() -> float:
        motion, before, worst = Motion(), None, 0.0
        changes: list[dict[str, Any]] = [
            {},
            {"posture": np.array([Posture.CROUCHING])},
            {"posture": np.array([Posture.CRAWLING])},
            {"depth_m": np.array([0.6])},
            {"extinction_per_m": np.array([2.0])},
            {"state": np.array([BodyState.INCAPACITATED])},
        ]
        for i in range(360):
            moved = motion.step(walkers_of(1, t_s=i / 60.0, **changes[i // 60]))
            if before is not None:
                worst = max(worst, float(np.linalg.norm(moved.bones.joint[:19, 0] - before, axis=1).max()) * 60.0)
            before = moved.bones.joint[:19, 0].copy()
        return worst

    assert fastest() < 7.0
    # Planted fault: without easing a change is a jump, and is seen.
    monkeypatch.setattr("drill.view.people.motion.ease", lambda _now, wanted, _dt, _seconds: wanted)
    assert fastest() > 25.0


def test_everybody_breathes_and_blinks(walkers_of: Callable[..., Walkers]) -> None:
    motion = Motion()
    chest, lids = [], []
    for i in range(420):
        moved = motion.step(walkers_of(5, t_s=i / 60.0, xy=np.array([[4.0 * k, 0.0] for k in range(5)])))
        chest.append(moved.bones.scale[Bone.CHEST, :, 0].copy())
        lids.append(moved.face[:, 0].copy())
    assert (np.ptp(chest, axis=0) > 0.02).all()
    shut = np.array(lids) > 0.8
    assert shut.any(axis=0).all()
    assert (shut.mean(axis=0) < 0.1).all()


def test_heads_turn_to_who_speaks(walkers_of: Callable[..., Walkers]) -> None:
    """Two stand face to side: over a minute the head turns to the other far more than away."""
    motion, turned = Motion(), []
    for i in range(300):
        people = walkers_of(2, kind="pupil", height_m=1.35, t_s=i / 5.0, xy=np.array([[0.0, 0.0], [0.0, 1.2]]))
        ahead = motion.step(people).bones.rotation[Bone.HEAD, 0] @ [1.0, 0.0, 0.0]
        turned.append(np.arctan2(ahead[1], ahead[0]))
    assert np.mean(np.array(turned) > 0.5) > 0.25
    assert np.mean(np.array(turned) < -0.5) < 0.10


def test_tracked_hands_are_where_they_are(walkers_of: Callable[..., Walkers]) -> None:
    wanted = (0.35, 0.2, 1.2)
    moved = settled(walkers_of, own=Own(wanted, None))
    assert np.linalg.norm(moved.bones.joint[Bone.HAND_LEFT, 0] - wanted) < 0.02
    assert moved.bones.joint[Bone.HAND_RIGHT, 0, 2] < 1.0


def test_tables_name_every_pose() -> None:
    assert poses.STANCE_TABLE.shape == (poses.STANCES, len(poses.STANCE_COLUMNS))
    assert set(poses.HANDS_OF) == set(poses.Stance)
    stance = np.eye(poses.STANCES)
    wanted = np.zeros((2, poses.STANCES, poses.HANDS))
    assert poses.hand_weights(stance, wanted).sum(-1) == pytest.approx(1.0)


def test_a_leap_of_the_clock_starts_anew(walkers_of: Callable[..., Walkers]) -> None:
    motion = Motion()
    motion.step(walkers_of(1, t_s=5.0))
    moved = motion.step(walkers_of(1, t_s=2.0, posture=np.array([Posture.CRAWLING]), xy=np.array([[30.0, 0.0]])))
    assert moved.bones.joint[Bone.PELVIS, 0, 2] < 0.6
    assert np.isfinite(moved.bones.joint).all()
