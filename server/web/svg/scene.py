"""One moment on the plan: water and smoke over their zones, people as dots, the resident as an arrow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from drill.people.state import BodyState
from drill.scenario.scenario import Scenario
from drill.site.site import Zone
from server.web.svg.colour import OWN
from server.web.svg.element import element, number
from server.web.svg.track import Plan

DEPTH_FULL_M: Final = 1.0
"""Water of this depth is drawn as dense as it gets."""
EXTINCTION_FULL_PER_M: Final = 3.0
BODY_M: Final = 0.26


def threatened(scenario: Scenario) -> list[Zone]:
    """Return the zones that any hazard names, in site order; all where a hazard names none."""
    named = {zone for part in scenario.model.hazards for zone in part.zones}
    everywhere = any(not part.zones for part in scenario.model.hazards)
    return [zone for zone in scenario.site.zones if everywhere or zone.id in named]


def zone_path(plan: Plan, zone: Zone) -> str:
    """Return the outline of a zone as path data."""
    return _path(plan, zone.floor, zone.polygon)


def water_opacity(depth_m: float) -> float:
    """Return how dense water is drawn, 0 to 0.7."""
    return 0.0 if depth_m <= 0 else round(0.16 + 0.54 * min(depth_m / DEPTH_FULL_M, 1.0), 3)


def smoke_opacity(extinction_per_m: float, interface_m: float, floor_z_m: float) -> float:
    """Return how dense smoke is drawn, 0 to 0.75: by its extinction and how far it has come down (3 m to the floor)."""
    down = min(max((3.0 - (interface_m - floor_z_m)) / 3.0, 0.0), 1.0)
    return round(0.75 * min(extinction_per_m / EXTINCTION_FULL_PER_M, 1.0) * down, 3)


def overlay(plan: Plan, zones: Iterable[tuple[Zone, float, float]]) -> str:
    """Return the hazards over their zones, each with its water and smoke opacity; scripts find them by data-zone."""
    parts = []
    for zone, water, smoke in zones:
        path = zone_path(plan, zone)
        parts.append(element("path", d=path, class_="water", opacity=water, data_zone=zone.id, data_kind="water"))
        parts.append(element("path", d=path, class_="smoke", opacity=smoke, data_zone=zone.id, data_kind="smoke"))
    return "".join(parts)


def people(
    plan: Plan,
    *,
    floor: npt.NDArray[np.int8],
    xy: npt.NDArray[np.float64],
    state: npt.NDArray[np.uint8],
    size: float = 1.0,
) -> str:
    """Return the crowd as dots: filled while on the way, green when safe, hollow when they can go no further.

    `size` draws them larger, for small pictures.
    """
    parts = []
    for f, (x, y), s in zip(floor, xy, state, strict=True):
        if s == BodyState.GONE:
            continue
        px, py = plan.to_svg(int(f), float(x), float(y))
        parts.append(element("circle", cx=px, cy=py, r=BODY_M * plan.scale * size, class_=dot_class(int(s))))
    return "".join(parts)


def dot_class(state: int) -> str:
    """Return the class of a person's dot."""
    if state == BodyState.SAFE:
        return "dot-safe"
    return "dot-down" if state == BodyState.INCAPACITATED else "dot-crowd"


def resident(plan: Plan, *, floor: int, x: float, y: float, heading_rad: float, size: float = 1.0) -> str:
    """Return the resident as an arrow that points where they look (counter-clockwise from the x axis)."""
    px, py = plan.to_svg(floor, x, y)
    return element(
        "path",
        d=arrow(plan.scale * size),
        transform=place(px, py, heading_rad),
        fill=OWN,
        stroke="#fff",
        stroke_width=1.5,
    )


def arrow(scale: float) -> str:
    """Return the arrow's path about the origin, pointing right, about a metre long."""
    r = max(0.5 * scale, 9.0)
    corners = ((1.25, 0.0), (-0.8, 0.85), (-0.35, 0.0), (-0.8, -0.85))
    return "M" + "L".join(f"{number(r * x)} {number(r * y)}" for x, y in corners) + "z"


def place(px: float, py: float, heading_rad: float) -> str:
    """Return the transform that puts the arrow at a place; the drawing's y points down."""
    return f"translate({number(px)} {number(py)}) rotate({number(-math.degrees(heading_rad))})"


def _path(plan: Plan, floor: int, polygon: Polygon) -> str:
    rings: Sequence[Sequence[tuple[float, ...]]] = [polygon.exterior.coords, *(r.coords for r in polygon.interiors)]
    written = []
    for ring in rings:
        corners = " ".join("{} {}".format(*map(number, plan.to_svg(floor, c[0], c[1]))) for c in ring[:-1])
        written.append(f"M{corners}z")
    return "".join(written)
