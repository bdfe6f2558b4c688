"""What 300 people cost the application at 90 pictures a second, without drawing; one JSON object a line.

- `people_cpu`: milliseconds of processor time a picture to pose everybody and hand the driver their matrices (mean,
  median and worst of a hundred), beside the anchor: NumPy copying the same matrices once over. The budget is 4 ms.
- `people_triangles`: triangles and calls of that crowd as seen from its middle, and their budgets.

Processor time of the thread is taken, so that other work on the machine does not pass for it. Usage:
`people.py [--people N] [--pictures N]`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any, Final

import numpy as np

from drill.people.state import BodyState, Posture
from drill.session.frame import CrowdState
from drill.view.people import People
from drill.view.people.crowd import CALLS_BUDGET, TRIANGLES_BUDGET

PEOPLE: Final = 300
RATE: Final = 90.0
BUDGET_MS: Final = 4.0
WARM: Final = 30


def crowd_of(n: int) -> tuple[CrowdState, np.ndarray[Any, Any]]:
    """Return people who walk about a hall, and their velocities (n, 2), m/s."""
    rng = np.random.default_rng(11)
    angle = rng.uniform(-np.pi, np.pi, n)
    way = np.column_stack([np.cos(angle), np.sin(angle)])
    speed = rng.uniform(0.0, 1.5, n)
    side = np.sqrt(4.0 * n)
    crowd = CrowdState(
        id=np.arange(n, dtype=np.uint16),
        xy=rng.uniform(0.0, side, (n, 2)),
        z=np.zeros(n),
        floor=np.zeros(n, np.int8),
        heading=way.astype(np.float32),
        speed=speed.astype(np.float32),
        state=rng.choice([BodyState.WAITING, BodyState.MOVING, BodyState.SAFE], n).astype(np.uint8),
        posture=np.full(n, Posture.STANDING, np.uint8),
        height_m=rng.uniform(1.15, 1.8, n).astype(np.float32),
    )
    return crowd, way * speed[:, None]


def measure(n: int, pictures: int) -> tuple[list[float], list[float], People]:
    """Return seconds a picture of ours and of the anchor, and the people."""
    crowd, velocity = crowd_of(n)
    people = People()
    middle = (float(np.sqrt(4.0 * n)) / 2, float(np.sqrt(4.0 * n)) / 2, 1.5)
    ours, anchor = [], []
    for i in range(pictures + WARM):
        t = i / RATE
        begun = time.thread_time()
        people.show(crowd, xy=crowd.xy + velocity * t, z=crowd.z, t_s=t, media=[], eye=middle)
        ended = time.thread_time()
        people.packed.copy()
        copied = time.thread_time()
        if i >= WARM:
            ours.append(ended - begun)
            anchor.append(copied - ended)
    return ours, anchor, people


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--pictures", type=int, default=360)
    given = parser.parse_args()
    ours, anchor, people = measure(given.people, given.pictures)
    mean, copy = float(np.mean(ours)) * 1e3, float(np.mean(anchor)) * 1e3
    figure = {
        "figure": "people_cpu",
        "people": given.people,
        "ms": round(mean, 3),
        "median_ms": round(float(np.median(ours)) * 1e3, 3),
        "worst_of_hundred_ms": round(float(np.quantile(ours, 0.99)) * 1e3, 3),
        "budget_ms": BUDGET_MS,
        "anchor": "numpy copies the same matrices",
        "anchor_ms": round(copy, 4),
        "ratio": round(mean / max(copy, 1e-9), 1),
    }
    sys.stdout.write(json.dumps(figure) + "\n")
    drawn = {
        "figure": "people_triangles",
        "people": given.people,
        "triangles": people.triangles,
        "budget": TRIANGLES_BUDGET,
        "calls": people.calls,
        "calls_budget": CALLS_BUDGET,
        "figures_near_to_far": list(people.figures),
    }
    sys.stdout.write(json.dumps(drawn) + "\n")


if __name__ == "__main__":
    main()
