"""Smoke of a fire: one hot layer a zone, filled by the fire's plume and by its neighbours through openings.

A two-zone model in the manner of CFAST, cut to what a drill needs. In each zone a hot layer of even mixture
lies under the ceiling, over clean air. The fire's plume carries air and combustion products up into the layer
of its zone; through doors the layer flows on where its pressure is higher, height by height. Pressure is the
layer's buoyancy alone; air that makes way leaves near the floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from drill.hazards.exposure import AMBIENT_CO2_PCT, AMBIENT_O2_PCT, AMBIENT_TEMPERATURE_C, Exposure
from drill.hazards.openings import OUTSIDE, find_openings
from drill.hazards.picture import SmokeLayer, SmokePicture
from drill.hazards.plume import AIR_DENSITY, AIR_K, GRAVITY_MPS2, HEAT_CAPACITY, doorway_flow, plume_flow
from drill.scenario.model import Smoke as SmokePart
from drill.site.site import Site

STEP_S: Final = 0.25
"""The layers advance on this fixed grid of time, however `advance` is called."""
CONVECTIVE_SHARE: Final = 0.7
"""Share of the heat release that goes into the plume (NFPA 92)."""
WALL_LOSS: Final = 0.012
"""Heat lost to ceiling and walls, kW/(m²·K)."""
EXTINCTION_M2_PER_G: Final = 8.7
"""Specific extinction of flaming soot, m²/g (Mulholland and Croarkin 2000)."""
HEAT_PER_OXYGEN: Final = 13.1
"""Heat released per gram of oxygen burnt, kJ/g (Huggett 1980)."""
CO2_YIELD: Final = 1.5
"""Carbon dioxide per gram of fuel, g/g (mixed wood and plastics)."""
LEAK_SHARE: Final = 0.005
"""Share of a shut door's width that lets smoke through."""
SLICES: Final = 12
LARGEST_SHARE: Final = 0.25
"""At most this share of a layer leaves it in one step: keeps thin layers stable."""
EDGE_M: Final = 0.2
"""Thickness over which one passes from clean air into the layer, metres; below the interface is clean."""

AIR_MOLAR: Final = 28.96
CO_MOLAR: Final = 28.01
HCN_MOLAR: Final = 27.03
CO2_MOLAR: Final = 44.01
OXYGEN_MASS_SHARE: Final = 0.231

SOOT, CO, HCN, CO2, OXYGEN = range(5)
"""Rows of `products`: grams in the layer; OXYGEN counts what is missing."""

Array = npt.NDArray[np.float64]


