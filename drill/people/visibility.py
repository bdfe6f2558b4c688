"""How far one sees through smoke (Jin)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

REFLECTING_SIGN: Final = 3.0
LIGHT_EMITTING_SIGN: Final = 8.0
"""Jin's contrast constant C: visibility times extinction coefficient, for the two kinds of signs (1)."""
FARTHEST_M: Final = 30.0
"""Visibility is reported up to here."""


def visibility(
    *, extinction_per_m: npt.ArrayLike, constant: float = REFLECTING_SIGN, farthest_m: float = FARTHEST_M
) -> npt.NDArray[np.float64]:
    """Return the visibility S = C / K in metres, at most `farthest_m`.

    Source: Jin, "Visibility through fire smoke", 1970 to 1978; C = 3 reflecting, 8 light-emitting signs.

    Args:
        extinction_per_m: extinction coefficient K, shape (N,), 1/m.
        constant: C.
        farthest_m: cap of the result, metres.
    """
    extinction = np.asarray(extinction_per_m, np.float64)
    return constant / np.maximum(extinction, constant / farthest_m)
