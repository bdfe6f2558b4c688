"""What of a hazard can be seen: small immutable values for views, the recorder and the server's plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

KIND_LEVEL: Final = 1
KIND_LAYER: Final = 2
KIND_GRID: Final = 3
KIND_QUAKE: Final = 4
KIND_THINGS: Final = 5
"""Numbers of the `kind` column in the recorded hazard channel."""


@dataclass(frozen=True, slots=True)
class WaterPicture:
    """A horizontal water surface over named zones, or the whole site when `zones` is empty.

    Attributes:
        hazard: id of the hazard.
        zones: zone ids under water; empty means everywhere.
        level_m: height of the surface in site axes, metres.
        flow_mps: velocity of the surface (x, y), m/s.
        turbidity: extinction coefficient of the water itself, 1/m (muddy: about 8).
        colour: linear RGB of the suspended mud, 0 to 1.
    """

    KIND: ClassVar[int] = KIND_LEVEL

    hazard: str
    zones: tuple[str, ...]
    level_m: float
    flow_mps: tuple[float, float]
    turbidity: float
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SmokeLayer:
    """The hot layer in one zone.

    Attributes:
        zone: zone id.
        interface_m: height of the layer's lower edge in site axes, metres.
        ceiling_m: height of the zone's ceiling in site axes, metres.
        extinction_upper_per_m: K inside the layer, 1/m.
        extinction_lower_per_m: K below it, 1/m.
        temperature_c: temperature of the layer, °C.
    """

    zone: str
    interface_m: float
    ceiling_m: float
    extinction_upper_per_m: float
    extinction_lower_per_m: float
    temperature_c: float


@dataclass(frozen=True, slots=True)
class SmokePicture:
    """Smoke layers of every zone that the smoke may reach, in scenario order.

    `fire` is the seat of the fire (x, y, z) and its heat release rate in kW, if one is to be drawn.
    """

    KIND: ClassVar[int] = KIND_LAYER

    hazard: str
    layers: tuple[SmokeLayer, ...]
    fire: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class QuakePicture:
    """How the ground moves at a moment, the same for everybody in the shaken zones.

    Attributes:
        hazard: id of the hazard.
        ground_m: displacement of the ground (x, y, z) from its place at rest, metres, in site axes.
        acceleration_mps2: acceleration of the ground (x, y, z), m/s².
        intensity: JMA instrumental seismic intensity of the last seconds, running; 0 at rest.
        shaking: whether an episode of shaking is on.
        dust_per_m: extinction coefficient of dust that the shaking raised, 1/m.
    """

    KIND: ClassVar[int] = KIND_QUAKE

    hazard: str
    ground_m: tuple[float, float, float]
    acceleration_mps2: tuple[float, float, float]
    intensity: float
    shaking: bool
    dust_per_m: float


Picture = WaterPicture | SmokePicture | QuakePicture
