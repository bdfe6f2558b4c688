"""The debrief of one run, made ready for its page: questions first, every figure explained, never a rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from drill import TICK_S
from drill.metrics.definitions import definitions, in_language, objective_state_text, reason_text
from drill.metrics.figures import Figure, Metrics
from drill.metrics.moments import Moment, moment_text, three_moments
from drill.metrics.objectives import judge
from drill.metrics.track import Track, track_of
from drill.site.drawing import PlanDrawing
from server.analysis.happenings import LANES, Happening, Names, happenings
from server.analysis.service import RunAndScenario, values_of
from server.analysis.writing import axis_of, figure_text, value_text
from server.web.pages import clock, markup, number
from server.web.svg.element import document
from server.web.svg.strip import MIN_OTHERS, strip
from server.web.svg.timeline import Moment as TimelineMoment
from server.web.svg.timeline import Profile, timeline
from server.web.svg.track import Mark, legend, track
from server.web.texts import Words, without_furigana

LEAD_IN_S: Final = 5.0
"""A click on something that happened starts the replay this much earlier."""
WATER_FIGURES: Final = ("evacuation_time_s", "pre_movement_time_s", "max_depth_m", "path_efficiency")
SMOKE_FIGURES: Final = ("evacuation_time_s", "pre_movement_time_s", "low_posture_share", "fed")
QUAKE_FIGURES: Final = (
    "drop_latency_s",
    "cover_share",
    "hold_share",
    "right_stair",
    "pushing_s",
    "stair_run_s",
    "glass_m",
    "evacuation_time_s",
)
PAPER_ROWS: Final = 16
FEWER_PAPER_ROWS: Final = 9
STRIPS: Final = ("evacuation_time_s", "pre_movement_time_s")
QUALITY: Final = ("pose_hz", "gap_s", "tracking_lost_s", "paused_s")
CIRCLED: Final = "①②③"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as the page shows it."""

    id: str
    name: str
    text: str
    missing: bool


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """An objective: what should have happened, how far it did, and where the replay shows it."""

    text: str
    state: str
    state_text: str
    value: str
    metric: str
    replay_s: float | None


