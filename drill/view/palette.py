"""Colours and measures of what is written over the picture."""

from __future__ import annotations

from typing import Final

from drill.view.flat import Colour, rgb

HEIGHT: Final = 720.0
"""The HUD is 720 units high on every screen."""
EDGE: Final = 20.0
WHITE: Final = rgb(255, 255, 255)
BLACK: Final = rgb(20, 20, 20)
PALE: Final = rgb(214, 220, 225)
GOLD: Final = rgb(255, 205, 60)
SHADE: Final = rgb(14, 20, 27, 0.80)
SOLID_SHADE: Final = rgb(14, 20, 27, 0.90)
GROUND: Final = rgb(14, 20, 27)
MUD: Final = rgb(150, 116, 70, 0.92)
BODY: Final = rgb(235, 238, 240)
DRILL_GREEN: Final = rgb(0, 116, 74)
ALARM_RED: Final = rgb(200, 30, 30)
LEAST_LETTERS: Final = 17.0
"""No letters are smaller: 1/42 of the picture's height, 7 mm on a screen of 24 inches."""

LEVEL_COLOURS: Final[dict[int, tuple[Colour, Colour]]] = {
    1: (rgb(255, 255, 255), BLACK),
    2: (rgb(242, 231, 0), BLACK),
    3: (rgb(255, 40, 0), WHITE),
    4: (rgb(170, 0, 170), WHITE),
    5: (rgb(12, 0, 12), WHITE),
}
"""Ground and letters of the warning levels: the colours of the Cabinet Office's table of May 2021."""

INTENSITY_COLOURS: Final[dict[str, tuple[Colour, Colour]]] = {
    "0": (rgb(242, 242, 255), BLACK),
    "1": (rgb(242, 242, 255), BLACK),
    "2": (rgb(0, 170, 255), BLACK),
    "3": (rgb(0, 65, 255), WHITE),
    "4": (rgb(250, 230, 150), BLACK),
    "5-": (rgb(255, 230, 0), BLACK),
    "5+": (rgb(255, 153, 0), BLACK),
    "6-": (rgb(255, 40, 0), WHITE),
    "6+": (rgb(165, 0, 33), WHITE),
    "7": (rgb(180, 0, 104), WHITE),
}
"""Ground and letters of the classes of seismic intensity: the grounds are those that JMA set for its pages
(気象庁ホームページにおける気象情報の配色に関する設定指針, 2020). It has none for class 0, which is not felt."""
