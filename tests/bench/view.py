"""What a picture costs the application besides its renderer, with 300 people in a flood; one JSON object a line.

`view_cpu`: processor time a picture, at 90 pictures a second, for all that the desktop view does but the drawing
itself: the crowd between two ticks, figures, water, light, doors, HUD, and what the resident hears. The renderer is put
aside (`Screen.render` does nothing), and the drill's own step is `drill_core`'s figure. The budget is 4 ms, the anchor
NumPy copying the figures' matrices as often. Usage: `view.py [--people N] [--pictures N]`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from drill.hazards.picture import WaterPicture
from drill.people.state import BodyState, Posture
from drill.scenario.loading import load_scenario
from drill.session.drill import Drill
from drill.session.frame import CrowdState
from drill.view.desktop import DesktopView

SCENARIO: Final = Path(__file__).resolve().parents[2] / "scenarios" / "gym-flood"
PEOPLE: Final = 300
RATE: Final = 90.0
TICKS: Final = 60.0
BUDGET_MS: Final = 4.0
WARM: Final = 30


def crowd_of(n: int, bounds: tuple[float, float, float, float]) -> tuple[CrowdState, np.ndarray[Any, Any]]:
    """Return people who walk about a floor, and their velocities (n, 2), m/s."""
    rng = np.random.default_rng(11)
    x0, y0, x1, y1 = bounds
    angle, speed = rng.uniform(-np.pi, np.pi, n), rng.uniform(0.0, 1.2, n)
    way = np.column_stack([np.cos(angle), np.sin(angle)])
    crowd = CrowdState(
        id=np.arange(n, dtype=np.uint16),
        xy=np.column_stack([rng.uniform(x0 + 2, x1 - 2, n), rng.uniform(y0 + 2, y1 - 2, n)]),
        z=np.zeros(n),
        floor=np.zeros(n, np.int8),
        heading=way.astype(np.float32),
        speed=speed.astype(np.float32),
        state=np.full(n, BodyState.MOVING, np.uint8),
        posture=np.full(n, Posture.STANDING, np.uint8),
        height_m=rng.uniform(1.15, 1.8, n).astype(np.float32),
    )
    return crowd, way * speed[:, None]


class Watch:
    """Adds up the processor time of a part; put in place of a method."""

    def __init__(self, owner: Any, name: str) -> None:
        self.spent = 0.0
        self._method: Callable[..., Any] = getattr(owner, name)
        setattr(owner, name, self)

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Call the method."""
        begun = time.thread_time()
        try:
            return self._method(*given, **named)
        finally:
            self.spent += time.thread_time() - begun


def measure(n: int, pictures: int) -> dict[str, object]:
    """Return the figure."""
    scenario = load_scenario(SCENARIO)
    view = DesktopView(scenario, offscreen=True, size=(64, 36), samples=0)
    view.screen.render = lambda: None  # type: ignore[method-assign]  # the renderer is put aside
    zones = [zone.id for zone in scenario.site.zones if zone.floor == 0]
    water = WaterPicture("indoor", tuple(zones), 0.4, (0.2, 0.1), 8.0, (0.30, 0.22, 0.13))
    first = Drill(scenario, seed=7).frame
    crowd, velocity = crowd_of(n, scenario.site.floors[0].outline.bounds)
    parts = {
        "people": Watch(view.scene.people, "show"),
        "water": Watch(view.scene.water, "show"),
        "scene, all": Watch(view.scene, "show"),
        "sound": Watch(view.sounds, "show"),
        "hud": Watch(view.hud, "show"),
    }
    ours, anchor = [], []
    for i in range(pictures + WARM):
        t_s = 30.0 + i / RATE
        moved = replace(crowd, xy=crowd.xy + velocity * (i / RATE))
        frame = replace(first, tick=round(t_s * TICKS), t_s=t_s, hazards=(water,), crowd=moved, warning_level=4)
        if i == WARM:
            for part in parts.values():
                part.spent = 0.0
        begun = time.thread_time()
        view.see(frame)
        view._render(frame)
        ended = time.thread_time()
        view.scene.people.packed.copy()
        if i >= WARM:
            ours.append(ended - begun)
            anchor.append(time.thread_time() - ended)
    view.close()
    mean = float(np.mean(ours)) * 1e3
    spent = {name: round(part.spent / pictures * 1e3, 3) for name, part in parts.items()}
    return {
        "figure": "view_cpu",
        "people": n,
        "ms_a_picture": round(mean, 3),
        "median_ms": round(float(np.median(ours)) * 1e3, 3),
        "worst_of_hundred_ms": round(float(np.quantile(ours, 0.99)) * 1e3, 3),
        "split_ms": spent,
        "anchor": f"{BUDGET_MS:g} ms a picture at 90 Hz",
        "ratio": round(mean / BUDGET_MS, 2),
        "target": 1.0,
        "copies_ms": round(float(np.mean(anchor)) * 1e3, 4),
    }


def main() -> None:
    """Print the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--pictures", type=int, default=360)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(measure(given.people, given.pictures)) + "\n")


if __name__ == "__main__":
    main()
