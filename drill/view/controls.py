"""From keys, mouse and gamepad to the inputs of a tick: pure rules, no window."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from drill import TICK_S
from drill.people.posture import EYE_SHARE
from drill.people.state import Posture
from drill.record.inputs import (
    BUTTON_CRAWL,
    BUTTON_CROUCH,
    BUTTON_PAUSE,
    BUTTON_STOP,
    BUTTON_USE,
    Inputs,
    Pose,
)
from drill.session.frame import Frame

FORWARD: Final = frozenset({"w", "arrow_up"})
BACK: Final = frozenset({"s", "arrow_down"})
LEFT: Final = frozenset({"a"})
RIGHT: Final = frozenset({"d"})
TURN_LEFT: Final = frozenset({"arrow_left", "q"})
TURN_RIGHT: Final = frozenset({"arrow_right"})
CROUCH: Final = frozenset({"c", "pad-b"})
CRAWL: Final = frozenset({"x", "pad-x"})
USE: Final = frozenset({"e", "enter", "pad-a"})
STOP: Final = frozenset({"escape", "pad-back"})
PAUSE: Final = frozenset({"p", "pad-start"})
CHOICES: Final = ("1", "2", "3", "4", "5", "6")
PAD_CHOICES: Final = ("pad-up", "pad-right", "pad-down", "pad-left")

TURN_RAD_PER_S: Final = 1.8
STICK_TURN_RAD_PER_S: Final = 2.4
STICK_PITCH_RAD_PER_S: Final = 1.6
DEAD_ZONE: Final = 0.18
STEEPEST_RAD: Final = math.radians(80)
HEAD_MPS: Final = 1.4
"""How fast the head goes down and up."""
EYE_RATIO: Final = {
    Posture.STANDING: 1.0,
    Posture.CROUCHING: EYE_SHARE[Posture.CROUCHING] / EYE_SHARE[Posture.STANDING],
    Posture.CRAWLING: EYE_SHARE[Posture.CRAWLING] / EYE_SHARE[Posture.STANDING],
}


@dataclass(frozen=True, slots=True)
class Hands:
    """What hands do at a tick.

    Attributes:
        held: keys and buttons held down, by Panda3D's names; those of a gamepad begin with `pad-`.
        pressed: those that went down since the last tick, also when they are up again.
        look_rad: turn to the left and tilt upwards by the mouse since the last tick.
        walk: left stick, right and forward, -1 to 1.
        look: right stick, right and up, -1 to 1.
    """

    held: frozenset[str] = frozenset()
    pressed: frozenset[str] = frozenset()
    look_rad: tuple[float, float] = (0.0, 0.0)
    walk: tuple[float, float] = (0.0, 0.0)
    look: tuple[float, float] = (0.0, 0.0)

    @property
    def busy(self) -> bool:
        """True when anything at all is done."""
        sticks = (*self.look_rad, *_live(self.walk), *_live(self.look))
        return bool(self.held or self.pressed) or any(sticks)


@dataclass(frozen=True, slots=True)
class Stance:
    """What outlasts a tick: the posture that was asked for, the height of the eyes and the tilt of the head."""

    eye_m: float
    standing_eye_m: float
    posture: Posture = Posture.STANDING
    pitch_rad: float = 0.0

    @classmethod
    def standing(cls, standing_eye_m: float) -> Stance:
        """Return the stance at the start."""
        return cls(standing_eye_m, standing_eye_m)


def inputs_of(hands: Hands, stance: Stance, frame: Frame) -> tuple[Stance, Inputs]:
    """Return the next stance and the inputs of the tick after `frame`.

    C and X ask for a posture and, pressed again, for standing: nobody has to hold a key for minutes.
    """
    after = _stance(hands, stance)
    axis_x, axis_y = _live(hands.walk)
    forward = _clip(_on(hands, FORWARD) - _on(hands, BACK) + axis_y)
    right = _clip(_on(hands, RIGHT) - _on(hands, LEFT) + axis_x)
    length = math.hypot(forward, right)
    if length > 1:
        forward, right = forward / length, right / length
    turn = (_on(hands, TURN_LEFT) - _on(hands, TURN_RIGHT)) * TURN_RAD_PER_S * TICK_S
    turn += hands.look_rad[0] - _live(hands.look)[0] * STICK_TURN_RAD_PER_S * TICK_S
    choice = _choice(hands, frame)
    half = -after.pitch_rad / 2
    return after, Inputs(
        tick=frame.tick + 1,
        forward=round(forward, 4),
        right=round(right, 4),
        turn_rad=round(turn, 6),
        head=Pose(0.0, 0.0, round(after.eye_m, 4), qy=round(math.sin(half), 6), qw=round(math.cos(half), 6)),
        buttons=_buttons(hands, after),
        choose=choice,
    )


def _stance(hands: Hands, stance: Stance) -> Stance:
    posture = stance.posture
    for keys, asked in ((CROUCH, Posture.CROUCHING), (CRAWL, Posture.CRAWLING)):
        if hands.pressed & keys:
            posture = Posture.STANDING if posture == asked else asked
    aim = stance.standing_eye_m * EYE_RATIO[posture]
    reach = HEAD_MPS * TICK_S
    eye = stance.eye_m + max(-reach, min(reach, aim - stance.eye_m))
    pitch = stance.pitch_rad + hands.look_rad[1] + _live(hands.look)[1] * STICK_PITCH_RAD_PER_S * TICK_S
    return replace(stance, posture=posture, eye_m=eye, pitch_rad=max(-STEEPEST_RAD, min(STEEPEST_RAD, pitch)))


def _buttons(hands: Hands, stance: Stance) -> int:
    touched = hands.held | hands.pressed
    bits = 0
    for keys, bit in ((USE, BUTTON_USE), (STOP, BUTTON_STOP), (PAUSE, BUTTON_PAUSE)):
        if touched & keys:
            bits |= bit
    return bits | {Posture.CROUCHING: BUTTON_CROUCH, Posture.CRAWLING: BUTTON_CRAWL}.get(stance.posture, 0)


def _choice(hands: Hands, frame: Frame) -> str:
    if frame.prompt is None:
        return ""
    for keys in (CHOICES, PAD_CHOICES):
        for key, option in zip(keys, frame.prompt.options, strict=False):
            if key in hands.pressed:
                return option
    return ""


def _on(hands: Hands, keys: frozenset[str]) -> float:
    return 1.0 if (hands.held | hands.pressed) & keys else 0.0


def _live(stick: tuple[float, float]) -> tuple[float, float]:
    """Return a stick's place without its dead zone."""
    length = math.hypot(*stick)
    if length <= DEAD_ZONE:
        return 0.0, 0.0
    scale = min(1.0, (length - DEAD_ZONE) / (1 - DEAD_ZONE)) / length
    return stick[0] * scale, stick[1] * scale


def _clip(value: float) -> float:
    return max(-1.0, min(1.0, value))
