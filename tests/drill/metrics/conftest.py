"""Made-up recorded runs in the two scenarios that ship: a resident who follows way points at known times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from drill.record.events import AnyEvent
from drill.record.run import CrowdTrack, HazardRow, PoseTrack, RecordedRun, RunHeader
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario

SCENARIOS = Path(__file__).parents[3] / "scenarios"
EYE_M = 1.5

Knot = tuple[float, float, float, float]
"""t_s, x, y, z of the head."""


def make_run(
    scenario: Scenario,
    knots: Sequence[Knot],
    *,
    events: Sequence[AnyEvent] = (),
    hazards: Sequence[HazardRow] = (),
    hz: float = 60.0,
    without: Sequence[tuple[float, float]] = (),
    **header: object,
) -> RecordedRun:
    fields: dict[str, object] = {
        "run_id": "0" * 32,
        "scenario": scenario.model.id,
        "scenario_hash": scenario.hash,
        "seed": 1,
        "build": "0",
        "profile": "lab",
        "device": "made up",
        "locomotion": "scripted",
        "started_at": "2026-07-01T09:00:00+09:00",
        "consent": "",
        "standing_eye_m": EYE_M,
    }
    knot = np.array(knots, np.float64).reshape(-1, 4)
    t = np.arange(round((knot[-1, 0] - knot[0, 0]) * hz) + 1) / hz + knot[0, 0] if len(knot) else np.empty(0)
    for begin, end in without:
        t = t[(t <= begin) | (t >= end)]
    head = np.zeros((len(t), 7), np.float32)
    for column in range(3):
        head[:, column] = np.interp(t, knot[:, 0], knot[:, column + 1]) if len(knot) else 0
    head[:, 6] = 1
    nothing = np.zeros((len(t), 7), np.float32)
    pose = PoseTrack(t, head, nothing, nothing, np.ones(len(t), np.uint8))
    crowd = CrowdTrack(
        np.empty(0, np.uint32),
        np.empty(0, np.uint16),
        np.empty(0),
        np.empty(0),
        np.empty(0, np.int8),
        np.empty(0, np.uint8),
    )
    ordered = tuple(sorted(events, key=lambda e: e.tick))
    return RecordedRun(RunHeader(**(fields | header)), pose, crowd, tuple(hazards), (), ordered)  # type: ignore[arg-type]  # a fixture's keywords


@pytest.fixture
def gym() -> Scenario:
    return load_scenario(SCENARIOS / "gym-flood")


@pytest.fixture
def school() -> Scenario:
    return load_scenario(SCENARIOS / "school-smoke")


@pytest.fixture
def run_of() -> Callable[..., RecordedRun]:
    return make_run


@pytest.fixture
def water() -> Callable[..., list[HazardRow]]:
    """Rows of the indoor and river floods of the gym: `levels` is (t_s, indoor, river)."""

    def rows(*levels: tuple[float, float, float], flow: float = 0.0) -> list[HazardRow]:
        found = []
        for t_s, indoor, river in levels:
            found.append(HazardRow(round(t_s * 60), 0, 1, np.array([river, 0.8, 0.0], np.float32)))
            found.append(HazardRow(round(t_s * 60), 1, 1, np.array([indoor, flow, 0.0], np.float32)))
        return found

    return rows


@pytest.fixture
def smoke(school: Scenario) -> Callable[..., list[HazardRow]]:
    """Rows of the school's smoke: every zone alike, (t_s, interface_m, K of the layer)."""

    def rows(*layers: tuple[float, float, float]) -> list[HazardRow]:
        zones = len(school.model.hazards[0].zones)
        return [
            HazardRow(round(t_s * 60), 0, 2, np.array([interface, k, 0.0, 80.0] * zones, np.float32))
            for t_s, interface, k in layers
        ]

    return rows
