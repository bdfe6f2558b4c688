"""The states of a body, as numbers that are recorded."""

from __future__ import annotations

from enum import IntEnum


class BodyState(IntEnum):
    """What a body is doing."""

    WAITING = 0
    """Before its pre-movement time is over."""
    MOVING = 1
    HELD = 2
    """Wants to move and cannot (queue, depth limit, shaking)."""
    SAFE = 3
    """In a refuge or through an exit."""
    INCAPACITATED = 4
    """FED reached 1.0, or swept away; it does not move any more."""
    GONE = 5
    """Left the site."""
    COVERING = 6
    """Dropped and took cover while it shakes, and holds on."""


class Posture(IntEnum):
    """Posture by head height against the calibrated standing height."""

    STANDING = 0
    CROUCHING = 1
    CRAWLING = 2
    SITTING = 3
