"""Checks of where a scenario plays: doors in walls, stairs that arrive, starts on the ground, ways to refuges."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

import numpy as np
from shapely.geometry import Point
from shapely.ops import unary_union

from drill.fault import Fault
from drill.located import Located, Path
from drill.scenario.model import Earthquake, ScenarioModel, Smoke
from drill.scenario.triggers import triggers_of
from drill.site.flowfield import FlowField
from drill.site.ground import Ground, doors_without_wall, stair_foot_and_head_lie_on_it
from drill.site.site import Refuge, Site, Zone

BODY_RADIUS_M: Final = 0.2
AREA_A_PERSON_M2: Final = 0.4
"""Ground that each person of a group needs to be placed at random without touching: 2.5 persons a square metre."""


def check_site(ground: Ground, document: Located) -> Iterator[Fault]:
    """Yield faults of a site that its reader cannot see part by part."""
    site = ground.site
    for door in doors_without_wall(site):
        path = _feature(document, door.id)
        yield document.fault((*path, "geometry", "coordinates"), f"door {door.id!r} stands in no wall of its floor")
    yield from _stairs(ground, document)
    parts: tuple[Zone | Refuge, ...] = (*site.zones, *site.refuges)
    for part in parts:
        outline = site.floors[part.floor].outline
        if not outline.buffer(0.01).covers(part.polygon):
            path = _feature(document, part.id)
            yield document.fault((*path, "geometry"), f"{part.id!r} reaches beyond the outline of its floor", part.id)
    for refuge in site.refuges:
        if ground.walkable(refuge.floor).intersection(refuge.polygon).area < AREA_A_PERSON_M2:
            path = _feature(document, refuge.id)
            yield document.fault(
                (*path, "geometry"), "nobody can stand in this refuge: walls or things fill it", refuge.id
            )
    if not site.refuges:
        yield document.fault(("features",), "a site needs a refuge: a feature with kind 'refuge'")


def _stairs(ground: Ground, document: Located) -> Iterator[Fault]:
    site = ground.site
    for stair in site.stairs:
        path = (*_feature(document, stair.id), "properties")
        if stair.lower >= stair.upper:
            yield document.fault((*path, "upper"), "a stair leads up: 'upper' is a floor above 'lower'")
            continue
        foot, head = stair_foot_and_head_lie_on_it(stair)
        if not foot:
            yield document.fault((*path, "foot"), "the foot is an edge of the stair's polygon, longer than 0.3 m")
        if not head:
            yield document.fault((*path, "head"), "the head is an edge of the stair's polygon, longer than 0.3 m")
        upper, lower = site.floors[stair.upper], site.floors[stair.lower]
        landing = upper.outline.buffer(0.05)
        if landing.intersection(stair.head).length < 0.9 * stair.head.length:
            message = f"this stair leads nowhere: its head does not touch the outline of {upper.id!r}"
            yield document.fault((*path, "head"), message)
        if lower.outline.buffer(0.05).intersection(stair.foot).length < 0.9 * stair.foot.length:
            message = f"this stair begins nowhere: its foot does not touch the outline of {lower.id!r}"
            yield document.fault((*path, "foot"), message)
        if upper.outline.intersection(stair.polygon).area > 0.05 * stair.polygon.area:
            message = f"the outline of {upper.id!r} covers this stair; leave the stair's well out of it"
            yield document.fault((*path, "upper"), message)


def check_places(model: ScenarioModel, document: Located, ground: Ground, site_document: Located) -> Iterator[Fault]:
    """Yield faults of where people start, stand and go. Ids are known to be good."""
    start = yield from _start(model, document, ground)
    yield from _groups(model, document, ground)
    yield from _hazards(model, document, ground.site)
    yield from _hidden(model, document, ground.site)
    for refuge in ground.site.refuges:
        field = FlowField(ground, refuges=[refuge.id])
        if start and not np.isfinite(field.distance(np.array([start[0]]), np.array([start[1:]]))[0]):
            path = (*_feature(site_document, refuge.id), "properties", "id")
            message = "this refuge cannot be reached from the resident's start, not even with every door open"
            yield site_document.fault(path, message)
        for n, group in enumerate(model.crowd.groups):
            if group.leads_to == refuge.id and not _gets_there(ground, field, group.zone):
                message = f"nobody gets from zone {group.zone!r} to this refuge, not even with every door open"
                yield document.fault(("crowd", "groups", n, "leads_to"), message)


def _gets_there(ground: Ground, field: FlowField, zone_id: str) -> bool:
    zone = _zone(ground.site, zone_id)
    here = ground.walkable(zone.floor).intersection(zone.polygon)
    if here.is_empty:
        return True  # told as a zone that is too small
    point = here.representative_point()
    return bool(np.isfinite(field.distance(np.array([zone.floor]), np.array([[point.x, point.y]]))[0]))


def _start(
    model: ScenarioModel, document: Located, ground: Ground
) -> Generator[Fault, None, tuple[int, float, float] | None]:
    """Yield what is wrong with the resident's start; return it as (floor, x, y) when nothing is."""
    at = model.resident.at
    floor = ground.floor_index(at.floor)
    point = Point(at.x, at.y)
    path: Path = ("resident", "at")
    where = f"x {at.x:g}, y {at.y:g} on {at.floor!r}"
    if ground.walkable(floor).buffer(-BODY_RADIUS_M + 1e-6).covers(point):
        return floor, at.x, at.y
    if not ground.site.floors[floor].outline.covers(point):
        message = "the resident starts outside the walkable ground; start inside the outline of the floor"
    elif ground.walkable(floor).covers(point):
        message = f"the resident starts closer than {BODY_RADIUS_M} m to a wall or a thing; move the start away from it"
    else:
        message = "the resident starts inside a wall or a solid thing; move the start onto free ground"
    yield document.fault(path, message, where)
    return None


