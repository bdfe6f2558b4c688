"""All metrics of a recorded run: pure functions over the run and its scenario, for station and server alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drill import TICK_HZ, TICK_S
from drill.metrics.definitions import definitions, definitions_version
from drill.metrics.exposures import exposure_figures
from drill.metrics.figures import Figure, Metrics, figure
from drill.metrics.hazardtrack import HazardTrack
from drill.metrics.leaving import leaving_figures
from drill.metrics.movement import backtracks, first_move, hesitations, walked_m
from drill.metrics.quality import quality_figures
from drill.metrics.route import doors_shut_at, route_of
from drill.metrics.shaking import shaking_figures
from drill.metrics.terrain import Terrain, terrain_of
from drill.metrics.thresholds import DEFAULT, Thresholds
from drill.metrics.track import Track, end_of, refuge_reached, track_of
from drill.record.events import Answered, Cue, Decided, ReachedRefuge, Warned
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario

MEANINGLESS_BY_TELEPORT = (
    "travel_time_s",
    "evacuation_time_s",
    "walked_m",
    "path_efficiency",
    "detour_m",
    "backtracks",
    "hesitation_s",
    "hesitation_count",
    "glass_m",
    "right_stair",
    "pushing_s",
    "pushes",
    "stair_run_s",
)
MEANINGLESS_SEATED = ("low_posture_share", "drop_latency_s", "cover_share", "hold_share")


@dataclass(frozen=True, slots=True)
class Times:
    """The times that the metrics are measured between, s on the run clock; None where there was none."""

    cue_s: float | None
    move_s: float | None
    refuge_s: float | None


def compute_metrics(run: RecordedRun, scenario: Scenario, *, thresholds: Thresholds = DEFAULT) -> Metrics:
    """Return every figure of a run by the definitions in `definitions.toml`.

    A figure without a value says why: not recorded, not reached (censored), meaningless in this locomotion mode.
    """
    terrain = terrain_of(scenario)
    track = track_of(run, scenario, thresholds=thresholds, terrain=terrain)
    hazards = HazardTrack(run, scenario, terrain)
    times = _times(run, track, terrain, thresholds)
    found = [
        *_time_figures(run, track, times),
        *_movement_figures(run, scenario, track, hazards, terrain, times, thresholds),
        *exposure_figures(run, scenario, track, hazards, times.refuge_s, thresholds),
        *shaking_figures(run, scenario, track, thresholds),
        *leaving_figures(run, scenario, track, terrain, cue_s=times.cue_s, thresholds=thresholds),
        *_answer_figures(run),
        *quality_figures(run, thresholds),
    ]
    by_id = {f.id: _meaningful(f, run) for f in found}
    return Metrics(
        run_id=run.header.run_id,
        scenario=run.header.scenario,
        scenario_hash=run.header.scenario_hash,
        locomotion=run.header.locomotion,
        definitions_version=definitions_version(),
        figures=tuple(by_id[id_] for id_ in definitions()),
        route=route_of(run, track, terrain),
        thresholds=thresholds.as_dict(),
        first_cue_s=times.cue_s,
        first_move_s=times.move_s,
        refuge_s=times.refuge_s,
        missing=run.missing_seq,
        flags=run.flags,
        decisions={e.decision: bool(e.correct) for e in run.events if isinstance(e, Decided) and e.option},
    )


def first_cue_tick(run: RecordedRun) -> int | None:
    """Return the tick of the first cue: the one marked first, else the first cue or warning at all."""
    cues = [e for e in run.events if isinstance(e, Cue | Warned)]
    marked = [e.tick for e in cues if isinstance(e, Cue) and e.first]
    return min(marked or [e.tick for e in cues], default=None)


def _times(run: RecordedRun, track: Track, terrain: Terrain, thresholds: Thresholds) -> Times:
    cue_tick = first_cue_tick(run)
    cue_s = None if cue_tick is None else cue_tick * TICK_S
    refuges = [e.tick * TICK_S for e in run.events if isinstance(e, ReachedRefuge)]
    move_s = None
    if cue_s is not None and len(track):
        distances = terrain.distances_to_exits(track.floor, track.xy)
        move_s = first_move(track, distances, from_s=cue_s, thresholds=thresholds)
    return Times(cue_s, move_s, min(refuges, default=None))


def _time_figures(run: RecordedRun, track: Track, times: Times) -> list[Figure]:
    cue, move, refuge = times.cue_s, times.move_s, times.refuge_s
    watched = None if cue is None else round(track.active_at(end_of(run)) - track.active_at(cue), 3)

    def between(id_: str, begin: float, end: float) -> Figure:
        return figure(id_, track.active_at(end) - track.active_at(begin), tick=round(end * TICK_HZ))

    if cue is None:
        pre = figure("pre_movement_time_s", None, reason="no_cue")
        evacuation = figure("evacuation_time_s", None, reason="no_cue")
    else:
        pre = figure("pre_movement_time_s", None, reason="no_move", censored_at_s=watched)
        if move is not None:
            pre = between("pre_movement_time_s", cue, move)
        evacuation = figure("evacuation_time_s", None, reason="not_reached", censored_at_s=watched)
        if refuge is not None:
            evacuation = between("evacuation_time_s", cue, max(refuge, cue))
    if refuge is None:
        travel = figure("travel_time_s", None, reason="not_reached")
    elif move is None:
        travel = figure("travel_time_s", None, reason="no_move")
    else:
        travel = between("travel_time_s", move, max(refuge, move))
    reached = figure(
        "reached_refuge", float(refuge is not None), tick=None if refuge is None else round(refuge * TICK_HZ)
    )
    return [pre, travel, evacuation, reached]


def _movement_figures(
    run: RecordedRun,
    scenario: Scenario,
    track: Track,
    hazards: HazardTrack,
    terrain: Terrain,
    times: Times,
    thresholds: Thresholds,
) -> list[Figure]:
    ids = ("walked_m", "path_efficiency", "detour_m", "backtracks", "hesitation_s", "hesitation_count")
    if not len(track):
        return [figure(id_, None, reason="no_pose") for id_ in ids]
    begin = float(track.t_s[0]) if times.cue_s is None else times.cue_s
    end = float(track.t_s[-1]) if times.refuge_s is None else times.refuge_s
    walked = walked_m(track, from_s=begin, to_s=end)
    figures = [figure("walked_m", walked)]
    shut = doors_shut_at(begin, run, scenario, hazards, terrain)
    i = track.at(begin)
    shortest = float(
        terrain.field(refuges=refuge_reached(run), closed_doors=shut).distance(
            track.floor[i : i + 1], track.xy[i : i + 1]
        )[0]
    )
    if times.refuge_s is None:
        figures += [figure(id_, None, reason="not_reached") for id_ in ("path_efficiency", "detour_m")]
    elif not np.isfinite(shortest):
        figures += [figure(id_, None, reason="no_way") for id_ in ("path_efficiency", "detour_m")]
    else:
        figures.append(figure("path_efficiency", min(1.0, shortest / walked) if walked > 0 else 1.0))
        figures.append(figure("detour_m", max(0.0, walked - shortest)))
    figures.append(figure("backtracks", backtracks(track, from_s=begin, to_s=end, thresholds=thresholds)))
    if times.move_s is None:
        return [*figures, *(figure(id_, None, reason="no_move") for id_ in ids[4:])]
    stood = hesitations(track, from_s=times.move_s, to_s=end, thresholds=thresholds)
    longest = max(stood, key=lambda s: s.length_s, default=None)
    tick = None if longest is None else round(longest.begin_s * TICK_HZ)
    figures.append(figure("hesitation_s", sum(s.length_s for s in stood), n=len(stood), tick=tick))
    figures.append(figure("hesitation_count", len(stood), tick=tick))
    return figures


def _answer_figures(run: RecordedRun) -> list[Figure]:
    taken = [e for e in run.events if isinstance(e, Decided) and e.option]
    put = {e.decision: e.tick for e in reversed(run.events) if isinstance(e, Decided) and not e.option}
    figures = []
    if taken:
        wrong = [e.tick for e in taken if not e.correct]
        tick = (wrong or [taken[0].tick])[0]
        figures.append(
            figure("decision_share", sum(bool(e.correct) for e in taken) / len(taken), n=len(taken), tick=tick)
        )
    else:
        figures.append(figure("decision_share", None, reason="no_decision"))
    waits = [(e.tick - put[e.decision]) * TICK_S for e in taken if e.decision in put]
    if waits:
        figures.append(figure("decision_time_s", sum(waits) / len(waits), n=len(waits)))
    else:
        figures.append(figure("decision_time_s", None, reason="no_decision"))
    answers = [e for e in run.events if isinstance(e, Answered)]
    if answers:
        figures.append(figure("quiz_share", sum(e.correct for e in answers) / len(answers), n=len(answers)))
    else:
        figures.append(figure("quiz_share", None, reason="no_quiz"))
    return figures


def _meaningful(one: Figure, run: RecordedRun) -> Figure:
    if run.header.locomotion == "teleport" and one.id in MEANINGLESS_BY_TELEPORT:
        return figure(one.id, None, reason="teleport")
    if run.header.stance == "seated" and one.id in MEANINGLESS_SEATED:
        return figure(one.id, None, reason="seated")
    return one
