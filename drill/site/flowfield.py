"""The shortest way to a refuge from everywhere on a site: distances, directions and ways.

Dijkstra over a grid of `CELL_M` with sixteen neighbours on all floors at once, joined at the heads of stairs,
then the ways are pulled tight: each cell's next way point is the furthest point of its way that it sees over
ground with `CLEARANCE_M` to the nearest wall. What remains is close to the true shortest way with that clearance.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from drill.site.ground import Ground, door_opening
from drill.site.lattice import CELL_M, edges_of, rings_of_tree
from drill.site.raster import FINE_M, Grid, Mask, rasterise

CLEARANCE_M: Final = 0.35
"""Ways keep this far from walls where there is room: a body's radius of 0.2 m and its sway."""
BODY_M: Final = 0.2
TIGHT_COST: Final = 2.0
"""Length counts so much more where there is less than CLEARANCE_M, and its square where a body does not fit."""
REACH_M: Final = 0.6
"""A point off the grid (in a corner, beside a wall) belongs to the nearest cell within this distance."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Cost = Callable[[int, Floats], Floats]


class FlowField:
    """Ways to the nearest of `refuges`. The same arguments give the same numbers, bit for bit."""

    def __init__(
        self,
        ground: Ground,
        *,
        refuges: Sequence[str] | None = None,
        closed_doors: Collection[str] = (),
        cost: Cost | None = None,
    ) -> None:
        """Work out the field.

        Args:
            ground: the ground.
            refuges: ids of the refuges to go to; None means all of the site.
            closed_doors: ids of doors that nobody passes.
            cost: called with a floor's index and points (N, 2), gives a factor ≥ 1 by which length counts more
                there (smoke, deep water), or infinity where nobody goes. Distances stay metres of the way taken.

        Raises:
            ValueError: a refuge or door is unknown.
        """
        self._ground = ground
        self._grid = ground.grid
        site = ground.site
        wanted = [refuge.id for refuge in site.refuges] if refuges is None else list(refuges)
        _known("refuge", wanted, [refuge.id for refuge in site.refuges])
        _known("door", closed_doors, [door.id for door in site.doors])
        floors = len(site.floors)
        grid = self._grid
        self._coarse = Grid(grid.origin, CELL_M, grid.rows // 2, grid.columns // 2)
        fine = np.stack([_with_doors_shut(ground, floor, closed_doors) for floor in range(floors)])
        clear = np.stack([distance_transform_edt(mask) for mask in fine]) * FINE_M - FINE_M / 2
        self._open = fine[:, ::2, ::2]
        weight = np.where(clear >= CLEARANCE_M, 1.0, np.where(clear >= BODY_M, TIGHT_COST, TIGHT_COST**2))
        weight = weight[:, ::2, ::2]
        self._free = clear >= CLEARANCE_M
        if cost is not None:
            weight = self._weigh(weight, cost)
        self._goal = self._goals(wanted)
        self._solve(fine, weight)

    def _weigh(self, weight: Floats, cost: Cost) -> Floats:
        for floor in range(len(weight)):
            rows, columns = np.nonzero(self._open[floor])
            factor = np.asarray(cost(floor, self._coarse.centres(rows, columns)), np.float64)
            if np.isnan(factor).any() or (factor < 1).any():
                msg = f"cost must be at least 1 everywhere, got {np.nanmin(factor):g} on floor {floor}"
                raise ValueError(msg)
            weight[floor, rows, columns] *= factor
            shut = ~np.isfinite(factor)
            self._open = self._open.copy()
            self._open[floor, rows[shut], columns[shut]] = False
            # Ways are not pulled tight across ground that costs more: they would lose what they went round for.
            dear = np.zeros(self._open.shape[1:], np.bool_)
            dear[rows[factor > 1], columns[factor > 1]] = True
            self._free[floor] &= ~np.repeat(np.repeat(dear, 2, axis=0), 2, axis=1)
        return weight

    def _goals(self, wanted: Sequence[str]) -> Mask:
        goal = np.zeros_like(self._open)
        for refuge in self._ground.site.refuges:
            if refuge.id in wanted:
                goal[refuge.floor] |= rasterise(refuge.polygon, self._coarse) & self._open[refuge.floor]
        return goal

    def _solve(self, fine: Mask, weight: Floats) -> None:
        number = np.full(self._open.shape, -1, np.int64)
        floor, rows, columns = np.nonzero(self._open)
        count = len(floor)
        number[floor, rows, columns] = np.arange(count)
        self._number = number
        self._node_floor = floor.astype(np.int64)
        self._node_xy = self._coarse.centres(rows, columns)
        goals = number[self._goal]
        if len(goals) == 0:
            self._metres = np.full(count, np.inf)
            self._next = np.full(count, -1, np.int64)
            return
        starts, ends, lengths = edges_of(fine, number, weight)
        links = self._stair_links()
        starts, ends = np.concatenate([starts, links[:, 0]]), np.concatenate([ends, links[:, 1]])
        lengths = np.concatenate([lengths, np.full(len(links), 1e-3)])
        graph = coo_matrix((lengths, (starts, ends)), shape=(count, count)).tocsr()
        far, tree, _ = dijkstra(graph, directed=False, indices=goals, min_only=True, return_predecessors=True)
        before: Ints = np.where(tree < 0, -1, tree).astype(np.int64)
        self._pull_tight(far, before)

    def _stair_links(self) -> Ints:
        """Return pairs of cells, one above the other about a stair's head, that are one place: (N, 2)."""
        pairs = [np.empty((0, 2), np.int64)]
        for n, stair in enumerate(self._ground.site.stairs):
            cells = rasterise(self._ground.stair_overlap(n), self._coarse)
            lower, upper = self._number[stair.lower][cells], self._number[stair.upper][cells]
            both = (lower >= 0) & (upper >= 0)
            pairs.append(np.stack([lower[both], upper[both]], axis=1))
        return np.concatenate(pairs)

    def _pull_tight(self, far: Floats, before: Ints) -> None:
        """Set each cell's way point and metres, from the refuges outwards, one ring of the tree at a time."""
        count = len(far)
        metres = np.where(np.isfinite(far), 0.0, np.inf)
        points = np.arange(count)
        next_ = np.where(before >= 0, before, -1)
        for ring in rings_of_tree(before, np.isfinite(far)):
            parent = before[ring]
            candidate = np.where(next_[parent] >= 0, next_[parent], parent)
            sees = self._sees(points[ring], candidate)
            chosen = np.where(sees, candidate, parent)
            next_[ring] = chosen
            metres[ring] = np.hypot(*(self._node_xy[ring] - self._node_xy[chosen]).T) + metres[chosen]
        self._metres = metres
        self._next = next_

    def _sees(self, start: Ints, end: Ints) -> Mask:
        """Return which cells of `start` see those of `end` on their floor, with clearance all the way."""
        sees: Mask = self._node_floor[start] == self._node_floor[end]
        here = np.flatnonzero(sees)
        if len(here) == 0:
            return sees
        a, b = self._node_xy[start[here]], self._node_xy[end[here]]
        length = np.hypot(*(b - a).T)
        steps = int(np.ceil(length.max() / FINE_M)) + 1
        share = np.linspace(0.0, 1.0, steps + 1)
        points = a[:, None, :] + share[None, :, None] * (b - a)[:, None, :]
        rows = np.rint((points[..., 1] - self._grid.origin[1]) / FINE_M).astype(np.intp)
        columns = np.rint((points[..., 0] - self._grid.origin[0]) / FINE_M).astype(np.intp)
        floor = self._node_floor[start[here]][:, None]
        sees[here] = self._free[floor, rows, columns].all(axis=1)
        return sees

    def _cell(self, floor: npt.NDArray[np.integer], xy: Floats) -> Ints:
        """Return the cell (N,) of points, the nearest within REACH_M when they stand on none, else -1."""
        rows, columns = self._coarse.index(xy)
        found: Ints = self._number[floor, rows, columns].copy()
        for n in np.flatnonzero(found < 0):
            found[n] = self._nearest(int(floor[n]), xy[n], int(rows[n]), int(columns[n]))
        return found

    def _nearest(self, floor: int, xy: Floats, row: int, column: int) -> int:
        reach = int(np.ceil(REACH_M / CELL_M))
        window = self._number[floor, max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        cells = window[window >= 0]
        if len(cells) == 0:
            return -1
        away = np.hypot(*(self._node_xy[cells] - xy).T)
        best = int(np.argmin(away))
        return int(cells[best]) if away[best] <= REACH_M else -1

    def distance(self, floor: npt.NDArray[np.integer], xy: Floats) -> Floats:
        """Return the length of the way (N,) in metres seen from above, from `xy` (N, 2); inf where there is none."""
        cells = self._cell(floor, xy)
        distance = np.full(len(xy), np.inf)
        known = np.flatnonzero(cells >= 0)
        cell = cells[known]
        towards = self._next[cell]
        via = np.where(towards >= 0, towards, cell)
        leg = np.hypot(*(self._node_xy[via] - xy[known]).T)
        distance[known] = np.where(towards >= 0, leg + self._metres[via], self._metres[cell])
        return distance

    def direction(self, floor: npt.NDArray[np.integer], xy: Floats) -> Floats:
        """Return the unit vector (N, 2) along the way from `xy` (N, 2); zero in a refuge and where there is no way.

        It blends the ways of the four cells about each point, so that it turns gently as a body moves.
        """
        column = (xy[:, 0] - self._coarse.origin[0]) / CELL_M
        row = (xy[:, 1] - self._coarse.origin[1]) / CELL_M
        low_column = np.clip(np.floor(column).astype(np.intp), 0, self._coarse.columns - 2)
        low_row = np.clip(np.floor(row).astype(np.intp), 0, self._coarse.rows - 2)
        total = np.zeros_like(xy, np.float64)
        own = self._towards(self._cell(floor, xy), xy)
        for dr, dc in ((0, 0), (0, 1), (1, 0), (1, 1)):
            share = np.abs(1 - dr - (row - low_row)) * np.abs(1 - dc - (column - low_column))
            cells = self._number[floor, low_row + dr, low_column + dc]
            heading = self._towards(cells, xy)
            # A cell behind a wall, or beyond a ridge where ways part, does not pull.
            agrees = (heading * own).sum(axis=1) > 0
            total += np.where((agrees & (cells >= 0))[:, None], share[:, None] * heading, 0.0)
        length = np.hypot(total[:, 0], total[:, 1])
        blended = np.where((length > 1e-9)[:, None], total / np.maximum(length, 1e-9)[:, None], own)
        at_rest = (own == 0).all(axis=1)
        blended[at_rest] = 0.0
        return blended

    def _towards(self, cells: Ints, xy: Floats) -> Floats:
        """Return unit vectors from `xy` to the way points of `cells`; those as good as reached are passed over."""
        heading = np.zeros((len(cells), 2))
        here = np.flatnonzero(cells >= 0)
        here = here[np.isfinite(self._metres[cells[here]])]
        target = self._next[cells[here]]
        here, target = here[target >= 0], target[target >= 0]
        for _ in range(8):
            offset = self._node_xy[target] - xy[here]
            near = (np.hypot(offset[:, 0], offset[:, 1]) < CELL_M) & (self._next[target] >= 0)
            if not near.any():
                break
            target = np.where(near, self._next[target], target)
        offset = self._node_xy[target] - xy[here]
        length = np.hypot(offset[:, 0], offset[:, 1])
        heading[here] = np.where((length > 1e-6)[:, None], offset / np.maximum(length, 1e-6)[:, None], 0.0)
        return heading

    def path(self, floor: int, x: float, y: float) -> list[tuple[int, float, float]]:
        """Return the way from a point as (floor, x, y), the point first; empty when there is none."""
        xy = np.array([[x, y]])
        cell = int(self._cell(np.array([floor]), xy)[0])
        if cell < 0 or not np.isfinite(self._metres[cell]):
            return []
        way = [(floor, x, y)]
        while self._next[cell] >= 0:
            cell = int(self._next[cell])
            point = (int(self._node_floor[cell]), float(self._node_xy[cell, 0]), float(self._node_xy[cell, 1]))
            way.append(point)
        return _straightened(way)


def _with_doors_shut(ground: Ground, floor: int, closed_doors: Collection[str]) -> Mask:
    mask = ground.masks[floor]
    shut = [door for door in ground.site.doors if door.floor == floor and door.id in closed_doors]
    if shut:
        mask = mask.copy()
        for door in shut:
            # Wider and deeper than the opening by a cell, so that no cell slips past its edge.
            opening = door_opening(door, ground.thickness(door) + 2 * FINE_M).buffer(FINE_M, join_style="mitre")
            mask &= ~rasterise(opening, ground.grid)
    return mask


def _straightened(way: list[tuple[int, float, float]]) -> list[tuple[int, float, float]]:
    """Return the way without points that lie on the straight between their neighbours on one floor."""
    kept = way[:1]
    for here, ahead in pairwise(way[1:]):
        last = kept[-1]
        turn = (here[1] - last[1]) * (ahead[2] - here[2]) - (here[2] - last[2]) * (ahead[1] - here[1])
        if last[0] == here[0] == ahead[0] and abs(turn) < 1e-9:
            continue
        kept.append(here)
    return kept + way[-1:] if len(way) > 1 else kept


def _known(kind: str, ids: Collection[str], known: Sequence[str]) -> None:
    for one in ids:
        if one not in known:
            msg = f"no {kind} {one!r} on this site; there are {', '.join(known)}"
            raise ValueError(msg)
