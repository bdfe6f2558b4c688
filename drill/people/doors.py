"""Whether a person can push a door open against water (Uji laboratory experiments, Kyoto University).

Observed on a full-size door pressed shut by water: at 0.20 m anyone opens it, at 0.30 m it opens half, at
0.40 m students do not open it; an average man's limit lies between 0.35 m and 0.47 m.
"""

from __future__ import annotations

from typing import Final

CHILD_DOOR_LIMIT_M: Final = 0.30
ADULT_DOOR_LIMIT_M: Final = 0.40
"""Greatest depth difference, outside minus inside, at which a child and an adult still open the door."""
CHILD_HEIGHT_M: Final = 1.45
"""Below this height a person pushes as a child does (mean height at about 11 to 12 years); ours."""


def depth_limit_at_door(*, height_m: float | None = None, adult: bool | None = None) -> float:
    """Return the greatest depth difference in metres at which the person opens a door.

    Raises:
        ValueError: unless exactly one of `height_m` and `adult` is given.
    """
    if (height_m is None) == (adult is None):
        msg = f"give exactly one of height_m and adult; got height_m={height_m!r}, adult={adult!r}"
        raise ValueError(msg)
    grown = adult if height_m is None else height_m >= CHILD_HEIGHT_M
    return ADULT_DOOR_LIMIT_M if grown else CHILD_DOOR_LIMIT_M


def opens(*, depth_difference_m: float, height_m: float | None = None, adult: bool | None = None) -> bool:
    """Return whether the person opens a door that is pressed shut by water.

    Args:
        depth_difference_m: depth on the side that the door opens to, minus depth on the person's side, metres.
            Zero or less means that the water does not hold the door.
        height_m: body height in metres, or
        adult: whether the person is grown. Give exactly one of the two.

    Raises:
        ValueError: unless exactly one of `height_m` and `adult` is given.
    """
    return depth_difference_m <= depth_limit_at_door(height_m=height_m, adult=adult)
