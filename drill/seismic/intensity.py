"""JMA seismic intensity (計測震度) by the official method.

Source: Japan Meteorological Agency, "計測震度の算出方法" (notification No. 4 of 1996): three components in gal through
the period, high-cut and low-cut filters by FFT, their vector sum, the value `a` that it reaches or passes for 0.3 s in
all, I = 2 log10 a + 0.94, rounded to the second decimal and cut to the first.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

GAL_PER_MPS2: Final = 100.0
EXCEEDED_S: Final = 0.3
"""For how long in all `a` is reached or passed."""
OFFSET: Final = 0.94
CLASS_NAMES: Final = ("0", "1", "2", "3", "4", "5-", "5+", "6-", "6+", "7")
CLASS_FROM: Final = (-math.inf, 0.5, 1.5, 2.5, 3.5, 4.5, 5.0, 5.5, 6.0, 6.5)
"""Instrumental intensity from which each class counts."""
RUNNING_S: Final = 3.0
"""Window of the running intensity, for pictures and body rules. The official value is of a whole record."""
_HIGH_CUT: Final = (1.0, 0.694, 0.241, 0.0557, 0.009664, 0.00134, 0.000155)
"""Coefficients of x⁰, x², ... x¹² of the high-cut filter, x = f / 10 Hz."""


class IntensityError(ValueError):
    """A motion of which no intensity can be told."""


def response(frequency_hz: npt.ArrayLike) -> Floats:
    """Return the gain of the official filter at frequencies in Hz, shape as given; 0 at 0 Hz."""
    f = np.asarray(frequency_hz, np.float64)
    positive = np.where(f > 0.0, f, 1.0)
    x2 = (positive / 10.0) ** 2
    high_cut = 1.0 / np.sqrt(sum(c * x2**n for n, c in enumerate(_HIGH_CUT)))
    low_cut = np.sqrt(-np.expm1(-((positive / 0.5) ** 3)))
    gain: Floats = np.where(f > 0.0, high_cut * low_cut / np.sqrt(positive), 0.0)
    return gain


def filtered_gal(acceleration_mps2: Floats, *, dt_s: float) -> Floats:
    """Return the vector sum of the filtered components in gal, shape (N,).

    Args:
        acceleration_mps2: x, y and z, shape (N, 3), m/s². Their means are taken out.
        dt_s: time between two samples.

    Raises:
        IntensityError: not three components, nothing to look at, or a number that is not finite.
    """
    a = np.asarray(acceleration_mps2, np.float64)
    if a.ndim != 2 or a.shape[1] != 3 or len(a) < 2:
        msg = f"a motion is N samples of three components, got shape {a.shape}"
        raise IntensityError(msg)
    if not math.isfinite(dt_s) or dt_s <= 0:
        msg = f"the time between two samples is a positive number of seconds, got {dt_s}"
        raise IntensityError(msg)
    if not np.isfinite(a).all():
        row = int(np.flatnonzero(~np.isfinite(a).all(axis=1))[0])
        msg = f"sample {row} of the motion is {a[row].tolist()}, which is not finite"
        raise IntensityError(msg)
    spectrum = np.fft.rfft((a - a.mean(axis=0)) * GAL_PER_MPS2, axis=0)
    spectrum *= response(np.fft.rfftfreq(len(a), dt_s))[:, None]
    components = np.fft.irfft(spectrum, n=len(a), axis=0)
    total: Floats = np.sqrt((components**2).sum(axis=1))
    return total


def exceeded(vector_gal: Floats, *, dt_s: float) -> float:
    """Return the largest `a` (gal) that the vector sum reaches or passes for `EXCEEDED_S` in all."""
    samples = max(1, math.ceil(EXCEEDED_S / dt_s - 1e-9))
    if samples > len(vector_gal):
        return 0.0
    return float(np.partition(vector_gal, -samples)[-samples])


def intensity_of(a_gal: float) -> float:
    """Return I = 2 log10 a + 0.94 without rounding; 0 gal or less gives minus infinity."""
    return 2.0 * math.log10(a_gal) + OFFSET if a_gal > 0.0 else -math.inf


def instrumental(intensity: float) -> float:
    """Return an intensity as it is published: rounded at the third decimal, then cut after the first.

    A value below zero, of a motion that nobody feels, is published as 0.0.
    """
    if not intensity > 0.0:
        return 0.0
    hundredths = math.floor(intensity * 100.0 + 0.5 + 1e-9)
    return hundredths // 10 / 10.0


def class_of(intensity: float) -> str:
    """Return the JMA class of a published intensity: 0 to 4, 5-, 5+, 6-, 6+ or 7."""
    published = instrumental(intensity)
    return CLASS_NAMES[max(n for n, begin in enumerate(CLASS_FROM) if published >= begin - 1e-9)]


def intensity(acceleration_mps2: Floats, *, dt_s: float) -> float:
    """Return the intensity of a whole motion, not rounded; see `instrumental` and `class_of`.

    Args:
        acceleration_mps2: x, y and z, shape (N, 3), m/s².
        dt_s: time between two samples.

    Raises:
        IntensityError: a motion of which no intensity can be told.
    """
    return intensity_of(exceeded(filtered_gal(acceleration_mps2, dt_s=dt_s), dt_s=dt_s))


def running_intensity(vector_gal: Floats, *, dt_s: float, at_s: Floats) -> Floats:
    """Return the intensity of the `RUNNING_S` before each time, shape of `at_s`, at least 0.

    It says how strongly it shakes now. It is never above the intensity of the whole motion by the same rule.
    """
    last = np.floor(np.asarray(at_s) / dt_s + 1e-9).astype(np.int64) + 1
    window = round(RUNNING_S / dt_s)
    found = np.zeros(len(last))
    for n, end in enumerate(np.clip(last, 0, len(vector_gal))):
        part = vector_gal[max(0, last[n] - window) : end]
        if len(part):
            found[n] = max(0.0, intensity_of(exceeded(part, dt_s=dt_s)))
    return found
