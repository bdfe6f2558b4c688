"""Smoke and water as boxes that light passes: the one description that every material's shader reads."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from drill.hazards.picture import Picture, QuakePicture, SmokePicture, WaterPicture
from drill.site.site import Site

MEDIA: Final = 32
"""As in shaders/medium.glsl."""
SMOKE: Final = 0.0
WATER: Final = 1.0
SMOKE_TINT: Final = (0.115, 0.108, 0.10)
SMOKE_EDGE_M: Final = 0.14
"""Half width of a layer's soft lower edge."""
DUST_TINT: Final = (0.34, 0.32, 0.29)
ROOF_UP_TO_M: Final = 15.0
"""A zone whose ceiling is higher has none: dust does not stay there."""
WATER_EDGE_M: Final = 0.004
BELOW_M: Final = 4.0
"""Water reaches this far below the lowest floor."""
MUD_LIGHT: Final = 0.54
EVERYWHERE_M: Final = 500.0


@dataclass(frozen=True, slots=True)
class Medium:
    """A box of smoke or water in site axes.

    Attributes:
        low, high: its corners in metres.
        kind: SMOKE or WATER.
        edge_m: height of the smoke's lower edge or the water's surface.
        above_per_m, below_per_m: extinction coefficient above and below that edge, 1/m.
        half_width_m: over which it changes, to each side.
        tint: linear RGB scattered towards the eye.
        mark_m: highest that the water has stood, which leaves a line on what it wetted.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    kind: float
    edge_m: float
    above_per_m: float
    below_per_m: float
    half_width_m: float
    tint: tuple[float, float, float]
    mark_m: float = -1000.0


class Media:
    """Zones cut into rectangles once; boxes of a frame's hazards from them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._rectangles = {z.id: rectangles(z.polygon) for z in site.zones}
        self._zones = {z.id: z for z in site.zones}

    def of(self, pictures: Sequence[Picture], marks: Mapping[str, float] | None = None) -> list[Medium]:
        """Return the boxes of all hazards, at most MEDIA; those that matter least are left out.

        Args:
            pictures: of a frame.
            marks: by hazard, the highest that its water has stood; without it as high as it stands now.
        """
        found: list[Medium] = []
        for picture in pictures:
            if isinstance(picture, WaterPicture):
                found += self._water(picture, (marks or {}).get(picture.hazard, picture.level_m))
            elif isinstance(picture, SmokePicture):
                found += self._smoke(picture)
            else:
                found += self._dust(picture)
        if len(found) > MEDIA:
            found.sort(key=lambda b: -_weight(b))
        return found[:MEDIA]

    def _water(self, picture: WaterPicture, mark: float) -> list[Medium]:
        floor = self.site.floors[0].z_m
        places = [r for z in picture.zones for r in self._rectangles.get(z, ())]
        if not picture.zones:
            places = [(-EVERYWHERE_M, -EVERYWHERE_M, EVERYWHERE_M, EVERYWHERE_M)]
        lowest = min([floor, *(self.site.floors[self._zones[z].floor].z_m for z in picture.zones if z in self._zones)])
        if max(picture.level_m, mark) <= lowest:
            return []
        return [
            Medium(
                (x0, y0, lowest - BELOW_M),
                (x1, y1, max(picture.level_m, lowest - BELOW_M + 0.1)),
                WATER,
                picture.level_m,
                0.0,
                picture.turbidity,
                WATER_EDGE_M,
                _lit(picture.colour),
                mark,
            )
            for x0, y0, x1, y1 in places
        ]

    def _smoke(self, picture: SmokePicture) -> list[Medium]:
        found = []
        for layer in picture.layers:
            zone = self._zones.get(layer.zone)
            if zone is None or max(layer.extinction_upper_per_m, layer.extinction_lower_per_m) < 1e-3:
                continue
            floor = self.site.floors[zone.floor].z_m
            found += [
                Medium(
                    (x0, y0, floor),
                    (x1, y1, layer.ceiling_m),
                    SMOKE,
                    layer.interface_m,
                    layer.extinction_upper_per_m,
                    layer.extinction_lower_per_m,
                    SMOKE_EDGE_M,
                    SMOKE_TINT,
                )
                for x0, y0, x1, y1 in self._rectangles[layer.zone]
            ]
        return found

    def _dust(self, picture: QuakePicture) -> list[Medium]:
        if picture.dust_per_m < 1e-3:
            return []
        k, found = picture.dust_per_m, []
        for zone in self.site.zones:
            if zone.ceiling_m < ROOF_UP_TO_M:
                z = self.site.floors[zone.floor].z_m
                found += [
                    Medium((x0, y0, z), (x1, y1, z + zone.ceiling_m), SMOKE, z, k, k, SMOKE_EDGE_M, DUST_TINT)
                    for x0, y0, x1, y1 in self._rectangles[zone.id]
                ]
        return found


