"""What the hazards did to the resident: figures from the recorded hazard channel, the poses and the dose events."""

from __future__ import annotations

import numpy as np

from drill import TICK_HZ
from drill.metrics.figures import Figure, figure
from drill.metrics.hazardtrack import HazardTrack
from drill.metrics.thresholds import Thresholds
from drill.metrics.track import Track
from drill.record.events import Suffered
from drill.record.run import RecordedRun
from drill.scenario.model import Flood, Smoke
from drill.scenario.scenario import Scenario

WATER_IDS = ("max_depth_m", "max_depth_speed_m2ps", "time_above_knee_s", "water_margin_s")
SMOKE_IDS = ("smoke_time_s", "low_posture_share")


def exposure_figures(
    run: RecordedRun,
    scenario: Scenario,
    track: Track,
    hazards: HazardTrack,
    refuge_s: float | None,
    thresholds: Thresholds,
) -> list[Figure]:
    """Return the exposure figures of a run."""
    return [
        *_water(run, scenario, track, hazards, refuge_s, thresholds),
        _dose(run, scenario),
        *_smoke(run, scenario, track, hazards, thresholds),
    ]


def _missing(scenario: Scenario, track: Track, kind: type, *, recorded: bool) -> str:
    if not any(isinstance(h, kind) for h in scenario.model.hazards):
        return "no_water" if kind is Flood else "no_smoke"
    if not len(track):
        return "no_pose"
    return "" if recorded else "not_recorded"


def _water(
    run: RecordedRun,
    scenario: Scenario,
    track: Track,
    hazards: HazardTrack,
    refuge_s: float | None,
    thresholds: Thresholds,
) -> list[Figure]:
    reason = _missing(scenario, track, Flood, recorded=hazards.has_water)
    if reason:
        return [figure(id_, None, reason=reason) for id_ in WATER_IDS]
    deepest = int(track.depth_m.argmax())
    force = track.depth_m * track.flow_mps
    strongest = int(force.argmax())
    knee_m = thresholds.knee_ratio * run.header.standing_eye_m / thresholds.eye_ratio
    above = (track.depth_m > knee_m) & track.live
    return [
        figure("max_depth_m", float(track.depth_m[deepest]), tick=round(track.t_s[deepest] * TICK_HZ)),
        figure("max_depth_speed_m2ps", float(force[strongest]), tick=round(track.t_s[strongest] * TICK_HZ)),
        figure("time_above_knee_s", above.sum() * thresholds.step_s, n=int(above.sum())),
        _margin(track, hazards, refuge_s, thresholds),
    ]


def _margin(track: Track, hazards: HazardTrack, refuge_s: float | None, thresholds: Thresholds) -> Figure:
    end = len(track) if refuge_s is None else track.at(refuge_s) + 1
    chosen = slice(0, end, 5)
    came = hazards.arrival(
        track.floor[chosen], track.xy[chosen], track.feet_z[chosen], depth_m=thresholds.arrival_depth_m
    )
    margin = came - track.t_s[chosen]
    least = int(margin.argmin())
    if not np.isfinite(margin[least]):
        return figure("water_margin_s", None, reason="water_never_came")
    return figure("water_margin_s", float(margin[least]), tick=round(track.t_s[chosen][least] * TICK_HZ))


def _dose(run: RecordedRun, scenario: Scenario) -> Figure:
    if not any(isinstance(h, Smoke) for h in scenario.model.hazards):
        return figure("fed", None, reason="no_smoke")
    doses = [e for e in run.events if isinstance(e, Suffered)]
    if not doses:
        return figure("fed", None, reason="not_recorded")
    last = max(doses, key=lambda e: (e.fed, -e.tick))
    return figure("fed", last.fed, tick=last.tick)


def _smoke(
    run: RecordedRun, scenario: Scenario, track: Track, hazards: HazardTrack, thresholds: Thresholds
) -> list[Figure]:
    reason = _missing(scenario, track, Smoke, recorded=hazards.has_smoke)
    if reason:
        return [figure(id_, None, reason=reason) for id_ in SMOKE_IDS]
    smoky = (track.extinction_per_m >= thresholds.smoke_extinction_per_m) & track.live
    thickest = int(track.extinction_per_m.argmax())
    tick = round(track.t_s[thickest] * TICK_HZ) if smoky.any() else None
    figures = [figure("smoke_time_s", smoky.sum() * thresholds.step_s, n=int(smoky.sum()), tick=tick)]
    standing = (track.standing_extinction_per_m >= thresholds.smoke_extinction_per_m) & track.live
    if standing.sum() * thresholds.step_s < thresholds.smoke_least_s:
        return [*figures, figure("low_posture_share", None, reason="no_smoke_met")]
    low = standing & (track.eye_m < thresholds.low_posture_ratio * run.header.standing_eye_m)
    first = int(np.flatnonzero(standing)[0])
    share = low.sum() / standing.sum()
    return [
        *figures,
        figure("low_posture_share", share, n=int(standing.sum()), tick=round(track.t_s[first] * TICK_HZ)),
    ]
