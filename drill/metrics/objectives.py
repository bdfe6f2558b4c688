"""Objectives: what the run is held against, judged from its metrics, with the tick that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drill.metrics.figures import Metrics
from drill.scenario.model import Objective
from drill.scenario.scenario import Scenario

ObjectiveState = Literal["met", "partly", "not", "not_observed"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """An objective and how far it was met.

    Attributes:
        objective: its id.
        state: met, partly, not or not_observed.
        value: the value that was compared, if any.
        reason: why nothing was observed, as a key of `definitions.toml` `[reasons]`, or "".
        evidence_tick: the tick that shows it, for the link into the replay.
    """

    objective: str
    state: ObjectiveState
    value: float | None
    reason: str = ""
    evidence_tick: int | None = None


def judge(scenario: Scenario, metrics: Metrics) -> tuple[Judgement, ...]:
    """Return the judgement of every objective of a scenario, in its order.

    A refuge that was not reached is `not` for an evacuation time, and never to have dropped for the time to drop, since
    the whole drill was watched; any other figure without a value is `not_observed`.
    """
    return tuple(_judge(objective, metrics) for objective in scenario.model.objectives)


def _judge(objective: Objective, metrics: Metrics) -> Judgement:
    if objective.metric == "decision_correct":
        return _judge_decision(objective, metrics)
    one = metrics[objective.metric]
    if one.value is None:
        if objective.metric == "evacuation_time_s" and one.reason_missing == "not_reached":
            return Judgement(objective.id, "not", None, one.reason_missing)
        if objective.metric == "drop_latency_s" and one.reason_missing == "never_dropped":
            return Judgement(objective.id, "not", None, one.reason_missing)
        if objective.metric == "fed" and one.reason_missing == "no_smoke":
            return Judgement(objective.id, state_of(objective, 0.0), 0.0)
        return Judgement(objective.id, "not_observed", None, one.reason_missing)
    return Judgement(objective.id, state_of(objective, one.value), one.value, evidence_tick=one.tick)


def _judge_decision(objective: Objective, metrics: Metrics) -> Judgement:
    taken = metrics.decisions
    correct = taken.get(objective.of) if objective.of else (all(taken.values()) if taken else None)
    if correct is None:
        return Judgement(objective.id, "not_observed", None, "no_decision")
    value = float(correct)
    return Judgement(objective.id, state_of(objective, value), value, evidence_tick=metrics["decision_share"].tick)


def state_of(objective: Objective, value: float) -> ObjectiveState:
    """Return how far a value meets an objective: within its bound, within the softer one, or not."""
    if objective.at_most is not None:
        if value <= objective.at_most:
            return "met"
        soft = objective.partly_at_most
        return "partly" if soft is not None and value <= soft else "not"
    assert objective.at_least is not None  # noqa: S101 - the model gives exactly one bound
    if value >= objective.at_least:
        return "met"
    soft = objective.partly_at_least
    return "partly" if soft is not None and value >= soft else "not"
