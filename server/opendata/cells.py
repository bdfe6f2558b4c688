"""The one function that numbers about people pass before they leave the office.

A figure of fewer than `k` people is not published, nor is anything from which one could be worked out: by adding and
subtracting published figures, across all views of a table, and between a table and the ones of its series that were
published before. Zero is published: nobody is behind it.

What is promised, for every release and each earlier one of its series:
1. no published figure is 1 to k - 1;
2. no sum and difference of published figures is the number of people in any set of finest cells, if that is 1 to k-1;
3. nor is it the change of that number since an earlier release;
4. a hidden figure of 1 to k - 1 people could, by all that is published, have at least k + 1 different values.

It does not hold against somebody who knows people in the table, nor between tables of different series: publish what
is about the same people as one series with several views. It guards what leaves the office, not what staff see.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from server.opendata.derivable import Figures, derivable_change, derivable_group, width

ALL: Final = "*"
"""Stands in a key for a dimension that is summed over."""
Key = tuple[str, ...]
"""One value for each dimension, or ALL."""


class TableError(ValueError):
    """Counts, dimensions, views or earlier releases do not fit together."""


@dataclass(frozen=True, slots=True)
class Release:
    """A table that may be published.

    Attributes:
        dimensions: their names.
        k: the smallest number that was published.
        cells: figure by key, None where it is hidden: this is what leaves the office.
        counts: the true numbers of the finest cells: they stay in the office, for the next release to be held to.
    """

    dimensions: tuple[str, ...]
    k: int
    cells: Mapping[Key, int | None]
    counts: Mapping[Key, int]

    @property
    def hidden(self) -> list[Key]:
        """The keys of hidden figures."""
        return [key for key, value in self.cells.items() if value is None]

    def as_dict(self) -> dict[str, Any]:
        """Return the release as plain JSON, true counts included."""
        return {
            "dimensions": list(self.dimensions),
            "k": self.k,
            "cells": [[list(key), value] for key, value in self.cells.items()],
            "counts": [[list(key), value] for key, value in self.counts.items()],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Release:
        """Return the release that `as_dict` wrote."""
        cells = {tuple(key): value for key, value in content["cells"]}
        counts = {tuple(key): value for key, value in content["counts"]}
        return cls(tuple(content["dimensions"]), int(content["k"]), cells, counts)


def publishable(
    counts: Mapping[Key, int],
    *,
    dimensions: Sequence[str],
    views: Collection[Collection[str]] | None = None,
    k: int = 10,
    published: Sequence[Release] = (),
) -> Release:
    """Return what of a table may be published.

    Args:
        counts: number of people by finest cell; a cell that is not named has none.
        dimensions: what the parts of a key are, such as ("ward", "age band").
        views: which tables are published, each by the dimensions that it shows; a filtered table is a row of the view
            that has the filter as a dimension. None means every total and subtotal.
        k: the smallest number of people that may be told.
        published: what of this series was published before.

    Raises:
        TableError: a key does not have a part for each dimension, a count is negative or a key is or holds ALL, a view
            names an unknown dimension, an earlier release has other dimensions.
    """
    _check(counts, dimensions, views, k, published)
    everything = [counts, *(release.counts for release in published)]
    atoms = _atoms(everything, len(dimensions))
    keys = list(_keys(atoms, dimensions, views))
    figures = Figures(_members(atoms, keys), np.array([counts.get(atom, 0) for atom in atoms]))
    shown = {number for number, value in enumerate(figures.values) if value == 0 or value >= k}
    _hide_groups(figures, shown, k)
    for release in published:
        _hide_changes(figures, shown, _earlier(release, atoms), k)
    _widen(figures, shown, keys, k)
    cells = {key: int(figures.values[number]) if number in shown else None for number, key in enumerate(keys)}
    return Release(tuple(dimensions), k, cells, {atom: counts[atom] for atom in atoms if counts.get(atom)})


def _hide_groups(figures: Figures, shown: set[int], k: int) -> None:
    """Hide figures until no group of 1 to k - 1 people can be worked out."""
    while (used := derivable_group(figures, shown, k)) is not None:
        shown.discard(_least(figures, used))


def _hide_changes(figures: Figures, shown: set[int], earlier: tuple[Figures, set[int]], k: int) -> None:
    """Hide figures until no change of 1 to k - 1 people since an earlier release can be worked out."""
    while (used := derivable_change(figures, shown, earlier, k)) is not None:
        shown.discard(_least(figures, used))


def _widen(figures: Figures, shown: set[int], keys: Sequence[Key], k: int) -> None:
    """Hide figures until every hidden small one may be anything in a range of k. Hiding more only widens the others."""
    for number, value in enumerate(figures.values):
        while 0 < value < k and width(figures, shown, number, enough=k) < k:
            candidates = _beside(figures, shown, keys, number)
            if not candidates:
                break
            shown.discard(candidates[0])


def _least(figures: Figures, used: Collection[int]) -> int:
    """Return the figure whose loss costs least: the smallest that is not zero."""
    return min(used, key=lambda number: (figures.values[number] == 0, figures.values[number], number))


def _beside(figures: Figures, shown: set[int], keys: Sequence[Key], number: int) -> list[int]:
    """Return shown figures whose hiding may help a hidden one: first its neighbours in a line, then what holds it."""
    own = keys[number]

    def rank(other: int) -> tuple[int, bool, int, int]:
        apart = sum(a != b for a, b in zip(own, keys[other], strict=True))
        wider = sum(part == ALL for part in keys[other]) - sum(part == ALL for part in own)
        value = int(figures.values[other])
        return (0 if apart == 1 and wider == 0 else 1 if wider > 0 else 2, value == 0, value, other)

    return sorted(shown, key=rank)


def _earlier(release: Release, atoms: Sequence[Key]) -> tuple[Figures, set[int]]:
    """Return the figures of an earlier release over our finest cells, and which of them were shown."""
    keys = list(release.cells)
    figures = Figures(_members(atoms, keys), np.array([release.counts.get(atom, 0) for atom in atoms]))
    return figures, {number for number, key in enumerate(keys) if release.cells[key] is not None}


def _atoms(tables: Sequence[Mapping[Key, int]], depth: int) -> list[Key]:
    """Return all finest cells: every combination of values that was ever seen, also where nobody is."""
    values = [sorted({key[place] for table in tables for key in table}) for place in range(depth)]
    return list(itertools.product(*values))


def _keys(atoms: Sequence[Key], dimensions: Sequence[str], views: Collection[Collection[str]] | None) -> Iterator[Key]:
    """Yield the keys of all figures, the finest views first."""
    if views is None:
        names = range(len(dimensions) + 1)
        views = [view for size in reversed(names) for view in itertools.combinations(dimensions, size)]
    seen: set[Key] = set()
    for view in sorted(views, key=len, reverse=True):
        for atom in atoms:
            key = tuple(part if name in view else ALL for part, name in zip(atom, dimensions, strict=True))
            if key not in seen:
                seen.add(key)
                yield key


def _members(atoms: Sequence[Key], keys: Sequence[Key]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return one row a figure: 1 where a finest cell is part of it."""
    rows = np.zeros((len(keys), len(atoms)))
    for number, key in enumerate(keys):
        for place, atom in enumerate(atoms):
            rows[number, place] = all(part in (ALL, own) for part, own in zip(key, atom, strict=True))
    return rows


def _check(
    counts: Mapping[Key, int],
    dimensions: Sequence[str],
    views: Collection[Collection[str]] | None,
    k: int,
    published: Sequence[Release],
) -> None:
    if k < 2 or not dimensions or not counts:
        msg = f"k is {k} (from 2), dimensions are {list(dimensions)!r}, {len(counts)} cells: each must be given"
        raise TableError(msg)
    for key, count in counts.items():
        if len(key) != len(dimensions) or ALL in key or count < 0:
            msg = f"the cell {key!r} with {count} does not fit the dimensions {tuple(dimensions)!r}"
            raise TableError(msg)
    unknown = {name for view in views or () for name in view} - set(dimensions)
    if unknown or (views is not None and not views):
        msg = f"views name {sorted(unknown)!r}; dimensions are {tuple(dimensions)!r}"
        raise TableError(msg)
    for release in published:
        if release.dimensions != tuple(dimensions):
            msg = f"an earlier release has the dimensions {release.dimensions!r}, this one {tuple(dimensions)!r}"
            raise TableError(msg)
