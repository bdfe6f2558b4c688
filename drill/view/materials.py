"""Colours of things, linear RGB from 0 to 1."""

from __future__ import annotations

from typing import Final

from drill.view.mesh import Colour


def srgb(code: str) -> Colour:
    """Return the linear colour of a hexadecimal sRGB code such as `c8a165` (IEC 61966-2-1)."""
    values = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


WOOD_FLOOR: Final = srgb("c99a5b")
PALE_FLOOR: Final = srgb("b9ae98")
CONCRETE: Final = srgb("9a9a96")
GROUND: Final = srgb("8f8468")
OUTER_WALL: Final = srgb("cfc8b8")
PLASTER: Final = srgb("e6e0d2")
TRIM: Final = srgb("f2efe8")
CEILING: Final = srgb("dcdcd6")
DOOR: Final = srgb("5f8f8a")
OUTER_DOOR: Final = srgb("3f6f8f")
FRAME: Final = srgb("6b6f73")
HANDLE: Final = srgb("d8d8d2")
RAIL: Final = srgb("7c8288")
STEP: Final = srgb("a98556")
STEP_EDGE: Final = srgb("e8c33a")
LINE_WHITE: Final = srgb("f7f5ee")
LINE_RED: Final = srgb("c23b2e")
LINE_BLUE: Final = srgb("2e5fa8")
REFUGE: Final = srgb("2a9d5c")
STAGE_WOOD: Final = srgb("a06b3a")
CURTAIN: Final = srgb("8c1f2b")
CONE: Final = srgb("ef5a1c")
DESK_TOP: Final = srgb("cfa26a")
STEEL: Final = srgb("8d949a")
CHAIR: Final = srgb("4f7fa5")
SIGN_GREEN: Final = srgb("00a651")
WHITE: Final = srgb("ffffff")
BOARD: Final = srgb("2f5d4a")
LAMP: Final = srgb("fff6e0")
THING: Final = srgb("a58f78")
BALLOONS: Final = tuple(srgb(code) for code in ("e23c3c", "f2b21b", "2f86d6", "3bb273", "e36bb0"))
