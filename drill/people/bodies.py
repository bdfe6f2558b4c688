"""Bodies under exposure: one struct of arrays for the resident and for the crowd, so that both keep the same rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drill.hazards.exposure import Exposure
from drill.people import posture as postures
from drill.people.dose import INCAPACITATING_FED, dose
from drill.people.shaking_speed import shaking_factor
from drill.people.smoke_speed import smoke_factor
from drill.people.stability import current_factor, depth_limit, swept_away
from drill.people.state import BodyState, Posture
from drill.people.wading import wading_factor


@dataclass(slots=True)
class Bodies:
    """N bodies. Every array has shape (N,).

    Attributes:
        height_m: body height, metres.
        mass_kg: body mass, kilograms.
        walking_speed_mps: walking speed in clear air on dry level ground, m/s.
        posture: `Posture` as uint8.
        fed: fractional effective dose so far.
        state: `BodyState` as uint8.
        speed_factor: share of the walking speed that hazards and posture leave, 0 to 1.
        smoke_model: name of the smoke speed model in force.
    """

    height_m: npt.NDArray[np.float64]
    mass_kg: npt.NDArray[np.float64]
    walking_speed_mps: npt.NDArray[np.float64]
    posture: npt.NDArray[np.uint8]
    fed: npt.NDArray[np.float64]
    state: npt.NDArray[np.uint8]
    speed_factor: npt.NDArray[np.float64]
    smoke_model: str = "fridolf"

    @classmethod
    def of(
        cls,
        *,
        height_m: npt.ArrayLike,
        mass_kg: npt.ArrayLike,
        walking_speed_mps: npt.ArrayLike,
        state: BodyState = BodyState.MOVING,
        smoke_model: str = "fridolf",
    ) -> Bodies:
        """Return unharmed, standing bodies. The three arrays are broadcast to one shape (N,)."""
        height, mass, speed = (
            np.array(a, np.float64)
            for a in np.broadcast_arrays(
                np.atleast_1d(np.asarray(height_m, np.float64)),
                np.asarray(mass_kg, np.float64),
                np.asarray(walking_speed_mps, np.float64),
            )
        )
        n = len(height)
        return cls(
            height_m=height,
            mass_kg=mass,
            walking_speed_mps=speed,
            posture=np.full(n, Posture.STANDING, np.uint8),
            fed=np.zeros(n),
            state=np.full(n, state, np.uint8),
            speed_factor=np.ones(n),
            smoke_model=smoke_model,
        )

    def __len__(self) -> int:
        return len(self.height_m)

    def eye_height(self) -> npt.NDArray[np.float64]:
        """Return the height of the eyes above the soles in the present posture, metres."""
        return postures.eye_height(height_m=self.height_m, posture=self.posture)

    def speed(self) -> npt.NDArray[np.float64]:
        """Return the speed that each body can reach now, m/s; 0 for the incapacitated."""
        able = self.state != BodyState.INCAPACITATED
        speed: npt.NDArray[np.float64] = self.walking_speed_mps * self.speed_factor * able
        return speed

    def suffer(self, exposure: Exposure, dt: float) -> None:
        """Take an exposure for `dt` seconds: add to the dose, set the speed factor, fall where limits are passed.

        The factor is water (wading times current) times smoke times posture times shaking times footing. FED ≥ 1 or
        being swept away makes a body INCAPACITATED, which it stays. SAFE and GONE bodies keep their state.

        Raises:
            ValueError: `exposure` is for another number of bodies.
        """
        if len(exposure) != len(self):
            msg = f"exposure of {len(exposure)} bodies given to {len(self)}: expose the same bodies in the same order"
            raise ValueError(msg)
        outside = self.state == BodyState.GONE
        self.fed += np.where(outside, 0.0, dose(exposure, dt=dt))
        flow = np.hypot(exposure.flow_mps[:, 0], exposure.flow_mps[:, 1])
        water = {"depth_m": exposure.depth_m, "flow_mps": flow, "height_m": self.height_m, "mass_kg": self.mass_kg}
        limit = depth_limit(height_m=self.height_m, mass_kg=self.mass_kg)
        self.speed_factor = (
            wading_factor(depth_m=exposure.depth_m, depth_limit_m=limit)
            * current_factor(**water)
            * smoke_factor(
                model=self.smoke_model,
                extinction_per_m=exposure.extinction_per_m,
                speed_mps=self.walking_speed_mps,
            )
            * postures.posture_factor(self.posture)
        )
        if exposure.shaking_intensity.any():
            self.speed_factor *= shaking_factor(intensity=exposure.shaking_intensity, posture=self.posture)
        if (exposure.footing < 1.0).any():
            self.speed_factor *= exposure.footing
        fallen = (self.fed >= INCAPACITATING_FED) | swept_away(**water)
        fallen &= (self.state != BodyState.SAFE) & ~outside
        self.state[fallen] = BodyState.INCAPACITATED
        self.speed_factor[self.state == BodyState.INCAPACITATED] = 0.0
