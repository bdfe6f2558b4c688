"""A run as a replay: numbers for the script that draws it, and still pictures for where there is no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from drill import TICK_S
from drill.hazards.picture import KIND_LAYER
from drill.metrics.hazardtrack import HazardTrack
from drill.metrics.terrain import terrain_of
from drill.metrics.track import Track, track_of
from drill.record.run import CrowdTrack, RecordedRun
from drill.scenario.model import Smoke
from drill.scenario.scenario import Scenario
from drill.site.drawing import PlanDrawing
from server.analysis.happenings import Happening, happenings
from server.web.pages import clock, markup
from server.web.svg import scene
from server.web.svg.element import document, element
from server.web.svg.track import Plan
from server.web.texts import Words, without_furigana

RESIDENT_HZ: Final = 10
HAZARD_S: Final = 1.0
PIXEL: Final = 10
"""Places are sent in tenths of a pixel of the plan, as whole numbers, each the difference to the one before."""
MAX_STILLS: Final = 8
STILL_SIZE: Final = 1.8


@dataclass(frozen=True, slots=True)
class Still:
    """A moment as a picture."""

    when: str
    text: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Scenes:
    """What the plan shows of a run at any time."""

    run: RecordedRun
    scenario: Scenario
    plan: PlanDrawing
    way: Track
    yaw: npt.NDArray[np.float64]

    @property
    def duration_s(self) -> float:
        """Length of the run."""
        return max(self.run.duration_s, float(self.way.t_s[-1]) if len(self.way) else 0.0)


def scenes_of(run: RecordedRun, scenario: Scenario) -> Scenes:
    """Return the scenes of a run."""
    way = track_of(run, scenario)
    return Scenes(run, scenario, PlanDrawing(scenario.site), way, _yaw(run, way))


def stage(scenes: Scenes, words: Words) -> Markup:
    """Return the plan on which the script moves people and hazards; empty groups wait for them."""
    plan = scenes.plan
    zones = [(zone, 0.0, 0.0) for zone in scene.threatened(scenes.scenario)]
    body = (
        plan.base()
        + element("g", scene.overlay(plan, zones), id="hazards")
        + element("g", " ", id="crowd")
        + element("g", " ", id="people")
    )
    width, height = plan.size
    title, desc = words.plain("replay.plan"), words.plain("replay.plan_desc")
    return markup(document(body, width=width, height=height, title=title, desc=desc, class_="drawing plan stage"))


def content(scenes: Scenes, rows: Sequence[Happening]) -> dict[str, Any]:
    """Return the replay as plain values: see `static/replay.js`, which reads it.

    `resident`: x, y in differences, heading in degrees at `hz`. `crowd`: for each person the index of the first
    sample, x, y in differences and the runs of their state. `hazards`: water and smoke opacity of each zone once a
    second, where they are ever seen. `events`: time, lane and text.
    """
    return {
        "duration": round(scenes.duration_s, 2),
        "pixel": PIXEL,
        "arrow": scene.arrow(scenes.plan.scale),
        "radius": round(scene.BODY_M * scenes.plan.scale, 2),
        "resident": _resident(scenes),
        "crowd": crowd_content(scenes.run.crowd, scenes.plan),
        "hazards": _hazards(scenes),
        "events": [{"t": round(r.t_s, 2), "lane": r.lane, "text": without_furigana(r.text)} for r in rows],
    }


def stills(scenes: Scenes, words: Words) -> list[Still]:
    """Return pictures of the key moments: start, warnings, first move, choices, refuge, end."""
    rows = [r for r in happenings(scenes.run, scenes.scenario, words) if r.key]
    picked: list[tuple[float, str]] = [(0.0, words.raw("track.start"))]
    for row in rows:
        if row.t_s - picked[-1][0] < 1.5:
            picked[-1] = (row.t_s, f"{picked[-1][1]} / {row.text}" if len(picked) > 1 else row.text)
        else:
            picked.append((row.t_s, row.text))
    if scenes.duration_s - picked[-1][0] > 1.5:
        picked.append((scenes.duration_s, words.raw("track.end")))
    if len(picked) > MAX_STILLS:
        picked = [picked[round(i)] for i in np.linspace(0, len(picked) - 1, MAX_STILLS)]
    return [Still(clock(t), text, still(scenes, t, text, words)) for t, text in picked]


def still(scenes: Scenes, t_s: float, text: str, words: Words) -> Markup:
    """Return the picture of one moment."""
    plan, way = scenes.plan, scenes.way
    hazards = _opacity_at(scenes, np.array([t_s]))
    zones = [(zone, float(w[0]), float(s[0])) for zone, w, s in hazards]
    floor, xy, state = _crowd_at(scenes.run.crowd, t_s)
    body = scene.overlay(plan, zones) + scene.people(plan, floor=floor, xy=xy, state=state, size=STILL_SIZE)
    if len(way):
        i = way.at(t_s)
        x, y = (float(v) for v in way.xy[i])
        body += scene.resident(
            plan, floor=int(way.floor[i]), x=x, y=y, heading_rad=float(scenes.yaw[i]), size=STILL_SIZE
        )
    width, height = plan.size
    title = f"{clock(t_s)} {without_furigana(text)}"
    desc = words.plain("replay.still_desc", n=len(xy))
    return markup(
        document(plan_use() + body, width=width, height=height, title=title, desc=desc, class_="drawing plan")
    )


def plan_use() -> str:
    """Return a reference to the plan that `plan_symbol` keeps once a page."""
    return element("use", href="#plan-base")


def plan_symbol(scenes: Scenes) -> Markup:
    """Return a hidden drawing that holds the plan once, for the stills to refer to."""
    inner = element("g", scenes.plan.base(labels=False), id="plan-base")
    hidden = element(
        "svg",
        element("defs", inner),
        xmlns="http://www.w3.org/2000/svg",
        class_="visually-hidden",
        aria_hidden="true",
        width=0,
        height=0,
    )
    return markup(hidden)


def _resident(scenes: Scenes) -> dict[str, Any]:
    way = scenes.way
    if not len(way):
        return {"t0": 0, "hz": RESIDENT_HZ, "x": [], "y": [], "heading": []}
    step = max(round((1 / RESIDENT_HZ) / float(np.median(np.diff(way.t_s)))), 1) if len(way) > 1 else 1
    chosen = slice(None, None, step)
    places = _pixels(scenes.plan, way.floor[chosen], way.xy[chosen])
    heading = np.round(np.degrees(scenes.yaw[chosen])).astype(int) % 360
    return {
        "t0": round(float(way.t_s[0]), 3),
        "hz": RESIDENT_HZ,
        "x": _differences(places[:, 0]),
        "y": _differences(places[:, 1]),
        "heading": heading.tolist(),
    }


def crowd_content(crowd: CrowdTrack, plan: Plan) -> dict[str, Any]:
    """Return the crowd for the script: sample times, and each person from their first sample to their last."""
    ticks = np.unique(crowd.tick)
    index = np.searchsorted(ticks, crowd.tick)
    xy = np.column_stack((crowd.x_m, crowd.y_m)) if len(crowd.tick) else np.empty((0, 2))
    places = _pixels(plan, crowd.floor, xy)
    persons = []
    for person in np.unique(crowd.id):
        rows = np.flatnonzero(crowd.id == person)
        whole = np.arange(index[rows[0]], index[rows[-1]] + 1)
        # A person who is missing from a sample stays where they were until they are seen again.
        filled = rows[np.searchsorted(index[rows], whole, side="right") - 1]
        state = crowd.state[filled]
        changes = np.concatenate(([0], np.flatnonzero(np.diff(state.astype(int))) + 1))
        persons.append(
            {
                "i": int(whole[0]),
                "x": _differences(places[filled, 0]),
                "y": _differences(places[filled, 1]),
                "s": [[int(c), scene.dot_class(int(state[c]))] for c in changes],
            }
        )
    return {"t": [round(float(t) * TICK_S, 3) for t in ticks], "people": persons}


def _hazards(scenes: Scenes) -> dict[str, Any]:
    times = np.arange(0.0, scenes.duration_s + HAZARD_S, HAZARD_S)
    zones = {}
    for zone, water, smoke in _opacity_at(scenes, times):
        if water.max() > 0 or smoke.max() > 0:
            zones[zone.id] = {"water": water.tolist(), "smoke": smoke.tolist()}
    return {"step": HAZARD_S, "zones": zones}


def _opacity_at(
    scenes: Scenes, times: npt.NDArray[np.float64]
) -> list[tuple[Any, npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Return each zone with how dense water and smoke are drawn at the times."""
    terrain = terrain_of(scenes.scenario)
    hazards = HazardTrack(scenes.run, scenes.scenario, terrain)
    site = scenes.scenario.site
    found = []
    for zone in scene.threatened(scenes.scenario):
        n = len(times)
        floor = np.full(n, zone.floor, np.int16)
        inside = zone.polygon.representative_point()
        xy = np.tile((inside.x, inside.y), (n, 1))
        z = np.full(n, site.floors[zone.floor].z_m)
        depth, _ = hazards.water(times, floor, xy, z)
        water = np.array([scene.water_opacity(float(d)) for d in depth])
        found.append((zone, water, _smoke(scenes, zone.id, z[0], times)))
    return found


