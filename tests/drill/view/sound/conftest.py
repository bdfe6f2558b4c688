from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.session.scripted import load_resident
from drill.view.sound.samples import Samples
from drill.view.sound.synthesis import Floats

SCENARIOS = Path(__file__).parents[4] / "scenarios"


@pytest.fixture(scope="session")
def sound_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests keep made sounds: every sound is made once for all of them."""
    return tmp_path_factory.mktemp("sounds")


@pytest.fixture(scope="session")
def flood_frames(gym: Scenario) -> list[Frame]:
    """The first 24 s of a run through the flood."""
    drill = Drill(gym, seed=7)
    person = load_resident(SCENARIOS / "gym-flood" / "residents" / "takes-the-stair.yaml", gym)
    return [drill.step(person.inputs(drill.frame)) for _ in range(60 * 24)]


@pytest.fixture(scope="session")
def samples_of(sound_folder: Path) -> Callable[..., Floats]:
    kept = Samples(sound_folder)

    def make(sound: str, take: int = 0, place: str = "open") -> Floats:
        return kept.array(sound, take, place)  # type: ignore[arg-type]  # places by name

    return make
