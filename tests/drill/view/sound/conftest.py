from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drill.view.sound.samples import Samples
from drill.view.sound.synthesis import Floats


@pytest.fixture(scope="session")
def sound_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests keep made sounds: every sound is made once for all of them."""
    return tmp_path_factory.mktemp("sounds")


@pytest.fixture(scope="session")
def samples_of(sound_folder: Path) -> Callable[..., Floats]:
    kept = Samples(sound_folder)

    def make(sound: str, take: int = 0, place: str = "open") -> Floats:
        return kept.array(sound, take, place)  # type: ignore[arg-type]  # places by name

    return make
