"""What a hazard does to a body standing at a place: the one type between hazards and people."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]

AMBIENT_O2_PCT = 20.9
AMBIENT_CO2_PCT = 0.04
AMBIENT_TEMPERATURE_C = 20.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """Hazard quantities at N bodies at one moment.

    Attributes:
        depth_m: water above the feet, shape (N,).
        flow_mps: horizontal water velocity, shape (N, 2).
        extinction_per_m: extinction coefficient K of smoke at eye height, shape (N,), 1/m.
        co_ppm: carbon monoxide at eye height, shape (N,), ppm by volume.
        co2_pct: carbon dioxide at eye height, shape (N,), % by volume.
        o2_pct: oxygen at eye height, shape (N,), % by volume.
        hcn_ppm: hydrogen cyanide at eye height, shape (N,), ppm by volume.
        temperature_c: air temperature at eye height, shape (N,), °C.
        shaking_mps2: ground acceleration, shape (N, 3), m/s².
        in_runout: whether the body stands in a landslide's run-out, shape (N,), bool.
    """

    depth_m: Float32
    flow_mps: Float32
    extinction_per_m: Float32
    co_ppm: Float32
    co2_pct: Float32
    o2_pct: Float32
    hcn_ppm: Float32
    temperature_c: Float32
    shaking_mps2: Float32
    in_runout: npt.NDArray[np.bool_]
    shaking_intensity: Float32
    """Running JMA intensity of the shaking under the feet, shape (N,), 0 at rest: what the acceleration of a moment
    cannot tell, see `drill.seismic.intensity`."""
    footing: Float32
    """Share of the walking speed that what lies underfoot leaves, shape (N,), 1 on clear ground."""

    def __len__(self) -> int:
        return len(self.depth_m)

    @classmethod
    def none(cls, n: int) -> Exposure:
        """Return the exposure of `n` bodies in clean, dry, still air."""

        def full(value: float, *shape: int) -> Float32:
            return np.full(shape, value, np.float32)

        return cls(
            depth_m=full(0, n),
            flow_mps=full(0, n, 2),
            extinction_per_m=full(0, n),
            co_ppm=full(0, n),
            co2_pct=full(AMBIENT_CO2_PCT, n),
            o2_pct=full(AMBIENT_O2_PCT, n),
            hcn_ppm=full(0, n),
            temperature_c=full(AMBIENT_TEMPERATURE_C, n),
            shaking_mps2=full(0, n, 3),
            in_runout=np.zeros(n, np.bool_),
            shaking_intensity=full(0, n),
            footing=full(1, n),
        )

    def at(self, index: int) -> Exposure:
        """Return the exposure of one body as an Exposure of length 1."""
        return Exposure(**{f.name: getattr(self, f.name)[index : index + 1] for f in fields(self)})
