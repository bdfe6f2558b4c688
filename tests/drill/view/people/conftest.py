from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drill.people.state import BodyState, Posture
from drill.view.people.looks import KINDS
from drill.view.people.manners import Seen
from drill.view.people.motion import Walkers
from drill.view.people.skeleton import Build


@pytest.fixture(scope="session")
def walkers_of() -> Callable[..., Walkers]:
    """Return a maker of people who stand at the origin, face x and wait, but for what is given."""

    def make(n: int = 1, *, kind: str = "adult", height_m: float = 1.65, t_s: float = 0.0, **given: Any) -> Walkers:
        tall = np.full(n, height_m)
        values: dict[str, Any] = {
            "id": np.arange(n),
            "kind": np.full(n, KINDS.index(kind)),  # type: ignore[arg-type]  # a name of KINDS
            "xy": np.zeros((n, 2)),
            "z": np.zeros(n),
            "facing": np.zeros(n),
            "height_m": tall,
            "speed": np.zeros(n),
            "state": np.full(n, BodyState.WAITING),
            "posture": np.full(n, Posture.STANDING),
            "depth_m": np.zeros(n),
            "extinction_per_m": np.zeros(n),
            "slope": np.zeros(n),
            "shaking": False,
            "t_s": t_s,
            "listener": None,
        }
        seen = Seen(**(values | given))
        return Walkers(np.arange(n), seen, Build.of(seen.height_m, np.ones(n)), np.full(n, 0.5))

    return make
