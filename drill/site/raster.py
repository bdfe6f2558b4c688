"""Polygons as grids of cells: quick enough to be made anew whenever a door shuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

FINE_M: Final = 0.125
"""Side of a cell of the fine grid. Nothing thinner than this is ever put between two rooms (`ground.BARRIER_M`)."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of square cells: cell (row, column) has its centre at `origin + cell_m * (column, row)`."""

    origin: tuple[float, float]
    cell_m: float
    rows: int
    columns: int

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], *, cell_m: float = FINE_M, margin_m: float = 1.0) -> Grid:
        """Return a grid that covers `bounds` (min x, min y, max x, max y) and a margin, with even counts."""
        low_x, low_y, high_x, high_y = bounds
        columns = int(np.ceil((high_x - low_x + 2 * margin_m) / cell_m)) + 1
        rows = int(np.ceil((high_y - low_y + 2 * margin_m) / cell_m)) + 1
        # Half a cell off the metre lines, so that walls drawn on them do not run along cell centres.
        origin = (low_x - margin_m + cell_m / 2, low_y - margin_m + cell_m / 2)
        return cls(origin, cell_m, rows + rows % 2, columns + columns % 2)

    def index(self, xy: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return row and column of the cell that holds each of `xy` (N, 2), clipped to the grid."""
        columns = np.rint((xy[:, 0] - self.origin[0]) / self.cell_m).astype(np.intp)
        rows = np.rint((xy[:, 1] - self.origin[1]) / self.cell_m).astype(np.intp)
        return np.clip(rows, 0, self.rows - 1), np.clip(columns, 0, self.columns - 1)

    def centres(self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Return the centres (N, 2) of cells."""
        x = self.origin[0] + self.cell_m * columns
        y = self.origin[1] + self.cell_m * rows
        return np.stack([x, y], axis=-1)


def rasterise(geometry: BaseGeometry, grid: Grid) -> Mask:
    """Return which cells have their centre inside `geometry`, shape (rows, columns).

    Even-odd scan lines: each edge of each ring is crossed with every row at once. Exact but for centres that
    lie on an edge.
    """
    inside = np.zeros((grid.rows, grid.columns), np.bool_)
    lines = shapely.get_parts(shapely.boundary(geometry))
    if len(lines) == 0:
        return inside
    starts, ends = [], []
    for line in lines:
        for part in shapely.get_parts(line):
            points = shapely.get_coordinates(part)
            starts.append(points[:-1])
            ends.append(points[1:])
    a, b = np.concatenate(starts), np.concatenate(ends)
    y = grid.origin[1] + grid.cell_m * np.arange(grid.rows)
    crosses = (a[:, 1][None] <= y[:, None]) != (b[:, 1][None] <= y[:, None])
    rows, edges = np.nonzero(crosses)
    share = (y[rows] - a[edges, 1]) / (b[edges, 1] - a[edges, 1])
    x = a[edges, 0] + share * (b[edges, 0] - a[edges, 0])
    # Cells from this column on are beyond the crossing; a column past the last is dropped.
    column = np.ceil((x - grid.origin[0]) / grid.cell_m).astype(np.intp)
    toggles = np.zeros((grid.rows, grid.columns + 1), np.int32)
    np.add.at(toggles, (rows, np.clip(column, 0, grid.columns)), 1)
    return (np.cumsum(toggles, axis=1)[:, : grid.columns] % 2).astype(np.bool_)