class Smoke:
    """Layers of the zones that a smoke hazard names, in that order.

    Attributes:
        mass: air and gas in each layer, shape (zones,), kg.
        heat: heat of each layer above the air's, shape (zones,), kJ.
        products: combustion products in each layer, shape (5, zones), grams.
        lost_mass, lost_products: what has left through openings, or leaked where the layer may not come lower.
    """

    def __init__(self, part: SmokePart, site: Site, *, wall_loss: float = WALL_LOSS) -> None:
        """Make the hazard.

        Args:
            part: the scenario's part.
            site: the site.
            wall_loss: heat lost to ceiling and walls, kW/(m²·K).

        Raises:
            ValueError: a zone is unknown, the fire stands in none of the zones, or the clear height is above a ceiling.
        """
        self.id = part.id
        known = {zone.id: zone for zone in site.zones}
        unknown = [z for z in part.zones if z not in known]
        if unknown:
            msg = f"smoke {part.id!r}: no zone {unknown[0]!r} on this site; there are {', '.join(known)}"
            raise ValueError(msg)
        self._part = part
        self._zones = [known[z] for z in part.zones]
        self._floor_z = np.array([site.floors[z.floor].z_m for z in self._zones])
        self._floor = np.array([z.floor for z in self._zones])
        self._ceiling = np.array([z.ceiling_m for z in self._zones])
        self._area = np.array([z.polygon.area for z in self._zones])
        self._rim = np.array([z.polygon.length for z in self._zones])
        for zone in self._zones:
            if part.clear_height_m >= zone.ceiling_m:
                msg = (
                    f"smoke {part.id!r}: clear_height_m {part.clear_height_m} is above the ceiling "
                    f"({zone.ceiling_m} m) of zone {zone.id!r}; lower it"
                )
                raise ValueError(msg)
            shapely.prepare(zone.polygon)
        floor_of_fire = next((f for f in site.floors if f.id == part.fire.floor), None)
        here = [
            n
            for n, z in enumerate(self._zones)
            if floor_of_fire is not None
            and z.floor == floor_of_fire.index
            and shapely.intersects_xy(z.polygon, part.fire.x, part.fire.y)
        ]
        if not here:
            msg = (
                f"smoke {part.id!r}: the fire at ({part.fire.x}, {part.fire.y}) on floor {part.fire.floor!r} "
                f"stands in none of its zones {', '.join(part.zones)}"
            )
            raise ValueError(msg)
        self._seat = here[0]
        self._wall_loss = wall_loss
        self._times = np.array([p.at_s for p in part.heat])
        self._heats = np.array([p.heat_kw for p in part.heat])
        self._open_up(site)
        n = len(self._zones)
        self.mass = np.zeros(n)
        self.heat = np.zeros(n)
        self.products = np.zeros((5, n))
        self.lost_mass = 0.0
        self.lost_products = np.zeros(5)
        self._steps = 0

    def _open_up(self, site: Site) -> None:
        openings = find_openings(site, self._zones)
        self._doors = [o.door for o in openings]
        self._a = np.array([o.a for o in openings], np.intp)
        self._b = np.array([o.b for o in openings], np.intp)
        self._width = np.array([o.width_m for o in openings], np.float64)
        at_start = {door.id: float(door.open_at_start) for door in site.doors}
        self._open = np.array([at_start.get(o.door, 1.0) for o in openings], np.float64)
        # Outside is one zone more, at the end, without a layer. Heights below are above the opening's own floor.
        self._a[self._a == OUTSIDE] = len(self._zones)
        self._b[self._b == OUTSIDE] = len(self._zones)
        top = np.array([o.top_m for o in openings], np.float64)
        self._slice = top / SLICES
        self._top = top
        self._heights = (np.arange(SLICES) + 0.5)[None, :] * self._slice[:, None]

    def set_doors(self, open_fraction: Mapping[str, float]) -> None:
        """Set how far doors stand open, 0 to 1, by id; doors not named stay as they are."""
        for n, door in enumerate(self._doors):
            if door in open_fraction:
                self._open[n] = open_fraction[door]

    def heat_kw(self, t: float) -> float:
        """Return the heat release rate at run time `t`: linear between points, none before the first."""
        return float(np.interp(t, self._times, self._heats, left=0.0))

    def volume(self) -> Array:
        """Return the volume of each layer, shape (zones,), m³, at constant pressure: m·T / (ρ₀·T₀)."""
        volume: Array = (self.mass + self.heat / (HEAT_CAPACITY * AIR_K)) / AIR_DENSITY
        return volume

    def interface(self) -> Array:
        """Return the height of each layer's lower edge above its floor, shape (zones,), metres."""
        interface: Array = np.maximum(self._ceiling - self.volume() / self._area, self._part.clear_height_m)
        return interface

    def excess_k(self) -> Array:
        """Return how much hotter than the air each layer is, shape (zones,), kelvin."""
        return np.divide(self.heat, self.mass * HEAT_CAPACITY, out=np.zeros_like(self.heat), where=self.mass > 1e-9)

    def advance(self, t: float) -> None:
        """Bring the layers to the last step of the time grid that is not after `t`, seconds."""
        while (self._steps + 1) * STEP_S <= t + 1e-9:
            self._spread()
            self._burn(self._steps * STEP_S)
            self._cool_and_leak()
            self._steps += 1

    def _burn(self, t: float) -> None:
        heat = self.heat_kw(t + STEP_S / 2)
        if heat <= 0:
            return
        convective = CONVECTIVE_SHARE * heat
        fuel = heat / self._part.heat_of_combustion_kj_per_g
        seat, dt = self._seat, STEP_S
        flow = float(plume_flow(convective_kw=convective, height_m=self.interface()[seat]))
        self.mass[seat] += (flow + fuel / 1000.0) * dt
        self.heat[seat] += convective * dt
        part = self._part
        made = (part.soot_yield, part.co_yield, part.hcn_yield, CO2_YIELD)
        self.products[:4, seat] += np.array(made) * fuel * dt
        self.products[OXYGEN, seat] += heat / HEAT_PER_OXYGEN * dt

    def _spread(self) -> None:
        """Move gas through openings, both ways, slice by slice."""
        zones = len(self._zones)
        if len(self._a) == 0:
            return
        interface = np.append(self.interface(), np.inf)
        warmer = np.append(self.excess_k(), 0.0)
        density = AIR_DENSITY * AIR_K / (AIR_K + warmer)
        buoyancy = (AIR_DENSITY - density) * GRAVITY_MPS2
        h = self._heights
        a, b = self._a, self._b
        inside_a, inside_b = h - interface[a, None], h - interface[b, None]
        push_a = buoyancy[a, None] * np.maximum(inside_a, 0.0)
        push_b = buoyancy[b, None] * np.maximum(inside_b, 0.0)
        # A layer that thins out to nothing in a slice flows by the share of the slice that it fills.
        fill_a = np.clip(inside_a / self._slice[:, None] + 0.5, 0.0, 1.0)
        fill_b = np.clip(inside_b / self._slice[:, None] + 0.5, 0.0, 1.0)
        width = (self._width * np.maximum(self._open, LEAK_SHARE))[:, None]
        slice_ = self._slice[:, None]
        out_a = doorway_flow(drive_pa=push_a - push_b, density=density[a, None], width_m=width, slice_m=slice_)
        out_b = doorway_flow(drive_pa=push_b - push_a, density=density[b, None], width_m=width, slice_m=slice_)
        source = np.concatenate([a, b])
        target = np.concatenate([b, a])
        moved = np.concatenate([(out_a * fill_a).sum(axis=1), (out_b * fill_b).sum(axis=1)]) * STEP_S
        mass = np.append(self.mass, 0.0)
        leaving = np.bincount(source, moved, zones + 1)
        scale = np.where(leaving > LARGEST_SHARE * mass, LARGEST_SHARE * mass / np.maximum(leaving, 1e-12), 1.0)
        moved = moved * scale[source]
        share = np.divide(moved, mass[source], out=np.zeros_like(moved), where=mass[source] > 1e-9)
        content = np.vstack([mass, np.append(self.heat, 0.0), np.column_stack((self.products, np.zeros(5)))])
        carried = content[:, source] * share
        for row, flow in enumerate(carried):
            content[row] += np.bincount(target, flow, zones + 1) - np.bincount(source, flow, zones + 1)
        content[0, :zones] += self._spilled(target, source, carried[1], interface)[:zones]
        self.mass, self.heat, self.products = content[0, :zones], content[1, :zones], content[2:, :zones]
        self.lost_mass += float(content[0, zones])
        self.lost_products += content[2:, zones]

    def _spilled(
        self, target: npt.NDArray[np.intp], source: npt.NDArray[np.intp], heat: Array, interface: Array
    ) -> Array:
        """Return the air (zones + 1,), kg, that gas carries along as it rises from openings into the layers.

        A plume of the heat that passes, from the top of the opening to the interface beyond, as in CFAST.
        """
        zones = len(self._zones)
        top = np.concatenate([self._top, self._top])
        rise = np.where(target < zones, np.maximum(interface[target] - top, 0.0), 0.0)
        rise = np.where(source < zones, rise, 0.0)
        air = plume_flow(convective_kw=heat / STEP_S, height_m=np.where(np.isfinite(rise), rise, 0.0)) * STEP_S
        air = np.where((rise > 0) & (heat > 0), air, 0.0)
        return np.bincount(target, air, zones + 1).astype(np.float64)

    def _cool_and_leak(self) -> None:
        thick = self._ceiling - self.interface()
        touched = self._area + self._rim * thick
        rate = np.divide(
            self._wall_loss * touched, self.mass * HEAT_CAPACITY, out=np.zeros_like(thick), where=self.mass > 1e-9
        )
        self.heat *= np.exp(-rate * STEP_S)
        room = self._area * (self._ceiling - self._part.clear_height_m)
        volume = self.volume()
        kept = np.where(volume > room, room / np.maximum(volume, 1e-12), 1.0)
        self.lost_mass += float((self.mass * (1 - kept)).sum())
        self.lost_products += (self.products * (1 - kept)).sum(axis=1)
        self.mass, self.heat, self.products = self.mass * kept, self.heat * kept, self.products * kept

    def _share(self, row: int, molar: float) -> Array:
        """Return the share by volume of a product in each layer."""
        grams = self.mass * 1000.0
        share: Array = np.divide(self.products[row], grams, out=np.zeros_like(grams), where=grams > 1e-6)
        return share * AIR_MOLAR / molar

    def extinction(self) -> Array:
        """Return K of each layer, shape (zones,), 1/m: 8.7 m²/g times grams of soot per m³."""
        volume = self.volume()
        soot = np.divide(self.products[SOOT], volume, out=np.zeros_like(volume), where=volume > 1e-6)
        extinction: Array = EXTINCTION_M2_PER_G * soot
        return extinction

    def oxygen_pct(self) -> Array:
        """Return oxygen by volume in each layer, shape (zones,), %."""
        grams = self.mass * 1000.0 * OXYGEN_MASS_SHARE
        used = np.divide(self.products[OXYGEN], grams, out=np.zeros_like(grams), where=grams > 1e-6)
        oxygen: Array = AMBIENT_O2_PCT * np.clip(1.0 - used, 0.0, 1.0)
        return oxygen

    def expose(
        self, feet: npt.NDArray[np.float64], eye_z: npt.NDArray[np.float64], floor: npt.NDArray[np.int16], t: float
    ) -> Exposure:
        """Return what the layers do at eye height; clean air below each interface and outside the zones."""
        del t  # the layers stand as `advance` left them
        clean = Exposure.none(len(feet))
        zone = np.full(len(feet), -1, np.intp)
        for n, its in enumerate(self._zones):
            here = np.flatnonzero((zone < 0) & (floor == its.floor))
            if len(here):
                zone[here[shapely.intersects_xy(its.polygon, feet[here, 0], feet[here, 1])]] = n
        low = self._floor_z + self.interface()
        share = np.where(zone >= 0, np.clip((eye_z - low[zone]) / EDGE_M, 0.0, 1.0), 0.0)
        share *= (self.mass > 1e-6)[zone]

        def mixed(layer: Array, air: float) -> npt.NDArray[np.float32]:
            return (air + share * (layer[zone] - air)).astype(np.float32)

        co2 = np.minimum(AMBIENT_CO2_PCT + 100.0 * self._share(CO2, CO2_MOLAR), 100.0)
        return replace(
            clean,
            extinction_per_m=mixed(self.extinction(), 0.0),
            co_ppm=mixed(1e6 * self._share(CO, CO_MOLAR), 0.0),
            hcn_ppm=mixed(1e6 * self._share(HCN, HCN_MOLAR), 0.0),
            co2_pct=mixed(co2, AMBIENT_CO2_PCT),
            o2_pct=mixed(self.oxygen_pct(), AMBIENT_O2_PCT),
            temperature_c=mixed(AMBIENT_TEMPERATURE_C + self.excess_k(), AMBIENT_TEMPERATURE_C),
        )

    def picture(self, t: float) -> SmokePicture:
        """Return the layers in the order of the scenario's zones."""
        low, extinction, warmer = self._floor_z + self.interface(), self.extinction(), self.excess_k()
        fire = self._part.fire
        heat = self.heat_kw(t)
        return SmokePicture(
            hazard=self.id,
            layers=tuple(
                SmokeLayer(
                    zone=zone.id,
                    interface_m=float(low[n]),
                    ceiling_m=float(self._floor_z[n] + self._ceiling[n]),
                    extinction_upper_per_m=float(extinction[n]),
                    extinction_lower_per_m=0.0,
                    temperature_c=float(AMBIENT_TEMPERATURE_C + warmer[n]),
                )
                for n, zone in enumerate(self._zones)
            ),
            fire=(fire.x, fire.y, float(self._floor_z[self._seat]), heat) if heat > 0 else None,
        )
