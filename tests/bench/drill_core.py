"""Figures of the drill core on one core; one JSON object a line.

- `drill_core`: a hall with 300 people, flood, smoke and recording: run time over processor time (real-time factor), and
  milliseconds a tick by part. `hazards` is what they do to everybody, `bodies` dose and speed of resident and crowd,
  `crowd` walking and steering, `recording` the open file, `rest` resident, doors, director, digest and frame.
- `growth`: the same from 30 to 3,000 people; the hall grows with them (4 m² a person).

Processor time of the thread is taken, so that other work on the machine does not pass for it. Usage:
`drill_core.py [--seconds N] [--people N,N,...]`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from drill import TICK_S
from drill.people.bodies import Bodies
from drill.people.crowd import Crowd
from drill.play import run_header
from drill.record.inputs import Inputs
from drill.record.openfile import OpenFile
from drill.record.recorder import Recorder
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.surroundings import Surroundings

PEOPLE: Final = 300
TARGET: Final = 10.0
GROWTH: Final = (30, 100, 300, 1000, 3000)
AREA_M2: Final = 4.0
LEAST_SIDE_M: Final = 16.0

SCENARIO: Final = """\
schema: sonae-scenario/1
id: bench-hall
version: 1
title: {{ja: 計測用の広間}}
summary: {{ja: 計測用}}
status: Exercise
clock: {{start: "2026-07-06T18:40:00+09:00", duration_s: 600}}
site: {{file: site.geojson}}
resident:
  at: {{x: {middle}, y: {middle}, floor: ground}}
crowd:
  profile: lab
  groups:
    - id: people
      n: {people}
      zone: hall
      speed_mps: {{dist: truncnorm, mean: 1.25, sd: 0.3, min: 0.6, max: 1.9}}
      height_m: {{dist: truncnorm, mean: 1.6, sd: 0.1, min: 1.3, max: 1.9}}
      pre_movement_s: {{dist: uniform, min: 0, max: 4}}
hazards:
  - id: water
    type: flood
    zones: [hall, yard]
    level: [{{at_s: 0, level_m: 0.0}}, {{at_s: 120, level_m: 0.3}}]
  - id: fire
    type: smoke
    fire: {{x: 2, y: 2, floor: ground}}
    zones: [hall]
    heat: [{{at_s: 0, heat_kw: 50}}, {{at_s: 60, heat_kw: 300}}]
    clear_height_m: 1.0
events:
  - id: bell
    when: {{at_s: 0.5}}
    do: [{{alarm: "on"}}]
objectives:
  - {{id: reach, text: {{ja: 着く}}, metric: reached_refuge, at_least: 1}}