def _smoke(scenes: Scenes, zone: str, floor_z_m: float, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    densest = np.zeros(len(times))
    for index, part in enumerate(scenes.scenario.model.hazards):
        if not isinstance(part, Smoke) or zone not in part.zones:
            continue
        rows = [r for r in scenes.run.hazards if r.hazard == index and r.kind == KIND_LAYER]
        if not rows:
            continue
        at = np.clip(np.searchsorted([r.tick * TICK_S for r in rows], times + 1e-9, side="right") - 1, 0, None)
        column = 4 * part.zones.index(zone)
        seen = [
            scene.smoke_opacity(float(rows[i].values[column + 1]), float(rows[i].values[column]), floor_z_m) for i in at
        ]
        densest = np.maximum(densest, seen)
    return densest


def _crowd_at(
    crowd: CrowdTrack, t_s: float
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float64], npt.NDArray[np.uint8]]:
    ticks = np.unique(crowd.tick)
    if not len(ticks):
        return np.empty(0, np.int8), np.empty((0, 2)), np.empty(0, np.uint8)
    tick = ticks[max(int(np.searchsorted(ticks, t_s / TICK_S + 1e-6, side="right")) - 1, 0)]
    here = crowd.tick == tick
    return crowd.floor[here], np.column_stack((crowd.x_m[here], crowd.y_m[here])), crowd.state[here]


