"""What a person is told after a run: a few facts, the answers to the quiz, what to do at home. Never a score, no blame.

The words stand in the view's texts; here it is settled which facts, by rule, from the metrics of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from drill.metrics import Metrics, compute_metrics, moment_text
from drill.metrics.moments import Moment
from drill.record.events import Decided
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario
from drill.session.result import Result

WET_M: Final = 0.02
SMOKY_S: Final = 1.0
KNEE_M: Final = 0.3
HIP_M: Final = 0.6
HALF: Final = 0.5
GLASS_M: Final = 1.0
AT_ONCE_S: Final = 0.5
MOST_HOME: Final = 3
FEW: Final = 3
FEW_AFTER_SHAKING: Final = 4
"""Facts that are told; after an earthquake each part of drop, cover and hold on is one, and how one left."""
STOPPED: Final = frozenset({"stopped", "operator", "window_closed"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened: a key of the texts `[debrief.facts]`, and numbers and names for them."""

    rule: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explained:
    """A quiz question with its right answer and why, in words; nothing of what the person chose."""

    question: str
    answer: str
    why: str


@dataclass(frozen=True, slots=True)
class LookBack:
    """What is shown after the quiz.

    Attributes:
        explained: the questions.
        home: one to three things to do at home.
        moments: the moments that can be entered again, in words, each with its run time in s.
    """

    explained: tuple[Explained, ...]
    home: tuple[str, ...]
    moments: tuple[tuple[str, float], ...] = ()


def facts_of(run: RecordedRun, scenario: Scenario, *, language: str) -> tuple[Fact, ...]:
    """Return the facts of a run that has ended: where it led, what one met on the way and how, when one set off.

    There are three; where the ground shook, four: how one dropped, covered and held on, and how one left.
    """
    metrics = compute_metrics(run, scenario)
    shaken = [*_shaken(metrics), *_left(metrics)]
    if shaken:
        found = [*shaken, *_met(metrics), *_arrival(scenario, metrics, language), *_rest(run, metrics)]
        return tuple(found[:FEW_AFTER_SHAKING])
    found = [*_arrival(scenario, metrics, language), *_start(metrics), *_met(metrics), *_rest(run, metrics)]
    return tuple(found[:FEW])


def look_back(result: Result, *, language: str, moments: bool = True) -> LookBack:
    """Return what is shown of a run after its quiz; `moments` false offers none to enter again."""
    model = result.scenario.model
    explained = []
    for question in model.quiz:
        right = next((o for o in question.options if o.correct), question.options[0])
        why = right.why.in_language(language) if right.why else ""
        explained.append(Explained(question.prompt.in_language(language), right.text.in_language(language), why))
    home = tuple(one.in_language(language) for one in model.home_actions[:MOST_HOME])
    offered = result.moments if moments and result.ended not in ("window_closed",) else ()
    told = tuple((_moment(one, result.scenario, language), one.t_s) for one in offered)
    return LookBack(tuple(explained), home, told)


def _moment(moment: Moment, scenario: Scenario, language: str) -> str:
    return moment_text(moment, scenario, language).answer


def _arrival(scenario: Scenario, metrics: Metrics, language: str) -> Iterator[Fact]:
    took, reached = metrics["evacuation_time_s"], metrics.refuge_s is not None
    if reached:
        refuges = [step.id for step in metrics.route if step.kind == "refuge"]
        names = {refuge.id: dict(refuge.label) for refuge in scenario.site.refuges}
        label = names.get(refuges[-1] if refuges else "", {})
        place = label.get(language) or label.get("ja", "")
        seconds = took.value if took.value is not None else metrics.refuge_s
        rule = "reached" if place else "reached_somewhere"
        yield Fact(rule, {"place": place, "seconds": f"{seconds:.0f}"})
    else:
        walked = metrics["walked_m"].value
        if walked is not None:
            yield Fact("walked", {"metres": f"{walked:.0f}"})


def _start(metrics: Metrics) -> Iterator[Fact]:
    before = metrics["pre_movement_time_s"]
    if before.value is not None:
        yield Fact("set_off", {"seconds": f"{before.value:.0f}"})
    elif metrics.first_cue_s is not None:
        yield Fact("looked_around")


def _met(metrics: Metrics) -> Iterator[Fact]:
    depth, smoke = metrics["max_depth_m"].value, metrics["smoke_time_s"].value
    if depth is not None and depth >= WET_M:
        rule = "water_ankle" if depth < KNEE_M else "water_knee" if depth < HIP_M else "water_hip"
        yield Fact(rule, {"cm": f"{depth * 100:.0f}"})
    glass = metrics["glass_m"].value
    if glass is not None and glass >= GLASS_M:
        yield Fact("glass", {"metres": f"{glass:.0f}"})
    if smoke is not None and smoke >= SMOKY_S:
        low = metrics["low_posture_share"].value
        if low is not None and low >= 0.5:
            yield Fact("smoke_low", {"seconds": f"{smoke:.0f}", "percent": f"{low * 100:.0f}"})
        else:
            yield Fact("smoke", {"seconds": f"{smoke:.0f}"})


def _shaken(metrics: Metrics) -> Iterator[Fact]:
    """Yield how one dropped, covered and held on: what was done, and where it was not, what to try next time."""
    drop, cover, hold = metrics["drop_latency_s"], metrics["cover_share"].value, metrics["hold_share"]
    if drop.value is not None:
        yield Fact("drop_before" if drop.value < AT_ONCE_S else "drop", {"seconds": f"{drop.value:.0f}"})
    elif drop.reason_missing == "never_dropped":
        yield Fact("drop_next_time")
    if cover is not None:
        rule = "cover" if cover >= HALF else "cover_some" if cover >= 0.005 else "cover_next_time"
        yield Fact(rule, {"percent": f"{cover * 100:.0f}"})
    if hold.value is not None and drop.value is not None:
        shocks = hold.n or 1
        held = round(hold.value * shocks)
        rule = "hold" if held == shocks else "hold_some" if held else "hold_next_time"
        yield Fact(rule, {"held": str(held), "shocks": str(shocks)})


def _left(metrics: Metrics) -> Iterator[Fact]:
    """Yield how one went out by the stair after the shaking: the rule of school drills, without blame."""
    right, pushed, ran = metrics["right_stair"].value, metrics["pushing_s"].value, metrics["stair_run_s"].value
    if metrics["hits"].reason_missing == "no_earthquake" or right is None:
        return
    if not right:
        yield Fact("left_other_stair")
    elif pushed is not None and pushed >= AT_ONCE_S:
        yield Fact("left_close", {"seconds": f"{pushed:.0f}"})
    elif ran is not None and ran >= AT_ONCE_S:
        yield Fact("left_running", {"seconds": f"{ran:.0f}"})
    else:
        yield Fact("left_calmly")


def _rest(run: RecordedRun, metrics: Metrics) -> Iterator[Fact]:
    taken = sum(1 for e in run.events if isinstance(e, Decided) and e.option)
    if taken:
        yield Fact("decided", {"count": str(taken)})
    if metrics.refuge_s is not None and metrics["walked_m"].value is not None:
        yield Fact("way", {"metres": f"{metrics['walked_m'].value:.0f}"})
    yield Fact("present")
    yield Fact("again_any_time")
