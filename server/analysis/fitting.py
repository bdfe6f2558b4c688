"""A recorded run held against its scenario: what no page or figure could place is left out, and said.

The decoder knows the bounds of numbers, not the site. A station that is broken may speak of a floor that is not there,
or of a hazard in other numbers than it has; the rest of its run is worth reading all the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from drill.hazards.picture import KIND_LAYER, KIND_LEVEL
from drill.record.run import CrowdTrack, HazardRow, RecordedRun
from drill.scenario.model import Flood, Smoke
from drill.scenario.scenario import Scenario

LEVEL_VALUES: Final = 3
ZONE_VALUES: Final = 4
MISFIT_FLAG: Final = "does_not_fit_scenario"


def fitted(run: RecordedRun, scenario: Scenario) -> RecordedRun:
    """Return a run without what its scenario has no place for; flagged when that is anything."""
    crowd = _crowd(run.crowd, [floor.index for floor in scenario.site.floors])
    hazards = _hazards(run.hazards, scenario)
    if len(crowd.tick) == len(run.crowd.tick) and len(hazards) == len(run.hazards):
        return run
    return replace(run, crowd=crowd, hazards=hazards, flags=(*run.flags, MISFIT_FLAG))


def _crowd(crowd: CrowdTrack, floors: list[int]) -> CrowdTrack:
    known = np.isin(crowd.floor, floors)
    if known.all():
        return crowd
    return CrowdTrack(
        tick=crowd.tick[known],
        id=crowd.id[known],
        x_m=crowd.x_m[known],
        y_m=crowd.y_m[known],
        floor=crowd.floor[known],
        state=crowd.state[known],
    )


def _hazards(rows: tuple[HazardRow, ...], scenario: Scenario) -> tuple[HazardRow, ...]:
    """Return the rows that have as many values as the hazard of their number; grid differences have their own."""
    kept: list[HazardRow] = []
    wanted: dict[int, tuple[int, int]] = {}
    for index, part in enumerate(scenario.model.hazards):
        if isinstance(part, Flood):
            wanted[index] = (KIND_LEVEL, LEVEL_VALUES)
        elif isinstance(part, Smoke):
            wanted[index] = (KIND_LAYER, ZONE_VALUES * len(part.zones or scenario.site.zones))
    for row in rows:
        kind, count = wanted.get(row.hazard, (0, 0))
        if row.kind not in (KIND_LEVEL, KIND_LAYER) or (row.kind == kind and len(row.values) == count):
            kept.append(row)
    return tuple(kept)
