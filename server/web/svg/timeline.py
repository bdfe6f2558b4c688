"""What happened when: a lane for each kind of thing, numbered marks, and what the body met as a filled curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from server.web.svg.axis import time_ticks
from server.web.svg.colour import INK, KINDS, OWN, PALE, QUIET, RULE
from server.web.svg.element import document, element, number, points, text

WIDTH: Final = 960
LEFT: Final = 132
RIGHT: Final = 28
ROW: Final = 30
PROFILE: Final = 64
RADIUS: Final = 12.0

_X = Callable[[float], float]
Shape = Literal["circle", "square", "diamond", "triangle"]
_COLOURS: Final[dict[str, str]] = {
    "warning": KINDS["vermilion"],
    "cue": INK,
    "decision": OWN,
    "inject": "#7a3e6d",
    "body": "#00664b",
}
_SHAPES: Final[dict[str, Shape]] = {
    "warning": "triangle",
    "cue": "circle",
    "decision": "diamond",
    "inject": "square",
    "body": "circle",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One mark: when, its number in the table beside, and its kind (warning, cue, decision, inject, body)."""

    t_s: float
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A quantity over time, drawn filled: samples, name with unit, and the highest value of its axis."""

    name: str
    t_s: Sequence[float]
    value: Sequence[float]
    top: float
    digits: int = 1


def timeline(
    *,
    duration_s: float,
    lanes: Sequence[tuple[str, Sequence[Moment]]],
    profiles: Sequence[Profile] = (),
    bands: Sequence[tuple[float, float, str]] = (),
    clock_label: str,
    title: str,
    desc: str,
) -> str:
    """Return the drawing.

    Args:
        duration_s: length of the run.
        lanes: name and moments of each lane; empty lanes are drawn empty.
        profiles: quantities under the lanes.
        bands: from, to and name of stretches to shade over the whole height (before moving, moving).
        clock_label: name of the time axis.
        title: name of the drawing.
        desc: the same in words.
    """
    wide = WIDTH - LEFT - RIGHT
    span = max(duration_s, 1.0)

    def x(t_s: float) -> float:
        return LEFT + min(max(t_s / span, 0.0), 1.0) * wide

    parts: list[str] = []
    top = 26.0 if bands else 8.0
    y = top
    body: list[str] = []
    for name, moments in lanes:
        rows = _rows([x(m.t_s) for m in moments])
        height = ROW * max(max(rows, default=0) + 1, 1)
        body.append(text(name, LEFT - 12, y + ROW / 2 + 5, text_anchor="end", font_size=14, fill=INK))
        body.append(element("line", x1=LEFT, y1=y + height, x2=LEFT + wide, y2=y + height, stroke=PALE, stroke_width=1))
        for moment, row in zip(moments, rows, strict=True):
            body.append(_mark(moment, x(moment.t_s), y + ROW * row + ROW / 2))
        y += height
    for profile in profiles:
        y += 12
        body.append(_profile(profile, x, y))
        y += PROFILE
    bottom = y
    for begin, end, name in bands:
        if end > begin:
            parts.append(
                element("rect", x=x(begin), y=top, width=x(end) - x(begin), height=bottom - top, fill="#f0f4ff")
            )
            parts.append(text(name, (x(begin) + x(end)) / 2, 16, text_anchor="middle", font_size=13, fill=QUIET))
            parts.extend(
                element(
                    "line",
                    x1=x(edge),
                    y1=top,
                    x2=x(edge),
                    y2=bottom,
                    stroke=OWN,
                    stroke_width=1,
                    stroke_dasharray="3 3",
                )
                for edge in (begin, end)
            )
    for tick in time_ticks(duration_s):
        body.append(element("line", x1=x(tick), y1=bottom, x2=x(tick), y2=bottom + 6, stroke=RULE, stroke_width=1))
        label = f"{int(tick) // 60}:{int(tick) % 60:02d}"
        body.append(text(label, x(tick), bottom + 21, text_anchor="middle", font_size=13, fill=QUIET))
    body.append(element("line", x1=LEFT, y1=bottom, x2=LEFT + wide, y2=bottom, stroke=RULE, stroke_width=1))
    body.append(text(clock_label, LEFT - 34, bottom + 21, text_anchor="end", font_size=13, fill=QUIET))
    return document(
        "".join(parts + body), width=WIDTH, height=bottom + 30, title=title, desc=desc, class_="drawing timeline"
    )


def _rows(xs: Sequence[float]) -> list[int]:
    """Return the row of each mark so that none covers another."""
    ends: list[float] = []
    rows = []
    for x in xs:
        row = next((k for k, end in enumerate(ends) if x - end >= 2 * RADIUS + 2), len(ends))
        if row == len(ends):
            ends.append(x)
        else:
            ends[row] = x
        rows.append(row)
    return rows


def _mark(moment: Moment, x: float, y: float) -> str:
    colour, shape, r = _COLOURS[moment.kind], _SHAPES[moment.kind], RADIUS
    if shape == "circle":
        drawn = element("circle", cx=x, cy=y, r=r, fill=colour)
    elif shape == "square":
        drawn = element("rect", x=x - r + 1, y=y - r + 1, width=2 * r - 2, height=2 * r - 2, fill=colour)
    elif shape == "diamond":
        drawn = element(
            "path",
            d=f"M{number(x)} {number(y - r - 2)}l{r + 2} {r + 2}l-{r + 2} {r + 2}l-{r + 2} -{r + 2}z",
            fill=colour,
        )
    else:
        drawn = element("path", d=f"M{number(x)} {number(y - r - 1)}l{r + 3} {2 * r}h-{2 * r + 6}z", fill=colour)
    lower = 8 if shape == "triangle" else 5
    return drawn + text(moment.label, x, y + lower, text_anchor="middle", font_size=13, font_weight="700", fill="#fff")


def _profile(profile: Profile, x: _X, y: float) -> str:
    top = profile.top or 1.0
    base = y + PROFILE
    line = [
        (x(t), base - min(max(v / top, 0.0), 1.0) * (PROFILE - 8))
        for t, v in zip(profile.t_s, profile.value, strict=True)
    ]
    parts = [
        text(profile.name, LEFT - 12, y + PROFILE / 2 + 8, text_anchor="end", font_size=14, fill=INK),
        text(f"{top:.{profile.digits}f}", LEFT - 12, y + 12, text_anchor="end", font_size=12, fill=QUIET),
        text("0", LEFT - 12, base + 4, text_anchor="end", font_size=12, fill=QUIET),
    ]
    if line:
        around = [(line[0][0], base), *line, (line[-1][0], base)]
        parts.append(element("polygon", points=points(around), fill="#c0e4ff"))
        parts.append(element("polyline", points=points(line), fill="none", stroke="#0055ad", stroke_width=2))
    parts.append(element("line", x1=LEFT, y1=base, x2=WIDTH - RIGHT, y2=base, stroke=PALE, stroke_width=1))
    return "".join(parts)
