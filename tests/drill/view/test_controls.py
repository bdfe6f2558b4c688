"""From hands to inputs: pure rules."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from drill import TICK_S
from drill.people.state import Posture
from drill.record.inputs import BUTTON_CRAWL, BUTTON_CROUCH, BUTTON_PAUSE, BUTTON_STOP, BUTTON_USE, Inputs
from drill.scenario.scenario import Scenario
from drill.session.body import check_inputs
from drill.session.frame import Frame, Prompt
from drill.view.controls import EYE_RATIO, Hands, Stance, inputs_of

STANDING = Stance.standing(1.5)


@pytest.fixture
def frame(gym: Scenario, frame_of: Callable[..., Frame]) -> Frame:
    return frame_of(gym, prompt=Prompt("decision", "which-door", ("lobby", "yard")))


def keys(*held: str) -> Hands:
    return Hands(held=frozenset(held))


def pressed(*names: str) -> Hands:
    return Hands(pressed=frozenset(names))


def one(hands: Hands, frame: Frame, stance: Stance = STANDING) -> Inputs:
    return inputs_of(hands, stance, frame)[1]


@pytest.mark.parametrize(
    ("held", "forward", "right"),
    [
        ((), 0, 0),
        (("w",), 1, 0),
        (("arrow_up",), 1, 0),
        (("s",), -1, 0),
        (("d",), 0, 1),
        (("a",), 0, -1),
        (("w", "s"), 0, 0),
        (("w", "d"), math.sqrt(0.5), math.sqrt(0.5)),
    ],
)
def test_walking(held: tuple[str, ...], forward: float, right: float, frame: Frame) -> None:
    inputs = one(keys(*held), frame)
    assert inputs.tick == frame.tick + 1
    assert (inputs.forward, inputs.right) == pytest.approx((forward, right), abs=1e-4)
    check_inputs(inputs)


def test_turning_left_is_counter_clockwise(frame: Frame) -> None:
    assert one(keys("arrow_left"), frame).turn_rad > 0 > one(keys("arrow_right"), frame).turn_rad
    assert one(Hands(look_rad=(0.25, 0.0)), frame).turn_rad == pytest.approx(0.25)
    assert one(Hands(look=(1.0, 0.0)), frame).turn_rad < 0


def test_looking_up_tilts_the_head_and_stops_before_the_zenith(frame: Frame) -> None:
    stance, inputs = inputs_of(Hands(look_rad=(0.0, 0.4)), STANDING, frame)
    assert inputs.head is not None
    # Rotating x by the head's quaternion gives where it looks: upwards is positive z.
    assert -2 * inputs.head.qy * inputs.head.qw == pytest.approx(math.sin(0.4), abs=1e-5)
    for _ in range(10):
        stance, inputs = inputs_of(Hands(look_rad=(0.0, 0.4)), stance, frame)
    assert stance.pitch_rad == pytest.approx(math.radians(80))


def test_a_posture_is_kept_until_asked_again_and_the_head_takes_its_time(frame: Frame) -> None:
    stance, inputs = inputs_of(pressed("c"), STANDING, frame)
    assert stance.posture == Posture.CROUCHING
    assert inputs.buttons == BUTTON_CROUCH
    assert inputs.head is not None
    assert inputs.head.z == pytest.approx(1.5 - 1.4 * TICK_S, abs=1e-3)
    for _ in range(60):
        stance, inputs = inputs_of(Hands(), stance, frame)
    assert inputs.head.z == pytest.approx(1.5 * EYE_RATIO[Posture.CROUCHING], abs=1e-3)
    stance, inputs = inputs_of(pressed("x"), stance, frame)
    assert inputs.buttons == BUTTON_CRAWL
    stance, inputs = inputs_of(pressed("x"), stance, frame)
    assert (stance.posture, inputs.buttons) == (Posture.STANDING, 0)


@pytest.mark.parametrize(
    ("key", "bit"),
    [
        ("e", BUTTON_USE),
        ("escape", BUTTON_STOP),
        ("p", BUTTON_PAUSE),
        ("pad-a", BUTTON_USE),
        ("pad-back", BUTTON_STOP),
        ("pad-start", BUTTON_PAUSE),
    ],
)
def test_buttons_count_also_when_let_go_between_two_ticks(key: str, bit: int, frame: Frame) -> None:
    assert one(pressed(key), frame).buttons == bit
    assert one(keys(key), frame).buttons == bit


def test_choosing(frame: Frame, gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    assert one(pressed("1"), frame).choose == "lobby"
    assert one(pressed("2"), frame).choose == "yard"
    assert one(pressed("3"), frame).choose == ""
    assert one(pressed("pad-right"), frame).choose == "yard"
    assert one(keys("1"), frame).choose == ""
    assert one(pressed("1"), frame_of(gym)).choose == ""


def test_sticks_have_a_dead_zone_and_reach_full_speed(frame: Frame) -> None:
    assert one(Hands(walk=(0.1, 0.1)), frame).forward == 0
    assert one(Hands(walk=(0.0, 1.0)), frame).forward == pytest.approx(1)
    assert 0 < one(Hands(walk=(0.0, 0.5)), frame).forward < 0.5
    assert not Hands(walk=(0.1, 0.0)).busy
    assert Hands(walk=(0.9, 0.0)).busy
