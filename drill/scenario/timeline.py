"""The course of a run on a scenario's plan: hazards as curves, what happens as marks and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from drill.scenario.model import Earthquake, Flood, ScenarioModel, Shock, Smoke, Trigger
from drill.scenario.overlay import QUAKE, WATER
from drill.scenario.panels import PALE, Column
from drill.scenario.timing import Happening, happenings_of
from drill.scenario.words import both, pair_of, word
from drill.site.svg import Point, element, path_of, text
from drill.site.symbols import INK

LEVEL_COLOURS: Final = {1: "#8a8a8a", 2: "#b59b00", 3: "#ff2800", 4: "#aa00aa", 5: "#0c000c"}
"""Cabinet Office colours of the warning levels; 1 (white) and 2 (yellow) darkened to be seen on white."""
EVENT: Final = "#1f5fbf"
DECISION: Final = "#0b7a3e"


class Timeline:
    """The course of a run: hazards as curves, what happens as marks above them and as a list below."""

    def __init__(self, model: ScenarioModel, x: float, y: float, width: float) -> None:
        self._model = model
        self._x, self._y, self._width = x, y, width
        self._happenings = happenings_of(model)
        self._plot_top, self._plot_height = y + 86, 130.0

    def _at(self, seconds: float) -> float:
        return self._x + 46 + seconds / self._model.clock.duration_s * (self._width - 60)

    def draw(self) -> tuple[str, float]:
        """Return the panel and where it ends."""
        head = Column(self._x, self._y - 10, self._width)
        head.heading("timeline")
        items, end = self._list(self._plot_top + self._plot_height + 58)
        return str(head) + self._axis() + self._curves() + self._marks() + items, end

    def _axis(self) -> str:
        base = self._plot_top + self._plot_height
        body = ""
        step = 30 if self._model.clock.duration_s <= 360 else 300
        for seconds in range(0, int(self._model.clock.duration_s) + 1, step):
            x = self._at(seconds)
            line = f"M{x:.1f} {self._plot_top:.1f}V{base + 5:.1f}"
            body += element("path", d=line, stroke="#dedacf", stroke_width=1.0)
            body += text(x, base + 19, f"{seconds} {word('seconds')[0]}", size=11, text_anchor="middle", fill=INK)
        line = f"M{self._at(0):.1f} {base:.1f}H{self._at(self._model.clock.duration_s):.1f}"
        return body + element("path", d=line, stroke=INK, stroke_width=1.5)

    def _curves(self) -> str:
        floods = [hazard for hazard in self._model.hazards if isinstance(hazard, Flood)]
        fires = [hazard for hazard in self._model.hazards if isinstance(hazard, Smoke)]
        quakes = [hazard for hazard in self._model.hazards if isinstance(hazard, Earthquake)]
        label = "water" if floods else "heat" if fires or not quakes else "shaking"
        body = self._left_label(word(label))
        if quakes and not floods and not fires:
            body += self._scale(7.5, "", (1.0, 3.0, 5.0, 7.0))
        for quake in quakes:
            for shock in quake.shocks:
                body += self._curve(_shape(shock), 7.5, QUAKE, "", ends=True)
        if floods:
            top = max(0.5, *(point.level_m for flood in floods for point in flood.level)) * 1.15
            body += self._scale(top, "m", (0.3, 0.5, 1.0))
            for n, flood in enumerate(floods):
                points = [(point.at_s, point.level_m) for point in flood.level]
                body += self._curve(points, top, WATER[n % 2], pair_of(flood.name, flood.id)[0])
        for fire in fires:
            top = max(1.0, *(point.heat_kw for point in fire.heat)) * 1.15
            if not floods:
                body += self._scale(top, "kW", _round_steps(top))
            points = [(point.at_s, point.heat_kw) for point in fire.heat]
            body += self._curve(points, top, "#e8590c", pair_of(fire.name, fire.id)[0])
        return body

    def _left_label(self, pair: tuple[str, str]) -> str:
        return text(self._at(0) + 6, self._plot_top + 13, both(pair), size=11, fill=PALE)

    def _scale(self, top: float, unit: str, values: Sequence[float]) -> str:
        body = ""
        for value in values:
            if value < top:
                y = self._plot_top + self._plot_height * (1 - value / top)
                line = f"M{self._at(0):.1f} {y:.1f}H{self._at(self._model.clock.duration_s):.1f}"
                body += element("path", d=line, stroke="#ece8de", stroke_width=1.0)
                body += text(self._at(0) - 6, y + 4, f"{value:g} {unit}", size=10.5, text_anchor="end", fill=PALE)
        return body

    def _curve(self, points: list[Point], top: float, colour: str, name: str, *, ends: bool = False) -> str:
        if not ends and points[-1][0] < self._model.clock.duration_s:
            points = [*points, (self._model.clock.duration_s, points[-1][1])]
        base = self._plot_top + self._plot_height
        pixels = [(self._at(at), base - value / top * self._plot_height) for at, value in points]
        area = [*pixels, (pixels[-1][0], base), (pixels[0][0], base)]
        body = element("path", d=path_of(area, close=True), fill=colour, fill_opacity=0.16)
        body += element("path", d=path_of(pixels), stroke=colour, stroke_width=2.5, fill="none")
        x, y = pixels[-1]
        return body + text(x - 6, y - 6, name, size=11.5, text_anchor="end", fill=INK, font_weight="bold")

    def _marks(self) -> str:
        """Return a numbered mark for each happening with a known time; marks that would overlap are raised."""
        body = ""
        last_x, row = -1e9, 0
        for n, happening in enumerate(self._happenings, 1):
            if happening.at_s is None:
                continue
            x = self._at(happening.at_s)
            row = (row + 1) % 3 if x - last_x < 26 else 0
            last_x = x
            y = self._plot_top - 14 - row * 20
            line = f"M{x:.1f} {y:.1f}V{self._plot_top + self._plot_height:.1f}"
            body += element("path", d=line, stroke=_colour(happening), stroke_width=1.0, stroke_dasharray="3 3")
            body += _number(x, y, n, happening)
        return body

    def _list(self, y: float) -> tuple[str, float]:
        half = (len(self._happenings) + 1) // 2
        width = (self._width - 30) / 2
        ends = [y]
        body = ""
        for column_n, part in enumerate((self._happenings[:half], self._happenings[half:])):
            column = Column(self._x + column_n * (width + 30), y - 22, width)
            for m, happening in enumerate(part):
                self._item(column, column_n * half + m + 1, happening)
            body += str(column)
            ends.append(column.y + 14)
        return body, max(ends)

    def _item(self, column: Column, n: int, happening: Happening) -> None:
        column.gap(10)
        column.parts.append(_number(column.x + 12, column.y + 12, n, happening))
        when = _when(happening)
        kind = ""
        if happening.kind == "warning":
            kind = f"{word('level')[0]}{happening.level}　"
        elif happening.kind == "decision":
            kind = f"{word('decision')[0]}　"
        japanese, english = pair_of(happening.said, happening.id)
        column.says(f"{when}　{kind}{japanese}", size=12, indent=34)
        if english:
            column.says(english, size=10.5, indent=34, fill=PALE)


def _round_steps(top: float) -> list[float]:
    """Return three or so round values below `top`: multiples of 1, 2 or 5 times a power of ten."""
    decade = 10.0 ** math.floor(math.log10(top / 3))
    step = max(step for step in (decade, 2 * decade, 5 * decade) if step <= top / 3)
    return [n * step for n in range(1, int(top / step) + 1)]


def _when(happening: Happening) -> str:
    if happening.at_s is not None:
        return f"{happening.at_s:.0f} {word('seconds')[0]}"
    return _waits(happening.trigger) if happening.trigger is not None else ""


def _waits(trigger: Trigger) -> str:
    if trigger.after is not None:
        return f"{trigger.after} {word('after')[0]}"
    if trigger.resident_in is not None:
        return f"{trigger.resident_in} {word('enters')[0]}"
    if trigger.depth_at_resident_m is not None:
        return f"{word('deep')[0]} {trigger.depth_at_resident_m:g} m"
    inner = trigger.any or trigger.all or []
    return " / ".join(_waits(one) for one in inner)


def _colour(happening: Happening) -> str:
    if happening.kind == "warning":
        return LEVEL_COLOURS[happening.level]
    return DECISION if happening.kind == "decision" else EVENT


def _number(x: float, y: float, n: int, happening: Happening) -> str:
    colour = _colour(happening)
    if happening.kind == "warning":
        shape = element("path", d=path_of([(x - 11, y + 9), (x, y - 12), (x + 11, y + 9)], close=True), fill=colour)
        y += 3
    elif happening.kind == "decision":
        corners: list[Point] = [(x - 12, y), (x, y - 12), (x + 12, y), (x, y + 12)]
        shape = element("path", d=path_of(corners, close=True), fill=colour)
    else:
        shape = element("circle", cx=x, cy=y, r=10.0, fill=colour)
    return shape + text(x, y + 4, str(n), size=11, text_anchor="middle", fill="#ffffff", font_weight="bold")


def _shape(shock: Shock) -> list[Point]:
    """Return how a shock grows and dies away, as a picture of it: at_s and intensity."""
    strongest = shock.intensity if shock.intensity is not None else 4.0
    end = shock.at_s + shock.duration_s
    level = shock.at_s + shock.rise_s + 0.35 * (shock.duration_s - shock.rise_s)
    return [(shock.at_s, 0.0), (shock.at_s + shock.rise_s, strongest), (level, strongest), (end, 0.0)]
