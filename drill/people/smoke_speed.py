"""How smoke slows walking: four published models, by name. They are not interchangeable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.visibility import REFLECTING_SIGN

Array = npt.NDArray[np.float64]

FRANTZICH_NILSSON_ALPHA: Final = 0.706
FRANTZICH_NILSSON_BETA: Final = -0.057
FRANTZICH_NILSSON_LEAST: Final = 0.1
FRIDOLF_SLOPE_PER_S: Final = 0.34
FRIDOLF_CLEAR_M: Final = 3.0
FRIDOLF_LEAST_MPS: Final = 0.2
JIN_IRRITANT: Final = ((0.1, 0.5), (1.0, 0.3))
JIN_NONIRRITANT: Final = ((0.2, 1.0, 1.32), (1.0, 0.5, 0.3))
"""Points of K (1/m) and of the share of speed. The last of the second carries its slope down to Jin's floor."""


def frantzich_nilsson(*, extinction_per_m: Array, speed_mps: Array) -> Array:
    """Return v₀·max(0.1, 1 + (β/α)·K), m/s, with α = 0.706 m/s and β = -0.057 m²/s.

    Source: Frantzich and Nilsson 2003, as in the FDS+Evac guide, equation 11. Data cover K = 2 to 8 per metre.
    """
    slope = FRANTZICH_NILSSON_BETA / FRANTZICH_NILSSON_ALPHA
    return speed_mps * np.maximum(FRANTZICH_NILSSON_LEAST, 1.0 + slope * extinction_per_m)


def fridolf(*, extinction_per_m: Array, speed_mps: Array) -> Array:
    """Return min(v₀, max(0.2, v₀ - 0.34·(3 - V))), m/s, with V = 3 / K the visibility in metres.

    Source: Fridolf et al. 2013 to 2019, Swedish practice. No effect where one sees 3 m or farther.
    """
    seen = REFLECTING_SIGN / np.maximum(extinction_per_m, 1e-9)
    slowed = np.maximum(FRIDOLF_LEAST_MPS, speed_mps - FRIDOLF_SLOPE_PER_S * (FRIDOLF_CLEAR_M - seen))
    return np.minimum(speed_mps, slowed)


def jin_irritant(*, extinction_per_m: Array, speed_mps: Array) -> Array:
    """Return v₀ times a share that falls from 1.0 at K = 0.1 to 0.3 at K = 0.5 per metre.

    Source: Jin 1978 (irritant wood smoke), in the review of Ronchi et al. 2013.
    """
    return speed_mps * np.interp(extinction_per_m, *JIN_IRRITANT)


def jin_nonirritant(*, extinction_per_m: Array, speed_mps: Array) -> Array:
    """Return v₀ times a share that falls from 1.0 at K = 0.2 to 0.5 at K = 1.0 per metre, to a floor of 0.3.

    Source: Jin 1978 (non-irritant kerosene smoke), in the review of Ronchi et al. 2013.
    """
    return speed_mps * np.interp(extinction_per_m, *JIN_NONIRRITANT)


SMOKE_SPEED_MODELS: Final[Mapping[str, Callable[..., Array]]] = MappingProxyType(
    {
        "fridolf": fridolf,
        "frantzich_nilsson": frantzich_nilsson,
        "jin_irritant": jin_irritant,
        "jin_nonirritant": jin_nonirritant,
    }
)


def smoke_factor(*, model: str, extinction_per_m: npt.ArrayLike, speed_mps: npt.ArrayLike) -> Array:
    """Return the share of walking speed that smoke leaves, shape (N,), 0 to 1.

    Args:
        model: a name in `SMOKE_SPEED_MODELS`.
        extinction_per_m: extinction coefficient K at eye height, shape (N,), 1/m.
        speed_mps: walking speed in clear air, shape (N,), m/s.

    Raises:
        KeyError: `model` is none of the four.
    """
    speed = np.asarray(speed_mps, np.float64)
    slowed = SMOKE_SPEED_MODELS[model](extinction_per_m=np.asarray(extinction_per_m, np.float64), speed_mps=speed)
    return np.divide(slowed, speed, out=np.ones_like(slowed), where=speed > 0)
