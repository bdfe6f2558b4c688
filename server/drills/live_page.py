"""The live page of a day: each station with its plan, as it stands now and as the script goes on moving it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from drill.scenario.model import Earthquake, Flood
from drill.scenario.scenario import Scenario
from drill.site.drawing import PlanDrawing
from server.drills.models import Station
from server.web.pages import clock, markup, number
from server.web.svg import scene
from server.web.svg.element import document, element
from server.web.texts import Words, without_furigana


@dataclass(frozen=True, slots=True)
class Inject:
    """Something that staff may fire."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class LiveStation:
    """A station as the page shows it.

    Attributes:
        id, name: of the station.
        paired: whether a machine stands there.
        scenario: title of what it plays, or "".
        scenario_id: id of what it plays, or "".
        state: key of the texts `live.state_*`.
        facts: name, value and key of each figure.
        level: warning level in force.
        plan: the plan, or None where no scenario is assigned.
        setup: what the script needs, as JSON.
        injects: what staff may fire.
        run_id: of the run that is shown, or "".
    """

    id: str
    name: str
    paired: bool
    scenario: str
    scenario_id: str
    state: str
    facts: tuple[tuple[str, str, str], ...]
    level: int
    plan: Markup | None
    setup: str
    injects: tuple[Inject, ...]
    run_id: str


def live_station(
    station: Station, scenario: Scenario | None, picture: Mapping[str, Any] | None, words: Words
) -> LiveStation:
    """Return a station with what the picture of the day says of it (None: nothing was heard)."""
    live = picture.get("live") if picture else None
    injects = scenario.model.injects if scenario else []
    return LiveStation(
        id=station.id,
        name=station.name,
        paired=station.device_id is not None,
        scenario=scenario.model.title.in_language(words.language) if scenario else "",
        scenario_id=scenario.model.id if scenario else "",
        state=state_of(picture),
        facts=tuple(_facts(live, words)),
        level=int(live["warning_level"]) if live else 0,
        plan=None if scenario is None else _plan(station, scenario, live, words),
        setup="" if scenario is None else json.dumps(_setup(scenario), separators=(",", ":")),
        injects=tuple(Inject(i.id, i.label.in_language(words.language)) for i in injects),
        run_id=str(live["run_id"]) if live else "",
    )


def state_of(picture: Mapping[str, Any] | None) -> str:
    """Return how a station is, in one word: absent, stale, idle, running, paused, stopped, uploading."""
    if picture is None or not picture["connected"]:
        return "absent"
    if picture["stale"]:
        return "stale"
    return str(picture["state"]["state"]) if picture["state"] else "idle"


def _facts(live: Mapping[str, Any] | None, words: Words) -> list[tuple[str, str, str]]:
    seconds = clock(live["t_s"]) if live else "–"
    depth = words.plain("value.m", n=number(live["depth_m"], 2)) if live else "–"
    smoke = f"{number(live['extinction_per_m'], 2)} /m" if live else "–"
    people = str(len(live["crowd"]) // 4) if live else "–"
    return [
        (words.raw("live.time"), seconds, "time"),
        (words.raw("live.depth"), depth, "depth"),
        (words.raw("live.smoke"), smoke, "smoke"),
        (words.raw("live.crowd"), people, "crowd"),
    ]


def _setup(scenario: Scenario) -> dict[str, Any]:
    """Return scale and shift of each floor, and the zones of each hazard with the height of their floor."""
    plan = PlanDrawing(scenario.site)
    floors = {}
    for floor in scenario.site.floors:
        x, y = plan.to_svg(floor.index, 0.0, 0.0)
        floors[str(floor.index)] = [round(x, 2), round(y, 2)]
    by_id = {zone.id: zone for zone in scenario.site.zones}
    z = {floor.index: floor.z_m for floor in scenario.site.floors}
    hazards = {}
    for part in scenario.model.hazards:
        names: Sequence[str] = part.zones or list(by_id)
        zones = [[name, z[by_id[name].floor]] for name in names]
        if isinstance(part, Earthquake):
            continue
        hazards[part.id] = {"kind": "water" if isinstance(part, Flood) else "smoke", "zones": zones}
    radius = round(scene.BODY_M * plan.scale, 2)
    return {"scale": round(plan.scale, 4), "floors": floors, "hazards": hazards, "radius": radius}


def _plan(station: Station, scenario: Scenario, live: Mapping[str, Any] | None, words: Words) -> Markup:
    plan = PlanDrawing(scenario.site)
    zones = _zones(scenario, live["hazards"] if live else {})
    known = [floor.index for floor in scenario.site.floors]
    crowd = np.array(live["crowd"] if live else [], np.int64).reshape(-1, 4)
    crowd = crowd[np.isin(crowd[:, 2], known)]  # a station that is broken may say anything
    dots = scene.people(
        plan,
        floor=crowd[:, 2].astype(np.int8),
        xy=crowd[:, :2] / 100.0,
        state=crowd[:, 3].astype(np.uint8),
    )
    arrow = element("path", d=scene.arrow(plan.scale), fill="#0017c1", stroke="#fff", stroke_width=1.5, class_="me")
    if live and live["floor"] in known:
        at = scene.place(*plan.to_svg(int(live["floor"]), live["x"], live["y"]), live["yaw"])
        arrow = arrow.replace("<path ", f'<path transform="{at}" ', 1)
    else:
        arrow = arrow.replace("<path ", '<path display="none" ', 1)
    body = (
        plan.base()
        + element("g", scene.overlay(plan, zones), class_="hazards")
        + element("g", dots or " ", class_="crowd")
        + element("g", arrow, class_="people")
    )
    width, height = plan.size
    title = words.plain("live.plan", name=station.name)
    desc = words.plain("live.plan_desc", scenario=without_furigana(scenario.model.title.in_language(words.language)))
    return markup(document(body, width=width, height=height, title=title, desc=desc, class_="drawing plan"))


def _zones(scenario: Scenario, hazards: Mapping[str, Sequence[float]]) -> list[tuple[Any, float, float]]:
    site = scenario.site
    water = dict.fromkeys((zone.id for zone in site.zones), 0.0)
    smoke = dict(water)
    floor_z = {zone.id: site.floors[zone.floor].z_m for zone in site.zones}
    for part in scenario.model.hazards:
        values = hazards.get(part.id)
        if not values or isinstance(part, Earthquake):
            continue
        names = part.zones or [zone.id for zone in site.zones]
        for order, name in enumerate(names):
            if isinstance(part, Flood):
                water[name] = max(water[name], scene.water_opacity(values[0] - floor_z[name]))
            elif len(values) >= 4 * order + 4:
                seen = scene.smoke_opacity(values[4 * order + 1], values[4 * order], floor_z[name])
                smoke[name] = max(smoke[name], seen)
    return [(zone, water[zone.id], smoke[zone.id]) for zone in scene.threatened(scenario)]
