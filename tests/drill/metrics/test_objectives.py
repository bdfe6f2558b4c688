from __future__ import annotations

from dataclasses import replace

import pytest

from drill.metrics import compute_metrics, judge
from drill.metrics.figures import figure
from drill.metrics.objectives import state_of
from drill.record.events import Cue, Decided, Ended, ReachedRefuge
from drill.scenario.model import Objective, Text

AT = (18.0, 10.0, 1.5)


def objective(**bounds: object) -> Objective:
    return Objective(id="o", text=Text(ja="x"), metric="max_depth_m", **bounds)  # type: ignore[arg-type]  # keywords of the test


@pytest.mark.parametrize(
    ("bounds", "value", "state"),
    [
        ({"at_most": 0.3}, 0.3, "met"),
        ({"at_most": 0.3}, 0.31, "not"),
        ({"at_most": 0.3, "partly_at_most": 0.5}, 0.5, "partly"),
        ({"at_most": 0.3, "partly_at_most": 0.5}, 0.51, "not"),
        ({"at_least": 0.7}, 0.7, "met"),
        ({"at_least": 0.7, "partly_at_least": 0.4}, 0.4, "partly"),
        ({"at_least": 0.7, "partly_at_least": 0.4}, 0.39, "not"),
    ],
)
def test_bounds(bounds, value, state):
    assert state_of(objective(**bounds), value) == state


def test_a_run_is_judged_with_evidence(gym, run_of, water):
    knots = [(0, *AT), (5, *AT), (15, 28, 8.5, 1.5)]
    events = [
        Cue(60, "b", first=True),
        Decided(200, "which-door"),
        Decided(300, "which-door", "yard", correct=False),
        ReachedRefuge(880, "gallery"),
        Ended(900, "refuge"),
    ]
    run = run_of(gym, knots, events=events, hazards=water((0, 0, 0), (10, 0.4, 0.5), (15, 0.4, 0.5)))
    metrics = compute_metrics(run, gym)
    found = {j.objective: j for j in judge(gym, metrics)}
    assert found["reach"].state == "met"
    assert found["reach"].evidence_tick == 880
    assert found["start-early"].state == "met"
    assert found["stay-shallow"].state == "partly"
    assert found["stay-shallow"].value == pytest.approx(0.4, abs=1e-6)
    assert found["right-door"].state == "not"
    assert found["right-door"].evidence_tick == 300
    assert found["know"].state == "not_observed"
    assert found["know"].reason == "no_quiz"


def test_a_refuge_that_was_not_reached_is_not_met_and_no_cue_is_not_observed(gym, run_of):
    metrics = compute_metrics(
        run_of(gym, [(0, *AT), (9, *AT)], events=[Cue(0, "b", first=True), Ended(540, "time")]), gym
    )
    timed = gym.model.model_copy(
        update={"objectives": [Objective(id="t", text=Text(ja="x"), metric="evacuation_time_s", at_most=60.0)]}
    )
    scenario = replace(gym, model=timed)
    assert judge(scenario, metrics)[0].state == "not"
    uncued = compute_metrics(run_of(gym, [(0, *AT), (9, *AT)], events=[Ended(540, "time")]), gym)
    assert judge(scenario, uncued)[0].state == "not_observed"


def test_no_smoke_means_no_dose(gym, run_of):
    metrics = compute_metrics(run_of(gym, [(0, *AT), (9, *AT)]), gym)
    dose = Objective(id="d", text=Text(ja="x"), metric="fed", at_most=0.3)
    scenario = replace(gym, model=gym.model.model_copy(update={"objectives": [dose]}))
    assert metrics["fed"] == figure("fed", None, reason="no_smoke")
    assert judge(scenario, metrics)[0].state == "met"
