"""Whether flowing water takes a person's footing (Cox, Shand and Blacka 2010).

Source: Australian Rainfall and Runoff, Project 10, "Appropriate safety criteria for people", stage 1 report,
2010. A person is classed by height times mass (m·kg); the water by depth times speed D·V (m²/s).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FRAIL_HEIGHT_MASS: Final = 25.0
CHILD_HEIGHT_MASS: Final = 50.0
"""Upper bounds of height times mass (m·kg): infants and frail people, children; above are adults."""

LOW_PRODUCT: Final = (0.0, 0.4, 0.6)
"""D·V up to which the hazard is low for frail people, children, adults (m²/s)."""
UNSAFE_PRODUCT: Final = (0.0, 0.6, 1.2)
"""D·V above which no one of the class keeps their footing (m²/s)."""
DEPTH_LIMIT_M: Final = (0.5, 0.5, 1.2)
"""Deepest water of each class. The source gives none for frail people; the children's is taken."""
SPEED_LIMIT_MPS: Final = 3.0
"""Fastest water that anyone can stand in."""
STILL_PRODUCT: Final = 0.01
"""D·V that counts as still water for those whom any flow is too much for (m²/s); ours."""

Array = npt.NDArray[np.float64]


def person_class(*, height_m: npt.ArrayLike, mass_kg: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Return 0 for infants and frail people (≤ 25 m·kg), 1 for children (25 to 50), 2 for adults (> 50)."""
    product = np.asarray(height_m, np.float64) * np.asarray(mass_kg, np.float64)
    return (product > FRAIL_HEIGHT_MASS).astype(np.intp) + (product > CHILD_HEIGHT_MASS)


def depth_limit(*, height_m: npt.ArrayLike, mass_kg: npt.ArrayLike) -> Array:
    """Return the deepest water that each person can stand in, metres, shape (N,)."""
    return np.asarray(DEPTH_LIMIT_M)[person_class(height_m=height_m, mass_kg=mass_kg)]


def low_hazard(
    *, depth_m: npt.ArrayLike, flow_mps: npt.ArrayLike, height_m: npt.ArrayLike, mass_kg: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Return whether the water is a low hazard: D·V, depth and speed all within the class's low limits.

    Args:
        depth_m: water above the feet, shape (N,), metres.
        flow_mps: speed of the water, shape (N,), m/s.
        height_m: body height, shape (N,), metres.
        mass_kg: body mass, shape (N,), kilograms.
    """
    depth, flow = np.asarray(depth_m, np.float64), np.asarray(flow_mps, np.float64)
    who = person_class(height_m=height_m, mass_kg=mass_kg)
    product = depth * flow
    low = np.maximum(np.asarray(LOW_PRODUCT)[who], STILL_PRODUCT * (who == 0))
    within: npt.NDArray[np.bool_] = (
        (product <= low) & (depth <= np.asarray(DEPTH_LIMIT_M)[who]) & ((flow <= SPEED_LIMIT_MPS) | (depth <= 0))
    )
    return within


def current_factor(
    *, depth_m: npt.ArrayLike, flow_mps: npt.ArrayLike, height_m: npt.ArrayLike, mass_kg: npt.ArrayLike
) -> Array:
    """Return the share of wading speed that the current leaves: max(0, 1 - D·V / D·V_unsafe).

    The linear form is ours; it reaches 0 where the source says that nobody stands. Arguments as in
    `low_hazard`. Frail people are left 0 in any flow.
    """
    product = np.asarray(depth_m, np.float64) * np.asarray(flow_mps, np.float64)
    unsafe = np.asarray(UNSAFE_PRODUCT)[person_class(height_m=height_m, mass_kg=mass_kg)]
    still = product <= STILL_PRODUCT
    share = 1.0 - product / np.where(unsafe > 0, unsafe, 1.0)
    return np.where(unsafe > 0, np.maximum(0.0, share), np.where(still, 1.0, 0.0))


def swept_away(
    *, depth_m: npt.ArrayLike, flow_mps: npt.ArrayLike, height_m: npt.ArrayLike, mass_kg: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Return whether the water takes the person's footing.

    True where D·V is above the class's unsafe limit (frail people: above still water) or the water is faster
    than 3.0 m/s and deeper than the ankle (0.1 m, ours). Arguments as in `low_hazard`.
    """
    depth, flow = np.asarray(depth_m, np.float64), np.asarray(flow_mps, np.float64)
    unsafe = np.asarray(UNSAFE_PRODUCT)[person_class(height_m=height_m, mass_kg=mass_kg)]
    swept: npt.NDArray[np.bool_] = (depth * flow > np.maximum(unsafe, STILL_PRODUCT)) | (
        (flow > SPEED_LIMIT_MPS) & (depth > 0.1)
    )
    return swept
