"""Somebody with patience: tries every table that fits what was published, and keeps what all of them agree on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from server.opendata.cells import ALL, Key


class Learnt(NamedTuple):
    """What an attacker knows for certain.

    Attributes:
        sums: people in each set of finest cells (a bit a cell) whose number is the same in every table that fits.
        lowest: of each figure.
        highest: of each figure; where nothing bounds it, as high as was tried.
    """

    sums: dict[int, int]
    lowest: dict[Key, int]
    highest: dict[Key, int]


def learn(cells: Mapping[Key, int | None], atoms: list[Key], *, top: int) -> Learnt:
    """Return what follows from published figures. Only `cells` is used; `top` bounds what nothing else does.

    It stops early once nothing is certain but the empty set and every figure was seen from 0 to `top`.
    """
    members = {key: [i for i, atom in enumerate(atoms) if _holds(key, atom)] for key in cells}
    shown = [(members[key], value) for key, value in cells.items() if value is not None]
    masks = np.array(list(itertools.product((0, 1), repeat=len(atoms))), dtype=np.int64)
    figures = np.array([[int(i in members[key]) for i in range(len(atoms))] for key in cells], dtype=np.int64)
    fixed = np.ones(len(masks), dtype=bool)
    sums: np.ndarray | None = None
    low = high = np.zeros(len(figures), dtype=np.int64)
    for tables in _batches(_tables(shown, len(atoms), top)):
        found, values = masks @ tables, figures @ tables
        if sums is None:
            sums, low, high = found[:, 0], values[:, 0], values[:, 0]
        fixed &= (found == sums[:, None]).all(axis=1)
        low, high = np.minimum(low, values.min(axis=1)), np.maximum(high, values.max(axis=1))
        if fixed.sum() == 1 and (high - low >= top).all():
            break
    assert sums is not None, "the true table fits what was published"
    known = {_number(masks[i]): int(sums[i]) for i in np.flatnonzero(fixed)}
    keys = list(cells)
    return Learnt(known, dict(zip(keys, low.tolist(), strict=True)), dict(zip(keys, high.tolist(), strict=True)))


def _batches(tables: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield tables as columns, up to 1024 at once."""
    while found := [table.copy() for table in itertools.islice(tables, 1024)]:
        yield np.array(found).T


def told(learnt: Learnt, k: int) -> list[int]:
    """Return the numbers of 1 to k - 1 people that an attacker knows for certain."""
    return [count for count in learnt.sums.values() if 0 < count < k]


def changes_told(now: Learnt, before: Learnt, k: int) -> list[int]:
    """Return the changes of 1 to k - 1 people between two releases that an attacker knows for certain."""
    both = now.sums.keys() & before.sums.keys()
    return [d for mask in both if 0 < abs(d := now.sums[mask] - before.sums[mask]) < k]


def _holds(key: Key, atom: Key) -> bool:
    return all(part in (ALL, own) for part, own in zip(key, atom, strict=True))


def _number(mask: np.ndarray) -> int:
    return int("".join(map(str, mask.tolist())), 2)


def _tables(shown: list[tuple[list[int], int]], size: int, top: int) -> Iterator[np.ndarray]:
    """Yield every table of whole numbers from 0 that has the shown figures."""
    bounds = [min([value for members, value in shown if i in members], default=top) for i in range(size)]
    table = np.zeros(size, dtype=np.int64)

    def fill(place: int) -> Iterator[np.ndarray]:
        if place == size:
            yield table
            return
        low, high = 0, bounds[place]
        for members, value in shown:
            if place in members:
                left = value - sum(int(table[i]) for i in members if i < place)
                high = min(high, left)
                if place == members[-1]:
                    low = max(low, left)
        for value in range(low, high + 1):
            table[place] = value
            yield from fill(place + 1)
        table[place] = 0

    return fill(0)
