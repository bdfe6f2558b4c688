"""Measured trajectories, made ready for their page: N-t, flow, speed and density as curves and tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from drill import TICK_S
from drill.record.run import RunHeader
from server.analysis.kept import recorded_run, unpack
from server.analysis.models import MeasuredTrajectories
from server.analysis.replay import crowd_content
from server.web.pages import clock, markup, number
from server.web.svg.colour import at
from server.web.svg.curve import Series, curve
from server.web.svg.element import document, element, points, text
from server.web.svg.scene import BODY_M
from server.web.texts import Words

MARGIN: Final = 20.0
WIDTH: Final = 900.0
MAX_HEIGHT: Final = 760.0
TABLE_ROWS: Final = 24


class GroundDrawing:
    """The measured ground to scale: what `drill.site.drawing.PlanDrawing` is for a site."""

    def __init__(self, setup: dict[str, Any], low: tuple[float, float], high: tuple[float, float]) -> None:
        self.setup = setup
        wide, tall = high[0] - low[0], high[1] - low[1]
        self.scale = min((WIDTH - 2 * MARGIN) / wide, (MAX_HEIGHT - 2 * MARGIN) / tall)
        self.size = (WIDTH, tall * self.scale + 2 * MARGIN)
        self._left = (WIDTH - wide * self.scale) / 2 - low[0] * self.scale
        self._top = MARGIN + high[1] * self.scale

    def to_svg(self, floor: int, x: float, y: float) -> tuple[float, float]:  # noqa: ARG002 - there is one floor
        """Return the place of a point in the drawing."""
        return self._left + x * self.scale, self._top - y * self.scale

    def base(self, words: Words) -> str:
        """Return ground, measurement area and line."""
        ground = points(self.to_svg(0, *p) for p in self.setup["walkable"])
        area = points(self.to_svg(0, *p) for p in self.setup["area"])
        (x1, y1), (x2, y2) = (self.to_svg(0, *p) for p in self.setup["line"])
        bar_y = self.size[1] - 6
        return (
            element("polygon", points=ground, fill="#f8f8fb", stroke="#949494", stroke_width=1.5)
            + element("polygon", points=area, fill="#c0e4ff", fill_opacity=0.6, stroke="#0055ad", stroke_width=1.5)
            + element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke="#a90000", stroke_width=3, stroke_dasharray="10 5")
            + element("line", x1=20, y1=bar_y, x2=20 + self.scale, y2=bar_y, stroke="#1a1a1a", stroke_width=3)
            + text(words.plain("measured.one_metre"), 26 + self.scale, bar_y + 4, font_size=14, fill="#1a1a1a")
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """One drawing with the table beside it."""

    id: str
    heading: str
    lead: str
    drawing: Markup
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """Everything on the page."""

    name: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[tuple[str, str], ...]
    plan: Markup
    curves: tuple[Curve, ...]
    derived: bool


def page(kept: MeasuredTrajectories, words: Words) -> MeasuredPage:
    """Return the page of measured trajectories."""
    read = unpack(kept)
    summary = kept.figures["summary"]
    facts = (
        (words.raw("measured.file"), kept.file_name),
        (words.raw("measured.people"), str(summary["persons"])),
        (words.raw("measured.length"), clock(read.duration_s)),
        (words.raw("measured.rate"), f"{kept.frame_rate:g} fps"),
        (words.raw("measured.unit"), kept.unit),
        ("SHA-256", kept.file_hash[:16] + "…"),
    )
    flow = summary["mean_flow_per_s"]
    shown = (
        (words.raw("measured.crossed"), str(summary["crossed"])),
        (words.raw("measured.mean_flow"), "–" if flow is None else f"{number(flow, 2)} /s"),
        (words.raw("measured.mean_speed"), f"{number(summary['mean_speed_mps'], 2)} m/s"),
        (words.raw("measured.mean_density"), f"{number(summary['mean_density_per_m2'], 2)} /m²"),
    )
    derived = set(kept.setup["given"]) != {"line", "area", "walkable"}
    return MeasuredPage(kept.file_name, facts, shown, _paths(kept, words), tuple(_curves(kept, words)), derived)


def replay(kept: MeasuredTrajectories, words: Words) -> dict[str, Any]:
    """Return what the replay page shows."""
    plan = ground_of(kept)
    read = unpack(kept)
    body = plan.base(words) + '<g id="hazards"> </g><g id="crowd"> </g><g id="people"> </g>'
    width, height = plan.size
    title, desc = words.plain("replay.plan"), words.plain("measured.paths_desc", n=read.persons)
    svg = document(body, width=width, height=height, title=title, desc=desc, class_="drawing plan stage")
    return {
        "title": kept.file_name,
        "stage": markup(svg),
        "symbol": Markup(""),
        "stills": [],
        "duration": read.duration_s,
        "rows": [],
    }


def replay_content(kept: MeasuredTrajectories) -> dict[str, Any]:
    """Return what the replay's script draws, at most ten samples a second."""
    read = unpack(kept)
    plan = ground_of(kept)
    step = max(round(kept.frame_rate / 10), 1)
    some = (read.frame - read.frame.min()) % step == 0
    thinned = type(read)(
        read.name, read.hash, read.frame_rate, read.unit, read.id[some], read.frame[some], read.xy_m[some]
    )
    header = RunHeader(
        run_id=kept.run_id, scenario="", scenario_hash="", seed=0, build="", profile="", device="", locomotion="walked",
        started_at="", consent="",
    )  # fmt: skip
    run = recorded_run(thinned, header)
    duration = float(run.crowd.tick.max()) * TICK_S
    return {
        "duration": round(duration, 2),
        "pixel": 10,
        "arrow": "",
        "radius": round(BODY_M * plan.scale, 2),
        "resident": {"t0": 0, "hz": 10, "x": [], "y": [], "heading": []},
        "crowd": crowd_content(run.crowd, plan),
        "hazards": {"step": 1.0, "zones": {}},
        "events": [],
    }


