"""Pressing on others: touching somebody while one wants to go on towards them faster than they go away.

Nobody in a drill walks through anybody: a body that presses is stopped by the other, and its own movement then shows
nothing. So what counts is where the person wanted to go, which the recorded inputs tell: command and real steps.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drill import TICK_HZ, TICK_S
from drill.metrics.movement import Interval
from drill.metrics.terrain import Terrain
from drill.metrics.thresholds import Thresholds
from drill.metrics.track import Track, end_of
from drill.people.stairs import stair_factor
from drill.people.state import BodyState
from drill.record.events import Suffered
from drill.record.run import CrowdTrack, RecordedRun
from drill.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEP_WINDOW_S: Final = 0.25
FURTHEST_LOOKS_S: Final = 0.5
"""Somebody's places that were recorded further apart than this tell no speed."""


def pushes(
    run: RecordedRun, scenario: Scenario, track: Track, terrain: Terrain, thresholds: Thresholds
) -> list[Interval]:
    """Return the stretches in which the resident pressed on others, in order of time.

    At each moment at which the crowd was recorded: somebody on the same floor is nearer than `touch_m`, and the
    resident's wanted velocity towards them exceeds theirs away from the resident by more than `push_closing_mps`.
    Moments no further apart than `push_join_s` make one stretch, which counts from `push_least_s` on.
    """
    crowd = run.crowd
    ticks, row_of = np.unique(crowd.tick.astype(np.int64), return_inverse=True)
    t: Floats = ticks.astype(np.float64) * TICK_S
    if not len(track) or not len(ticks):
        return []
    at = np.clip(np.searchsorted(track.t_s, t + 1e-9, side="right") - 1, 0, len(track) - 1)
    live = track.live[at] & (t >= track.t_s[0] - 1e-6) & (t <= min(float(track.t_s[-1]), end_of(run)) + 0.1)
    xy = np.column_stack([np.interp(t, run.pose.t_s, run.pose.head[:, c]) for c in range(2)])
    off = np.column_stack((crowd.x_m, crowd.y_m)) - xy[row_of]
    away = np.hypot(off[:, 0], off[:, 1])
    near = live[row_of] & (away < thresholds.touch_m) & (crowd.floor == track.floor[at][row_of])
    rows = np.flatnonzero(near & (crowd.state != BodyState.GONE))
    if not len(rows):
        return []
    wanted = _wanted(run, scenario, track, terrain, ticks)
    towards = off[rows] / np.maximum(away[rows], 1e-6)[:, None]
    pace = (wanted[row_of[rows]] * towards).sum(axis=1)
    closing = pace - (_velocities(crowd)[rows] * towards).sum(axis=1)
    pressing = np.zeros(len(ticks), np.bool_)
    pressing[row_of[rows[(closing > thresholds.push_closing_mps) & (pace > thresholds.push_closing_mps)]]] = True
    return _stretches(t, pressing, thresholds)


def _velocities(crowd: CrowdTrack) -> Floats:
    """Return the velocity of everybody at each row of the crowd, (N, 2), m/s: between the looks before and after."""
    order = np.lexsort((crowd.tick, crowd.id))
    id_, t = crowd.id[order].astype(np.int64), crowd.tick[order] * TICK_S
    xy = np.column_stack((crowd.x_m, crowd.y_m))[order]
    n = np.arange(len(order))
    joined = np.zeros(len(order) + 1, np.bool_)
    joined[1:-1] = (np.diff(id_) == 0) & (np.diff(t) <= FURTHEST_LOOKS_S)
    before, after = np.where(joined[:-1], n - 1, n), np.where(joined[1:], n + 1, n)
    span = np.maximum(t[after] - t[before], TICK_S)
    velocity = np.empty_like(xy)
    velocity[order] = (xy[after] - xy[before]) / span[:, None]
    return velocity


