"""The upper edge of the HUD: that this is a drill, the warning level in its official colours, the threat, the clock.

There is no compass and no arrow: finding the way is the drill.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from panda3d.core import NodePath

from drill.view.flat import panel, rgb
from drill.view.palette import (
    ALARM_RED,
    DRILL_GREEN,
    EDGE,
    HEIGHT,
    INTENSITY_COLOURS,
    LEVEL_COLOURS,
    PALE,
    SHADE,
    WHITE,
)
from drill.view.pen import Pen
from drill.view.reading import Badge, Reading
from drill.view.threats import Threat

BAR: Final = 68.0
CLOCK: Final = 172.0
NAME: Final = 30.0


def draw_top(pen: Pen, node: NodePath, badge: Badge | None, threat: Threat | None, *, room: float) -> None:
    """Draw from the left: DRILL, the level in force, the threat; all within `room`, so that the clock stays free."""
    x, top = EDGE, HEIGHT - EDGE
    tag = pen.words["exercise"]
    wide = pen.bold.width(tag, 26) + 32
    panel(node, x, top - BAR, wide, BAR, DRILL_GREEN)
    pen.middle(node, tag, (x + wide / 2, top - BAR / 2), 26, WHITE)
    x += wide + 10
    if badge is not None:
        x = _badge(pen, node, badge, x, top, room)
    if threat is None:
        return
    draw, wide = _threat(pen, threat)
    if x + wide > room:
        # Between the upper edge and the captions there is room for a low one.
        draw(node, EDGE, top - BAR - 30, 30.0)
    else:
        draw(node, x, top, BAR)


def _threat(pen: Pen, threat: Threat) -> tuple[Callable[[NodePath, float, float, float], None], float]:
    """Return what draws a threat at a place, as high as is given, and how wide it is."""
    if not threat.intensity:
        size = 28.0
        wide = pen.bold.width(threat.name, size) + 40

        def named(node: NodePath, x: float, top: float, high: float) -> None:
            panel(node, x, top - high, wide, high, ALARM_RED).set_tag("threat", threat.kind)
            pen.middle(node, threat.name, (x + wide / 2, top - high / 2), min(size, 0.72 * high), WHITE)

        return named, wide
    ground, letters = INTENSITY_COLOURS[threat.intensity]
    words = pen.words["threat"]
    word, number = words["intensity"], words["class"][threat.intensity]
    word_wide, number_wide, name_wide = (
        pen.text.width(word, 19),
        pen.bold.width(number, 40),
        pen.bold.width(threat.name, 28),
    )
    wide = word_wide + number_wide + name_wide + 62

    def classed(node: NodePath, x: float, top: float, high: float) -> None:
        small = min(1.0, high / BAR)
        panel(node, x - 3, top - high - 3, wide + 6, high + 6, rgb(255, 255, 255, 0.95), radius=13)
        panel(node, x, top - high, wide, high, ground).set_tag("intensity", threat.intensity)
        middle = top - high / 2
        pen.middle(node, word, (x + 16 + word_wide / 2, middle), max(17.0, 19 * small), letters, regular=True)
        pen.middle(node, number, (x + 24 + word_wide + number_wide / 2, middle), max(20.0, 40 * small), letters)
        at = (x + 42 + word_wide + number_wide + name_wide / 2, middle)
        pen.middle(node, threat.name, at, max(20.0, 28 * small), letters)

    return classed, wide


def _badge(pen: Pen, node: NodePath, badge: Badge, x: float, top: float, room: float) -> float:
    ground, letters = LEVEL_COLOURS[badge.level]
    word = pen.words["level_word"]
    word_wide = pen.text.width(word, 19)
    number_wide = pen.bold.width(str(badge.level), 50)
    size = pen.fitted(badge.name, NAME, room - x - word_wide - number_wide - 70)
    name_wide = pen.bold.width(badge.name, size)
    wide = word_wide + number_wide + name_wide + 62
    panel(node, x - 3, top - BAR - 3, wide + 6, BAR + 6, rgb(255, 255, 255, 0.95), radius=13)
    panel(node, x, top - BAR, wide, BAR, ground).set_tag("level", str(badge.level))
    middle = top - BAR / 2
    pen.middle(node, word, (x + 16 + word_wide / 2, middle), 19, letters, regular=True)
    pen.middle(node, str(badge.level), (x + 24 + word_wide + number_wide / 2, middle), 50, letters)
    pen.middle(node, badge.name, (x + 42 + word_wide + number_wide + name_wide / 2, middle), size, letters)
    if badge.historical:
        text = pen.words["historical"]
        aside = pen.text.width(text, 17) + 20
        panel(node, x, top - BAR - 30, aside, 26, SHADE, radius=6)
        pen.middle(node, text, (x + aside / 2, top - BAR - 17), 17, WHITE, regular=True)
    return x + wide + 14


def draw_clock(pen: Pen, node: NodePath, reading: Reading, width: float) -> None:
    """Draw the time of day of the scenario and how long the drill still lasts."""
    x, top = width - EDGE - CLOCK, HEIGHT - EDGE
    panel(node, x, top - BAR, CLOCK, BAR, SHADE)
    pen.bold.set(node, reading.clock, (x + CLOCK / 2, top - 2), size=30, colour=WHITE, align="centre")
    pen.middle(node, reading.left, (x + CLOCK / 2, top - 52), 18, PALE, regular=True)
