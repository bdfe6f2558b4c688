"""Published reference values beside ours: the rows of `docs/verification.md`, judged by the tests as well."""

from __future__ import annotations

from collections.abc import Callable

from body_tables import dose_rows, smoke_layer_rows, smoke_speed_rows, water_rows
from crowd_tables import density_rows, flow_rows, long_crowd_rows, quick_crowd_rows
from rows import Row

QUICK: dict[str, Callable[[], list[Row]]] = {
    "Dose of fire gases": dose_rows,
    "Walking in smoke": smoke_speed_rows,
    "Water and doors": water_rows,
    "Smoke layer": smoke_layer_rows,
    "Crowd": quick_crowd_rows,
}
LONG: dict[str, Callable[[], list[Row]]] = {
    "Flow through openings": flow_rows,
    "Speed and density": density_rows,
    "Large crowds": long_crowd_rows,
}
