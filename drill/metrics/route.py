"""The route: zones entered, doors gone through, the refuge; and which doors could not be opened."""

from __future__ import annotations

import numpy as np

from drill import TICK_S
from drill.metrics.figures import RouteStep
from drill.metrics.hazardtrack import HazardTrack
from drill.metrics.terrain import Terrain
from drill.metrics.track import Track
from drill.people.doors import opens
from drill.record.events import DoorEvent, ReachedRefuge
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario
from drill.site.site import Door

BESIDE_DOOR_M = 0.5
"""How far from its line the water on both sides of a door is measured."""


def route_of(run: RecordedRun, track: Track, terrain: Terrain) -> tuple[RouteStep, ...]:
    """Return zones (entered for at least half a second), doors and refuge in the order of the way."""
    steps = [RouteStep("refuge", e.refuge, e.tick * TICK_S) for e in run.events if isinstance(e, ReachedRefuge)][:1]
    if not len(track):
        return tuple(steps)
    zones = terrain.ground.zone_of(track.floor, track.xy)
    changes = np.flatnonzero(np.diff(zones)) + 1
    begins = np.concatenate(([0], changes))
    ends = np.concatenate((changes, [len(zones)]))
    last = -1
    for begin, end in zip(begins, ends, strict=True):
        zone = int(zones[begin])
        if zone >= 0 and zone != last and (end - begin >= 5 or end == len(zones)):
            steps.append(RouteStep("zone", terrain.site.zones[zone].id, round(float(track.t_s[begin]), 3)))
            last = zone
    moved = np.flatnonzero((np.diff(track.floor) == 0) & np.any(np.diff(track.xy, axis=0) != 0, axis=1))
    for i in moved:
        crossed = terrain.ground.door_between(int(track.floor[i]), track.xy[i], track.xy[i + 1])
        if crossed >= 0:
            door = terrain.site.doors[crossed]
            steps.append(RouteStep("door", door.id, round(float(track.t_s[i + 1]), 3)))
    return tuple(sorted(steps, key=lambda s: s.t_s))


def doors_shut_at(
    t_s: float, run: RecordedRun, scenario: Scenario, hazards: HazardTrack, terrain: Terrain
) -> frozenset[str]:
    """Return the doors that could not be opened at a time: pressed shut by water, or found blocked before."""
    resident = scenario.model.resident
    shut = {e.door for e in run.events if isinstance(e, DoorEvent) and e.state == "blocked" and e.tick * TICK_S <= t_s}
    for door in terrain.site.doors:
        if door.swing == "out":
            sides = np.array([_beside(door, BESIDE_DOOR_M), _beside(door, -BESIDE_DOOR_M)])
            floors = np.array([door.floor, door.floor], np.int16)
            z = terrain.ground.z(floors, sides)
            depth, _ = hazards.water(np.array([t_s, t_s]), floors, sides, z)
            if not opens(depth_difference_m=float(depth[0] - depth[1]), height_m=resident.height_m):
                shut.add(door.id)
    return frozenset(shut)


def _beside(door: Door, distance_m: float) -> tuple[float, float]:
    middle = door.line.interpolate(0.5, normalized=True)
    return middle.x + door.outward[0] * distance_m, middle.y + door.outward[1] * distance_m
