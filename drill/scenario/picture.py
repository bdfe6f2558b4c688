"""`sonae-drill plan`: a scenario in one picture, for members of staff who have not read its file."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from drill.scenario.loading import ScenarioError, load_scenario
from drill.scenario.overlay import Overlay
from drill.scenario.panels import Column, decisions, figures, legend, objectives
from drill.scenario.scenario import Scenario
from drill.scenario.timeline import Timeline
from drill.scenario.words import both, pair_of, word
from drill.site.drawing import PlanDrawing
from drill.site.svg import element, paragraph, text, width_of
from drill.site.symbols import INK

WIDTH: Final = 1240.0
MARGIN: Final = 28.0
SIDE: Final = 330.0


def plan_svg(scenario: Scenario) -> str:
    """Return the whole picture as an SVG document: title, plan, hazards, people, ways, course of time, legend."""
    model = scenario.model
    head, top = _head(scenario)
    drawing = PlanDrawing(scenario.site, width=WIDTH - SIDE - 2 * MARGIN)
    overlay = Overlay(scenario, drawing)
    floors = [floor.index for floor in scenario.site.floors]
    plan = (
        "".join(map(drawing.ground, floors))
        + overlay.hazards()
        + "".join(map(drawing.details, floors))
        + overlay.things()
        + "".join(map(drawing.names, floors))
        + overlay.people()
        + overlay.routes()
        + overlay.hazard_marks()
        + overlay.doors()
        + overlay.resident()
        + drawing.scale_bar(drawing.size[0] - 24 - 5 * drawing.scale, 30)
    )
    body = head + element("g", plan, transform=f"translate({MARGIN - 20:.0f} {top:.0f})")
    side = Column(WIDTH - SIDE - MARGIN, top - 14, SIDE)
    legend(side, model, scenario.site)
    figures(side, model)
    half = (WIDTH - SIDE - 4 * MARGIN) / 2
    under = top + drawing.size[1] - 14
    left, middle = Column(MARGIN, under, half), Column(2 * MARGIN + half, under, half)
    decisions(left, model)
    objectives(middle, model)
    body += str(side) + str(left) + str(middle)
    below = max(left.y, middle.y, side.y) + 20
    timeline, end = Timeline(model, MARGIN, below, WIDTH - 2 * MARGIN).draw()
    size = (WIDTH, end + MARGIN)
    paper = element("rect", x=0, y=0, width=size[0], height=size[1], fill="#ffffff")
    title, summary = pair_of(model.title, model.id), pair_of(model.summary, "")
    return drawing.document(paper + body + timeline, title=both(title), desc=" ".join(summary), size=size)


def _head(scenario: Scenario) -> tuple[str, float]:
    model = scenario.model
    japanese, english = pair_of(model.title, model.id)
    body = text(MARGIN, 52, japanese, size=28, font_weight="bold", fill=INK)
    body += text(
        MARGIN, 78, f"{english}　·　{model.id} v{model.version}　·　{scenario.site.name}", size=14, fill="#5c5c63"
    )
    sign = both(word("exercise"))
    wide = width_of(sign, 15) + 26
    body += element(
        "rect", x=WIDTH - MARGIN - wide, y=28, width=wide, height=32, rx=5, fill="#fff3bf", stroke="#e67700"
    )
    body += text(WIDTH - MARGIN - wide / 2, 50, sign, size=15, text_anchor="middle", font_weight="bold", fill="#7a3e00")
    y = 106.0
    for n, summary in enumerate(pair_of(model.summary, "")):
        if summary:
            size, colour = (13.5, INK) if n == 0 else (11.5, "#5c5c63")
            part, y = paragraph(MARGIN, y, summary, width=WIDTH - 2 * MARGIN, size=size, fill=colour)
            body += part
    return body, y + 4


def plan_command(args: argparse.Namespace) -> int:
    """Draw the plan of a scenario as SVG to a file, or to standard output when it is `-`."""
    try:
        scenario = load_scenario(args.path)
    except ScenarioError as error:
        sys.stderr.write("".join(f"{fault}\n" for fault in error.faults))
        return 1
    svg = plan_svg(scenario)
    if str(args.output) == "-":
        sys.stdout.write(f"{svg}\n")
        return 0
    try:
        args.output.write_text(svg, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{args.output}: cannot be written: {error.strerror}\n")
        return 1
    return 0
