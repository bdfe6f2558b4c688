"""A whole drill with one button, seated: held, one walks; pressed shortly, one turns; pressed twice, one crouches.

A short press turns to the right by a step. A short press and then a long one turns to the left for as long as it is
held: so every direction is near, and found exactly.

Pressed shortly three times or more and then held for 3 s, it asks whether to stop. A long press alone cannot, as people
walk by it for minutes. A bar fills meanwhile, so that who meant something else lets go; a crouch that the short presses
began is taken back when the question comes.

Doors open by themselves where one walks against them. While a question is asked the button answers it instead
(`drill.view.chooser`). Any switch that a person has, made to press the space bar, is such a button.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from drill import TICK_S
from drill.view.chooser import ONE_BUTTON
from drill.view.controls import CROUCH, FORWARD, USE, Hands

WALK_FROM_S: Final = 0.35
"""Held for so long, it walks."""
TWICE_S: Final = 0.4
"""A second short press within this time makes the two a double one."""
TURN_RAD: Final = math.radians(30)
TURN_RAD_PER_S: Final = math.radians(90)
STOP_S: Final = 3.0
STOP_TAPS: Final = 3
"""Held for so long after so many short presses, it asks whether to stop."""
LEFT_RAD_PER_S: Final = math.radians(45)
"""Half as quick: it is stopped by letting go."""
STUCK_MPS: Final = 0.05
STUCK_S: Final = 0.4
DOOR_EVERY_S: Final = 1.5


@dataclass(slots=True)
class OneButton:
    """Turns presses of one button into what hands do with a keyboard.

    Attributes:
        wants_stop: the button was held to stop, in the last tick.
    """

    wants_stop: bool = False

    _held_s: float = -1.0
    _since_tap_s: float = -1.0
    _taps: int = 0
    _since_up_s: float = 0.0
    _turn_left_rad: float = 0.0
    _stuck_s: float = 0.0

    def hands(self, hands: Hands, *, speed_mps: float) -> Hands:
        """Return what is done in the next tick.

        Args:
            hands: what was done at the window; all but the one button is kept.
            speed_mps: how fast the resident moved in the last tick.
        """
        held, pressed = hands.held - {ONE_BUTTON}, hands.pressed - {ONE_BUTTON}
        down = ONE_BUTTON in hands.held
        if ONE_BUTTON in hands.pressed:
            self._held_s = 0.0
            self._taps = self._taps if self._since_up_s <= TWICE_S else 0
        long = down and self._held_s >= WALK_FROM_S
        stopping = long and self._taps >= STOP_TAPS
        self.wants_stop = stopping and self._held_s >= STOP_S
        if self.wants_stop:
            pressed |= CROUCH if self._taps // 2 % 2 else frozenset()
            self.forget()
        turning_left = long and not stopping and self._since_tap_s >= 0
        walking = long and not stopping and not turning_left
        if walking:
            held |= FORWARD
            pressed |= self._door(speed_mps)
        else:
            self._stuck_s = 0.0
        if down and self._held_s >= 0:
            self._held_s += TICK_S
        elif self._held_s >= 0:
            pressed |= self._released()
        self._wait()
        turn = -LEFT_RAD_PER_S * TICK_S if turning_left else min(self._turn_left_rad, TURN_RAD_PER_S * TICK_S)
        self._turn_left_rad -= max(turn, 0.0)
        look = (hands.look_rad[0] - turn, hands.look_rad[1])
        return Hands(held, pressed, look, hands.walk, hands.look)

    @property
    def stopping(self) -> float:
        """How far the button has been held to stop, 0 to 1."""
        held = self._taps >= STOP_TAPS and self._held_s >= WALK_FROM_S
        return min(1.0, self._held_s / STOP_S) if held else 0.0

    def forget(self) -> None:
        """Let go of what was begun: another page, or a question, has the button now."""
        self._held_s = self._since_tap_s = -1.0
        self._taps = 0
        self._turn_left_rad = self._stuck_s = 0.0

    def _released(self) -> frozenset[str]:
        short, self._held_s = self._held_s < WALK_FROM_S, -1.0
        self._taps, self._since_up_s = self._taps + 1 if short else 0, 0.0
        if not short:
            self._since_tap_s = -1.0
            return frozenset()
        if self._since_tap_s >= 0:
            self._since_tap_s = -1.0
            return CROUCH
        self._since_tap_s = 0.0
        return frozenset()

    def _wait(self) -> None:
        """Let a single short press turn, once it is sure that no second one comes."""
        self._since_up_s += TICK_S
        if self._since_tap_s >= 0:
            self._since_tap_s += TICK_S
            if self._since_tap_s > TWICE_S and self._held_s < 0:
                self._since_tap_s = -1.0
                self._turn_left_rad += TURN_RAD

    def _door(self, speed_mps: float) -> frozenset[str]:
        self._stuck_s = self._stuck_s + TICK_S if speed_mps < STUCK_MPS else 0.0
        if self._stuck_s < STUCK_S:
            return frozenset()
        self._stuck_s = STUCK_S - DOOR_EVERY_S
        return USE
