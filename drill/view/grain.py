"""Noise that joins at its edges: what every surface of ours is made of. All of it comes from a seed alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]


def spectral(
    rng: np.random.Generator,
    size: int,
    *,
    slope: float,
    stretch: tuple[float, float] = (1.0, 1.0),
    band: tuple[float, float] = (1.0, 1e9),
) -> Field:
    """Return periodic noise of mean 0 and deviation 1, shape (size, size).

    Args:
        rng: where the chance comes from.
        size: width and height in texels.
        slope: the spectrum falls as frequency to the power of -slope.
        stretch: along y and x; a greater value draws the noise out that way.
        band: least and greatest frequency kept, in periods a tile.
    """
    white = np.fft.rfft2(rng.standard_normal((size, size)))
    fy = np.fft.fftfreq(size, 1 / size)[:, None] * stretch[0]
    fx = np.fft.rfftfreq(size, 1 / size)[None, :] * stretch[1]
    frequency = np.hypot(fy, fx)
    gain = np.where((frequency >= band[0]) & (frequency <= band[1]), np.maximum(frequency, 1e-6) ** -slope, 0.0)
    noise = np.fft.irfft2(white * gain, s=(size, size))
    deviation = float(noise.std())
    return np.asarray(noise / deviation if deviation else noise, np.float32)


def stones(rng: np.random.Generator, size: int, cells: int) -> tuple[Field, Field]:
    """Return for every texel the way to the nearest of cells² scattered points, and a chance value of that stone.

    Distances are in cells (about 0 to 0.9); the second nearest point's is told off, so that 0 lies on the seam.
    """
    offset = rng.random((cells, cells, 2))
    tone = rng.random((cells, cells)).astype(np.float32)
    at = (np.arange(size) + 0.5) / size * cells
    y, x = np.meshgrid(at, at, indexing="ij")
    first, second = np.full((size, size), 9.0), np.full((size, size), 9.0)
    own = np.zeros((size, size), np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            row, column = np.floor(y).astype(int) + dy, np.floor(x).astype(int) + dx
            point = offset[row % cells, column % cells]
            way = np.hypot(row + point[..., 0] - y, column + point[..., 1] - x)
            nearer = way < first
            second = np.where(nearer, first, np.minimum(second, way))
            own = np.where(nearer, tone[row % cells, column % cells], own)
            first = np.where(nearer, way, first)
    return np.asarray(second - first, np.float32), own


def coordinates(size: int) -> tuple[Field, Field]:
    """Return the share of the tile, 0 to 1, along y and x at every texel."""
    at = ((np.arange(size) + 0.5) / size).astype(np.float32)
    y, x = np.meshgrid(at, at, indexing="ij")
    return y, x


def seam(share: Field, count: int, width: float) -> Field:
    """Return 1 on the seams between `count` equal strips along `share`, else 0; `width` is in strips."""
    within = share * count - np.floor(share * count)
    edge = np.minimum(within, 1 - within)
    return np.asarray(np.clip(1.5 - edge / max(width / 2, 1e-6), 0, 1), np.float32)


def slopes(height: Field, texel_m: float) -> Field:
    """Return the unit normals of a height field in metres, shape (size, size, 3); it joins at its edges."""
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / (2 * texel_m)
    dy = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / (2 * texel_m)
    normal = np.stack([-dx, -dy, np.ones_like(height)], axis=2)
    return np.asarray(normal / np.linalg.norm(normal, axis=2, keepdims=True), np.float32)
