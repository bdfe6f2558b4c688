"""RiMEA and IMO cases, played with our crowd. Each returns what was measured; judging is done elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, box
from small_sites import corridor, door, group, room_with_exits, scenario_of, site_of

from drill.hazards.exposure import Exposure
from drill.people.crowd import STEP_S, Crowd
from drill.people.stairs import STAIR_DOWN_FACTOR, STAIR_UP_FACTOR
from drill.people.state import BodyState
from drill.scenario.scenario import Scenario
from drill.site.ground import Ground
from drill.site.site import Stair

ADULTS = {"dist": "truncnorm", "mean": 1.34, "sd": 0.26, "min": 0.8, "max": 1.9}

Floats = npt.NDArray[np.float64]


@dataclass
class Played:
    """A crowd that was played: `xy` (steps, N, 2) and `arrived_s` (N,), nan for those who did not arrive."""

    crowd: Crowd
    ground: Ground
    xy: Floats
    start_xy: Floats
    arrived_s: Floats
    state: npt.NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))

    def last_arrival(self) -> float:
        """Return the time of the last arrival, inf when somebody did not arrive."""
        return float(np.inf if np.isnan(self.arrived_s).any() else self.arrived_s.max())

    def crossing_s(self, *, x: float) -> Floats:
        """Return when each person first stood beyond `x`, interpolated between steps, nan if never."""
        whole = np.concatenate([self.start_xy[None], self.xy])[:, :, 0]
        beyond = whole > x
        step = np.argmax(beyond, axis=0)
        people = np.arange(whole.shape[1])
        before = whole[np.maximum(step - 1, 0), people]
        here = whole[step, people]
        share = np.where(here > before, (x - before) / np.where(here > before, here - before, 1.0), 0.0)
        return np.where(beyond.any(axis=0), (step - 1 + share) * STEP_S, np.nan)


def play(scenario: Scenario, *, until_s: float, seed: int = 1, happened: dict[str, float] | None = None) -> Played:
    """Play the crowd with nothing threatening until all have arrived or `until_s` is over."""
    ground = Ground(scenario.site)
    crowd = Crowd(scenario, ground, np.random.default_rng(seed))
    clean = Exposure.none(len(crowd))
    start = crowd.xy.copy()
    trace = []
    for step in range(1, round(until_s / STEP_S) + 1):
        crowd.step(t=step * STEP_S, exposure=clean, happened=happened or {"start": 0.0})
        trace.append(crowd.xy.copy())
        if not np.isnan(crowd.arrived_s).any():
            break
    return Played(crowd, ground, np.array(trace), start, crowd.arrived_s, crowd.bodies.state)


def steady_flow(crossings: Floats, *, low: float = 0.2, high: float = 0.8) -> float:
    """Return persons a second between the shares `low` and `high` of the crossings, in the order of time."""
    times = np.sort(crossings[~np.isnan(crossings)])
    if len(times) < 0.95 * len(crossings):
        return float("nan")
    first, last = round(low * len(times)), round(high * len(times)) - 1
    return float((last - first) / (times[last] - times[first]))


def free_corridor(speed: float, *, seed: int = 1) -> float:
    """RiMEA 1, IMO 1: seconds for 40 m of a corridor 2 m wide."""
    played = play(
        scenario_of(corridor(length_m=40, width_m=2), [group("one", 1, "start", speed=speed)]), until_s=90, seed=seed
    )
    return float(played.crossing_s(x=41.0)[0] - played.crossing_s(x=1.001 + 0.2)[0]) * 40.0 / 39.8


def stair_run(speed: float, *, up: bool) -> float:
    """RiMEA 2 and 3: seconds for a stair of 8 m seen from above, by a person whose speed on it is `speed` m/s."""
    stair = Stair(
        id="stair",
        lower=0,
        upper=1,
        polygon=box(5, 0, 13, 2),
        foot=LineString([(5, 0), (5, 2)]),
        head=LineString([(13, 0), (13, 2)]),
    )
    below, above = box(0, 0, 13, 2), box(13, 0, 19, 2)
    if up:
        site = site_of(
            outline=below,
            upper=above,
            rise_m=6.0,
            stairs=[stair],
            exits={},
            zones={"start": box(1, 0.7, 1.6, 1.3)},
            upper_exits={"exit": box(17, 0, 19, 2)},
        )
    else:
        site = site_of(
            outline=below,
            upper=above,
            rise_m=6.0,
            stairs=[stair],
            exits={"exit": box(0, 0, 2, 2)},
            zones={},
            upper_zones={"start": box(17, 0.7, 17.6, 1.3)},
        )
    level = speed / (STAIR_UP_FACTOR if up else STAIR_DOWN_FACTOR)
    played = play(scenario_of(site, [group("one", 1, "start", speed=level)]), until_s=120)
    x = np.concatenate([played.start_xy[None], played.xy])[:, 0, 0]
    # Speed on the stair is looked up four times a second, so its ends are left out: 7 m of the 8.
    inside = np.flatnonzero((x > 5.5) & (x < 12.5))
    run_m = abs(x[inside[-1]] - x[inside[0]])
    return float((inside[-1] - inside[0]) * STEP_S / run_m * 8.0)


def speed_at_density(density: float, *, profile: str, seed: int = 1) -> float:
    """RiMEA 4 (report): mean speed in a corridor 2 m wide that starts evenly filled, in a middle stretch of 4 m."""
    length = 24.0
    site = site_of(outline=box(0, 0, 60, 2), exits={"exit": box(57, 0, 60, 2)}, zones={"block": box(0, 0, length, 2)})
    n = round(density * length * 2)
    played = play(scenario_of(site, [group("all", n, "block", speed=ADULTS)], profile=profile), until_s=8, seed=seed)
    whole = np.concatenate([played.start_xy[None], played.xy])
    steps = slice(round(2 / STEP_S), round(6 / STEP_S))
    speeds = (whole[1:, :, 0] - whole[:-1, :, 0])[steps] / STEP_S
    here = (whole[:-1, :, 0] > 8)[steps] & (whole[:-1, :, 0] < 12)[steps]
    return float(speeds[here].mean())


def start_delays(*, seed: int = 1) -> Floats:
    """RiMEA 5: start minus reaction time of 10 people with reaction times 10, 20 ... 100 s."""
    site = room_with_exits(openings=[(8, 2, 8, 3)], width_m=8, depth_m=5)
    waits = [10.0 * (n + 1) for n in range(10)]
    groups = [group(f"p{n}", 1, "room", wait_s=w) for n, w in enumerate(waits)]
    played = play(scenario_of(site, groups), until_s=125, seed=seed)
    whole = np.concatenate([played.start_xy[None], played.xy])
    moved = np.hypot(*(whole[1:] - whole[:-1]).transpose(2, 0, 1)) > 1e-4
    first = np.argmax(moved, axis=0) * STEP_S
    return np.asarray(first - np.array(waits), np.float64)


def around_a_corner(*, seed: int = 1) -> tuple[int, float]:
    """RiMEA 6, IMO 6: 20 people round a corner of 90°; how many left the walkable ground, and the last arrival."""
    outline = box(0, 0, 12, 2).union(box(10, 0, 12, 12))
    site = site_of(outline=outline, exits={"exit": box(10, 11, 12, 12)}, zones={"start": box(0, 0, 5, 2)})
    played = play(scenario_of(site, [group("all", 20, "start", speed=ADULTS)]), until_s=90, seed=seed)
    points = played.xy.reshape(-1, 2)
    outside = int((~shapely.intersects_xy(outline.buffer(1e-6), points[:, 0], points[:, 1])).sum())
    return outside, played.last_arrival()


WEIDMANN_AGES = {"below 30": (0.58, 1.61), "30 to 50": (1.41, 1.54), "above 50": (0.68, 1.41), "impaired": (0.46, 0.76)}


def speeds_by_age(*, seed: int = 1) -> dict[str, tuple[float, float]]:
    """RiMEA 7: the slowest and fastest undisturbed walking speed of 50 people of each age group."""
    measured = {}
    for name, (low, high) in WEIDMANN_AGES.items():
        site = site_of(outline=box(0, 0, 30, 60), exits={"exit": box(27, 0, 30, 60)}, zones={"start": box(0, 0, 6, 60)})
        speed = {"dist": "uniform", "min": low, "max": high}
        played = play(scenario_of(site, [group("all", 50, "start", speed=speed)]), until_s=8, seed=seed)
        whole = np.concatenate([played.start_xy[None], played.xy])
        path = np.hypot(*(whole[1:] - whole[:-1]).transpose(2, 0, 1)) / STEP_S
        ours = np.percentile(path[20:], 90, axis=0)
        measured[name] = (float(ours.min()), float(ours.max()))
    return measured


def big_room(*, exits: int, profile: str, n: int = 1000, seed: int = 1) -> float:
    """RiMEA 9, IMO 9: last arrival of 1000 people from 30 × 20 m through four or two exits of 1 m."""
    four = [(7.0, 0.0, 8.0, 0.0), (22.0, 0.0, 23.0, 0.0), (7.0, 20.0, 8.0, 20.0), (22.0, 20.0, 23.0, 20.0)]
    openings = four if exits == 4 else four[:2]
    site = room_with_exits(openings=openings, width_m=30, depth_m=20)
    return play(
        scenario_of(site, [group("all", n, "room", speed=ADULTS)], profile=profile), until_s=900, seed=seed
    ).last_arrival()


def assigned_exits(*, seed: int = 1) -> tuple[int, int]:
    """RiMEA 10, IMO 10: 23 people in 12 rooms along a corridor.

    Returns how many left by the exit that was theirs, and how many there are.
    """
    walls: list[list[tuple[float, float]]] = [[(0, 4), (18, 4)], [(0, 6), (18, 6)]]
    doors = []
    zones = {}
    for n in range(6):
        x = 3.0 * n
        if n:
            walls += [[(x, 0), (x, 4)], [(x, 6), (x, 10)]]
        doors += [door(f"a{n}", (x + 1, 4), (x + 1.9, 4)), door(f"b{n}", (x + 1, 6), (x + 1.9, 6))]
        zones[f"a{n}"], zones[f"b{n}"] = box(x, 0, x + 3, 3.8), box(x, 6.2, x + 3, 10)
    outline = box(0, 0, 18, 10).union(box(-3, 4, 0, 6)).union(box(18, 4, 21, 6))
    site = site_of(
        outline=outline,
        exits={"main": box(20, 4, 21, 6), "side": box(-3, 4, -2, 6)},
        zones=zones,
        walls=[*walls, [(0, 0), (0, 4)], [(0, 6), (0, 10)], [(18, 0), (18, 4)], [(18, 6), (18, 10)]],
        doors=doors,
    )
    rooms = list(zones)
    groups = [group(f"g{n}", 2 if n < 11 else 1, rooms[n], leads_to="main" if n < 8 else "side") for n in range(12)]
    played = play(scenario_of(site, groups), until_s=180, seed=seed)
    wants_main = played.crowd.group < 8
    last = played.xy[-1, :, 0]
    right = np.where(wants_main, last > 18, last < 0) & ~np.isnan(played.arrived_s)
    return int(right.sum()), len(right)


def two_exits(*, n: int, seed: int = 1) -> tuple[float, float]:
    """RiMEA 11: shares of people who leave by the near and by the far exit of a room of 30 × 20 m."""
    site = room_with_exits(openings=[(7.0, 0.0, 8.0, 0.0), (28.0, 0.0, 29.0, 0.0)], width_m=30, depth_m=20)
    zone = box(0, 0, 17, 20)
    site = site_of(outline=site.floors[0].outline, exits={r.id: r.polygon for r in site.refuges}, zones={"left": zone})
    played = play(scenario_of(site, [group("all", n, "left", speed=ADULTS)]), until_s=900, seed=seed)
    near = float((played.crowd.xy[:, 0] < 15).mean())
    return near, 1.0 - near


def bottleneck_then_corridor(*, seed: int = 1) -> tuple[float, float, float]:
    """RiMEA 12: 150 people, room, door of 1 m, corridor of 5 m, room, exit of 1 m.

    Returns flow at the first door, flow at the exit (persons/s), and the greatest number of people held in the
    second room.
    """
    outline = box(0, 0, 10, 10).union(box(10, 4.5, 15, 5.5)).union(box(15, 0, 25, 10)).union(box(25, 4.5, 28, 5.5))
    site = site_of(outline=outline, exits={"exit": box(26, 4.5, 28, 5.5)}, zones={"room": box(0, 0, 10, 10)})
    scenario = scenario_of(site, [group("all", 150, "room", speed=ADULTS)])
    played = play(scenario, until_s=300, seed=seed)
    waiting = ((played.xy[:, :, 0] > 15.5) & (played.xy[:, :, 0] < 24.5)).sum(axis=1)
    return (
        steady_flow(played.crossing_s(x=10.0)),
        steady_flow(played.crossing_s(x=25.0)),
        float(waiting.max()),
    )


def door_flow(*, width_m: float, profile: str, n: int = 150, seed: int = 1) -> float:
    """Persons a second through a bottleneck 1 m long, from a room of 10 × 8 m."""
    low, high = 4 - width_m / 2, 4 + width_m / 2
    outline = box(0, 0, 10, 8).union(box(10, low, 11, high)).union(box(11, 0, 16, 8))
    site = site_of(outline=outline, exits={"exit": box(13, 0, 16, 8)}, zones={"room": box(0, 0, 10, 8)})
    played = play(scenario_of(site, [group("all", n, "room", speed=ADULTS)], profile=profile), until_s=400, seed=seed)
    return steady_flow(played.crossing_s(x=10.5))


def room_exit_flow(*, profile: str, seed: int = 1) -> float:
    """IMO 4: persons a second over the whole period, from a room of 8 × 5 m with 100 people through an exit of 1 m."""
    site = room_with_exits(openings=[(8, 2, 8, 3)], width_m=8, depth_m=5)
    played = play(scenario_of(site, [group("all", 100, "room", speed=ADULTS)], profile=profile), until_s=300, seed=seed)
    crossings = played.crossing_s(x=8.1)
    return float(len(crossings) / crossings.max())


def counterflow(counts: Sequence[int] = (0, 10, 50), *, seed: int = 1, profile: str = "lab") -> list[float]:
    """IMO 8: seconds until 100 people crossed a corridor of 10 × 2 m between two rooms, against each count."""
    outline = box(0, 0, 10, 10).union(box(10, 4, 20, 6)).union(box(20, 0, 30, 10))
    site = site_of(
        outline=outline,
        exits={"right": box(28, 0, 30, 10), "left": box(0, 0, 2, 10)},
        zones={"a": box(2, 0, 10, 10), "b": box(20, 0, 28, 10)},
    )
    times = []
    for count in counts:
        groups: list[dict[str, Any]] = [group("there", 100, "a", speed=ADULTS, leads_to="right")]
        if count:
            groups.append(group("back", count, "b", speed=ADULTS, leads_to="left"))
        played = play(scenario_of(site, groups, profile=profile), until_s=400, seed=seed)
        mine = played.arrived_s[:100]
        times.append(float(np.inf if np.isnan(mine).any() else mine.max()))
    return times


def gone(played: Played) -> int:
    """Return how many left."""
    return int((played.state == BodyState.GONE).sum())
