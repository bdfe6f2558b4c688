"""Several hazards at one place: one exposure by rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drill.hazards.exposure import AMBIENT_CO2_PCT, Exposure


def combine(exposures: Sequence[Exposure]) -> Exposure:
    """Return what hazards do together to the same N bodies.

    Water is the deepest one, with its own flow; extinction and toxic gases add; carbon dioxide adds what each
    has above clean air; oxygen is the lowest and air the hottest; shaking adds and is as intense as the strongest; in
    one run-out is in a run-out; footing is the worst.

    Raises:
        ValueError: no exposure is given, or they are of different lengths.
    """
    if not exposures:
        msg = "no exposure to combine: give Exposure.none(n) when there is no hazard"
        raise ValueError(msg)
    lengths = {len(e) for e in exposures}
    if len(lengths) > 1:
        msg = f"exposures of {sorted(lengths)} bodies cannot be combined: expose the same bodies to every hazard"
        raise ValueError(msg)
    if len(exposures) == 1:
        return exposures[0]
    depths = np.stack([e.depth_m for e in exposures])
    deepest = np.argmax(depths, axis=0)
    here = np.arange(depths.shape[1])
    return Exposure(
        depth_m=depths[deepest, here],
        flow_mps=np.stack([e.flow_mps for e in exposures])[deepest, here],
        extinction_per_m=np.sum([e.extinction_per_m for e in exposures], axis=0, dtype=np.float32),
        co_ppm=np.sum([e.co_ppm for e in exposures], axis=0, dtype=np.float32),
        co2_pct=(np.sum([e.co2_pct - np.float32(AMBIENT_CO2_PCT) for e in exposures], axis=0) + AMBIENT_CO2_PCT).astype(
            np.float32
        ),
        o2_pct=np.min([e.o2_pct for e in exposures], axis=0),
        hcn_ppm=np.sum([e.hcn_ppm for e in exposures], axis=0, dtype=np.float32),
        temperature_c=np.max([e.temperature_c for e in exposures], axis=0),
        shaking_mps2=np.sum([e.shaking_mps2 for e in exposures], axis=0, dtype=np.float32),
        in_runout=np.any([e.in_runout for e in exposures], axis=0),
        shaking_intensity=np.max([e.shaking_intensity for e in exposures], axis=0),
        footing=np.min([e.footing for e in exposures], axis=0),
    )
