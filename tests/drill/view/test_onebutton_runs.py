"""Whole drills with one button, no sound and seated: a resident who has nothing but the space bar gets out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from msgspec import structs

from drill.people.posture import EYE_SHARE
from drill.people.state import Posture
from drill.record.inputs import Inputs
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.session.ways import Ways
from drill.view.chooser import HOLD_S, ONE_BUTTON, Chooser
from drill.view.controls import Hands, Stance, inputs_of
from drill.view.onebutton import TWICE_S, OneButton

NEAR_M = 0.6
EXACT_RAD, CLOSE_RAD = 0.1, 0.3
"""How exactly it aims before it walks, and how far off it lets itself come while it walks."""


@dataclass
class OneButtonResident:
    """Plans its way as everybody does; all that reaches the drill is one button, down or up."""

    scenario: Scenario
    avoid: frozenset[str] = frozenset()
    answers: dict[str, str] = field(default_factory=dict)
    stoops_above_per_m: float = 0.2
    presses: int = 0
    _down: bool = False
    _script: list[bool] = field(default_factory=list)
    """What the button does in the next ticks."""
    _way: list[tuple[int, float, float]] = field(default_factory=list)
    _planned: int = -1000
    _asked: str = ""
    _turns_left: bool = False
    _chooser: Chooser | None = None

    def __post_init__(self) -> None:
        self._ways = Ways(self.scenario)
        height = self.scenario.model.resident.height_m
        self._stance = Stance.standing(EYE_SHARE[Posture.STANDING] * height)
        self._button = OneButton()

    def inputs(self, frame: Frame, *, goes: bool) -> Inputs:
        """Return the inputs of the next tick, by the rules of the view."""
        wanted = self._wanted(frame, goes=goes)
        pressed = wanted and not self._down
        self._down = wanted
        self.presses += pressed
        button = frozenset({ONE_BUTTON})
        hands = Hands(button if wanted else frozenset(), button if pressed else frozenset())
        chosen = ""
        if self._chooser is not None and frame.prompt is not None:
            self._button.forget()
            option = self._chooser.update(hands, 1 / 60)
            chosen = "" if option is None else frame.prompt.options[option]
        else:
            hands = self._button.hands(hands, speed_mps=frame.resident.speed_mps)
        self._stance, inputs = inputs_of(hands, self._stance, frame)
        return structs.replace(inputs, choose=chosen) if chosen else inputs

    def _wanted(self, frame: Frame, *, goes: bool) -> bool:
        asked = f"{frame.prompt.id} {bool(frame.ended)}" if frame.prompt is not None else ""
        if asked != self._asked:
            self._asked, self._script = asked, [False] * 10
            self._turns_left = False
            self._chooser = Chooser(len(frame.prompt.options), arrows=False, pad=False) if frame.prompt else None
        if self._script:
            return self._script.pop(0)
        if self._chooser is not None and frame.prompt is not None:
            self._answer(frame)
        elif goes and not frame.ended:
            return self._walk(frame)
        return self._script.pop(0) if self._script else False

    def _answer(self, frame: Frame) -> None:
        assert self._chooser is not None
        assert frame.prompt is not None
        wish = self.answers.get(frame.prompt.id, frame.prompt.options[0])
        if self._chooser.marked == frame.prompt.options.index(wish):
            self._script = [True] * (round(60 * HOLD_S) + 6) + [False] * 10
        else:
            self._script = [True] * 6 + [False] * 12

    def _walk(self, frame: Frame) -> bool:
        body = frame.resident
        stoops = body.extinction_per_m > self.stoops_above_per_m
        if stoops and self._stance.posture == Posture.STANDING:
            self._script = [True] * 5 + [False] * 5 + [True] * 5 + [False] * (round(60 * TWICE_S) + 2)
            return False
        x, y, _ = body.feet
        if frame.tick - self._planned > 240 or not self._way:
            self._planned = frame.tick
            self._way = list(self._ways.to_refuge(body.floor, x, y, avoid=self.avoid))
        while self._way and math.hypot(self._way[0][1] - x, self._way[0][2] - y) < NEAR_M:
            self._way.pop(0)
        if not self._way:
            return self._down
        bearing = math.atan2(self._way[0][2] - y, self._way[0][1] - x)
        off = math.remainder(bearing - body.yaw_rad, 2 * math.pi)
        if self._turns_left:
            # The second press is held until the way lies ahead.
            self._turns_left = off > 0.05
            if self._turns_left:
                return True
            self._script = [False] * 12
            return False
        if abs(off) <= (CLOSE_RAD if self._down else EXACT_RAD):
            return True
        if off < 0:
            # A step to the right; if that is too far, back to the left as far as is needed.
            self._script = [False] * 2 + [True] * 5 + [False] * (round(60 * TWICE_S) + 24)
        else:
            self._turns_left = True
            self._script = [False] * 2 + [True] * 5 + [False] * 6 + [True] * 10
        return False


def played(scenario: Scenario, resident: OneButtonResident) -> Drill:
    drill = Drill(scenario, seed=5)
    while not drill.finished and drill.frame.tick < 60 * 240:
        began = drill.frame.warning_level >= 4 or drill.frame.alarm
        drill.step(resident.inputs(drill.frame, goes=began))
    return drill


@pytest.mark.parametrize("name", ["gym", "school"])
def test_one_button_is_enough(name: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(name)
    answers = {q.id: o.id for q in (*scenario.model.decisions, *scenario.model.quiz) for o in q.options if o.correct}
    wrong = {o.door for d in scenario.model.decisions for o in d.options if o.door and not o.correct}
    resident = OneButtonResident(scenario, avoid=frozenset(wrong), answers=answers)
    drill = played(scenario, resident)
    assert drill.ended == "refuge"
    assert drill.finished, "the quiz was answered with the same button"
    assert resident.presses < 250


def test_without_the_button_nobody_gets_out(gym: Scenario) -> None:
    """The check can fail: what moves the resident is the button."""
    drill, resident = Drill(gym, seed=5), OneButtonResident(gym)
    start = drill.frame.resident.feet
    for _ in range(600):
        drill.step(resident.inputs(drill.frame, goes=False))
    assert drill.frame.resident.feet == start
