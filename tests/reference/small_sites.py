"""Small sites and scenarios for reference cases: rooms as outlines, walls as lines, exits as refuges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shapely.geometry import LineString, Polygon, box

from drill.scenario.model import ScenarioModel
from drill.scenario.scenario import Scenario
from drill.site.site import Door, Floor, Refuge, Site, Stair, Wall, Zone


def site_of(
    *,
    outline: Polygon,
    exits: Mapping[str, Polygon],
    zones: Mapping[str, Polygon],
    walls: Sequence[Sequence[tuple[float, float]]] = (),
    doors: Sequence[Door] = (),
    upper: Polygon | None = None,
    stairs: Sequence[Stair] = (),
    upper_exits: Mapping[str, Polygon] | None = None,
    upper_zones: Mapping[str, Polygon] | None = None,
    ceiling_m: float = 3.0,
    rise_m: float = 3.0,
    stays: bool = False,
) -> Site:
    """Return a site of one floor, or two joined by `stairs`. Exits let people leave unless `stays`."""
    floors = [Floor(id="ground", index=0, z_m=0.0, height_m=ceiling_m, outline=outline)]
    if upper is not None:
        floors.append(Floor(id="upper", index=1, z_m=rise_m, height_m=ceiling_m, outline=upper))
    refuges = [Refuge(id=k, floor=0, polygon=p, exit=not stays) for k, p in exits.items()]
    refuges += [Refuge(id=k, floor=1, polygon=p, exit=not stays) for k, p in (upper_exits or {}).items()]
    all_zones = [Zone(id=k, floor=0, polygon=p, ceiling_m=ceiling_m) for k, p in zones.items()]
    all_zones += [Zone(id=k, floor=1, polygon=p, ceiling_m=ceiling_m) for k, p in (upper_zones or {}).items()]
    return Site(
        name="reference",
        crs="",
        floors=tuple(floors),
        walls=tuple(Wall(floor=0, line=LineString(w), height_m=ceiling_m, thickness_m=0.2) for w in walls),
        doors=tuple(doors),
        stairs=tuple(stairs),
        refuges=tuple(refuges),
        zones=tuple(all_zones),
        props=(),
    )


def door(name: str, start: tuple[float, float], end: tuple[float, float], *, open_: bool = True) -> Door:
    """Return a sliding door of 2.1 m height."""
    line = LineString([start, end])
    dx, dy = (end[0] - start[0]) / line.length, (end[1] - start[1]) / line.length
    return Door(
        id=name,
        floor=0,
        line=line,
        width_m=line.length,
        height_m=2.1,
        swing="slide",
        outward=(dy, -dx),
        open_at_start=open_,
        leads_out=False,
    )


def group(
    name: str, n: int, zone: str, *, speed: Any = 1.33, wait_s: float = 0.0, leads_to: str | None = None
) -> dict[str, Any]:
    """Return a group of adults; `speed` is a number or a distribution as in a scenario file."""
    speed_mps = speed if isinstance(speed, dict) else {"dist": "constant", "value": float(speed)}
    return {
        "id": name,
        "n": n,
        "zone": zone,
        "speed_mps": speed_mps,
        "height_m": {"dist": "constant", "value": 1.7},
        "mass_kg": 65.0,
        "pre_movement_s": {"dist": "constant", "value": wait_s},
        "leads_to": leads_to,
    }


def scenario_of(
    site: Site, groups: Sequence[Mapping[str, Any]], *, profile: str = "lab", hazards: Sequence[Any] = ()
) -> Scenario:
    """Return a scenario that plays on `site` with nothing but people (and `hazards`, if any)."""
    nothing = {"id": "dry", "type": "flood", "level": [{"at_s": 0.0, "level_m": -100.0}]}
    text = {"ja": "訓練"}
    model = ScenarioModel.model_validate(
        {
            "schema": "sonae-scenario/1",
            "id": "reference",
            "version": 1,
            "title": text,
            "summary": text,
            "status": "Exercise",
            "clock": {"start": datetime(2026, 7, 6, tzinfo=UTC), "duration_s": 600.0},
            "site": {"file": "site.geojson"},
            "resident": {"at": {"x": 0.0, "y": 0.0, "floor": "ground"}},
            "crowd": {"profile": profile, "groups": list(groups)},
            "hazards": list(hazards) or [nothing],
            "objectives": [{"id": "safe", "text": text, "metric": "reached_refuge", "at_least": 1.0}],
        }
    )
    return Scenario(model=model, site=site, hash="", folder=Path(), files={})


def corridor(*, length_m: float, width_m: float) -> Site:
    """Return a corridor along x with a start zone of 0.6 m and, `length_m` from its middle, an exit."""
    middle = width_m / 2
    return site_of(
        outline=box(0, 0, length_m + 3, width_m),
        exits={"exit": box(1 + length_m, 0, length_m + 3, width_m)},
        zones={"start": box(0.7, middle - 0.3, 1.3, middle + 0.3), "all": box(0, 0, length_m + 1, width_m)},
    )


def room_with_exits(*, openings: Sequence[tuple[float, float, float, float]], width_m: float, depth_m: float) -> Site:
    """Return a room (0..width, 0..depth) with openings (x0, y0, x1, y1) through a wall 0.2 m thick to exits beyond."""
    room = box(0, 0, width_m, depth_m)
    outline: Any = room
    exits = {}
    for n, (x0, y0, x1, y1) in enumerate(openings):
        across = x0 == x1
        reach = 0.2
        if across:
            sign = 1.0 if x0 >= width_m else -1.0
            throat = box(min(x0, x0 + sign * reach), y0, max(x0, x0 + sign * reach), y1)
            beyond = box(*sorted_box(x0 + sign * reach, y0 - 1, x0 + sign * (reach + 3), y1 + 1))
        else:
            sign = 1.0 if y0 >= depth_m else -1.0
            throat = box(x0, min(y0, y0 + sign * reach), x1, max(y0, y0 + sign * reach))
            beyond = box(*sorted_box(x0 - 1, y0 + sign * reach, x1 + 1, y0 + sign * (reach + 3)))
        outline = outline.union(throat).union(beyond)
        exits[f"exit-{n}"] = beyond.intersection(box(*_beyond(beyond.bounds, sign=sign, across=across)))
    return site_of(outline=outline, exits=exits, zones={"room": room})


def sorted_box(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    """Return bounds with the smaller corner first."""
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _beyond(
    bounds: tuple[float, float, float, float], *, sign: float, across: bool
) -> tuple[float, float, float, float]:
    """Return the far part of a yard, 0.5 m beyond the opening, where people leave."""
    x0, y0, x1, y1 = bounds
    if across:
        return (x0 + 0.5, y0, x1, y1) if sign > 0 else (x0, y0, x1 - 0.5, y1)
    return (x0, y0 + 0.5, x1, y1) if sign > 0 else (x0, y0, x1, y1 - 0.5)