def optical_depth(medium: Medium, start: Sequence[float], end: Sequence[float]) -> float:
    """Return the optical depth τ of the way from `start` to `end` through `medium`; light is left by exp(-τ).

    The same closed form as in shaders/medium.glsl (Beer-Lambert; the layer's edge is a linear ramp), whose smoke also
    rolls by a few centimetres. For tests and for questions that need no picture.
    """
    a, b = np.asarray(start, float), np.asarray(end, float)
    way = b - a
    safe = np.where(np.abs(way) < 1e-6, 1e-6, way)
    first, second = (np.asarray(medium.low) - a) / safe, (np.asarray(medium.high) - a) / safe
    enter = max(0.0, float(np.minimum(first, second).max()))
    leave = min(1.0, float(np.maximum(first, second).min()))
    if leave <= enter:
        return 0.0
    length = (leave - enter) * float(np.linalg.norm(way))
    z0, z1 = a[2] + way[2] * enter, a[2] + way[2] * leave
    half = max(medium.half_width_m, 1e-3)
    if abs(z1 - z0) < 1e-4:
        share = min(1.0, max(0.0, (z0 - medium.edge_m + half) / (2 * half)))
        return float(length * (medium.below_per_m + (medium.above_per_m - medium.below_per_m) * share))
    return float(length * (_integral(medium, z1, half) - _integral(medium, z0, half)) / (z1 - z0))


def _integral(medium: Medium, z: float, half: float) -> float:
    low = medium.edge_m - half
    if z <= low:
        ramp = 0.0
    elif z >= medium.edge_m + half:
        ramp = z - medium.edge_m
    else:
        ramp = (z - low) ** 2 / (4 * half)
    return medium.below_per_m * z + (medium.above_per_m - medium.below_per_m) * ramp


def as_uniforms(media: Sequence[Medium]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the arrays of shaders/medium.glsl, each of shape (MEDIA, 4)."""
    low, high, k, tint = (np.zeros((MEDIA, 4), np.float32) for _ in range(4))
    for i, medium in enumerate(media):
        low[i] = (*medium.low, medium.kind)
        high[i] = (*medium.high, medium.edge_m)
        k[i] = (medium.above_per_m, medium.below_per_m, medium.half_width_m, medium.mark_m)
        tint[i] = (*medium.tint, 0)
    return {"media_low": low, "media_high": high, "media_k": k, "media_tint": tint}


def water_depth(
    media: Sequence[Medium], xy: npt.NDArray[np.float64], z: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the depth of water above points, shape (N,), metres; the deepest where boxes meet."""
    depth = np.zeros(len(xy))
    for medium in media:
        if medium.kind == WATER:
            (x0, y0, _), (x1, y1, _) = medium.low, medium.high
            inside = (xy[:, 0] >= x0) & (xy[:, 0] <= x1) & (xy[:, 1] >= y0) & (xy[:, 1] <= y1)
            depth = np.where(inside, np.maximum(depth, medium.edge_m - z), depth)
    return depth


def rectangles(polygon: Polygon) -> list[tuple[float, float, float, float]]:
    """Cut a polygon into rectangles (x0, y0, x1, y1); exact where its sides run along the axes.

    Between two corners' heights a slanted side counts at its middle.
    """
    levels = sorted({round(y, 4) for ring in (polygon.exterior, *polygon.interiors) for _, y in ring.coords})
    x0, _, x1, _ = polygon.bounds
    found: list[tuple[float, float, float, float]] = []
    for y0, y1 in itertools.pairwise(levels):
        cut: BaseGeometry = polygon.intersection(box(x0, (y0 + y1) / 2 - 1e-4, x1, (y0 + y1) / 2 + 1e-4))
        parts = [p for p in getattr(cut, "geoms", [cut]) if not p.is_empty and p.area > 0]
        found += [(p.bounds[0], y0, p.bounds[2], y1) for p in parts]
    return _joined(found)


def _joined(found: list[tuple[float, float, float, float]]) -> list[tuple[float, float, float, float]]:
    joined: list[tuple[float, float, float, float]] = []
    for x0, y0, x1, y1 in found:
        for i, (a0, b0, a1, b1) in enumerate(joined):
            if abs(a0 - x0) < 1e-3 and abs(a1 - x1) < 1e-3 and abs(b1 - y0) < 1e-3:
                joined[i] = (a0, b0, a1, y1)
                break
        else:
            joined.append((x0, y0, x1, y1))
    return joined


def _lit(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return the colour of mud under water: less light reaches it than the surface."""
    return colour[0] * MUD_LIGHT, colour[1] * MUD_LIGHT, colour[2] * MUD_LIGHT


def _weight(medium: Medium) -> float:
    area = (medium.high[0] - medium.low[0]) * (medium.high[1] - medium.low[1])
    return area * max(medium.above_per_m, medium.below_per_m)
