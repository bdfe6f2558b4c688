"""Three moments to talk over, chosen by rule: the largest delay, the highest exposure, a decision or best action."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np

from drill import TICK_HZ, TICK_S
from drill.metrics.definitions import in_language
from drill.metrics.figures import Metrics
from drill.metrics.movement import hesitations
from drill.metrics.thresholds import Thresholds
from drill.metrics.track import Track, track_of
from drill.record.events import Decided, DoorEvent
from drill.record.run import RecordedRun
from drill.scenario.model import Decision, Option
from drill.scenario.scenario import Scenario

DELAY_WORTH_S: Final = 3.0
DEPTH_SCALE_M: Final = 0.5
EXTINCTION_SCALE_PER_M: Final = 1.0
DEPTH_WORTH_M: Final = 0.05
EXTINCTION_WORTH_PER_M: Final = 0.1
QUICK_START_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment to talk over.

    Attributes:
        rule: key of its texts in `moments.toml`.
        tick: when it was.
        t_s: the same in seconds of run time.
        xy, floor: where the resident was.
        values: numbers for the texts.
        decision, option: ids of the decision it is about, or "".
    """

    rule: str
    tick: int
    t_s: float
    xy: tuple[float, float]
    floor: int
    values: dict[str, float] = field(default_factory=dict)
    decision: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class MomentText:
    """A moment in words: the question first, answer and reason for after the talk."""

    question: str
    answer: str
    reason: str


def three_moments(run: RecordedRun, scenario: Scenario, metrics: Metrics) -> tuple[Moment, ...]:
    """Return up to three moments in the order of time, none twice.

    First the largest delay of at least 3 s, the highest exposure (water over 0.5 m, K over 1 /m, the larger share),
    and the first decision that is worth a talk. A place that stays free goes to the best action.
    """
    track = track_of(run, scenario, thresholds=Thresholds(**metrics.thresholds))
    if not len(track):
        return ()
    candidates = [
        *_largest_delay(track, metrics),
        *_highest_exposure(track),
        *_decision_to_talk_over(run, track),
    ]
    for moment in _best_actions(run, track, metrics):
        if len(candidates) >= 3:
            break
        if moment.rule not in {m.rule for m in candidates}:
            candidates.append(moment)
    return tuple(sorted(candidates[:3], key=lambda m: m.tick))


def moment_text(moment: Moment, scenario: Scenario, language: str) -> MomentText:
    """Return a moment in words."""
    texts = _texts()[moment.rule]
    filled: dict[str, str] = {name: f"{value:g}" for name, value in moment.values.items()}
    if moment.decision:
        filled |= _decision_words(scenario, moment, language)
    parts = {part: _fill(in_language(texts[part], language), filled) for part in ("question", "answer", "reason")}
    return MomentText(**parts)


def _fill(text: str, values: dict[str, str]) -> str:
    """Put values into {name}; leave furigana {漢字|かんじ} as it is."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def _decision_words(scenario: Scenario, moment: Moment, language: str) -> dict[str, str]:
    decision = next(d for d in scenario.model.decisions if d.id == moment.decision)
    chosen = next(o for o in decision.options if o.id == moment.option)
    better = _better(decision)
    told = better if better.why else chosen
    return {
        "prompt": decision.prompt.in_language(language),
        "option": chosen.text.in_language(language),
        "better": better.text.in_language(language),
        "why": told.why.in_language(language) if told.why else in_language(_texts()["no_why"]["text"], language),
    }


def _better(decision: Decision) -> Option:
    return next((o for o in decision.options if o.correct), decision.options[0])


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    return tomllib.loads(resources.files("drill.metrics").joinpath("moments.toml").read_text("utf-8"))


def _moment(rule: str, track: Track, t_s: float, **about: Any) -> Moment:
    i = track.at(t_s)
    x, y = (round(float(v), 3) for v in track.xy[i])
    return Moment(rule, round(t_s * TICK_HZ), round(t_s, 3), (x, y), int(track.floor[i]), **about)


def _largest_delay(track: Track, metrics: Metrics) -> Iterator[Moment]:
    begin, end = metrics.first_move_s, metrics.refuge_s
    stood = []
    if begin is not None:
        last = float(track.t_s[-1]) if end is None else end
        stood = hesitations(track, from_s=begin, to_s=last, thresholds=Thresholds(**metrics.thresholds))
    longest = max(stood, key=lambda s: s.length_s, default=None)
    pre = metrics["pre_movement_time_s"]
    before = pre.value if pre.value is not None else pre.censored_at_s
    on_the_way = longest.length_s if longest else 0.0
    if before is not None and metrics.first_cue_s is not None and before >= max(on_the_way, DELAY_WORTH_S):
        yield _moment("delay_before_moving", track, metrics.first_cue_s, values={"seconds": round(before)})
    elif longest is not None and on_the_way >= DELAY_WORTH_S:
        yield _moment("delay_on_the_way", track, longest.begin_s, values={"seconds": round(on_the_way)})


def _highest_exposure(track: Track) -> Iterator[Moment]:
    deepest, thickest = int(track.depth_m.argmax()), int(track.extinction_per_m.argmax())
    depth, extinction = float(track.depth_m[deepest]), float(track.extinction_per_m[thickest])
    if depth >= DEPTH_WORTH_M and depth / DEPTH_SCALE_M >= extinction / EXTINCTION_SCALE_PER_M:
        yield _moment("deepest_water", track, float(track.t_s[deepest]), values={"depth_cm": round(depth * 100)})
    elif extinction >= EXTINCTION_WORTH_PER_M:
        seen = round(min(3.0 / extinction, 30.0), 1)
        yield _moment("thickest_smoke", track, float(track.t_s[thickest]), values={"visibility_m": seen})


def _decision_to_talk_over(run: RecordedRun, track: Track) -> Iterator[Moment]:
    for event in run.events:
        if isinstance(event, Decided) and event.option and event.correct is False:
            yield _moment(
                "decision_to_talk_over", track, event.tick * TICK_S, decision=event.decision, option=event.option
            )
            return
    for event in run.events:
        if isinstance(event, DoorEvent) and event.state == "blocked":
            yield _moment("door_that_stayed_shut", track, event.tick * TICK_S)
            return


def _best_actions(run: RecordedRun, track: Track, metrics: Metrics) -> Iterator[Moment]:
    for event in run.events:
        if isinstance(event, Decided) and event.option and event.correct:
            yield _moment("good_choice", track, event.tick * TICK_S, decision=event.decision, option=event.option)
            break
    low = metrics["low_posture_share"]
    if low.value is not None and low.value >= 0.5 and low.tick is not None:
        yield _moment("low_under_smoke", track, low.tick * TICK_S, values={"percent": round(low.value * 100)})
    pre = metrics["pre_movement_time_s"].value
    if pre is not None and pre <= QUICK_START_S and metrics.first_move_s is not None:
        yield _moment("quick_start", track, metrics.first_move_s, values={"seconds": round(pre)})
    if metrics.refuge_s is not None:
        yield _moment("reached_refuge", track, metrics.refuge_s)
    elif np.isfinite(track.way_m[-1]):
        yield _moment("where_it_ended", track, float(track.t_s[-1]), values={"way_m": round(float(track.way_m[-1]))})
