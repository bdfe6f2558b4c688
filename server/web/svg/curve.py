"""Curves over one axis: N-t, speed, density, flow, depth. Told apart by colour, dash and a label at their end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from server.web.svg.axis import ticks
from server.web.svg.colour import INK, KINDS, PALE, QUIET, RULE
from server.web.svg.element import document, element, number, points, text

WIDTH: Final = 720
HEIGHT: Final = 340
LEFT: Final = 64
RIGHT: Final = 24
TOP: Final = 34
BOTTOM: Final = 48
COLOURS: Final = (KINDS["blue"], KINDS["vermilion"], KINDS["green"], KINDS["purple"])
DASHES: Final = (None, "8 4", "2 3", "10 3 2 3")
_Place = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: a name and its points; not a number (NaN) breaks the line. `dots` draws no line."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    dots: bool = False


def curve(
    series: Sequence[Series],
    *,
    x_label: str,
    y_label: str,
    title: str,
    desc: str,
    from_zero: bool = True,
    height: int = HEIGHT,
) -> str:
    """Return the drawing of one or more curves."""
    xs = [v for s in series for v in s.x if math.isfinite(v)]
    ys = [v for s in series for v in s.y if math.isfinite(v)]
    x0, x1 = (min(xs), max(xs)) if xs else (0.0, 1.0)
    y0, y1 = (min(ys), max(ys)) if ys else (0.0, 1.0)
    y0 = min(y0, 0.0) if from_zero else y0
    x1 = x1 if x1 > x0 else x0 + 1
    y1 = y1 + (y1 - y0) * 0.06 if y1 > y0 else y0 + 1
    wide, tall = WIDTH - LEFT - RIGHT, height - TOP - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + (x - x0) / (x1 - x0) * wide, TOP + tall - (y - y0) / (y1 - y0) * tall

    parts: list[str] = []
    for tick in ticks(y0, y1):
        _, y = place(x0, tick)
        parts.append(element("line", x1=LEFT, y1=y, x2=WIDTH - RIGHT, y2=y, stroke=PALE, stroke_width=1))
        parts.append(text(number(tick), LEFT - 8, y + 4, text_anchor="end", font_size=13, fill=QUIET))
    for tick in ticks(x0, x1, 8):
        x, _ = place(tick, y0)
        parts.append(element("line", x1=x, y1=TOP + tall, x2=x, y2=TOP + tall + 5, stroke=RULE, stroke_width=1))
        parts.append(text(number(tick), x, TOP + tall + 20, text_anchor="middle", font_size=13, fill=QUIET))
    parts.append(element("line", x1=LEFT, y1=TOP + tall, x2=WIDTH - RIGHT, y2=TOP + tall, stroke=RULE, stroke_width=1))
    parts.append(text(x_label, WIDTH - RIGHT, height - 8, text_anchor="end", font_size=13, fill=INK))
    parts.append(text(y_label, 4, 16, font_size=13, fill=INK))
    for index, one in enumerate(series):
        parts.append(_drawn(one, index, place))
    if len(series) > 1:
        parts.append(_legend(series))
    return document("".join(parts), width=WIDTH, height=height, title=title, desc=desc, class_="drawing curve")


def _drawn(one: Series, index: int, place: _Place) -> str:
    colour = COLOURS[index % len(COLOURS)]
    if one.dots:
        return "".join(
            element("circle", cx=px, cy=py, r=2.2, fill=colour, fill_opacity=0.45)
            for px, py in (
                place(x, y) for x, y in zip(one.x, one.y, strict=True) if math.isfinite(x) and math.isfinite(y)
            )
        )
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(one.x, one.y, strict=True):
        if math.isfinite(x) and math.isfinite(y):
            runs[-1].append(place(x, y))
        elif runs[-1]:
            runs.append([])
    return "".join(
        element(
            "polyline",
            points=points(run),
            fill="none",
            stroke=colour,
            stroke_width=2,
            stroke_dasharray=DASHES[index % len(DASHES)],
            stroke_linejoin="round",
        )
        for run in runs
        if run
    )


def _legend(series: Sequence[Series]) -> str:
    parts, x = [], float(WIDTH - RIGHT)
    for index, one in reversed(list(enumerate(series))):
        parts.append(text(one.name, x, 16, text_anchor="end", font_size=13, fill=INK))
        x -= 10 + sum(13 if ord(c) > 255 else 7.2 for c in one.name)
        colour, dash = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
        if one.dots:
            parts.append(element("circle", cx=x - 12, cy=12, r=4, fill=colour))
        else:
            parts.append(
                element("line", x1=x - 28, y1=12, x2=x, y2=12, stroke=colour, stroke_width=3, stroke_dasharray=dash)
            )
        x -= 48
    return "".join(parts)
