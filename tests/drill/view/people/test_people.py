"""Postures of the crowd's figures, without drawing them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drill.people.state import BodyState, Posture
from drill.view.people.figure import figure_vertices
from drill.view.people.poses import SHIN, THIGH, looks, phase_step, poses


def rows(n: int = 1, **given: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    values: dict[str, Any] = {
        "xy": np.zeros((n, 2)),
        "z": np.zeros(n),
        "heading": np.tile([1.0, 0.0], (n, 1)),
        "speed": np.full(n, 1.2),
        "state": np.full(n, BodyState.MOVING),
        "posture": np.full(n, Posture.STANDING),
        "height_m": np.full(n, 1.6),
        "phase": np.linspace(0, 6.28, n),
        "depth_m": np.zeros(n),
        "extinction_per_m": np.zeros(n),
        "look": looks(np.arange(n), np.full(n, 1.6)),
        "t_s": 3.0,
    }
    return poses(**(values | given))


def test_one_foot_is_on_the_ground_at_every_moment_of_a_step() -> None:
    made = rows(n=50)
    pelvis, legs = made[1, :, 2], made[3]
    soles = [THIGH * np.cos(legs[:, i]) + SHIN * np.cos(legs[:, i] - legs[:, i + 1]) for i in (0, 2)]
    assert np.max(soles, axis=0) == pytest.approx(pelvis, abs=1e-5)


def test_wading_raises_the_arms_and_smoke_bends_the_back() -> None:
    dry, wet, hazy = rows(), rows(depth_m=np.array([0.7])), rows(extinction_per_m=np.array([2.0]))
    assert wet[2, 0, 2] > dry[2, 0, 2] + 0.3
    assert hazy[2, 0, 0] > dry[2, 0, 0] + 0.3
    assert hazy[4, 0, 3] > 1.8


def test_lower_postures_have_lower_hips() -> None:
    hips = [rows(posture=np.array([p]))[1, 0, 2] for p in (Posture.STANDING, Posture.CROUCHING, Posture.CRAWLING)]
    assert hips[0] > hips[1] > hips[2] > 0.15
    assert rows(state=np.array([BodyState.INCAPACITATED]))[1, 0, 2] < 0.15


def test_looks_are_steady_and_differ() -> None:
    ids, tall = np.arange(40), np.full(40, 1.65)
    first = looks(ids, tall)
    assert np.array_equal(first, looks(ids, tall))
    assert np.array_equal(first[7], looks(ids[7:8], tall[7:8])[0])
    assert len({tuple(row) for row in first.tolist()}) > 30
    # Colours travel as 24 bit whole numbers in float32: exact.
    assert np.array_equal(first[:, :5], np.round(first[:, :5]))
    assert first[:, :5].max() < 2**24


def test_cadence_is_that_of_people() -> None:
    """1.3 m/s is about two steps a second (Weidmann 1993: step frequency 1.5 to 2.5 Hz), children more."""
    adult = phase_step(np.array([1.3]), np.array([1.65]), 1.0)[0] / np.pi
    child = phase_step(np.array([1.3]), np.array([1.2]), 1.0)[0] / np.pi
    assert 1.5 < adult < 2.5
    assert child > adult


def test_figures_stand_on_the_ground_and_are_one_high() -> None:
    for detail in (0, 1):
        points = figure_vertices(detail=detail)["vertex"]
        assert points[:, 2].min() == pytest.approx(0.0, abs=0.01)
        assert points[:, 2].max() == pytest.approx(1.0, abs=0.02)
    assert len(figure_vertices(detail=0)) < len(figure_vertices(detail=1)) / 2
