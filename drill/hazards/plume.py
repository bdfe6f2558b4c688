"""Air that a fire's plume and a doorway carry with them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

GRAVITY_MPS2: Final = 9.81
AIR_DENSITY: Final = 1.2
"""Density of air at AIR_K (kg/m³)."""
AIR_K: Final = 293.15
HEAT_CAPACITY: Final = 1.005
"""Of air at constant pressure, kJ/(kg·K)."""
DISCHARGE: Final = 0.68
"""Discharge coefficient of a doorway (Steckler, Quintiere and Rinkinen 1982: 0.68 to 0.73)."""

Array = npt.NDArray[np.float64]


def flame_height(convective_kw: npt.ArrayLike) -> Array:
    """Return the mean height of the flames 0.166·Q_c^(2/5), metres (NFPA 92, limiting elevation)."""
    height: Array = 0.166 * np.asarray(convective_kw, np.float64) ** 0.4
    return height


def plume_flow(*, convective_kw: npt.ArrayLike, height_m: npt.ArrayLike) -> Array:
    """Return the mass flow of an axisymmetric plume at a height above its source, kg/s.

    Above the flames m = 0.071·Q_c^(1/3)·z^(5/3) + 0.0018·Q_c, within them m = 0.032·Q_c^(3/5)·z.
    Source: NFPA 92, axisymmetric plumes (Heskestad; the first term is Zukoski's).

    Args:
        convective_kw: convective part of the heat release rate Q_c, kW.
        height_m: height z above the source, metres.
    """
    q = np.maximum(np.asarray(convective_kw, np.float64), 0.0)
    z = np.maximum(np.asarray(height_m, np.float64), 0.0)
    above: Array = 0.071 * np.cbrt(q) * z ** (5 / 3) + 0.0018 * q
    within: Array = 0.032 * q**0.6 * z
    return np.where(z > flame_height(q), above, within)


def doorway_flow(*, drive_pa: Array, density: Array, width_m: Array, slice_m: Array) -> Array:
    """Return the mass flow through slices of openings, kg/s: C·w·h·√(2·ρ·Δp), 0 where Δp is not positive.

    Source: the orifice equation as in CFAST and in Karlsson and Quintiere 1999, chapter 5.

    Args:
        drive_pa: pressure difference over each slice, pascals.
        density: density of the gas that flows, kg/m³.
        width_m: width of the opening, metres.
        slice_m: height of the slice, metres.
    """
    flow: Array = DISCHARGE * width_m * slice_m * np.sqrt(2.0 * density * np.maximum(drive_pa, 0.0))
    return flow
