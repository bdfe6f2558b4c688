"""What can be worked out from published figures: sums and differences of them, and the range of what is hidden.

A figure is a sum over finest cells. A group of finest cells can be worked out when the sum of its rows is a combination
of shown rows; whether there is such a group of few people is asked of an integer program (HiGHS, through SciPy), which
either finds one or proves that there is none. What cannot be decided in time counts as found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Vector = np.ndarray[tuple[int], np.dtype[np.int64]]
SECONDS: Final = 10.0
"""How long one question may take."""
INFEASIBLE: Final = 2
SMALL: Final = 1e-6


@dataclass(frozen=True)
class Figures:
    """Figures of a table: `rows` tells which finest cells each sums over, `atoms` how many people each cell has."""

    rows: Matrix
    atoms: Vector

    @property
    def values(self) -> Vector:
        """The figures."""
        return np.rint(self.rows @ self.atoms).astype(np.int64)


def derivable_group(figures: Figures, shown: Collection[int], k: int) -> list[int] | None:
    """Return shown figures from which a group of 1 to k - 1 people can be worked out; None when there is no group."""
    numbers = sorted(shown)
    rows, people, _ = _unknown(figures, numbers)
    return _used(numbers, [rows], people, k)


def derivable_change(
    figures: Figures, shown: Collection[int], earlier: tuple[Figures, Collection[int]], k: int
) -> list[int] | None:
    """Return shown figures from which, with earlier ones, a change of 1 to k - 1 people can be worked out, or None."""
    before, shown_before = earlier
    change = figures.atoms - before.atoms
    if not change.any():
        return None
    numbers = sorted(shown)
    rows = [figures.rows[numbers], before.rows[sorted(shown_before)]]
    return _used(numbers, rows, change, k) or _used(numbers, rows, -change, k)


def width(figures: Figures, shown: Collection[int], number: int, *, enough: int) -> int:
    """Return how far apart the least and the most are that a hidden figure may be, up to about `enough`.

    Counts are whole and not negative; everything shown holds. Undecided counts as 0.
    """
    numbers = sorted(shown)
    rows, people, kept = _unknown(figures, numbers)
    wanted = figures.rows[number][kept]
    if not wanted.any():
        return 0
    sums = rows @ people
    held = LinearConstraint(rows, sums, sums) if len(rows) else None
    true = float(wanted @ people)
    ends = []
    for sign in (1.0, -1.0):
        found = milp(
            sign * wanted,
            integrality=np.ones(len(people), dtype=np.int64),
            bounds=Bounds(0, float(people.sum()) + enough),
            constraints=() if held is None else held,
            options={"time_limit": SECONDS},
        )
        ends.append(sign * float(found.fun) if found.success else true)
    return round(ends[1] - ends[0])


def _unknown(figures: Figures, numbers: Collection[int]) -> tuple[Matrix, Vector, np.ndarray]:
    """Return the shown rows over the cells that are not known from a figure of their own, their people, and which.

    Whatever is known alone is taken out: cells that are shown, and those that only stand in a rest of zero.
    """
    rows = figures.rows[list(numbers)]
    kept = np.ones(len(figures.atoms), dtype=bool)
    while True:
        rest = rows[:, kept]
        sums = rest @ figures.atoms[kept]
        alone = (rest.sum(axis=1) == 1) | ((sums == 0) & (rest.sum(axis=1) > 0))
        known = np.zeros(len(kept), dtype=bool)
        known[np.flatnonzero(kept)] = rest[alone].any(axis=0)
        if not known.any():
            return rest, figures.atoms[kept], kept
        kept &= ~known


def _used(numbers: list[int], systems: list[Matrix], people: Vector, k: int) -> list[int] | None:
    """Return which rows of the first system make a group whose `people` are 1 to k - 1; None when none does.

    The group must be a combination of the rows of every system. Unknowns: for each cell whether it is in the group,
    then the weight of each row of each system.
    """
    cells = len(people)
    if not cells or not numbers:
        return None
    sizes = [len(system) for system in systems]
    total = cells + sum(sizes)
    equal = np.zeros((cells * len(systems), total))
    begin = cells
    for number, system in enumerate(systems):
        block = slice(number * cells, (number + 1) * cells)
        equal[block, :cells] = np.eye(cells)
        equal[block, begin : begin + len(system)] = -system.T
        begin += len(system)
    few = np.zeros((1, total))
    few[0, :cells] = people
    found = milp(
        np.concatenate([np.ones(cells), np.zeros(total - cells)]),
        integrality=np.concatenate([np.ones(cells), np.zeros(total - cells)]).astype(np.int64),
        bounds=Bounds(
            np.concatenate([np.zeros(cells), np.full(total - cells, -np.inf)]),
            np.concatenate([np.ones(cells), np.full(total - cells, np.inf)]),
        ),
        constraints=[LinearConstraint(equal, 0, 0), LinearConstraint(few, 1, k - 1)],
        options={"time_limit": SECONDS},
    )
    if found.status == INFEASIBLE:
        return None
    if found.x is None:
        return numbers
    weights = np.abs(found.x[cells : cells + sizes[0]]) > SMALL
    used = [number for number, weight in zip(numbers, weights, strict=True) if weight]
    return used or numbers
