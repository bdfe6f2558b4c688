"""Nobody is sent to a point behind a wall: at the gym's stair head a child once walked to and fro for ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drill.hazards.exposure import Exposure
from drill.people.crowd import STEP_S, Crowd
from drill.people.level import Level
from drill.scenario.loading import load_scenario
from drill.site.ground import Ground

GYM = Path(__file__).parents[3] / "scenarios" / "gym-flood"
RUN_S = 180
SEEDS = (1, 3)
"""Seeds of which each left one child behind when sight was not asked for."""


def left_behind(seed: int) -> int:
    scenario = load_scenario(GYM)
    crowd = Crowd(scenario, Ground(scenario.site), np.random.default_rng(seed))
    happened = {one.id: 0.0 for one in (*scenario.model.warnings, *scenario.model.events)}
    clean = Exposure.none(len(crowd))
    for k in range(1, round(RUN_S / STEP_S) + 1):
        crowd.step(t=k * STEP_S, exposure=clean, happened=happened)
    return int(np.isnan(crowd.arrived_s).sum())


def steer_without_sight(level: Level, people: np.ndarray, xy: np.ndarray, points: np.ndarray) -> None:
    """The planted fault: the furthest point that is on the ground, seen or not."""
    on_ground = level.holds(points.reshape(-1, 2)).reshape(points.shape[:2])
    for person, ahead, inside in zip(people, points, on_ground, strict=True):
        if inside.any():
            x, y = ahead[int(np.argmax(inside))]
            level.steer(int(person), (float(x), float(y)))


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_reaches_the_gallery(seed: int) -> None:
    assert left_behind(seed) == 0


def test_steering_without_sight_leaves_somebody_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Level, "steer_ahead", steer_without_sight)
    assert sum(left_behind(seed) for seed in SEEDS) > 0
