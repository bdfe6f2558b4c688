"""What the HUD says and asks: announcements, hints, questions with their options, cards, the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from panda3d.core import NodePath
from shapely.geometry import box

from drill.view.flat import fill, panel, rgb
from drill.view.palette import BLACK, EDGE, GOLD, GROUND, HEIGHT, PALE, SHADE, SOLID_SHADE, WHITE
from drill.view.pen import Pen
from drill.view.reading import Asked
from drill.view.typeset import without_ruby

FOOT: Final = EDGE + 40
SIZES: Final = ((28.0, 25.0), (25.0, 22.0), (22.0, 19.0), (19.0, 17.0))
"""Letters of a prompt and of its options, the largest that fit."""
SPOKEN: Final = (28.0, 24.0)
FRAME: Final = 5.0
"""How far the frame of a marked option stands out."""

STOPS: Final = {"pad": "pad_stop", "one_button": "one_button_stop"}
"""The words for how to stop, by which keys are explained."""

Area = tuple[float, float, float, float]
"""x, z, width and height."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Which option is marked, and how far the button that chooses it has been held, 0 to 1."""

    option: int | None = None
    held: float = 0.0


UNMARKED: Final = Marked()


def draw_spoken(pen: Pen, node: NodePath, texts: tuple[str, ...], width: float) -> None:
    """Draw what is being announced, large, on a ground that hides nothing above."""
    if not texts:
        return
    room = min(860.0, width - 420)
    # Two announcements at once stay readable, and leave the picture in sight.
    size = next((one for one in SPOKEN if sum(len(pen.text.lines(t, one, room)) for t in texts) <= 2), SPOKEN[-1])
    heights = [pen.text.height(t, size, room) for t in texts]
    widths = [min(room, pen.text.width(t, size)) for t in texts]
    high, wide = sum(heights) + 26, max(widths) + 52
    x, z = (width - wide) / 2, FOOT + 6
    panel(node, x, z, wide, high, SOLID_SHADE, radius=14)
    panel(node, x, z, 7, high, GOLD, radius=3)
    top = z + high - 11
    for text, tall in zip(texts, heights, strict=True):
        pen.text.set(node, text, (x + 26, top), size=size, colour=WHITE, room=room + 1)
        top -= tall


def draw_note(pen: Pen, node: NodePath, text: str, width: float) -> None:
    """Draw a hint: a door that will not open, the posture."""
    if not text:
        return
    wide = pen.bold.width(text, 24) + 44
    panel(node, (width - wide) / 2, HEIGHT - 154, wide, 50, SHADE)
    pen.middle(node, text, (width / 2, HEIGHT - 129), 24, rgb(255, 225, 130))


def draw_asked(pen: Pen, node: NodePath, asked: Asked | None, marked: Marked, width: float) -> list[Area]:
    """Draw a question at the right, the way ahead left free; return where its options are."""
    if asked is None:
        return []
    wide = min(560.0, width * 0.44)
    return _question(
        pen, node, asked, marked, x=width - EDGE - wide, wide=wide, top=HEIGHT - 108, foot=FOOT, how=asked.how
    )


def draw_quiz(pen: Pen, node: NodePath, asked: Asked | None, marked: Marked, width: float) -> list[Area]:
    """Draw a question over the whole picture, after the run has ended; return where its options are."""
    if asked is None:
        return []
    fill(node, box(0, 0, width, HEIGHT), GROUND)
    wide = min(980.0, width - 2 * EDGE)
    return _question(
        pen, node, asked, marked, x=(width - wide) / 2, wide=wide, top=HEIGHT - 80, foot=FOOT, how="choose_any"
    )


def _question(
    pen: Pen,
    node: NodePath,
    asked: Asked,
    marked: Marked,
    *,
    x: float,
    wide: float,
    top: float,
    foot: float,
    how: str = "choose",
) -> list[Area]:
    room = wide - 48
    option_room = room - 66
    for size, small in SIZES:
        prompt_high = pen.bold.height(asked.prompt, size, room)
        highs = [max(58.0, pen.text.height(o, small, option_room) + 22) for o in asked.options]
        high = 48 + prompt_high + 14 + sum(highs) + 10 * len(asked.options) + 44
        if high <= top - foot:
            break
    z = top - high if top - foot - high < 60 else top - high - min(60.0, (top - foot - high) / 3)
    panel(node, x, z, wide, high, SOLID_SHADE, radius=14)
    at = z + high - 12
    pen.text.set(node, asked.heading, (x + 24, at), size=19, colour=GOLD)
    at -= 34
    at -= pen.bold.set(node, asked.prompt, (x + 24, at), size=size, colour=WHITE, room=room) + 12
    areas = []
    for number, (option, tall) in enumerate(zip(asked.options, highs, strict=True)):
        area = (x + 20, at - tall, wide - 40, tall)
        areas.append(area)
        option_box(pen, node, area, option, number, marked, size=small)
        at -= tall + 10
    pen.text.set(node, pen.words[how], (x + 24, at), size=17, colour=PALE)
    return areas


