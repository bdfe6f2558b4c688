"""The resident's track: the recorded poses brought to even samples, with floor, way to go and exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drill import TICK_S
from drill.metrics.hazardtrack import HazardTrack
from drill.metrics.terrain import Terrain, terrain_of
from drill.metrics.thresholds import DEFAULT, Thresholds
from drill.record.events import Ended, Paused, ReachedRefuge
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Track:
    """The resident at even times. All arrays have N rows; site axes; SI units.

    Attributes:
        t_s: run time.
        active_s: run time without pauses: durations are taken on this clock.
        live: False inside a gap of the poses or a pause; nothing is counted there.
        xy: position of the head in plan, (N, 2).
        floor: index of the floor.
        feet_z: height of the ground under the head.
        eye_m: height of the head above the ground.
        speed_mps: horizontal speed over half a second.
        way_m: distance along the shortest way, all doors open, to the refuge that the run reached, else to the
            nearest; NaN where there is none.
        depth_m, flow_mps: water above the feet and its speed.
        extinction_per_m: K at the eyes.
        standing_extinction_per_m: K where the eyes would be when standing.
    """

    t_s: Floats
    active_s: Floats
    live: Flags
    xy: Floats
    floor: npt.NDArray[np.int16]
    feet_z: Floats
    eye_m: Floats
    speed_mps: Floats
    way_m: Floats
    depth_m: Floats
    flow_mps: Floats
    extinction_per_m: Floats
    standing_extinction_per_m: Floats

    def __len__(self) -> int:
        return len(self.t_s)

    def at(self, t_s: float) -> int:
        """Return the index of the sample at or just before `t_s`."""
        return int(np.clip(np.searchsorted(self.t_s, t_s + 1e-9, side="right") - 1, 0, max(len(self) - 1, 0)))

    def active_at(self, t_s: float) -> float:
        """Return `t_s` on the clock without pauses."""
        if not len(self):
            return t_s
        beyond = max(t_s - float(self.t_s[-1]), 0.0)
        return float(np.interp(t_s, self.t_s, self.active_s)) + beyond


def end_of(run: RecordedRun) -> float:
    """Return when the drill itself ended, s: its end event (the quiz comes after it), else the last thing recorded."""
    ends = [e.tick * TICK_S for e in run.events if isinstance(e, Ended)]
    return min(ends, default=run.duration_s)


def refuge_reached(run: RecordedRun) -> tuple[str, ...] | None:
    """Return the refuge that a run reached, as the flow field takes it; None (all of them) when it reached none."""
    reached = [e.refuge for e in run.events if isinstance(e, ReachedRefuge)]
    return (reached[0],) if reached else None


def pauses(run: RecordedRun) -> list[tuple[float, float]]:
    """Return the intervals in which the run was paused, s."""
    found: list[tuple[float, float]] = []
    since: float | None = None
    for event in run.events:
        if isinstance(event, Paused):
            if event.paused and since is None:
                since = event.tick * TICK_S
            elif not event.paused and since is not None:
                found.append((since, event.tick * TICK_S))
                since = None
    if since is not None:
        found.append((since, end_of(run)))
    return found


def gaps(run: RecordedRun, thresholds: Thresholds = DEFAULT) -> list[tuple[float, float]]:
    """Return the intervals between poses that are longer than the gap threshold, s."""
    t = run.pose.t_s
    wide = np.flatnonzero(np.diff(t) > thresholds.gap_s)
    return [(float(t[i]), float(t[i + 1])) for i in wide]


def track_of(
    run: RecordedRun,
    scenario: Scenario,
    *,
    thresholds: Thresholds = DEFAULT,
    terrain: Terrain | None = None,
) -> Track:
    """Return the track of a run; of length 0 when no poses were recorded."""
    terrain = terrain or terrain_of(scenario)
    pose = run.pose
    last_s = min(float(pose.t_s[-1]), end_of(run)) if len(pose.t_s) else 0.0
    n = int(np.floor((last_s - pose.t_s[0]) / thresholds.step_s + 1e-6)) + 1 if len(pose.t_s) else 0
    n = max(n, 0)
    begin_s = float(pose.t_s[0]) if n else 0.0
    t: Floats = begin_s + np.arange(n, dtype=np.float64) * thresholds.step_s
    head = np.column_stack([np.interp(t, pose.t_s, pose.head[:, c]) for c in range(3)]) if n else np.empty((0, 3))
    xy = np.ascontiguousarray(head[:, :2])
    floor = terrain.floors_of(xy, head[:, 2])
    feet_z = terrain.ground.z(floor, xy)
    live = np.ones(n, np.bool_)
    for begin, end in [*gaps(run, thresholds), *pauses(run)]:
        live &= ~((t >= begin) & (t < end))
    hazards = HazardTrack(run, scenario, terrain)
    depth, flow = hazards.water(t, floor, xy, feet_z)
    active = t.copy()
    for begin, end in pauses(run):
        active -= np.clip(t - begin, 0.0, end - begin)
    way = terrain.field(refuges=refuge_reached(run)).distance(floor, xy)
    return Track(
        t_s=t,
        active_s=active,
        live=live,
        xy=xy,
        floor=floor,
        feet_z=feet_z,
        eye_m=head[:, 2] - feet_z,
        speed_mps=_speed(t, xy),
        way_m=np.where(np.isfinite(way), way, np.nan),
        depth_m=depth,
        flow_mps=flow,
        extinction_per_m=hazards.extinction(t, floor, xy, head[:, 2]),
        standing_extinction_per_m=hazards.extinction(t, floor, xy, feet_z + run.header.standing_eye_m),
    )


def _speed(t: Floats, xy: Floats) -> Floats:
    """Return the speed at each sample over half a second around it, m/s."""
    if len(t) < 2:
        return np.zeros(len(t))
    before = np.maximum(t - 0.25, t[0])
    after = np.minimum(t + 0.25, t[-1])
    step = [np.interp(after, t, xy[:, c]) - np.interp(before, t, xy[:, c]) for c in range(2)]
    speed: Floats = np.hypot(*step) / np.maximum(after - before, 1e-9)
    return speed
