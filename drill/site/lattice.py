"""The lattice that ways are sought on: which cells are joined to which, and trees over them."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.site.raster import FINE_M, Mask

CELL_M: Final = 2 * FINE_M
"""Side of a cell of the lattice: its centre is that of every second cell of the fine grid."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MOVES: Final = tuple((dr, dc) for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)))
_BETWEEN: Final = {
    # Fine cells that a move passes, in fine steps (a cell is two fine steps wide).
    (0, 1): ((0, 1),),
    (1, 0): ((1, 0),),
    (1, 1): ((1, 1),),
    (1, -1): ((1, -1),),
    (1, 2): ((0, 1), (1, 1), (1, 2), (1, 3), (2, 3)),
    (2, 1): ((1, 0), (1, 1), (2, 1), (3, 1), (3, 2)),
    (1, -2): ((0, -1), (1, -1), (1, -2), (1, -3), (2, -3)),
    (2, -1): ((1, 0), (1, -1), (2, -1), (3, -1), (3, -2)),
}


def edges_of(fine: Mask, number: Ints, weight: Floats) -> tuple[Ints, Ints, Floats]:
    """Return cells that are joined, and the length that counts between them."""
    starts, ends, lengths = [], [], []
    rows, columns = number.shape[1:]
    for dr, dc in _MOVES:
        from_rows, to_rows = slice(0, rows - dr), slice(dr, rows)
        from_columns = slice(max(0, -dc), columns - max(0, dc))
        to_columns = slice(max(0, dc), columns - max(0, -dc))
        a, b = number[:, from_rows, from_columns], number[:, to_rows, to_columns]
        joined = (a >= 0) & (b >= 0)
        for between_row, between_column in _BETWEEN[dr, dc]:
            passed = np.zeros_like(joined)
            low_row, low_column = between_row, 2 * max(0, -dc) + between_column
            part = fine[:, low_row::2, low_column::2][:, : joined.shape[1], : joined.shape[2]]
            passed[:, : part.shape[1], : part.shape[2]] = part
            joined &= passed
        mean = (weight[:, from_rows, from_columns] + weight[:, to_rows, to_columns]) / 2
        starts.append(a[joined])
        ends.append(b[joined])
        lengths.append(mean[joined] * CELL_M * np.hypot(dr, dc))
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(lengths)


def rings_of_tree(before: Ints, reached: Mask) -> list[Ints]:
    """Return the cells of a tree by the number of steps to its root, without the roots."""
    depth = (before >= 0).astype(np.int64)
    jump = before.copy()
    while (jump >= 0).any():
        has = jump >= 0
        depth[has] += depth[jump[has]]
        further = np.full_like(jump, -1)
        further[has] = jump[jump[has]]
        jump = further
    depth[~reached] = 0
    order = np.argsort(depth, kind="stable")
    bounds = np.searchsorted(depth[order], np.arange(1, depth.max() + 2))
    return [order[low:high] for low, high in pairwise(bounds)]