def ground_of(kept: MeasuredTrajectories) -> GroundDrawing:
    """Return the drawing of the ground."""
    corners = np.array([*kept.setup["walkable"], *kept.setup["line"], *kept.setup["area"]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    return GroundDrawing(kept.setup, (float(low[0]), float(low[1])), (float(high[0]), float(high[1])))


def _paths(kept: MeasuredTrajectories, words: Words) -> Markup:
    read = unpack(kept)
    plan = ground_of(kept)
    ways = []
    persons = np.unique(read.id)
    first, last = int(read.frame.min()), int(read.frame.max())
    for person in persons:
        rows = np.flatnonzero(read.id == person)
        rows = rows[:: max(len(rows) // 120, 1)]
        line = points(plan.to_svg(0, float(x), float(y)) for x, y in read.xy_m[rows])
        when = (float(read.frame[rows[0]]) - first) / max(last - first, 1)
        ways.append(
            element("polyline", points=line, fill="none", stroke=at(when), stroke_width=1.4, stroke_opacity=0.8)
        )
    width, height = plan.size
    title, desc = words.plain("measured.paths"), words.plain("measured.paths_desc", n=len(persons))
    body = plan.base(words) + "".join(ways)
    return markup(document(body, width=width, height=height, title=title, desc=desc, class_="drawing plan"))


def _curves(kept: MeasuredTrajectories, words: Words) -> list[Curve]:
    figures = kept.figures
    time = words.plain("measured.time_axis")

    def name(key: str) -> str:
        return words.plain(f"measured.{key}")

    nt, density, speed, flow = figures["nt"], figures["density"], figures["speed"], figures["flow"]
    mean = [math.nan if v is None else v for v in speed["mean"]]
    return [
        _curve(words, "nt", [Series(name("n"), nt["t_s"], nt["n"])], time, name("n_axis"), 0),
        _curve(words, "flow", [Series(name("flow_of"), flow["t_s"], flow["per_s"])], time, name("flow_axis"), 2),
        _curve(words, "speed", [Series(name("speed_of"), speed["t_s"], mean)], time, name("speed_axis"), 2),
        _curve(
            words,
            "density",
            [
                Series(name("voronoi"), density["t_s"], density["voronoi"]),
                Series(name("classic"), density["t_s"], density["classic"]),
            ],
            time,
            name("density_axis"),
            2,
        ),
        _curve(
            words,
            "fundamental",
            [Series(name("speed_of"), density["voronoi"], mean, dots=True)],
            name("density_axis"),
            name("speed_axis"),
            2,
        ),
    ]


def _curve(words: Words, key: str, series: list[Series], x: str, y: str, digits: int) -> Curve:
    heading = words.raw(f"measured.{key}_heading")
    desc = words.plain("measured.curve_desc", x=x, y=y, n=len(series[0].x))
    drawing = curve(series, x_label=x, y_label=y, title=words.plain(f"measured.{key}_heading"), desc=desc)
    picked = range(0, len(series[0].x), max(math.ceil(len(series[0].x) / TABLE_ROWS), 1))
    rows = tuple((number(series[0].x[i], 2), *(_cell(one.y[i], digits) for one in series)) for i in picked)
    return Curve(
        key, heading, words.raw(f"measured.{key}_lead"), markup(drawing), (x, *(one.name for one in series)), rows
    )


def _cell(value: float, digits: int) -> str:
    return number(value, digits) if math.isfinite(value) else "–"