def option_box(
    pen: Pen, node: NodePath, area: Area, text: str, number: int, marked: Marked, *, size: float, bold: bool = False
) -> None:
    """Draw one option in its area: its number, its text, a frame when it is marked, a bar while it is held."""
    x, z, wide, high = area
    if marked.option == number:
        panel(node, x - FRAME, z - FRAME, wide + 2 * FRAME, high + 2 * FRAME, GOLD, radius=13)
        panel(node, x, z, wide, high, rgb(40, 50, 62), radius=9)
        if marked.held > 0:
            panel(node, x, z, max(18.0, wide * min(1.0, marked.held)), high, rgb(255, 205, 60, 0.45), radius=9)
    else:
        panel(node, x, z, wide, high, rgb(255, 255, 255, 0.14), radius=9)
    side = min(46.0, high - 12)
    panel(node, x + 10, z + (high - side) / 2, side, side, WHITE, radius=7)
    pen.middle(node, str(number + 1), (x + 10 + side / 2, z + high / 2), side * 0.62, BLACK)
    setter = pen.bold if bold else pen.text
    room = wide - side - 38
    tall = setter.height(text, size, room)
    setter.set(node, text, (x + side + 24, z + high - (high - tall) / 2), size=size, colour=WHITE, room=room)


def draw_card(pen: Pen, node: NodePath, title: str, lines: list[str], width: float, *, middle: float) -> None:
    """Draw a card with a title and lines in the middle of the picture."""
    wide = min(620.0, width - 2 * EDGE)
    room = wide - 60
    heights = [pen.text.height(t, 25, room) for t in lines]
    title_high = pen.bold.height(title, 38, room)
    high = title_high + sum(heights) + 10 * len(lines) + 50
    x, top = (width - wide) / 2, middle + high / 2
    panel(node, x, top - high, wide, high, SOLID_SHADE, radius=16)
    top -= 22
    top -= pen.bold.set(node, title, (x + wide / 2, top), size=38, colour=WHITE, room=room, align="centre") + 8
    for text in lines:
        top -= pen.text.set(node, text, (x + wide / 2, top), size=25, colour=PALE, room=room, align="centre") + 10


def draw_stopping(pen: Pen, node: NodePath, held: float, width: float) -> None:
    """Draw a bar that fills while the one button is held to stop, and what it is for."""
    if held <= 0:
        return
    words = pen.words["stopping"]
    wide = max(420.0, pen.bold.width(words["hold"], 26) + 60)
    x, z = (width - wide) / 2, HEIGHT / 2 - 60
    panel(node, x, z, wide, 112, SOLID_SHADE, radius=14)
    pen.middle(node, words["hold"], (width / 2, z + 78), 26, WHITE)
    panel(node, x + 24, z + 18, wide - 48, 26, rgb(255, 255, 255, 0.20), radius=9)
    panel(node, x + 24, z + 18, max(20.0, (wide - 48) * min(1.0, held)), 26, GOLD, radius=9).set_tag("held", "")


def draw_keys(pen: Pen, node: NodePath, which: str, width: float) -> None:
    """Draw which keys do what, and, where nobody misses it, the one that stops."""
    stop = without_ruby(pen.words[STOPS.get(which, "stop")])
    stop_wide = pen.bold.width(stop, 22) + 34
    panel(node, width - EDGE - stop_wide, 10, stop_wide, 40, rgb(255, 255, 255, 0.95), radius=8)
    pen.middle(node, stop, (width - EDGE - stop_wide / 2, 30), 22, BLACK)
    keys = without_ruby(pen.words[which])
    size = min(18.0, 18.0 * (width - 3 * EDGE - stop_wide - 26) / pen.text.width(keys, 18))
    wide = pen.text.width(keys, size) + 26
    panel(node, EDGE, 13, wide, 34, SHADE, radius=7)
    pen.middle(node, keys, (EDGE + wide / 2, 30), size, PALE, regular=True)
