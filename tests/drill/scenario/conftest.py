from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drill.fault import Fault
from drill.scenario.loading import ScenarioError, load_scenario

SCENARIOS = Path(__file__).parents[3] / "scenarios"


@pytest.fixture
def scenarios() -> Path:
    return SCENARIOS


class Copy:
    """A shipped scenario in a folder of its own, to be spoilt and checked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.yaml = folder / "scenario.yaml"
        self.site = folder / "site.geojson"

    def replace(self, old: str, new: str, *, count: int = 1) -> Copy:
        text = self.yaml.read_text(encoding="utf-8")
        assert old in text, old
        self.yaml.write_text(text.replace(old, new, count), encoding="utf-8")
        return self

    def line_of(self, text: str) -> int:
        """Return the line of the first place of `text` in scenario.yaml."""
        lines = self.yaml.read_text(encoding="utf-8").splitlines()
        return next(n for n, line in enumerate(lines, 1) if text in line)

    def feature(self, feature_id: str, change: Callable[[dict[str, Any]], None]) -> Copy:
        data = json.loads(self.site.read_text(encoding="utf-8"))
        feature = next(f for f in data["features"] if f["properties"].get("id") == feature_id)
        change(feature)
        return self.write_site(data)

    def site_data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.site.read_text(encoding="utf-8"))
        return data

    def write_site(self, data: dict[str, Any]) -> Copy:
        self.site.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        return self

    def faults(self) -> list[Fault]:
        """Return the faults of the scenario, which must have some."""
        with pytest.raises(ScenarioError) as caught:
            load_scenario(self.folder)
        assert caught.value.faults
        return list(caught.value.faults)

    def only_fault(self) -> Fault:
        faults = self.faults()
        assert len(faults) == 1, "\n".join(map(str, faults))
        return faults[0]


@pytest.fixture
def gym(tmp_path: Path) -> Copy:
    shutil.copytree(SCENARIOS / "gym-flood", tmp_path / "gym-flood")
    return Copy(tmp_path / "gym-flood")


@pytest.fixture
def smoke(tmp_path: Path) -> Copy:
    shutil.copytree(SCENARIOS / "school-smoke", tmp_path / "school-smoke")
    return Copy(tmp_path / "school-smoke")


@pytest.fixture
def quake(tmp_path: Path) -> Copy:
    shutil.copytree(SCENARIOS / "classroom-quake", tmp_path / "classroom-quake")
    return Copy(tmp_path / "classroom-quake")
