"""What a scenario adds to the plan of its site: hazards, people, ways and doors to choose from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely

from drill.scenario.model import Flood, Group, Smoke
from drill.scenario.scenario import Scenario
from drill.scenario.words import pair_of, thing_word
from drill.site.drawing import PlanDrawing
from drill.site.flowfield import FlowField
from drill.site.ground import Ground
from drill.site.site import Zone
from drill.site.svg import Point, element, path_of, text, width_of
from drill.site.symbols import arrow

GROUP_COLOURS: Final = ("#1f5fbf", "#7a3fa0", "#00707a", "#8a5a00", "#b0305c", "#4b5b00")
RESIDENT: Final = "#c92a2a"
ROUTE: Final = "#0b7a3e"
WATER: Final = ("#5b8fb9", "#3d6f9a")
SMOKE: Final = "#6b6660"
QUAKE: Final = "#b3551a"
LETTERS: Final = "ABCDEF"


class Overlay:
    """Draws a scenario over the plan of its site."""

    def __init__(self, scenario: Scenario, drawing: PlanDrawing) -> None:
        self._scenario = scenario
        self._drawing = drawing
        self._ground = Ground(scenario.site)
        self._zones = {zone.id: zone for zone in scenario.site.zones}
        self._fields: dict[str | None, FlowField] = {}

    def _field(self, refuge: str | None) -> FlowField:
        if refuge not in self._fields:
            self._fields[refuge] = FlowField(self._ground, refuges=None if refuge is None else [refuge])
        return self._fields[refuge]

    def hazards(self) -> str:
        """Return the zones that water and smoke reach, shaded."""
        body = ""
        floods = 0
        for hazard in self._scenario.model.hazards:
            zones = [self._zones[zone] for zone in hazard.zones] or list(self._scenario.site.zones)
            if isinstance(hazard, Flood):
                for zone in zones:
                    body += self._shade(zone, WATER[floods % 2], 0.34)
                floods += 1
            elif isinstance(hazard, Smoke):
                for zone in zones:
                    body += self._shade(zone, SMOKE, 0.30)
        return body

    def _shade(self, zone: Zone, colour: str, strength: float) -> str:
        return self._drawing.shape(zone.floor, zone.polygon, fill=colour, fill_opacity=strength, stroke="none")

    def hazard_marks(self) -> str:
        """Return the highest water, written into the largest zone of each flood, and the flame."""
        body = ""
        for hazard in self._scenario.model.hazards:
            zones = [self._zones[zone] for zone in hazard.zones]
            if isinstance(hazard, Flood) and zones:
                top = max(point.level_m for point in hazard.level)
                largest = max(zones, key=lambda zone: zone.polygon.area)
                body += self._badge(largest, f"{pair_of(hazard.name, hazard.id)[0]}　{top:.2f} m")
            elif isinstance(hazard, Smoke):
                x, y = self._drawing.to_svg(self._ground.floor_index(hazard.fire.floor), hazard.fire.x, hazard.fire.y)
                body += flame(x, y)
        return body

    def _badge(self, zone: Zone, content: str) -> str:
        low_x, low_y, high_x, _ = zone.polygon.bounds
        x, y = self._drawing.to_svg(zone.floor, low_x + 0.7 * (high_x - low_x), low_y)
        room = (high_x - low_x) * self._drawing.scale - 12
        size = min(12.0, 12.0 * room / width_of(content, 12.0))
        wide = width_of(content, size) + 10
        box = element("rect", x=x - wide / 2, y=y - 24, width=wide, height=18, rx=9, fill="#ffffff", fill_opacity=0.85)
        return box + text(x, y - 11, content, size=size, text_anchor="middle", fill="#1d3f5e", font_weight="bold")

    def things(self) -> str:
        """Return the names of large things, such as the stage."""
        body = ""
        for prop in self._scenario.site.props:
            if prop.size_m[0] * prop.size_m[1] > 4 and prop.solid:
                x, y = self._drawing.to_svg(prop.floor, prop.at.x, prop.at.y)
                for n, row in enumerate(thing_word(prop.kind)):
                    body += text(x, y + 14 * n, row, size=12 - n, text_anchor="middle", fill="#6b5a35")
        return body

    def people(self) -> str:
        """Return a dot a person of each group, its number beside."""
        body = ""
        taken: dict[str, int] = {}
        for n, group in enumerate(self._scenario.model.crowd.groups):
            colour = GROUP_COLOURS[n % len(GROUP_COLOURS)]
            zone = self._zones[group.zone]
            spots = self._spots(zone, taken.get(zone.id, 0) + group.n)[taken.get(zone.id, 0) :]
            taken[zone.id] = taken.get(zone.id, 0) + group.n
            dots = "".join(
                element("circle", cx=x, cy=y, r=4.2, fill=colour, stroke="#ffffff", stroke_width=1.0) for x, y in spots
            )
            body += element("g", element("title", pair_of(group.name, group.id)[0]) + dots, class_="group")
        return body

    def _spots(self, zone: Zone, n: int) -> list[Point]:
        """Return pixels of `n` persons spread evenly over the free ground of a zone, in a fixed order."""
        free = self._ground.walkable(zone.floor).buffer(-0.3).intersection(zone.polygon)
        low_x, low_y, high_x, high_y = free.bounds
        step = math.sqrt(free.area / max(n, 1)) * 0.92
        while True:
            xs = np.arange(low_x + step / 2, high_x, step)
            ys = np.arange(low_y + step / 2, high_y, step)
            grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
            grid = grid[shapely.contains_xy(free, grid[:, 0], grid[:, 1])] if len(grid) else grid
            if len(grid) >= n or step < 0.05:
                break
            step *= 0.93
        chosen = grid[np.linspace(0, len(grid) - 1, n).round().astype(int)] if len(grid) else grid
        return [self._drawing.to_svg(zone.floor, float(x), float(y)) for x, y in chosen]

    def routes(self) -> str:
        """Return the crowd's ways, thin, and the resident's, bold, each to its refuge."""
        body = ""
        for n, group in enumerate(self._scenario.model.crowd.groups):
            for leg in self._legs(self._way_of(group)):
                colour = GROUP_COLOURS[n % len(GROUP_COLOURS)]
                body += element("g", arrow(leg, colour=colour, width=1.4, dash="4 3", tip=6), opacity=0.85)
        at = self._scenario.model.resident.at
        # The way that the scenario means: not through the doors of wrong options.
        wrong = [o.door for d in self._scenario.model.decisions for o in d.options if o.door and not o.correct]
        field = FlowField(self._ground, closed_doors=wrong)
        way = field.path(self._ground.floor_index(at.floor), at.x, at.y)
        for leg in self._legs(way):
            body += element("path", d=path_of(leg), stroke="#ffffff", stroke_width=6.0, fill="none", opacity=0.8)
            body += arrow(leg, colour=ROUTE, width=3.2, tip=12)
        return body

    def _way_of(self, group: Group) -> list[tuple[int, float, float]]:
        zone = self._zones[group.zone]
        free = self._ground.walkable(zone.floor).intersection(zone.polygon)
        at = free.centroid if free.covers(free.centroid) else free.representative_point()
        return self._field(group.leads_to).path(zone.floor, at.x, at.y)

    def _legs(self, way: list[tuple[int, float, float]]) -> Iterator[list[Point]]:
        """Yield the parts of a way that lie on one floor, in pixels."""
        for floor in dict.fromkeys(step[0] for step in way):
            leg = [self._drawing.to_svg(*step) for step in way if step[0] == floor]
            if len(leg) > 1 and math.dist(leg[0], leg[-1]) > 4:
                yield leg

    def resident(self) -> str:
        """Return the resident's start with the way they face."""
        resident = self._scenario.model.resident
        x, y = self._drawing.to_svg(self._ground.floor_index(resident.at.floor), resident.at.x, resident.at.y)
        return resident_mark(x, y, resident.facing_deg)

    def doors(self) -> str:
        """Return a letter at each door that a decision is about, green and ○ where it is right, red and × where not."""
        body = ""
        doors = {door.id: door for door in self._scenario.site.doors}
        for decision in self._scenario.model.decisions:
            for letter, option in zip(LETTERS, decision.options, strict=False):
                if option.door is None:
                    continue
                door = doors[option.door]
                inner = door.line.centroid
                x, y = self._drawing.to_svg(
                    door.floor, inner.x - door.outward[0] * 0.95, inner.y - door.outward[1] * 0.95
                )
                body += door_mark(x, y, letter, right=option.correct)
        return body