"""


def feature(kind: str, geometry: str, coordinates: Any, **more: Any) -> dict[str, Any]:
    """Return one feature of a site."""
    properties = {"kind": kind, "floor": "ground"} | more
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def hall(folder: Path, people: int) -> Scenario:
    """Return a hall for `people` with two doors to a yard along one side, written to and loaded from `folder`."""
    side = round(max(LEAST_SIDE_M, math.sqrt(AREA_M2 * people)), 1)
    depth = max(6.0, side / 4)

    def box(x0: float, y0: float, x1: float, y1: float) -> list[list[list[float]]]:
        return [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]

    floor = {"id": "ground", "index": 0, "z_m": 0.0, "height_m": 4.0}
    ring = [[0, 0], [side, 0], [side, side], [0, side], [0, 0]]
    fence = [[0, 0], [0, -depth], [side, -depth], [side, 0]]
    width = max(1.8, side / 10)
    features = [
        feature("floor", "Polygon", box(0, -depth, side, side), **floor),
        feature("wall", "LineString", ring, height_m=4.0, thickness_m=0.2),
        feature("wall", "LineString", fence, height_m=1.2, thickness_m=0.2),
        feature("zone", "Polygon", box(0, 0, side, side), id="hall", ceiling_m=4.0),
        feature("zone", "Polygon", box(0, -depth, side, 0), id="yard", ceiling_m=20.0),
        feature("refuge", "Polygon", box(1, 1 - depth, side - 1, 2 - depth), id="street", exit=True),
    ]
    del features[0]["properties"]["floor"]
    for number, share in enumerate((0.25, 0.75)):
        line = [[side * share - width / 2, 0], [side * share + width / 2, 0]]
        about = {"width_m": width, "height_m": 2.1, "swing": "slide", "outward": [0, -1]}
        features.append(
            feature("door", "LineString", line, id=f"door-{number}", open_at_start=True, leads_out=True, **about)
        )
    site = {"type": "FeatureCollection", "name": "hall", "units": "m", "crs": "local", "features": features}
    folder.mkdir(parents=True)
    (folder / "site.geojson").write_text(json.dumps(site), "utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO.format(middle=side / 2, people=people), "utf-8")
    return load_scenario(folder)


class Meter:
    """Adds up processor time of wrapped functions, each without what wrapped functions inside it took."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._inside: list[float] = []

    @contextmanager
    def measuring(self, *parts: tuple[str, type, str]) -> Iterator[None]:
        """Measure methods: name of the part, class, method."""
        with ExitStack() as stack:
            for part, owner, method in parts:
                wrapped = self._wrap(part, getattr(owner, method))
                stack.enter_context(patch.object(owner, method, wrapped))
            yield

    def _wrap(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0.0)
            start = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.thread_time() - start
                self.spent[part] = self.spent.get(part, 0.0) + whole - self._inside.pop()
                if self._inside:
                    self._inside[-1] += whole

        return timed


def measure(people: int, seconds: float) -> dict[str, Any]:
    """Return the figures of a run with so many people."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenario = hall(folder / "hall", people)
        drill = Drill(scenario, seed=1)
        header = run_header(scenario, seed=1, locomotion="scripted", device="bench")
        recorder = Recorder(header, OpenFile(folder / "out", header))
        recorder.observe(drill.frame)
        meter = Meter()
        parts = (
            ("hazards", Surroundings, "_expose"),
            ("crowd", Crowd, "step"),
            ("bodies", Bodies, "suffer"),
            ("recording", Recorder, "observe"),
        )
        ticks = round(seconds / TICK_S)
        with meter.measuring(*parts):
            start = time.thread_time()
            for tick in range(1, ticks + 1):
                turn = 0.02 if tick % 120 < 60 else -0.02
                inputs = Inputs(tick, forward=0.6, turn_rad=turn)
                recorder.observe(drill.step(inputs), inputs)
            whole = time.thread_time() - start
        recorder.close()
    split = {part: round(1000 * spent / ticks, 4) for part, spent in meter.spent.items()}
    split["rest"] = round(1000 * (whole - sum(meter.spent.values())) / ticks, 4)
    return {
        "people": people,
        "ms_per_tick": round(1000 * whole / ticks, 4),
        "split_ms": split,
        "real_time_factor": round(seconds / whole, 1),
        "still_on_site": len(drill.frame.crowd.id),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="run time of each drill")
    parser.add_argument("--people", default=",".join(map(str, GROWTH)), help="numbers of people for the growth")
    arguments = parser.parse_args()
    core = measure(PEOPLE, arguments.seconds)
    core |= {"anchor": "real time", "ratio": core["real_time_factor"], "target": TARGET, "at_least": True}
    sys.stdout.write(json.dumps({"figure": "drill_core"} | core) + "\n")
    sys.stdout.flush()
    for people in (int(n) for n in arguments.people.split(",") if n):
        found = core if people == PEOPLE else measure(people, arguments.seconds)
        kept = {key: found[key] for key in ("people", "ms_per_tick", "split_ms", "real_time_factor")}
        sys.stdout.write(json.dumps({"figure": "growth"} | kept) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