@dataclass(frozen=True, slots=True)
class Talk:
    """One of the three moments."""

    sign: str
    when: str
    replay_s: float
    question: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One figure among the others: a drawing and the same in a table, or in words why there is none."""

    id: str
    name: str
    drawing: Markup | None
    why_not: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Debrief:
    """Everything on the page."""

    title: str
    quality: tuple[Shown, ...]
    key_figures: tuple[Shown, ...]
    all_figures: tuple[Shown, ...]
    objectives: tuple[ObjectiveRow, ...]
    plan: Markup | None
    legend: Markup
    timeline: Markup
    happenings: tuple[Happening, ...]
    on_paper: tuple[Happening, ...]
    talks: tuple[Talk, ...]
    strips: tuple[Strip, ...]
    home: tuple[str, ...]
    way: tuple[tuple[str, str, str], ...]
    flags: tuple[str, ...]
    version: int


def debrief(
    loaded: RunAndScenario, metrics: Metrics, cohort: Sequence[Metrics], words: Words, *, at_least: int = MIN_OTHERS
) -> Debrief:
    """Return the debrief of a run among a cohort of `at_least` others or none, in the language of `words`."""
    run, scenario = loaded.recorded, loaded.scenario
    way = track_of(run, scenario)
    moments = three_moments(run, scenario, metrics)
    rows = happenings(run, scenario, words)
    duration = max(run.duration_s, float(way.t_s[-1]) if len(way) else 0.0)
    return Debrief(
        title=scenario.model.title.in_language(words.language),
        quality=tuple(_shown(metrics[id_], words) for id_ in QUALITY),
        key_figures=tuple(_shown(metrics[id_], words) for id_ in _key_figures(metrics)),
        all_figures=tuple(_shown(one, words) for one in metrics.figures),
        objectives=tuple(_objectives(loaded, metrics, words)),
        plan=_plan(loaded, way, moments, duration, words),
        legend=_legend(duration, words),
        timeline=_timeline(rows, way, metrics, duration, words),
        happenings=tuple(rows),
        on_paper=_on_paper(rows),
        talks=tuple(_talk(n, one, loaded, words) for n, one in enumerate(moments)),
        strips=tuple(_strip(id_, metrics, cohort, words, at_least) for id_ in STRIPS),
        home=tuple(text.in_language(words.language) for text in scenario.model.home_actions[:3]),
        way=tuple(_way(metrics, loaded, words)),
        flags=metrics.flags,
        version=metrics.definitions_version,
    )


def _on_paper(rows: Sequence[Happening]) -> tuple[Happening, ...]:
    """Return the happenings that have room on the printed sheet: all, or where they are many the weightier ones."""
    if len(rows) <= PAPER_ROWS:
        return tuple(rows)
    return tuple(row for row in rows if row.key)[:FEWER_PAPER_ROWS]


def _key_figures(metrics: Metrics) -> tuple[str, ...]:
    """Return the figures at the head of the page: those of the hazard that the scenario is about."""
    if metrics["hits"].reason_missing != "no_earthquake":
        return QUAKE_FIGURES
    return SMOKE_FIGURES if metrics["smoke_time_s"].value is not None else WATER_FIGURES


def replay_at(tick: int | None) -> float | None:
    """Return where the replay begins for something at a tick."""
    return None if tick is None else max(0.0, round(tick * TICK_S - LEAD_IN_S, 1))


def _shown(figure: Figure, words: Words) -> Shown:
    name = in_language(definitions()[figure.id].name, words.language)
    return Shown(figure.id, name, figure_text(figure, words), figure.value is None)


def _objectives(loaded: RunAndScenario, metrics: Metrics, words: Words) -> list[ObjectiveRow]:
    texts = {o.id: o for o in loaded.scenario.model.objectives}
    rows = []
    for one in judge(loaded.scenario, metrics):
        objective = texts[one.objective]
        metric = "decision_share" if objective.metric == "decision_correct" else objective.metric
        if one.value is None:
            value = reason_text(one.reason, words.language) if one.reason else "–"
        elif objective.metric == "decision_correct":
            value = value_text(one.value, "yes", words)
        else:
            value = value_text(one.value, definitions()[metric].unit, words)
        rows.append(
            ObjectiveRow(
                text=objective.text.in_language(words.language),
                state=one.state,
                state_text=objective_state_text(one.state, words.language),
                value=value,
                metric=metric,
                replay_s=replay_at(one.evidence_tick),
            )
        )
    return rows


def _talk(n: int, moment: Moment, loaded: RunAndScenario, words: Words) -> Talk:
    text = moment_text(moment, loaded.scenario, words.language)
    at = replay_at(moment.tick) or 0.0
    return Talk(CIRCLED[n], clock(moment.t_s), at, text.question, text.answer, text.reason)


def _plan(
    loaded: RunAndScenario, way: Track, moments: Sequence[Moment], duration: float, words: Words
) -> Markup | None:
    if not len(way):
        return None
    plan = PlanDrawing(loaded.scenario.site)
    marks = [Mark(str(n), m.floor, *m.xy) for n, m in enumerate(moments, start=1)]
    body = track(
        plan,
        t_s=way.t_s,
        floor=way.floor,
        xy=way.xy,
        duration_s=duration,
        marks=marks,
        start_label=words.plain("track.start"),
    )
    desc = words.plain("track.desc", duration=clock(duration), n=len(moments))
    width, height = plan.size
    title = words.plain("track.title")
    return markup(
        document(plan.base() + body, width=width, height=height, title=title, desc=desc, class_="drawing plan")
    )


def _legend(duration: float, words: Words) -> Markup:
    label = words.plain("track.legend")
    ends = ["0:00", clock(duration / 2), clock(duration)]
    body = legend(label=label, clock=ends)
    return markup(document(body, width=320, height=46, title=label, desc=f"0:00 – {ends[2]}", class_="drawing"))


def _timeline(rows: Sequence[Happening], way: Track, metrics: Metrics, duration: float, words: Words) -> Markup:
    lanes = [
        (words.plain(f"lane.{lane}"), [TimelineMoment(r.t_s, str(r.number), r.lane) for r in rows if r.lane == lane])
        for lane in LANES
    ]
    profiles = []
    for key, values, least, digits in (
        ("lane.depth", way.depth_m, 0.5, 1),
        ("lane.smoke", way.extinction_per_m, 0.5, 1),
    ):
        if len(values) and float(values.max()) > 0.01:
            step = max(len(values) // 300, 1)
            top = max(least, float(np.ceil(values.max() * 10) / 10))
            profiles.append(Profile(words.plain(key), way.t_s[::step].tolist(), values[::step].tolist(), top, digits))
    bands = []
    if metrics.first_cue_s is not None:
        moved = metrics.first_move_s if metrics.first_move_s is not None else duration
        bands.append((metrics.first_cue_s, moved, words.plain("band.before_moving")))
    desc = words.plain("timeline.desc", n=len(rows), duration=clock(duration))
    return markup(
        timeline(
            duration_s=duration,
            lanes=lanes,
            profiles=profiles,
            bands=bands,
            clock_label=words.plain("timeline.clock"),
            title=words.plain("timeline.title"),
            desc=desc,
        )
    )


def _strip(id_: str, metrics: Metrics, cohort: Sequence[Metrics], words: Words, at_least: int) -> Strip:
    one = metrics[id_]
    name = in_language(definitions()[id_].name, words.language)
    factor, unit, digits = axis_of(one.unit, words)
    values = sorted(value * factor for value in values_of(cohort, id_))
    own = None if one.value is None else one.value * factor
    if len(values) < at_least:
        return Strip(id_, name, None, words.raw("strip.few").replace("{n}", str(at_least)), ())
    low, middle, high = (float(q) for q in np.percentile(values, (0, 50, 100)))
    plain_name = without_furigana(name)
    own_text = figure_text(one, words)
    desc = words.plain(
        "strip.desc",
        n=len(values),
        low=number(low, digits),
        high=number(high, digits),
        unit=unit,
        own=without_furigana(own_text),
    )
    drawing = strip(
        others=values,
        own=own,
        unit=unit,
        own_label=words.plain("strip.own"),
        title=words.plain("strip.title", name=plain_name),
        desc=desc,
        digits=digits,
    )
    unreached = len(cohort) - len(values)
    rows = [
        (words.raw("strip.own"), own_text),
        (words.raw("strip.others"), words.plain("session.people", n=len(values))),
        (words.raw("strip.range"), f"{number(low, digits)} – {number(high, digits)} {unit}"),
        (words.raw("strip.middle"), f"{number(middle, digits)} {unit}"),
    ]
    if unreached:
        rows.append((words.raw("strip.without"), words.plain("session.people", n=unreached)))
    return Strip(id_, name, markup(drawing), "", tuple(rows))


def _way(metrics: Metrics, loaded: RunAndScenario, words: Words) -> list[tuple[str, str, str]]:
    """Return the way as rows of time, kind and name: the table beside the plan."""
    names = Names(loaded.scenario, words)
    return [(clock(step.t_s), words.raw(f"route.{step.kind}"), names.of(step.id)) for step in metrics.route]
