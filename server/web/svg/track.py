"""A way over the plan, coloured by time, with numbered marks and the legend of its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from server.web.svg.colour import INK, OWN, TIME, at
from server.web.svg.element import element, number, points, text

CLOSE_M: Final = 0.05
"""Samples nearer than this to the last one drawn are left out."""
SIGN_PLACES: Final = ((0, -26), (27, -14), (-27, -14), (28, 14), (-28, 14), (0, 46), (54, -8), (-54, -8))
"""Where a number may stand from its place, in screen points; the first that covers no other number."""


class Plan(Protocol):
    """What a drawing of a site gives: see `drill.site.drawing.PlanDrawing`."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the drawing."""

    @property
    def scale(self) -> float:
        """Units of the drawing a metre."""

    def to_svg(self, floor: int, x: float, y: float) -> tuple[float, float]:
        """Return the place of a point of the site in the drawing."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A numbered place on the way."""

    label: str
    floor: int
    x: float
    y: float


def track(
    plan: Plan,
    *,
    t_s: npt.NDArray[np.float64],
    floor: npt.NDArray[np.int16],
    xy: npt.NDArray[np.float64],
    duration_s: float,
    marks: Sequence[Mark] = (),
    start_label: str,
) -> str:
    """Return the body of the drawing, to be laid over the plan's base.

    Args:
        plan: gives the places in the drawing.
        t_s: run time of each sample, shape (N,), seconds.
        floor: index of the floor, shape (N,).
        xy: position, shape (N, 2), metres.
        duration_s: the time that has the last colour.
        marks: places to number.
        start_label: word at the start.
    """
    if not len(t_s):
        return ""
    unit = _unit(plan)
    parts = []
    for colour, run in _runs(plan, t_s, floor, xy, duration_s):
        line = points(run)
        parts.append((colour, line))
    halo = "".join(
        element(
            "polyline",
            points=line,
            fill="none",
            stroke="#fff",
            stroke_width=7 * unit,
            stroke_linecap="round",
            stroke_linejoin="round",
        )
        for _, line in parts
    )
    way = "".join(
        element(
            "polyline",
            points=line,
            fill="none",
            stroke=colour,
            stroke_width=4 * unit,
            stroke_linecap="round",
            stroke_linejoin="round",
        )
        for colour, line in parts
    )
    x, y = plan.to_svg(int(floor[0]), float(xy[0, 0]), float(xy[0, 1]))
    start = element("circle", cx=x, cy=y, r=6 * unit, fill="#fff", stroke=TIME[0], stroke_width=3 * unit)
    start += text(
        start_label, x, y + 22 * unit, text_anchor="middle", font_size=13 * unit, font_weight="700", fill=INK,
        stroke="#fff", stroke_width=3 * unit, paint_order="stroke",
    )  # fmt: skip
    end_x, end_y = plan.to_svg(int(floor[-1]), float(xy[-1, 0]), float(xy[-1, 1]))
    end = element(
        "path",
        d=_star(end_x, end_y, 9 * unit),
        fill=at(float(t_s[-1]) / duration_s if duration_s else 1.0),
        stroke="#fff",
        stroke_width=1.5 * unit,
    )
    return halo + way + start + end + _signs(plan, marks, unit)


def legend(*, label: str, clock: Sequence[str]) -> str:
    """Return the legend as a small drawing body, 320 wide and 44 high: bands of colour.

    `clock` names start, middle and end.
    """
    wide = 300 / len(TIME)
    bands = "".join(
        element("rect", x=10 + k * wide, y=16, width=wide + 0.3, height=12, fill=colour)
        for k, colour in enumerate(TIME)
    )
    ends = [(10, "start"), (160, "middle"), (310, "end")]
    names = "".join(
        text(name, x, 42, text_anchor=anchor, font_size=12, fill=INK)
        for (x, anchor), name in zip(ends, clock, strict=True)
    )
    return text(label, 10, 11, font_size=12, fill=INK) + bands + names


def _unit(plan: Plan) -> float:
    """Return the size of one screen point in the drawing, taken to be shown 960 points wide."""
    return max(plan.size[0] / 960, 0.2)


def _runs(
    plan: Plan,
    t_s: npt.NDArray[np.float64],
    floor: npt.NDArray[np.int16],
    xy: npt.NDArray[np.float64],
    duration_s: float,
) -> list[tuple[str, list[tuple[float, float]]]]:
    """Return stretches of one colour on one floor; each begins where the last one ended."""
    runs: list[tuple[str, list[tuple[float, float]]]] = []
    kept = xy[0]
    last_floor, last_point = int(floor[0]), plan.to_svg(int(floor[0]), float(xy[0, 0]), float(xy[0, 1]))
    for i in range(len(t_s)):
        here = int(floor[i])
        if i and here == last_floor and i < len(t_s) - 1 and np.hypot(*(xy[i] - kept)) < CLOSE_M:
            continue
        colour = at(float(t_s[i]) / duration_s if duration_s else 0.0)
        point = plan.to_svg(here, float(xy[i, 0]), float(xy[i, 1]))
        if not runs or here != last_floor:
            runs.append((colour, [point]))
        elif runs[-1][0] != colour:
            runs.append((colour, [last_point, point]))
        else:
            runs[-1][1].append(point)
        kept, last_floor, last_point = xy[i], here, point
    return runs


def _signs(plan: Plan, marks: Sequence[Mark], unit: float) -> str:
    """Return the marks, each number beside its place where it covers no other number."""
    taken: list[tuple[float, float]] = []
    parts = []
    for mark in marks:
        x, y = plan.to_svg(mark.floor, mark.x, mark.y)
        places = [(x + dx * unit, y + dy * unit) for dx, dy in SIGN_PLACES]
        free = (p for p in places if all(np.hypot(p[0] - q[0], p[1] - q[1]) >= 26 * unit for q in taken))
        sign = next(free, places[0])
        taken.append(sign)
        parts.append(_marked(mark.label, (x, y), sign, unit))
    return "".join(parts)


def _marked(label: str, at_place: tuple[float, float], sign: tuple[float, float], unit: float) -> str:
    (x, y), (sx, sy) = at_place, sign
    return (
        element("line", x1=x, y1=y, x2=sx, y2=sy, stroke=OWN, stroke_width=2 * unit)
        + element("circle", cx=x, cy=y, r=3.5 * unit, fill=OWN, stroke="#fff", stroke_width=unit)
        + element("circle", cx=sx, cy=sy, r=12 * unit, fill=OWN, stroke="#fff", stroke_width=2 * unit)
        + text(label, sx, sy + 5 * unit, text_anchor="middle", font_size=15 * unit, font_weight="700", fill="#fff")
    )


def _star(x: float, y: float, r: float) -> str:
    angles = np.pi / 2 + np.arange(10) * np.pi / 5
    radii = np.where(np.arange(10) % 2 == 0, r, r * 0.45)
    corners = " ".join(
        f"{number(x + q * np.cos(a))} {number(y - q * np.sin(a))}" for a, q in zip(angles, radii, strict=True)
    )
    return f"M{corners}z"
