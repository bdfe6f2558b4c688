"""What hazards do to a body, beside published values: gases, smoke, water, the smoke layer."""

from __future__ import annotations

import math

import numpy as np
from rows import Row, near, report, within
from scipy.integrate import solve_ivp
from shapely.geometry import box
from small_sites import site_of

from drill.hazards.plume import AIR_DENSITY, plume_flow
from drill.hazards.smoke import CONVECTIVE_SHARE, Smoke
from drill.people import dose, stability
from drill.people.doors import depth_limit_at_door
from drill.people.smoke_speed import smoke_factor
from drill.people.specific_force import specific_force
from drill.people.visibility import visibility
from drill.people.wading import wading_factor
from drill.scenario.model import Smoke as SmokePart
from drill.site.site import Site


def dose_rows() -> list[Row]:
    """Fractional effective dose."""
    guide, handbook = "FDS+Evac guide, equations 13 to 19", "SFPE Handbook (Purser), tenability limits"

    def minutes(**gas: float) -> float:
        return 1.0 / float(dose.fed_rate(**({"co_ppm": 0.0, "co2_pct": 0.0, "o2_pct": 20.9, "hcn_ppm": 0.0} | gas)))

    co = 2.764e-5 * 1000**1.036
    cases_ = [(2.0, 1000.0, 15.0), (0.0, 0.0, 12.0), (0.0, 1000.0, 21.0), (3.43, 1000.0, 21.0)]
    rows = []
    for co2, ppm, o2 in cases_:
        published = (co if ppm else 0.0) * math.exp(0.1903 * co2 + 2.0004) / 7.1
        published += math.exp(0.54 * (20.9 - o2) - 8.13) if o2 < 19.5 else 0.0
        ours = float(dose.fed_rate(co_ppm=ppm, co2_pct=co2, o2_pct=o2, hcn_ppm=0.0))
        name = f"FED a minute at CO₂ {co2} %, CO {ppm:.0f} ppm, O₂ {o2:.0f} %"
        rows.append(near(name, guide, published=published, ours=ours, relative=0.001, unit="1/min"))
    rows.append(
        within("12 % oxygen incapacitates in", handbook, low=20, high=35, ours=minutes(o2_pct=12.0), unit="min")
    )
    rows.append(within("10 % oxygen incapacitates in", handbook, low=5, high=12, ours=minutes(o2_pct=10.0), unit="min"))
    rows.append(
        near(
            "1000 ppm CO incapacitates in",
            "ISO 13571: 35 000 ppm·min",
            published=35.0,
            ours=minutes(co_ppm=1000.0),
            relative=0.34,
            unit="min",
        )
    )
    hcn = math.exp(100 / 43) / 220 - 0.0045
    rows.append(
        near(
            "FED a minute at 100 ppm HCN",
            guide,
            published=hcn,
            ours=float(dose.hcn_rate(100.0)),
            relative=0.001,
            unit="1/min",
        )
    )
    return rows


def smoke_speed_rows() -> list[Row]:
    """Walking in smoke."""

    def share(model: str, extinction: float, speed: float) -> float:
        return float(smoke_factor(model=model, extinction_per_m=[extinction], speed_mps=[speed])[0])

    rows = [
        near(
            f"Frantzich and Nilsson, K = {k:.0f} 1/m",
            "FDS+Evac guide, equation 11",
            published=published,
            ours=share("frantzich_nilsson", k, 1.25),
            relative=0.02,
        )
        for k, published in ((1.0, 0.92), (5.0, 0.60), (10.0, 0.19))
    ]
    rows += [
        near(
            f"Fridolf, visibility {seen} m, free speed 1.2 m/s",
            "Fridolf et al., Swedish practice",
            published=left,
            ours=share("fridolf", 3.0 / seen, 1.2) * 1.2,
            relative=0.001,
            unit="m/s",
        )
        for seen, left in ((3.0, 1.2), (2.0, 0.86), (1.0, 0.52))
    ]
    rows += [
        near(
            f"Jin, {name}, K = {k} 1/m",
            "Ronchi et al. 2013 on Jin 1978",
            published=left,
            ours=share(model, k, 1.0),
            relative=0.001,
            unit="m/s",
        )
        for name, model, k, left in (
            ("irritant", "jin_irritant", 0.1, 1.0),
            ("irritant", "jin_irritant", 0.5, 0.3),
            ("non-irritant", "jin_nonirritant", 0.2, 1.0),
            ("non-irritant", "jin_nonirritant", 1.0, 0.5),
        )
    ]
    rows.append(
        near(
            "Visibility of a reflecting sign at K = 1 1/m",
            "Jin",
            published=3.0,
            ours=float(visibility(extinction_per_m=[1.0])[0]),
            relative=0.001,
            unit="m",
        )
    )
    return rows


