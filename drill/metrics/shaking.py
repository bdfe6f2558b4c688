"""Drop, cover and hold on: what was done while it shook, one part after another.

An episode is a shock from its `Shaking` event to the one that ends it, and the time after it in which the next one may
come. Times are judged from the recorded poses, cover from the props of the site: a head lower than the top of a thing
that protects, and in plan under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from drill import TICK_HZ, TICK_S
from drill.metrics.figures import Figure, figure
from drill.metrics.movement import walked_m
from drill.metrics.thresholds import Thresholds
from drill.metrics.track import Track
from drill.record.events import HitByThing, OnGlass, Shaking
from drill.record.run import RecordedRun
from drill.scenario.model import Earthquake
from drill.scenario.scenario import Scenario
from drill.site.ground import prop_outline
from drill.site.site import Site
from drill.site.things import nature_of

Flags = npt.NDArray[np.bool_]

SHAKING_IDS: Final = ("drop_latency_s", "cover_share", "hold_share", "hits", "glass_m")
COVER_SLACK_M: Final = 0.15
"""A desk slides under strong shaking: a head this far outside of where it stood counts as under it."""
NEAR_M: Final = 0.5
WINDOW_M: Final = 1.0
STRONG_FROM: Final = 2.5
"""Shocks from class 3 on, which nearly everybody indoors feels, are those to drop, cover and hold on in."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One shock as the resident met it.

    Attributes:
        shock: its id.
        begin_s: when it began, run time.
        end_s: when it ended.
        dropped_s: when the head was first low, at the earliest the first warning before it; None when never.
        covered: share of the shaking after the drop allowance spent under cover, or away from what may fall.
        held: whether the head stayed low from the drop until the shaking ended and `dwell_s` after.
    """

    shock: str
    begin_s: float
    end_s: float
    dropped_s: float | None
    covered: float
    held: bool


def episodes(run: RecordedRun, scenario: Scenario, track: Track, thresholds: Thresholds) -> list[Episode]:
    """Return how the resident met every strong shock that was recorded, in order of time."""
    if not len(track):
        return []
    low = track.eye_m < thresholds.drop_ratio * run.header.standing_eye_m
    covered = under_cover(scenario.site, track) | away_from_harm(scenario.site, track)
    found = []
    for shock, begin, end in _shocks(run):
        found.append(_episode(shock, begin, end, track, low, covered, thresholds))
    return found


def _shocks(run: RecordedRun) -> list[tuple[str, float, float]]:
    begun: dict[str, float] = {}
    found = []
    for event in run.events:
        if not isinstance(event, Shaking) or event.intensity < STRONG_FROM:
            continue
        if event.begins:
            begun[event.shock] = event.tick * TICK_S
        elif event.shock in begun:
            found.append((event.shock, begun.pop(event.shock), event.tick * TICK_S))
    last = max((event.tick for event in run.events), default=0) * TICK_S
    # A run that ends while it shakes shows how it was met until then.
    found += [(shock, begin, last) for shock, begin in begun.items() if last - begin >= 1.0]
    return sorted(found, key=lambda one: one[1])


def _episode(
    shock: str, begin: float, end: float, track: Track, low: Flags, covered: Flags, thresholds: Thresholds
) -> Episode:
    here = (track.t_s >= begin - 1e-6) & (track.t_s <= end + 1e-6) & track.live
    first = np.flatnonzero(here & low)
    dropped = None if not len(first) else float(track.t_s[first[0]])
    counted = here & (track.t_s >= begin + thresholds.drop_allowed_s)
    share = float(covered[counted & low].sum() / counted.sum()) if counted.any() else 0.0
    held = False
    if dropped is not None:
        stay = (track.t_s >= dropped) & (track.t_s <= end + thresholds.hold_dwell_s) & track.live
        held = bool((stay & ~low).sum() * thresholds.step_s <= thresholds.hold_slack_s)
    return Episode(shock, begin, end, dropped, share, held)


def under_cover(site: Site, track: Track) -> Flags:
    """Return at which samples the head is under a thing that protects, shape (N,)."""
    head_z = track.feet_z + track.eye_m
    covered = np.zeros(len(track), np.bool_)
    for prop in site.props:
        if not prop.protective:
            continue
        top = site.floors[prop.floor].z_m + prop.z_m + prop.size_m[2]
        near = np.flatnonzero((track.floor == prop.floor) & (head_z < top))
        outline = prop_outline(prop).buffer(COVER_SLACK_M, join_style="mitre")
        xy = track.xy[near]
        covered[near] |= shapely.contains_xy(outline, xy[:, 0], xy[:, 1])
    return covered


def away_from_harm(site: Site, track: Track) -> Flags:
    """Return at which samples nothing that may fall or break is near, shape (N,).

    Near is: under a hanging thing, within its height of one that may overturn, within half a metre of any other that
    may move, within `WINDOW_M` of a window.
    """
    away = np.ones(len(track), np.bool_)
    points = shapely.points(track.xy)
    for prop in site.props:
        nature = nature_of(prop.kind)
        if nature.hazard and not prop.fixed:
            reach = prop.size_m[2] if prop.topples and prop.z_m == 0.0 else NEAR_M
            away &= (track.floor != prop.floor) | (shapely.distance(prop_outline(prop), points) >= reach)
    for wall in site.walls:
        if wall.window:
            away &= (track.floor != wall.floor) | (shapely.distance(wall.line, points) >= WINDOW_M)
    return away


def shaking_figures(run: RecordedRun, scenario: Scenario, track: Track, thresholds: Thresholds) -> list[Figure]:
    """Return the figures of the shaking: drop, cover, hold, how often something hit, the way over broken glass."""
    reason = ""
    if not any(isinstance(part, Earthquake) for part in scenario.model.hazards):
        reason = "no_earthquake"
    elif not len(track):
        reason = "no_pose"
    if reason:
        return [figure(id_, None, reason=reason) for id_ in SHAKING_IDS]
    hits = [event for event in run.events if isinstance(event, HitByThing)]
    hit = figure("hits", len(hits), tick=hits[0].tick if hits else None)
    glass = _on_glass(run, track)
    met = episodes(run, scenario, track, thresholds)
    if not met:
        return [*(figure(id_, None, reason="no_strong_shaking") for id_ in SHAKING_IDS[:3]), hit, glass]
    first = met[0]
    if first.dropped_s is None:
        drop = figure(
            "drop_latency_s", None, reason="never_dropped", censored_at_s=round(first.end_s - first.begin_s, 3)
        )
    else:
        late = first.dropped_s - first.begin_s
        drop = figure("drop_latency_s", max(0.0, late), n=len(met), tick=round(first.dropped_s * TICK_HZ))
    length = sum(one.end_s - one.begin_s for one in met)
    cover = sum(one.covered * (one.end_s - one.begin_s) for one in met) / length
    held = sum(one.held for one in met) / len(met)
    tick = round(first.begin_s * TICK_HZ)
    return [
        drop,
        figure("cover_share", cover, n=len(met), tick=tick),
        figure("hold_share", held, n=len(met), tick=tick),
        hit,
        glass,
    ]


def _on_glass(run: RecordedRun, track: Track) -> Figure:
    """Return how far one walked on broken glass; `n` is how often one came onto it."""
    trodden: list[tuple[float, float]] = []
    begun: float | None = None
    end = max(float(track.t_s[-1]), 0.0)
    for event in run.events:
        if not isinstance(event, OnGlass):
            continue
        if begun is not None and not event.under:
            trodden.append((begun, event.tick * TICK_S))
        begun = (event.tick * TICK_S if begun is None else begun) if event.under else None
    if begun is not None:
        trodden.append((begun, end))
    metres = sum(walked_m(track, from_s=begin, to_s=until) for begin, until in trodden)
    return figure("glass_m", metres, n=len(trodden), tick=round(trodden[0][0] * TICK_HZ) if trodden else None)
