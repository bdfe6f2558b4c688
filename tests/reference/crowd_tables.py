"""How the crowd walks, beside published values."""

from __future__ import annotations

import math

import crowd_cases as cases
import numpy as np
from rows import Row, near, report, within

HELD_OUT_SEEDS = range(21, 33)
"""Seeds that judge the cap of the imo profile; others (1 to 8) were used to calibrate its time gap."""


def quick_crowd_rows() -> list[Row]:
    """Crowd cases that take seconds."""
    rimea, imo = "RiMEA", "IMO MSC.1/Circ.1533"
    rows = [
        within("RiMEA 1: 40 m at 1.33 m/s", rimea, low=26, high=34, ours=cases.free_corridor(1.33), unit="s"),
        near("IMO 1: 40 m at 1.0 m/s", imo, published=40.0, ours=cases.free_corridor(1.0), relative=0.05, unit="s"),
        near(
            "RiMEA 2: stair up, 8 m at 0.5 m/s",
            rimea,
            published=16.0,
            ours=cases.stair_run(0.5, up=True),
            relative=0.05,
            unit="s",
        ),
        near(
            "RiMEA 3: stair down, 8 m at 0.65 m/s",
            rimea,
            published=12.3,
            ours=cases.stair_run(0.65, up=False),
            relative=0.05,
            unit="s",
        ),
        within(
            "RiMEA 5: greatest error of a start",
            rimea,
            low=-math.inf,
            high=0.1,
            ours=float(np.abs(cases.start_delays()).max()),
            unit="s",
        ),
    ]
    outside, last = cases.around_a_corner()
    rows.append(within("RiMEA 6: positions off the ground", rimea, low=-math.inf, high=0, ours=float(outside)))
    rows.append(within("RiMEA 6: last arrival", "all arrive", low=0, high=89, ours=last, unit="s"))
    for name, (slowest, fastest) in cases.speeds_by_age().items():
        low, high = cases.WEIDMANN_AGES[name]
        rows.append(
            within(f"RiMEA 7: slowest, {name}", rimea, low=low - 0.02, high=high + 0.02, ours=slowest, unit="m/s")
        )
        rows.append(
            within(f"RiMEA 7: fastest, {name}", rimea, low=low - 0.02, high=high + 0.02, ours=fastest, unit="m/s")
        )
    right, all_ = cases.assigned_exits()
    rows.append(
        near("RiMEA 10: people at their own exit", rimea, published=float(all_), ours=float(right), relative=0.0)
    )
    first, exit_, waiting = cases.bottleneck_then_corridor()
    rows.append(
        within(
            "RiMEA 12: flow at the exit minus flow at the first door",
            rimea,
            low=-math.inf,
            high=0.05,
            ours=exit_ - first,
            unit="1/s",
        )
    )
    rows.append(
        within(
            "RiMEA 12: greatest number in the second room", "no jam: below a fifth of 150", low=0, high=30, ours=waiting
        )
    )
    return rows


def flow_rows() -> list[Row]:
    """Flows through openings."""
    rows = []
    for seed in HELD_OUT_SEEDS:
        flow = cases.room_exit_flow(profile="imo", seed=seed)
        rows.append(
            within(
                f"IMO 4: exit of 1 m, profile imo, seed {seed}",
                "IMO MSC.1/Circ.1533",
                low=1.0,
                high=1.33,
                ours=flow,
                unit="1/s",
            )
        )
    lab = cases.room_exit_flow(profile="lab")
    rows.append(
        report(
            "IMO 4 with profile lab", "does not claim the regulatory cap", published="≤ 1.33 1/s", ours=f"{lab:.3g} 1/s"
        )
    )
    for width, low, high in ((1.2, 1.4, 2.3), (1.8, 1.4, 2.3)):
        flow = cases.door_flow(width_m=width, profile="lab") / width
        rows.append(
            within(
                f"Specific flow, {width} m, profile lab",
                "Jülich bottlenecks: about 1.9, and 2.29 at 0.5 m",
                low=low,
                high=high,
                ours=flow,
                unit="1/(m·s)",
            )
        )
    flow = cases.door_flow(width_m=1.2, profile="imo") / 1.2
    rows.append(within("Specific flow, 1.2 m, profile imo", "cap 1.33", low=0.6, high=1.33, ours=flow, unit="1/(m·s)"))
    return rows


def density_rows() -> list[Row]:
    """RiMEA 4, reported."""
    rows = []
    for density in (0.5, 1.0, 2.0, 3.0):
        published = 1.34 * (1 - math.exp(-1.913 * (1 / density - 1 / 5.4)))
        ours = ", ".join(
            f"{profile} {cases.speed_at_density(density, profile=profile):.2f}" for profile in ("lab", "imo")
        )
        rows.append(
            report(
                f"RiMEA 4: speed at {density} 1/m²",
                "Weidmann 1993; open corridor, so the front relaxes",
                published=f"{published:.2f} m/s",
                ours=f"{ours} m/s",
            )
        )
    return rows


def long_crowd_rows() -> list[Row]:
    """Crowd cases that take minutes."""
    rows = []
    for profile in ("lab", "imo"):
        four, two = (cases.big_room(exits=n, profile=profile) for n in (4, 2))
        source = "RiMEA 9, IMO 9 (FDS+Evac 221 and 413 s)"
        rows.append(
            within(
                f"1000 people, two exits over four, {profile} ({two:.0f} s, {four:.0f} s)",
                source,
                low=1.6,
                high=2.4,
                ours=two / four,
            )
        )
    near_, far = cases.two_exits(n=1000)
    rows.append(
        within(
            "RiMEA 11: share that takes the near exit",
            "preferred, and some take the other",
            low=0.5,
            high=0.99,
            ours=near_,
        )
    )
    rows.append(within("RiMEA 11: share that takes the far exit", "some do", low=0.01, high=0.5, ours=far))
    times = cases.counterflow((0, 10, 50))
    source = "IMO 8: time grows with the counterflow (FDS+Evac 50, 75, 107 s)"
    rows.append(within("IMO 8: 10 against over 0 against", source, low=1.0, high=math.inf, ours=times[1] / times[0]))
    rows.append(within("IMO 8: 50 against over 10 against", source, low=1.0, high=math.inf, ours=times[2] / times[1]))
    return rows