def _wanted(run: RecordedRun, scenario: Scenario, track: Track, terrain: Terrain, ticks: Ints) -> Floats:
    """Return where the resident wanted to go at each tick, (N, 2), m/s; without inputs, where they went.

    It is what moves a body in the drill: the command by the walking speed that hazards and stairs leave, and the real
    steps of the last quarter of a second.
    """
    t: Floats = ticks.astype(np.float64) * TICK_S
    if not run.inputs:
        return _went(track, t)
    given = np.array([one.tick for one in run.inputs], np.int64)
    last = np.searchsorted(given, ticks, side="right") - 1
    pose = np.clip(np.searchsorted(run.pose.t_s, t + 1e-9, side="right") - 1, 0, len(run.pose.t_s) - 1)
    command = np.zeros((len(ticks), 2))
    for k in np.flatnonzero(last >= 0):
        one = run.inputs[last[k]]
        local = (0.0, 0.0, 0.0, 1.0) if one.head is None else (one.head.qx, one.head.qy, one.head.qz, one.head.qw)
        yaw = _rig_yaw(run.pose.head[pose[k], 3:7].astype(np.float64), local)
        size = max(1.0, float(np.hypot(one.forward, one.right)))
        cos, sin = np.cos(yaw) / size, np.sin(yaw) / size
        command[k] = one.forward * cos + one.right * sin, one.forward * sin - one.right * cos
    told = [(e.tick, e.speed_factor) for e in run.events if isinstance(e, Suffered)]
    factors = np.array([1.0, *(factor for _, factor in told)])
    command *= factors[np.searchsorted([tick for tick, _ in told], ticks, side="right")][:, None]
    at = np.clip(np.searchsorted(track.t_s, t + 1e-9, side="right") - 1, 0, len(track) - 1)
    stair = stair_factor(terrain.ground, floor=track.floor[at], xy=track.xy[at], heading=command)
    return command * scenario.model.resident.speed_mps * stair[:, None] + _stepped(run, given, ticks)


def _went(track: Track, t: Floats) -> Floats:
    before, after = np.maximum(t - STEP_WINDOW_S, track.t_s[0]), np.minimum(t, track.t_s[-1])
    moved = [
        np.interp(after, track.t_s, track.xy[:, c]) - np.interp(before, track.t_s, track.xy[:, c]) for c in range(2)
    ]
    velocity: Floats = np.column_stack(moved) / np.maximum(after - before, TICK_S)[:, None]
    return velocity


def _stepped(run: RecordedRun, given: Ints, ticks: Ints) -> Floats:
    """Return the velocity of real steps over the last `STEP_WINDOW_S`; inputs hold until the next that were kept."""
    steps = np.array([one.step_m for one in run.inputs], np.float64)
    if not steps.any():
        return np.zeros((len(ticks), 2))
    ends = np.append(given[1:], max(int(given[-1]), int(ticks[-1])) + 1)
    way = np.concatenate((np.zeros((1, 2)), np.cumsum(steps * (ends - given)[:, None], axis=0)))
    knots = np.append(given, ends[-1]) - 1
    window = round(STEP_WINDOW_S * TICK_HZ)
    moved = [np.interp(ticks, knots, way[:, c]) - np.interp(ticks - window, knots, way[:, c]) for c in range(2)]
    return np.column_stack(moved) / STEP_WINDOW_S


def _rig_yaw(world: Floats, local: tuple[float, float, float, float]) -> float:
    """Return the rig's yaw, radians, from how the head is turned in the world and relative to the rig: x, y, z, w."""
    ax, ay, az, aw = (float(v) for v in world)
    bx, by, bz, bw = -local[0], -local[1], -local[2], local[3]
    z = aw * bz + ax * by - ay * bx + az * bw
    w = aw * bw - ax * bx - ay * by - az * bz
    return float(2.0 * np.arctan2(z, w))


def _stretches(t: Floats, pressing: npt.NDArray[np.bool_], thresholds: Thresholds) -> list[Interval]:
    moments = t[pressing]
    if not len(moments):
        return []
    step = float(np.median(np.diff(t))) if len(t) > 1 else 0.0
    breaks = np.flatnonzero(np.diff(moments) > max(thresholds.push_join_s, 1.5 * step)) + 1
    found = []
    for part in np.split(moments, breaks):
        stretch = Interval(float(part[0]), float(part[-1]) + step)
        if stretch.length_s >= thresholds.push_least_s - 1e-9:
            found.append(stretch)
    return found
