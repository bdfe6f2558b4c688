"""Choosing and playing with whatever a person has: pure rules, no window."""

from __future__ import annotations

import math

import pytest

from drill import TICK_S
from drill.view.asking import UNMARKED
from drill.view.chooser import HOLD_S, Chooser
from drill.view.controls import Hands
from drill.view.onebutton import TURN_RAD, TWICE_S, WALK_FROM_S, OneButton

AREAS = [(0.0, 100.0, 50.0, 20.0), (0.0, 50.0, 50.0, 20.0), (0.0, 0.0, 50.0, 20.0)]


def pressed(*keys, held=()):
    return Hands(held=frozenset(held), pressed=frozenset(keys))


def after(chooser, *steps, seconds=0.1, **more):
    """What is chosen by the last of some steps; None before it."""
    for step in steps[:-1]:
        assert chooser.update(step, seconds, **more) is None
    return chooser.update(steps[-1], seconds, **more)


def hold(seconds):
    """The button goes down and stays down."""
    return [pressed("space", held=("space",)), *[pressed(held=("space",))] * round(seconds / 0.1)]


@pytest.mark.parametrize(
    ("steps", "chosen"),
    [
        ([pressed("2")], 1),
        ([pressed("1", "3")], 2),
        ([pressed("4")], None),
        ([pressed("arrow_down"), pressed("arrow_down"), pressed("enter")], 1),
        ([pressed("arrow_up"), pressed("enter")], 2),
        ([pressed("enter")], None),
        ([pressed("pad-down"), pressed("pad-a")], 0),
        ([pressed("pad-a")], None),
        ([pressed("tab"), pressed("tab"), pressed("tab"), pressed("tab"), pressed("enter")], 0),
        ([pressed("space"), pressed("space"), *hold(HOLD_S)], 1),
        ([pressed("space"), *hold(HOLD_S / 2)], None),
        (hold(3 * HOLD_S), None),
        ([pressed("escape")], 2),
        ([pressed("w", "mouse3")], None),
    ],
)
def test_three_options(steps, chosen):
    assert after(Chooser(3, leave=2), *steps) == chosen


def test_the_mouse_marks_and_a_click_on_an_option_chooses():
    chooser = Chooser(3)
    assert after(chooser, pressed(), areas=AREAS, pointer=(10.0, 60.0)) is None
    assert chooser.mark.option == 1
    assert after(chooser, pressed("mouse1"), areas=AREAS, pointer=(10.0, 10.0)) == 2
    assert after(chooser, pressed("mouse1"), areas=AREAS, pointer=(300.0, 10.0)) is None
    assert after(chooser, pressed("mouse1"), areas=AREAS, pointer=None) is None
    still = Chooser(3)
    after(still, pressed(), pressed("arrow_up"), areas=AREAS, pointer=(10.0, 60.0))
    assert still.mark.option == 0, "a mouse that lies still takes no mark away from the arrows"


def test_one_option_goes_on_with_anything():
    for key in ("1", "enter", "space", "pad-a"):
        assert after(Chooser(1), pressed(key)) == 0
    assert after(Chooser(0), pressed("1")) is None


def test_two_answers_on_a_gamepad_and_two_at_once_are_the_second():
    assert after(Chooser(2), pressed("pad-a")) == 0
    assert after(Chooser(2), pressed("pad-b")) == 1
    assert after(Chooser(2), pressed("pad-a", "pad-b")) == 1
    assert after(Chooser(2), pressed("1", "2")) == 1


def test_holding_shows_how_far_it_is():
    chooser = Chooser(2)
    assert chooser.mark == UNMARKED
    after(chooser, pressed("space"), *hold(HOLD_S / 3))
    assert 0.2 < chooser.mark.held < 0.5


def play(button, held, *, speed=1.0):
    """Hands of every tick while the button is held (True) or not."""
    seen, down = [], False
    for now in held:
        keys = ("space",) if now else ()
        new = ("space",) if now and not down else ()
        down = now
        seen.append(button.hands(pressed(*new, held=keys), speed_mps=speed))
    return seen


def ticks(seconds):
    return round(seconds / TICK_S)


def turned(seen):
    return -sum(hands.look_rad[0] for hands in seen)


def test_held_it_walks_and_only_then():
    seen = play(OneButton(), [True] * ticks(1.0) + [False] * ticks(1.0))
    walked = sum("w" in hands.held for hands in seen)
    assert walked == pytest.approx(ticks(1.0 - WALK_FROM_S), abs=2)
    assert turned(seen) == 0
    assert not any("space" in hands.held | hands.pressed for hands in seen)


def test_a_short_press_turns_to_the_right_and_twelve_make_a_circle():
    one = [True] * 6 + [False] * ticks(TWICE_S + 0.6)
    assert turned(play(OneButton(), one)) == pytest.approx(TURN_RAD)
    assert turned(play(OneButton(), one * 12)) == pytest.approx(2 * math.pi)


def test_two_short_presses_crouch_and_do_not_turn():
    seen = play(OneButton(), [True] * 5 + [False] * 5 + [True] * 5 + [False] * ticks(2))
    assert sum("c" in hands.pressed for hands in seen) == 1
    assert turned(seen) == 0


def test_walking_against_a_door_opens_it_and_does_not_shut_it_again_at_once():
    seen = play(OneButton(), [True] * ticks(2.0), speed=0.0)
    assert sum("e" in hands.pressed for hands in seen) == 1
    assert not any("e" in hands.pressed for hands in play(OneButton(), [True] * ticks(2.0), speed=1.0))


def test_other_keys_stay_what_they_are():
    hands = OneButton().hands(Hands(frozenset({"escape"}), frozenset({"p"}), (0.1, 0.2)), speed_mps=0.0)
    assert "escape" in hands.held
    assert "p" in hands.pressed
    assert hands.look_rad == (0.1, 0.2)
