"""How one left: by which stair, whether one pressed on others, whether one ran on the stair.

The rule is that of school drills, おさない・かけない（はしらない）・しゃべらない・もどらない (消防庁, 文部科学省). What
counts as pressing and as running is ours: the thresholds are stored with every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from drill import TICK_HZ
from drill.metrics.figures import Figure, figure
from drill.metrics.pushing import pushes
from drill.metrics.terrain import Terrain
from drill.metrics.thresholds import Thresholds
from drill.metrics.track import Track
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario
from drill.site.site import Stair

LEAVING_IDS: Final = ("right_stair", "pushing_s", "pushes", "stair_run_s")
STAIR_DOOR_M: Final = 3.0
"""A door no further than this from a stair is that stair's."""


@dataclass(frozen=True, slots=True)
class StairUse:
    """One going along at least half of a stair.

    Attributes:
        stair: its id.
        begin_s: when one stepped onto it, run time.
        run_s: how long one ran on it.
        ran_at_s: when one first did, or None.
    """

    stair: str
    begin_s: float
    run_s: float
    ran_at_s: float | None


def leaving_figures(
    run: RecordedRun,
    scenario: Scenario,
    track: Track,
    terrain: Terrain,
    *,
    cue_s: float | None,
    thresholds: Thresholds,
) -> list[Figure]:
    """Return by which stair one left after the first cue, how long one pressed on others and ran on stairs."""
    if not len(track):
        return [figure(id_, None, reason="no_pose") for id_ in LEAVING_IDS]
    used = stairs_used(track, scenario.site.stairs, from_s=cue_s or 0.0, thresholds=thresholds)
    return [_right_stair(scenario, used), *_pushing(run, scenario, track, terrain, thresholds), _running(used)]


def right_stairs(scenario: Scenario) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids of the stairs that a scenario calls right, and of those that it calls wrong.

    They are the stairs by the doors of the right and of the wrong options of its decisions: for each door the nearest
    within `STAIR_DOOR_M`.
    """
    doors = {door.id: door for door in scenario.site.doors}
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for option in (o for decision in scenario.model.decisions for o in decision.options if o.door in doors):
        door = doors[option.door or ""]
        stairs = [s for s in scenario.site.stairs if door.floor in (s.lower, s.upper)]
        away, stair = min(((s.polygon.distance(door.line), s.id) for s in stairs), default=(np.inf, ""))
        if away <= STAIR_DOOR_M:
            found[option.correct].add(stair)
    return frozenset(found[True]), frozenset(found[False] - found[True])


def stairs_used(track: Track, stairs: Sequence[Stair], *, from_s: float, thresholds: Thresholds) -> list[StairUse]:
    """Return every going along at least half of a stair that began at or after `from_s`, in order of time."""
    found = []
    for stair in stairs:
        on = shapely.contains_xy(stair.polygon, track.xy[:, 0], track.xy[:, 1]) & (track.t_s >= from_s)
        on &= (track.floor == stair.lower) | (track.floor == stair.upper)
        foot, head = stair.foot.centroid, stair.head.centroid
        run = np.array([head.x - foot.x, head.y - foot.y])
        share = (track.xy - np.array([foot.x, foot.y])) @ run / float(run @ run)
        ran = on & track.live & (track.speed_mps > thresholds.stair_run_mps)
        edges = np.diff(np.concatenate(([0], on.astype(np.int8), [0])))
        for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            if np.ptp(share[begin:end]) < 0.5:
                continue
            fast = np.flatnonzero(ran[begin:end])
            at = float(track.t_s[begin + fast[0]]) if len(fast) else None
            found.append(StairUse(stair.id, float(track.t_s[begin]), len(fast) * thresholds.step_s, at))
    return sorted(found, key=lambda use: use.begin_s)


def _right_stair(scenario: Scenario, used: list[StairUse]) -> Figure:
    right, wrong = right_stairs(scenario)
    if not right:
        return figure("right_stair", None, reason="no_stair_named")
    judged = [use for use in used if use.stair in right | wrong]
    if not judged:
        return figure("right_stair", None, reason="no_stair_used")
    astray = [use for use in judged if use.stair in wrong]
    shown = (astray or judged)[0]
    return figure("right_stair", float(not astray), n=len(judged), tick=round(shown.begin_s * TICK_HZ))


def _running(used: list[StairUse]) -> Figure:
    if not used:
        return figure("stair_run_s", None, reason="no_stair_used")
    first = next((use.ran_at_s for use in used if use.ran_at_s is not None), None)
    tick = None if first is None else round(first * TICK_HZ)
    return figure("stair_run_s", sum(use.run_s for use in used), n=len(used), tick=tick)


def _pushing(
    run: RecordedRun, scenario: Scenario, track: Track, terrain: Terrain, thresholds: Thresholds
) -> list[Figure]:
    if not len(run.crowd.tick):
        reason = "not_recorded" if any(group.n for group in scenario.model.crowd.groups) else "nobody_near"
        return [figure(id_, None, reason=reason) for id_ in ("pushing_s", "pushes")]
    found = pushes(run, scenario, track, terrain, thresholds)
    longest = max(found, key=lambda one: one.length_s, default=None)
    tick = None if longest is None else round(longest.begin_s * TICK_HZ)
    total = sum(one.length_s for one in found)
    return [figure("pushing_s", total, n=len(found), tick=tick), figure("pushes", len(found), tick=tick)]
