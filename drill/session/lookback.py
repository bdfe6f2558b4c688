"""What a person is told after a run: three facts, the answers to the quiz, what to do at home. Never a score, no blame.

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
MOST_HOME: Final = 3
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


def three_facts(run: RecordedRun, scenario: Scenario, *, language: str) -> tuple[Fact, ...]:
    """Return three facts of a run that has ended: where it led, when one set off, what one met on the way."""
    metrics = compute_metrics(run, scenario)
    found = [*_arrival(scenario, metrics, language), *_start(metrics), *_met(metrics), *_rest(run, metrics)]
    return tuple(found[:3])


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
    if smoke is not None and smoke >= SMOKY_S:
        low = metrics["low_posture_share"].value
        if low is not None and low >= 0.5:
            yield Fact("smoke_low", {"seconds": f"{smoke:.0f}", "percent": f"{low * 100:.0f}"})
        else:
            yield Fact("smoke", {"seconds": f"{smoke:.0f}"})


def _rest(run: RecordedRun, metrics: Metrics) -> Iterator[Fact]:
    taken = sum(1 for e in run.events if isinstance(e, Decided) and e.option)
    if taken:
        yield Fact("decided", {"count": str(taken)})
    if metrics.refuge_s is not None and metrics["walked_m"].value is not None:
        yield Fact("way", {"metres": f"{metrics['walked_m'].value:.0f}"})
    yield Fact("present")
    yield Fact("again_any_time")