def _pixels(plan: Plan, floor: npt.NDArray[Any], xy: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return places in tenths of a pixel, shape (N, 2). The plan maps each floor by a scale and a shift."""
    made = np.zeros((len(xy), 2))
    for index in np.unique(floor):
        here = floor == index
        zero = np.array(plan.to_svg(int(index), 0.0, 0.0))
        one = np.array(plan.to_svg(int(index), 1.0, 1.0))
        made[here] = zero + xy[here] * (one - zero)
    return np.round(made * PIXEL).astype(np.int64)


def _differences(values: npt.NDArray[np.int64]) -> list[int]:
    return np.diff(values, prepend=0).tolist() if len(values) else []


def _yaw(run: RecordedRun, way: Track) -> npt.NDArray[np.float64]:
    """Return where the head looks in plan at each sample of the way, radians.

    The head's forward is its x axis, as the rig's.
    """
    if not len(way):
        return np.empty(0)
    x, y, z, w = (run.pose.head[:, c].astype(np.float64) for c in range(3, 7))
    forward = np.column_stack((1 - 2 * (y * y + z * z), 2 * (x * y + z * w)))
    turned = np.unwrap(np.arctan2(forward[:, 1], forward[:, 0]))
    return np.interp(way.t_s, run.pose.t_s, turned)
