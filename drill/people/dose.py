"""The dose of fire gases that a person has breathed: fractional effective dose (FED).

Forms of Purser (SFPE Handbook) and ISO 13571 as the FDS and FDS+Evac guides give them, equations 13 to 19.
Time is in minutes inside the formulas. Incapacitation at FED ≥ 1 stands for the median person.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drill.hazards.exposure import Exposure

Array = npt.NDArray[np.float64]

CO_COEFFICIENT: Final = 2.764e-5
CO_EXPONENT: Final = 1.036
HCN_SCALE_PPM: Final = 43.0
HCN_DIVISOR_MIN: Final = 220.0
HCN_OFFSET_PER_MIN: Final = 0.0045
BREATHING_SLOPE: Final = 0.1903
BREATHING_OFFSET: Final = 2.0004
BREATHING_DIVISOR: Final = 7.1
O2_NORMAL_PCT: Final = 20.9
O2_OFFSET: Final = 8.13
O2_SLOPE: Final = 0.54
O2_ONSET_PCT: Final = 19.5
"""Above this the oxygen term is left out: it would drift in clean air."""
INCAPACITATING_FED: Final = 1.0
CO2_BREATHING_LIMIT_PCT: Final = 10.0
"""The breathing factor is held at this concentration: beyond the data it would explode."""


def co_rate(ppm: npt.ArrayLike) -> Array:
    """Return the dose of carbon monoxide per minute: 2.764e-5 · ppm^1.036."""
    rate: Array = CO_COEFFICIENT * np.maximum(np.asarray(ppm, np.float64), 0.0) ** CO_EXPONENT
    return rate


def hcn_rate(ppm: npt.ArrayLike) -> Array:
    """Return the dose of hydrogen cyanide per minute: exp(C / 43) / 220 - 0.0045, and 0 where there is none."""
    concentration = np.asarray(ppm, np.float64)
    rate = np.exp(np.minimum(concentration, 2000.0) / HCN_SCALE_PPM) / HCN_DIVISOR_MIN - HCN_OFFSET_PER_MIN
    return np.where(concentration > 0, np.maximum(rate, 0.0), 0.0)


def breathing_factor(co2_pct: npt.ArrayLike) -> Array:
    """Return how much faster carbon dioxide makes one breathe: exp(0.1903 · CO₂% + 2.0004) / 7.1."""
    share = np.clip(np.asarray(co2_pct, np.float64), 0.0, CO2_BREATHING_LIMIT_PCT)
    factor: Array = np.exp(BREATHING_SLOPE * share + BREATHING_OFFSET) / BREATHING_DIVISOR
    return factor


def o2_rate(pct: npt.ArrayLike) -> Array:
    """Return the dose of low oxygen per minute: 1 / exp(8.13 - 0.54 · (20.9 - O₂%)), below 19.5 % only.

    Guides that write 60 · exp(...) count in seconds. Purser's points fix the unit: incapacitation at 12 % in
    about half an hour, at 10 % within ten minutes.
    """
    oxygen = np.clip(np.asarray(pct, np.float64), 0.0, O2_NORMAL_PCT)
    rate = np.exp(O2_SLOPE * (O2_NORMAL_PCT - oxygen) - O2_OFFSET)
    return np.where(oxygen < O2_ONSET_PCT, rate, 0.0)


def fed_rate(*, co_ppm: npt.ArrayLike, co2_pct: npt.ArrayLike, o2_pct: npt.ArrayLike, hcn_ppm: npt.ArrayLike) -> Array:
    """Return the fractional effective dose per minute: (CO + HCN) · breathing factor + low oxygen.

    Args:
        co_ppm: carbon monoxide, shape (N,), ppm by volume.
        co2_pct: carbon dioxide, shape (N,), %.
        o2_pct: oxygen, shape (N,), %.
        hcn_ppm: hydrogen cyanide, shape (N,), ppm by volume.
    """
    return (co_rate(co_ppm) + hcn_rate(hcn_ppm)) * breathing_factor(co2_pct) + o2_rate(o2_pct)


def dose(exposure: Exposure, *, dt: float) -> Array:
    """Return the FED that `dt` seconds of an exposure add, shape (N,)."""
    rate = fed_rate(co_ppm=exposure.co_ppm, co2_pct=exposure.co2_pct, o2_pct=exposure.o2_pct, hcn_ppm=exposure.hcn_ppm)
    return rate * (dt / 60.0)
