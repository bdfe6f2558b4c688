"""The scenarios that ship, and small changes to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic_core import to_json

from drill.scenario.loading import load_scenario
from drill.scenario.model import ScenarioModel
from drill.scenario.scenario import Scenario

SCENARIOS = Path(__file__).parents[3] / "scenarios"


@pytest.fixture(scope="session")
def gym() -> Scenario:
    return load_scenario(SCENARIOS / "gym-flood")


@pytest.fixture(scope="session")
def school() -> Scenario:
    return load_scenario(SCENARIOS / "school-smoke")


@pytest.fixture(scope="session")
def quake() -> Scenario:
    return load_scenario(SCENARIOS / "classroom-quake")


@pytest.fixture
def changed() -> Callable[..., Scenario]:
    """Return a scenario with parts of its model changed, as if the file said so."""

    def change(scenario: Scenario, **parts: object) -> Scenario:
        plain = scenario.model.model_dump(by_alias=True, mode="json", exclude_none=True)
        text = to_json(plain | parts)
        return replace(scenario, model=ScenarioModel.model_validate_json(text), hash=hashlib.sha256(text).hexdigest())

    return change