def water_rows() -> list[Row]:
    """Walking and standing in water, doors."""
    rows = [
        within(
            "Speed left at 0.35 m of still water",
            "Li, Song, Zhang, Bode 2026 (women, men)",
            low=0.552,
            high=0.614,
            ours=float(wading_factor(depth_m=[0.35], depth_limit_m=[1.2])[0]),
        )
    ]
    people = (("child (30 kg, 1.3 m)", 1.3, 30.0, 0.6), ("adult (65 kg, 1.7 m)", 1.7, 65.0, 1.2))
    for name, height, mass, limit in people:
        products = np.linspace(0.01, 2.0, 2000)
        swept = stability.swept_away(
            depth_m=np.full(2000, 0.49), flow_mps=products / 0.49, height_m=height, mass_kg=mass
        )
        first = float(products[np.argmax(swept & (products / 0.49 < 3.0))])
        rows.append(
            near(
                f"D·V at which a {name} loses footing",
                "Cox, Shand, Blacka 2010",
                published=limit,
                ours=first,
                relative=0.01,
                unit="m²/s",
            )
        )
    rows += [
        near(
            "Specific force, 0.5 m still",
            "Ishigaki: adult limit 0.125 m²",
            published=0.125,
            ours=float(specific_force(depth_m=[0.5], flow_mps=[0.0])[0]),
            relative=0.001,
            unit="m²",
        ),
        within(
            "Door limit of an adult",
            "Uji laboratory: average man 0.35 to 0.47 m",
            low=0.35,
            high=0.47,
            ours=depth_limit_at_door(adult=True),
            unit="m",
        ),
        within(
            "Door limit of a child",
            "Uji laboratory: 0.20 m anyone, 0.30 m half-open",
            low=0.20,
            high=0.30,
            ours=depth_limit_at_door(adult=False),
            unit="m",
        ),
    ]
    return rows


def burning_room(*, side_m: float, height_m: float) -> Site:
    """Return a closed square room."""
    return site_of(
        outline=box(0, 0, side_m, side_m), exits={}, zones={"room": box(0, 0, side_m, side_m)}, ceiling_m=height_m
    )


def smoke_part(
    *, heat_kw: float, zones: tuple[str, ...] = ("room",), x: float = 5.0, y: float = 5.0, clear: float = 0.0
) -> SmokePart:
    """Return a fire of constant heat from the start."""
    return SmokePart.model_validate(
        {
            "id": "fire",
            "type": "smoke",
            "fire": {"x": x, "y": y, "floor": "ground"},
            "zones": list(zones),
            "heat": [{"at_s": 0.0, "heat_kw": heat_kw}],
            "clear_height_m": clear,
        }
    )


def filling(*, heat_kw: float, side_m: float, height_m: float, until_s: float) -> tuple[float, float, float]:
    """Return the interface height after `until_s`: ours, an independent integration, Zukoski's closed form; metres.

    The independent integration solves dz/dt = -(m(z) + Q_c / (c T₀)) / (ρ₀ A) by Runge-Kutta. The closed form
    z = (H^(-2/3) + (2/3) · 0.071 · Q_c^(1/3) · t / (ρ₀ A))^(-3/2) leaves out the fire's own volume.
    """
    smoke = Smoke(
        smoke_part(heat_kw=heat_kw, x=side_m / 2, y=side_m / 2),
        burning_room(side_m=side_m, height_m=height_m),
        wall_loss=0.0,
    )
    smoke.advance(until_s)
    area, convective = side_m**2, CONVECTIVE_SHARE * heat_kw

    def down(_: float, z: np.ndarray) -> np.ndarray:
        flow = plume_flow(convective_kw=convective, height_m=np.maximum(z, 0.0)) + heat_kw / 20.0 / 1000.0
        return -(flow + convective / (1.005 * 293.15)) / (AIR_DENSITY * area)

    solved = solve_ivp(down, (0.0, until_s), [height_m], rtol=1e-8, atol=1e-8)
    slope = 2 / 3 * 0.071 * convective ** (1 / 3) / (AIR_DENSITY * area)
    closed = (height_m ** (-2 / 3) + slope * until_s) ** -1.5
    return float(smoke.interface()[0]), float(solved.y[0, -1]), float(closed)


def nfpa_height(*, heat_kw: float, side_m: float, height_m: float, t: float) -> float:
    """Return the first indication of smoke z = H · (1.11 - 0.28 ln(t Q^(1/3) H^(-4/3) / (A / H²))), NFPA 92."""
    share = 1.11 - 0.28 * math.log(t * heat_kw ** (1 / 3) * height_m ** (-4 / 3) / (side_m**2 / height_m**2))
    return height_m * share


def smoke_layer_rows() -> list[Row]:
    """The smoke layer of one room."""
    rows = []
    for heat, side, height, t in ((50.0, 10.0, 3.0, 20.0), (100.0, 20.0, 6.0, 60.0), (500.0, 20.0, 6.0, 60.0)):
        ours, solved, closed = filling(heat_kw=heat, side_m=side, height_m=height, until_s=t)
        where = f"{heat:.0f} kW, {side:.0f} × {side:.0f} × {height:.0f} m, after {t:.0f} s"
        rows.append(
            near(
                f"Interface, {where}",
                "the same plume by Runge-Kutta",
                published=solved,
                ours=ours,
                relative=0.02,
                unit="m",
            )
        )
        rows.append(
            near(
                f"Interface, {where}",
                "Zukoski's closed filling form, without the fire's own volume",
                published=closed,
                ours=ours,
                relative=0.20,
                unit="m",
            )
        )
        first = nfpa_height(heat_kw=heat, side_m=side, height_m=height, t=t)
        rows.append(
            report(
                f"First smoke, {where}",
                "NFPA 92, steady fire correlation",
                published=f"{first:.3g} m",
                ours=f"interface {ours:.3g} m",
            )
        )
    return rows
