from __future__ import annotations

import numpy as np
import pytest

from drill.record.events import DoorEvent
from drill.session.doors import SWING_S, Doors
from drill.site.ground import Ground


@pytest.fixture
def doors(gym):
    return Doors(gym.site, Ground(gym.site))


def index(doors, name):
    return [d.id for d in doors.doors].index(name)


def press(doors, name, *, outside, inside):
    depth = np.zeros(2 * len(doors.doors))
    depth[index(doors, name)] = outside
    depth[index(doors, name) + len(doors.doors)] = inside
    doors.press(depth)


NEAR_YARD = (13.9, 0.7)


@pytest.mark.parametrize(
    ("outside", "inside", "height", "opened"),
    [
        (0.0, 0.0, 1.6, True),
        (0.39, 0.0, 1.6, True),
        (0.41, 0.0, 1.6, False),
        (0.80, 0.45, 1.6, True),
        (0.35, 0.0, 1.3, False),
        (0.29, 0.0, 1.3, True),
        (0.0, 0.9, 1.6, True),
    ],
)
def test_water_outside_holds_an_outward_door(doors, outside, inside, height, opened):
    press(doors, "yard-door", outside=outside, inside=inside)
    event = doors.use(xy=NEAR_YARD, floor=0, height_m=height, tick=9)
    assert event == DoorEvent(9, "yard-door", "open" if opened else "blocked")


def test_a_sliding_door_is_not_held(doors):
    press(doors, "store-door", outside=1.0, inside=0.0)
    assert doors.use(xy=(29.0, 3.5), floor=0, height_m=1.3, tick=1) == DoorEvent(1, "store-door", "open")


def test_a_door_opens_over_time_and_is_passed_half_open(doors):
    assert "yard-door" in doors.shut()
    doors.use(xy=NEAR_YARD, floor=0, height_m=1.6, tick=0)
    steps = 0
    while "yard-door" in doors.shut():
        doors.swing(0.05, may_close=lambda _: True)
        steps += 1
    assert steps == pytest.approx(SWING_S / 2 / 0.05, abs=1)
    state = next(s for s in doors.states() if s.id == "yard-door")
    assert 0.5 <= state.open < 0.6


def test_a_door_out_of_reach_or_on_another_floor_is_not_used(doors):
    assert doors.use(xy=(13.9, 8.0), floor=0, height_m=1.6, tick=0) is None
    assert doors.use(xy=NEAR_YARD, floor=1, height_m=1.6, tick=0) is None


def test_a_locked_door_says_so_and_a_door_with_somebody_in_it_waits(doors):
    doors.direct("lock", "yard-door", tick=0)
    assert doors.use(xy=NEAR_YARD, floor=0, height_m=1.6, tick=3) == DoorEvent(3, "yard-door", "blocked")
    assert "yard-door" in doors.impassable(height_m=1.6)
    doors.direct("unlock", "yard-door", tick=0)
    assert "yard-door" not in doors.impassable(height_m=1.6)
    doors.direct("close", "lobby-door", tick=0)
    doors.swing(5.0, may_close=lambda _: False)
    assert "lobby-door" not in doors.shut()
    doors.swing(5.0, may_close=lambda _: True)
    assert "lobby-door" in doors.shut()


def test_classmates_open_what_they_can(doors):
    at_door = np.array([[13.9, 0.6], [20.0, 10.0]])
    floor, height = np.zeros(2, np.int8), np.array([1.3, 1.6])
    press(doors, "yard-door", outside=0.5, inside=0.0)
    assert doors.help_open(xy=at_door, floor=floor, height_m=height, tick=1) == []
    press(doors, "yard-door", outside=0.2, inside=0.0)
    assert doors.help_open(xy=at_door, floor=floor, height_m=height, tick=1) == [DoorEvent(1, "yard-door", "open")]
