"""What a person does at a tick: the only thing besides scenario and seed that a run depends on."""

from __future__ import annotations

from typing import Final

import msgspec

BUTTON_USE: Final = 1
BUTTON_CROUCH: Final = 2
BUTTON_CRAWL: Final = 4
BUTTON_STOP: Final = 8
"""Stop by raised hand or key: ends the run without shame."""
BUTTON_PAUSE: Final = 16


class Pose(msgspec.Struct, frozen=True, array_like=True):
    """A tracked pose relative to the rig: metres, z up, quaternion x, y, z, w."""

    x: float
    y: float
    z: float
    qx: float = 0.0
    qy: float = 0.0
    qz: float = 0.0
    qw: float = 1.0


class Inputs(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="inputs"):
    """Inputs of one tick.

    Attributes:
        tick: the tick they belong to.
        forward: locomotion command along the rig's facing, -1 to 1 of the walking speed.
        right: the same to the right.
        turn_rad: change of the rig's yaw in this tick, counter-clockwise positive.
        step_m: physical displacement of the rig in this tick (walked for real), site axes (dx, dy).
        head: head relative to the rig; None means standing eye height, looking along the rig.
        left: left hand relative to the rig, if tracked.
        right_hand: right hand relative to the rig, if tracked.
        buttons: bit set of BUTTON_*.
        choose: id of a decision's or quiz question's option, if one was chosen in this tick.
        injects: ids of injects that staff fired in this tick.
    """

    tick: int
    forward: float = 0.0
    right: float = 0.0
    turn_rad: float = 0.0
    step_m: tuple[float, float] = (0.0, 0.0)
    head: Pose | None = None
    left: Pose | None = None
    right_hand: Pose | None = None
    buttons: int = 0
    choose: str = ""
    injects: tuple[str, ...] = ()
