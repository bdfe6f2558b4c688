"""The panels about a scenario's plan: the legend, figures in water or smoke, choices, objectives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from drill.scenario.model import Earthquake, Flood, ScenarioModel, Shock, Smoke
from drill.scenario.overlay import (
    GROUP_COLOURS,
    LETTERS,
    QUAKE,
    ROUTE,
    SMOKE,
    WATER,
    door_mark,
    flame,
    resident_mark,
)
from drill.scenario.words import both, pair_of, thing_word, word
from drill.seismic.intensity import class_of
from drill.site.site import Site
from drill.site.svg import element, paragraph, path_of, text, width_of
from drill.site.symbols import FALLING_KINDS, INK, MAY_FALL, OTHER_THING, REFUGE, THINGS, arrow

PALE: Final = "#5c5c63"


class Column:
    """Things set one below the other: `y` is where the next one begins."""

    def __init__(self, x: float, y: float, width: float) -> None:
        self.x, self.y, self.width = x, y, width
        self.parts: list[str] = []

    def heading(self, key: str) -> None:
        """Add the heading `key` of the translations in both languages, with a rule below."""
        self.y += 24
        self.parts.append(text(self.x, self.y, both(word(key)), size=15, font_weight="bold", fill=INK))
        rule = f"M{self.x:.1f} {self.y + 6:.1f}h{self.width:.1f}"
        self.parts.append(element("path", d=rule, stroke="#c9c4b8", stroke_width=1.0))
        self.y += 12

    def says(self, content: str, *, size: float = 12.5, indent: float = 0, **attributes: object) -> None:
        """Add text broken to the width of the column; sizes in pixels."""
        attributes.setdefault("fill", INK)
        self.y += size * 1.35
        body, after = paragraph(
            self.x + indent, self.y, content, width=self.width - indent, size=size, leading=1.35, **attributes
        )
        self.parts.append(body)
        self.y = after - size * 1.35

    def entry(self, sign: Callable[[float, float], str], pair: tuple[str, str]) -> None:
        """Add a sign, centred in a field of 44 pixels, and its meaning."""
        self.parts.append(sign(self.x + 20, self.y + 15))
        self.parts.append(text(self.x + 48, self.y + 14, pair[0], size=12.5, fill=INK))
        if pair[1]:
            self.parts.append(text(self.x + 48, self.y + 28, pair[1], size=10.5, fill=PALE))
        self.y += 33

    def gap(self, height: float = 8) -> None:
        """Leave room, pixels."""
        self.y += height

    def __str__(self) -> str:
        return "".join(self.parts)


def legend(column: Column, model: ScenarioModel, site: Site) -> None:
    """Add what every sign on the plan means."""
    column.heading("legend")
    column.entry(lambda x, y: resident_mark(x - 4, y, 0), word("resident"))
    column.entry(lambda x, y: arrow([(x - 18, y), (x + 18, y)], colour=ROUTE, width=3.2, tip=10), word("route"))

    def refuge(x: float, y: float) -> str:
        return element(
            "rect", x=x - 16, y=y - 9, width=32, height=18, fill="#c9ead6", stroke=REFUGE, stroke_width=1.5,
            stroke_dasharray="5 2",
        )  # fmt: skip

    column.entry(refuge, word("refuge"))
    _hazard_signs(column, model)
    for n, group in enumerate(model.crowd.groups):
        japanese, english = pair_of(group.name, group.id)
        people = word("persons")

        def dot(x: float, y: float, colour: str = GROUP_COLOURS[n % len(GROUP_COLOURS)]) -> str:
            way = arrow([(x - 18, y), (x + 18, y)], colour=colour, width=1.4, dash="4 3", tip=6)
            return way + element("circle", cx=x - 8, cy=y, r=5.0, fill=colour, stroke="#fff", stroke_width=1.0)

        column.entry(dot, (f"{japanese}　{group.n}{people[0]}", f"{english}, {group.n} {people[1]}"))
    kinds = dict.fromkeys(prop.kind for prop in site.props)
    named = [kind for kind in ("cone", "balloon", "sign", "desk", "bookcase") if kind in kinds]
    column.parts += [_thing_row(column, named)]
    column.y += 24 if named else 0


def _hazard_signs(column: Column, model: ScenarioModel) -> None:
    floods = 0
    for hazard in model.hazards:
        colour = QUAKE if isinstance(hazard, Earthquake) else SMOKE
        if isinstance(hazard, Flood):
            colour = WATER[floods % 2]
            floods += 1

        def shade(x: float, y: float, colour: str = colour) -> str:
            return element("rect", x=x - 16, y=y - 9, width=32, height=18, fill=colour, fill_opacity=0.45)

        column.entry(shade, pair_of(hazard.name, hazard.id))
        if isinstance(hazard, Smoke):
            column.entry(lambda x, y: flame(x, y + 3), word("fire"))


def _thing_row(column: Column, kinds: Sequence[str]) -> str:
    body, x = "", column.x + 12
    for kind in kinds:
        fill, stroke = MAY_FALL if kind in FALLING_KINDS else THINGS.get(kind, OTHER_THING)
        y = column.y + 12
        if kind == "cone":
            shape = path_of([(x, y - 6), (x + 6, y + 5), (x - 6, y + 5)], close=True)
        elif kind == "balloon":
            shape = f"M{x - 5:.1f} {y:.1f}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"
        else:
            shape = f"M{x - 6:.1f} {y - 4:.1f}h12v8h-12z"
        body += element("path", d=shape, fill=fill, stroke=stroke, stroke_width=1.0)
        label = " ".join(thing_word(kind))
        body += text(x + 10, y + 4, label, size=11, fill=INK)
        x += 10 + width_of(label, 11) + 18
    return body


def figures(column: Column, model: ScenarioModel) -> None:
    """Add a person beside each hazard at its worst, so that its depth or height can be felt."""
    column.heading("hazards")
    floods = 0
    for hazard in model.hazards:
        column.says("　".join(part for part in pair_of(hazard.name, hazard.id) if part), font_weight="bold")
        ground = column.y + 108
        if isinstance(hazard, Flood):
            top = max(point.level_m for point in hazard.level)
            at = next(point.at_s for point in hazard.level if point.level_m == top)
            column.says(f"{both(word('deepest'))}: {top:.2f} m（{at:g} {word('seconds')[0]}）", size=11.5)
            column.parts.append(_in_water(column.x, column.y + 100, top, WATER[floods % 2], column.width))
            floods += 1
            ground = column.y + 100
        elif isinstance(hazard, Smoke):
            column.says(f"{both(word('clear_air'))}: {hazard.clear_height_m:.1f} m", size=11.5)
            column.parts.append(_in_smoke(column.x, column.y + 100, hazard, column.width))
            ground = column.y + 100
        else:
            for shock in hazard.shocks:
                column.says(_shock(shock), size=11.5)
            ground = column.y
        column.y = ground + 22


_PX_A_METRE: Final = 50.0


def _person(x: float, ground: float, height_m: float, *, low: bool = False) -> str:
    tall = height_m * _PX_A_METRE
    head = tall / 7.2
    if low:
        # On hands and knees: the head about half a metre up.
        y = ground - 0.48 * _PX_A_METRE
        body = f"M{x - 24:.1f} {ground - 3:.1f}h18l2 -15h24v15"
        shape = element("path", d=body, stroke=INK, stroke_width=5.0, fill="none", stroke_linejoin="round")
        return shape + element("circle", cx=x + 27, cy=y + 6, r=float(head), fill=INK)
    shape = element("circle", cx=x, cy=ground - tall + head, r=float(head), fill=INK)
    trunk = f"M{x:.1f} {ground - tall + 2 * head:.1f}V{ground - tall * 0.47:.1f}"
    legs = f"M{x - 4:.1f} {ground:.1f}V{ground - tall * 0.47:.1f}M{x + 4:.1f} {ground:.1f}V{ground - tall * 0.47:.1f}"
    arms = f"M{x - 9:.1f} {ground - tall * 0.5:.1f}V{ground - tall * 0.78:.1f}h18V{ground - tall * 0.5:.1f}"
    return (
        shape
        + element("path", d=trunk, stroke=INK, stroke_width=12.0, fill="none")
        + element("path", d=legs + arms, stroke=INK, stroke_width=4.5, fill="none", stroke_linejoin="round")
    )


def _in_water(x: float, ground: float, top_m: float, colour: str, width: float) -> str:
    body = _person(x + 50, ground, 1.65) + _person(x + 120, ground, 1.25)
    surface = ground - top_m * _PX_A_METRE
    body += element("rect", x=x, y=surface, width=width, height=ground - surface, fill=colour, fill_opacity=0.55)
    body += element("path", d=f"M{x:.1f} {surface:.1f}h{width:.1f}", stroke=colour, stroke_width=2.0)
    body += element("path", d=f"M{x:.1f} {ground:.1f}h{width:.1f}", stroke=INK, stroke_width=1.5)
    for m in (0.3, 0.5):
        y = ground - m * _PX_A_METRE
        body += element("path", d=f"M{x + 165:.1f} {y:.1f}h26", stroke=INK, stroke_width=1.0)
        # One to the left, one to the right: they stand closer than their letters are high.
        side, anchor = (x + 196, "start") if m == 0.5 else (x + 160, "end")
        body += text(side, y + 4, f"{m:g} m", size=10.5, text_anchor=anchor, fill=INK)
    body += text(x + 196, surface - 4, f"{top_m:.2f} m", size=12, font_weight="bold", fill=INK)
    for at, key, height in ((x + 50, "adult", "1.65 m"), (x + 120, "child", "1.25 m")):
        body += text(at, ground + 13, f"{word(key)[0]} {height}", size=10, text_anchor="middle", fill=PALE)
    return body


def _in_smoke(x: float, ground: float, hazard: Smoke, width: float) -> str:
    edge = ground - hazard.clear_height_m * _PX_A_METRE
    body = element("rect", x=x, y=ground - 100, width=width, height=edge - ground + 100, fill=SMOKE, fill_opacity=0.55)
    body += element(
        "path", d=f"M{x:.1f} {edge:.1f}h{width:.1f}", stroke=SMOKE, stroke_width=1.5, stroke_dasharray="5 3"
    )
    body += element("path", d=f"M{x:.1f} {ground:.1f}h{width:.1f}", stroke=INK, stroke_width=1.5)
    body += _person(x + 50, ground, 1.6) + _person(x + 150, ground, 1.6, low=True)
    body += text(x + 200, edge + 16, f"{hazard.clear_height_m:.1f} m", size=12, font_weight="bold", fill=INK)
    return body + text(x + 200, ground - 60, both(word("crawl")), size=11, fill=INK)


def decisions(column: Column, model: ScenarioModel) -> None:
    """Add each decision with its options, and the size of the quiz."""
    for decision in model.decisions:
        column.heading("decision")
        column.says("　".join(part for part in pair_of(decision.prompt, "") if part), font_weight="bold")
        column.gap(10)
        for letter, option in zip(LETTERS, decision.options, strict=False):
            column.parts.append(door_mark(column.x + 13, column.y + 14, letter, right=option.correct))
            japanese, english = pair_of(option.text, option.id)
            verdict = word("right" if option.correct else "wrong")
            column.says(f"{japanese}（{verdict[0]}）", size=12, indent=46)
            column.says(f"{english} ({verdict[1]})", size=10.5, indent=46, fill=PALE)
            column.gap()
    if model.quiz:
        count = len(model.quiz)
        ja, en = word("quiz"), word("questions")
        column.gap(4)
        column.says(f"{ja[0]}　{count}{en[0]}　{ja[1]}, {count} {en[1]}", size=12)
    if model.injects:
        names = [pair_of(inject.label, inject.id) for inject in model.injects]
        column.gap()
        column.says(both(word("injects")), size=12, font_weight="bold")
        column.says("　".join(f"・{japanese}" for japanese, _ in names), size=12)
        column.says(", ".join(english for _, english in names if english), size=10.5, fill=PALE)


def objectives(column: Column, model: ScenarioModel) -> None:
    """Add what the run is held against."""
    column.heading("objectives")
    for objective in model.objectives:
        japanese, english = pair_of(objective.text, objective.id)
        column.says(f"・{japanese}", size=12)
        column.says(english, size=10.5, indent=12, fill=PALE)


def _shock(shock: Shock) -> str:
    """Return when a shock comes and how strong it is: its JMA class, or that it is a record as measured."""
    seconds = word("seconds")[0]
    strength = both(word("as_recorded")) if shock.intensity is None else f"{class_of(shock.intensity)}"
    length = "" if shock.record else f"（{shock.duration_s:g} {seconds}）"
    return f"{shock.at_s:g} {seconds}　{both(word('intensity'))} {strength}{length}"
