"""Named crowd profiles: parameter sets of the collision-free speed model, measured, never the engine's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """Parameters of a crowd.

    Attributes:
        time_gap_s: time gap T that a walker keeps to the one ahead, seconds.
        radius_m: radius of a body, metres.
    """

    time_gap_s: float
    radius_m: float


PROFILES: Final = MappingProxyType(
    {
        # Laboratory experiments (Jülich): about 1.7 persons/(m·s) through a bottleneck 1 m long.
        "lab": Profile(time_gap_s=0.8, radius_m=0.15),
        # The regulatory cap of IMO MSC.1/Circ.1533: at most 1.33 persons/s through a door of 1 m. The time gap was
        # calibrated to that cap with our steering through a wall 0.2 m thick, on seeds 1 to 8, with a margin for
        # chance: one that only just keeps it on the seeds that chose it breaks it on others. A radius of 0.19 m or
        # more makes arches that halve the flow of some doors.
        "imo": Profile(time_gap_s=2.1, radius_m=0.18),
    }
)
"""The two contradict each other by design; a run names the one that it used."""