def door_mark(x: float, y: float, letter: str, *, right: bool) -> str:
    """Return the badge of an option: its letter, ○ or × beside."""
    colour = ROUTE if right else RESIDENT
    body = element("circle", cx=x, cy=y, r=11.0, fill="#ffffff", stroke=colour, stroke_width=2.5)
    body += text(x, y + 5, letter, size=14, text_anchor="middle", font_weight="bold", fill=colour)
    return body + text(x + 11, y - 5, "○" if right else "×", size=14, font_weight="bold", fill=colour)


def resident_mark(x: float, y: float, facing_deg: float) -> str:
    """Return the mark of the resident: a disc with a nose that points where they look."""
    angle = -math.radians(facing_deg)
    nose = [(x + 20 * math.cos(angle), y + 20 * math.sin(angle))]
    nose += [(x + 9 * math.cos(angle + side), y + 9 * math.sin(angle + side)) for side in (0.9, -0.9)]
    body = element("path", d=path_of(nose, close=True), fill=RESIDENT, stroke="#ffffff", stroke_width=1.5)
    return body + element("circle", cx=x, cy=y, r=9.0, fill=RESIDENT, stroke="#ffffff", stroke_width=2.0)


def flame(x: float, y: float) -> str:
    """Return a flame."""
    outer = f"M{x:.1f} {y - 16:.1f}c9 9 12 14 8 21c-3 6 -13 6 -16 0c-3 -6 0 -9 3 -13c1 3 3 4 4 4c2 -4 2 -8 1 -12z"
    inner = f"M{x:.1f} {y - 1:.1f}c4 4 5 6 3 9c-1 2 -5 2 -6 0c-1 -3 1 -5 3 -9z"
    return element("path", d=outer, fill="#e8590c", stroke="#8f3200", stroke_width=1.2) + element(
        "path", d=inner, fill="#ffd43b"
    )
