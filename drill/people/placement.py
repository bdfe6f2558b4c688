"""Places for a group of people in a zone, drawn at random with room for every body."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

SPACING: Final = 1.2
"""Distance between two bodies at the start, in diameters."""
ATTEMPTS: Final = 200
"""Random tries a body before the group is packed on a lattice."""

Floats = npt.NDArray[np.float64]


def place(
    region: BaseGeometry, *, n: int, radius_m: float, taken: Floats, rng: np.random.Generator, name: str
) -> Floats:
    """Return `n` places (n, 2) in `region`, apart from each other and from `taken` (M, 2).

    Args:
        region: ground where the centres of bodies may be; `radius_m` along its rim is kept free.
        n: number of places.
        radius_m: radius of a body, metres.
        taken: places that are taken already.
        rng: source of chance.
        name: what is placed, for the error.

    Raises:
        ValueError: the people do not fit.
    """
    inner = region.buffer(-(radius_m + 0.05))
    apart = 2 * radius_m * SPACING
    found = _scatter(inner, n, apart, taken, rng)
    if len(found) < n:
        found = _lattice(inner, n, 2 * radius_m * 1.02, taken, rng)
    if len(found) < n:
        msg = (
            f"{name}: {n} people do not fit on {region.area:.1f} m² of free ground, only {len(found)} do; "
            "name a larger zone or fewer people"
        )
        raise ValueError(msg)
    return found


def _scatter(inner: BaseGeometry, n: int, apart: float, taken: Floats, rng: np.random.Generator) -> Floats:
    if inner.is_empty:
        return np.empty((0, 2))
    shapely.prepare(inner)
    low_x, low_y, high_x, high_y = inner.bounds
    all_ = np.empty((len(taken) + n, 2))
    all_[: len(taken)] = taken
    count = len(taken)
    for _ in range(ATTEMPTS):
        points = rng.uniform((low_x, low_y), (high_x, high_y), (max(n, 8), 2))
        for point in points[shapely.contains_xy(inner, points)]:
            gap = all_[:count] - point
            if count and (np.einsum("ij,ij->i", gap, gap) < apart * apart).any():
                continue
            all_[count] = point
            count += 1
            if count == len(all_):
                return all_[len(taken) :].copy()
    return all_[len(taken) : count].copy()


def _lattice(inner: BaseGeometry, n: int, apart: float, taken: Floats, rng: np.random.Generator) -> Floats:
    """Return up to `n` places of a hexagonal lattice, drawn at random from those that are free."""
    if inner.is_empty:
        return np.empty((0, 2))
    low_x, low_y, high_x, high_y = inner.bounds
    rise = apart * math.sqrt(3) / 2
    rows = np.arange(low_y, high_y + rise, rise)
    lines = [
        np.column_stack((np.arange(low_x + (k % 2) * apart / 2, high_x + apart, apart),)) for k in range(len(rows))
    ]
    points = np.concatenate(
        [np.column_stack((line[:, 0], np.full(len(line), y))) for line, y in zip(lines, rows, strict=True)]
    )
    points = points[shapely.contains_xy(inner, points)]
    if len(taken):
        gap = points[:, None, :] - taken[None, :, :]
        points = points[(np.hypot(gap[..., 0], gap[..., 1]) >= apart).all(axis=1)]
    order = rng.permutation(len(points))[:n]
    return np.asarray(points[order], np.float64)
