"""Whether a run of pictures flashes so that it may harm people with photosensitive epilepsy (WCAG 2.2, 2.3.1).

A general flash is a pair of opposing changes of relative luminance by 10 % or more of the greatest, where the darker
picture is below 0.80. More than three of them in any second over a part of the field of view are not allowed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

CHANGE: Final = 0.10
DARK_BELOW: Final = 0.80
ALLOWED_A_SECOND: Final = 3
AREA: Final = 0.025
"""Share of the picture over which flashes count: a quarter of 10 degrees of sight is about this much of a screen at
arm's length, and less than WCAG allows in goggles, so that we err on the safe side."""
BLOCK: Final = 20
"""Pixels a side over which a picture is averaged: smaller glitter is no flash."""

Pictures = npt.NDArray[np.uint8]


def luminance(pictures: Pictures) -> npt.NDArray[np.float64]:
    """Return the relative luminance (IEC 61966-2-1, Rec. 709) of sRGB pictures (..., 3), 0 to 1."""
    share = pictures.astype(np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), np.float64)


def flashes_a_second(pictures: Pictures, rate_hz: float) -> int:
    """Return the most flashes in any second over `AREA` of the picture.

    Args:
        pictures: shape (N, height, width, 3), in order of time.
        rate_hz: pictures a second; 12 or more, or flashes fall between two of them.

    Raises:
        ValueError: fewer than 12 pictures a second.
    """
    if rate_hz < 12:
        msg = f"{rate_hz:g} pictures a second are too few to see flashes: give 12 or more"
        raise ValueError(msg)
    n, height, width = pictures.shape[:3]
    rows, columns = max(1, height // BLOCK), max(1, width // BLOCK)
    cut = luminance(pictures)[:, : rows * (height // rows), : columns * (width // columns)]
    blocks = cut.reshape(n, rows, height // rows, columns, width // columns).mean(axis=(2, 4)).reshape(n, -1)
    window = max(1, round(rate_hz))
    turns = np.stack([_turns(blocks[:, i]) for i in range(blocks.shape[1])], axis=1)
    total = np.concatenate([np.zeros((1, turns.shape[1])), np.cumsum(turns, axis=0)])
    last = np.arange(1, n + 1)
    in_second = total[last] - total[np.maximum(last - window, 0)]
    share = max(1, round(AREA * turns.shape[1]))
    # Two opposing changes make one flash.
    return int(np.sort(in_second, axis=1)[:, -share].max() // 2)


def _turns(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return 1 where a change of `CHANGE` against the one before was completed, else 0, shape (N,)."""
    found = np.zeros(len(values))
    low = high = values[0]
    way = 0
    for i, value in enumerate(values):
        low, high = min(low, value), max(high, value)
        if way >= 0 and high - value >= CHANGE and value < DARK_BELOW:
            found[i], way, low, high = 1, -1, value, value
        elif way <= 0 and value - low >= CHANGE and low < DARK_BELOW:
            found[i], way, low, high = 1, 1, value, value
    return found
