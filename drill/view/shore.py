"""How far a place on a floor is from what stands in the water there: walls, solid things, door openings."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from panda3d.core import SamplerState, Texture
from scipy.ndimage import distance_transform_edt, map_coordinates
from shapely.affinity import rotate
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from drill.site.site import Prop, Site

CELL_M: Final = 0.1
MOST_CELLS: Final = 512
MARGIN_M: Final = 2.0
FAR_M: Final = 8.0
"""Distances are cut off here."""
LOW_M: Final = 0.25
"""A thing lower than this stands under water soon and breaks no surface."""

Floats = npt.NDArray[np.float64]


class Shore:
    """Distances over a floor's plan, as an array for us and as a texture for the shader.

    Attributes:
        area: least x and y, size in x and y, metres.
        obstacle, door: distance to the nearest wall or solid thing (below 0 inside of one), and to the nearest door
            opening, (rows, columns).
    """

    def __init__(self, site: Site, floor: int) -> None:
        x0, y0, x1, y1 = site.floors[floor].outline.bounds
        x0, y0, x1, y1 = x0 - MARGIN_M, y0 - MARGIN_M, x1 + MARGIN_M, y1 + MARGIN_M
        cell = max(CELL_M, (x1 - x0) / MOST_CELLS, (y1 - y0) / MOST_CELLS)
        columns, rows = int(np.ceil((x1 - x0) / cell)), int(np.ceil((y1 - y0) / cell))
        self.area = (x0, y0, columns * cell, rows * cell)
        self._cell = cell
        openings = unary_union([d.line.buffer(0.3, cap_style="flat") for d in site.doors if d.floor == floor])
        standing: list[BaseGeometry] = [
            w.line.buffer(w.thickness_m / 2, cap_style="square") for w in site.walls if w.floor == floor
        ]
        standing += [footprint(p) for p in site.props if p.floor == floor and p.solid and p.size_m[2] > LOW_M]
        x, y = np.meshgrid(x0 + (np.arange(columns) + 0.5) * cell, y0 + (np.arange(rows) + 0.5) * cell)
        self.obstacle = self._distance(unary_union(standing).difference(openings), x, y)
        self.door = self._distance(openings, x, y)
        slope_y, slope_x = np.gradient(self.obstacle, cell)
        self._slope = np.stack([slope_x, slope_y], axis=2)

    def _distance(self, shape: BaseGeometry, x: Floats, y: Floats) -> Floats:
        if shape.is_empty:
            return np.full(x.shape, FAR_M)
        shapely.prepare(shape)
        taken = shapely.intersects_xy(shape, x, y)
        if not taken.any():
            return np.full(x.shape, FAR_M)
        outside = np.asarray(distance_transform_edt(~taken), np.float64)
        inside = np.asarray(distance_transform_edt(taken), np.float64)
        return np.asarray(np.minimum((outside - inside) * self._cell, FAR_M), np.float64)

    def away(self, xy: Floats) -> tuple[Floats, Floats]:
        """Return the distance to the nearest obstacle (N,) below 0 inside of one, and the unit way out of it (N, 2)."""
        x0, y0, _, _ = self.area
        at = np.stack([(xy[:, 1] - y0) / self._cell - 0.5, (xy[:, 0] - x0) / self._cell - 0.5])
        far = np.asarray(map_coordinates(self.obstacle, at, order=1, mode="nearest"), np.float64)
        parts = [map_coordinates(self._slope[..., i], at, order=1, mode="nearest") for i in (0, 1)]
        way = np.stack(parts, axis=1)
        length = np.linalg.norm(way, axis=1, keepdims=True)
        return far, np.divide(way, length, out=np.zeros_like(way), where=length > 1e-6)

    def texture(self) -> Texture:
        """Return the distances for the shader: obstacle in red, door in green, metres."""
        rows, columns = self.obstacle.shape
        texture = Texture("shore")
        texture.setup_2d_texture(columns, rows, Texture.T_float, Texture.F_rg32)
        texture.set_minfilter(SamplerState.FT_linear)
        texture.set_magfilter(SamplerState.FT_linear)
        texture.set_wrap_u(SamplerState.WM_clamp)
        texture.set_wrap_v(SamplerState.WM_clamp)
        texture.set_ram_image(np.stack([self.obstacle, self.door], axis=2).astype(np.float32).tobytes())
        return texture


def footprint(prop: Prop) -> BaseGeometry:
    """Return the plan of a thing."""
    width, depth, _ = prop.size_m
    x, y = prop.at.x, prop.at.y
    return rotate(box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2), prop.yaw_deg, origin=(x, y))