def _groups(model: ScenarioModel, document: Located, ground: Ground) -> Iterator[Fault]:
    for zone in ground.site.zones:
        groups = [(n, group) for n, group in enumerate(model.crowd.groups) if group.zone == zone.id]
        people = sum(group.n for _, group in groups)
        room = ground.walkable(zone.floor).buffer(-BODY_RADIUS_M).intersection(zone.polygon).area
        fits = int(room / AREA_A_PERSON_M2)
        if people > fits:
            message = (
                f"zone {zone.id!r} has room for {fits} people ({room:.1f} m² of free ground); its groups have {people}"
            )
            yield document.fault(("crowd", "groups", groups[-1][0], "n"), message)


def _hazards(model: ScenarioModel, document: Located, site: Site) -> Iterator[Fault]:
    for n, hazard in enumerate(model.hazards):
        if isinstance(hazard, Earthquake):
            yield from _shocks(hazard, model, document, n)
        if not isinstance(hazard, Smoke):
            continue
        point, floor = Point(hazard.fire.x, hazard.fire.y), hazard.fire.floor
        zones = [_zone(site, zone) for zone in hazard.zones]
        if not any(site.floors[zone.floor].id == floor and zone.polygon.covers(point) for zone in zones):
            where = f"x {hazard.fire.x:g}, y {hazard.fire.y:g} on {floor!r}"
            message = "the fire burns in none of the hazard's zones; name its zone in 'zones' or move the fire"
            yield document.fault(("hazards", n, "fire"), message, where)
        for m, zone in enumerate(zones):
            if hazard.clear_height_m > zone.ceiling_m:
                message = f"clear_height_m {hazard.clear_height_m:g} is above the ceiling of this zone"
                yield document.fault(("hazards", n, "zones", m), message)


def _shocks(hazard: Earthquake, model: ScenarioModel, document: Located, n: int) -> Iterator[Fault]:
    duration = model.clock.duration_s
    for m, shock in enumerate(hazard.shocks):
        if shock.at_s >= duration:
            path: Path = ("hazards", n, "shocks", m, "at_s")
            yield document.fault(path, f"the run ends at {duration:g} s, before this shock")


def _hidden(model: ScenarioModel, document: Located, site: Site) -> Iterator[Fault]:
    """Yield uses of zones in which nobody ever counts as being, because zones before them cover them whole."""
    hidden: dict[str, str] = {}
    for n, zone in enumerate(site.zones):
        before = [one for one in site.zones[:n] if one.floor == zone.floor]
        if unary_union([one.polygon for one in before]).buffer(1e-6).covers(zone.polygon):
            hidden[zone.id] = ", ".join(one.id for one in before if one.polygon.intersects(zone.polygon))
    uses: list[tuple[str, Path]] = [
        (zone, ("hazards", n, "zones", m))
        for n, hazard in enumerate(model.hazards)
        for m, zone in enumerate(hazard.zones)
    ]
    uses += [
        (trigger.resident_in, (*path, "resident_in"))
        for _, trigger, path in triggers_of(model)
        if trigger.resident_in is not None
    ]
    for used, path in uses:
        if used in hidden:
            message = (
                f"a place counts to the first zone that holds it, and {hidden[used]} holds all of this one; name that"
            )
            yield document.fault(path, message)


def _zone(site: Site, zone_id: str) -> Zone:
    return next(zone for zone in site.zones if zone.id == zone_id)


def _feature(document: Located, feature_id: str) -> Path:
    """Return the path of the feature of that id."""
    for n, feature in enumerate(document.data["features"]):
        if feature["properties"].get("id") == feature_id:
            return ("features", n)
    return ("features",)
