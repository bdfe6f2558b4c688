"""Doors under water, postures, and bodies that carry all rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.hazards.exposure import Exposure
from drill.people.bodies import Bodies
from drill.people.coefficients import COEFFICIENTS
from drill.people.doors import opens
from drill.people.posture import posture_of
from drill.people.state import BodyState, Posture


@pytest.mark.parametrize(
    ("difference", "child", "adult"),
    # Uji experiments: 0.20 m anyone, 0.30 m with effort, 0.40 m the limit, 0.50 m most men fail.
    [
        (-0.5, True, True),
        (0.0, True, True),
        (0.2, True, True),
        (0.3, True, True),
        (0.35, False, True),
        (0.4, False, True),
        (0.41, False, False),
        (0.5, False, False),
    ],
)
def test_door_rule(difference: float, child: bool, adult: bool) -> None:
    assert opens(depth_difference_m=difference, adult=False) is child
    assert opens(depth_difference_m=difference, adult=True) is adult
    assert opens(depth_difference_m=difference, height_m=1.2) is child
    assert opens(depth_difference_m=difference, height_m=1.6) is adult


def test_door_rule_wants_one_of_height_and_adult() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        opens(depth_difference_m=0.1)
    with pytest.raises(ValueError, match="exactly one"):
        opens(depth_difference_m=0.1, height_m=1.6, adult=True)


def test_posture_by_head_height() -> None:
    assert [posture_of(head_m=h, standing_head_m=1.5) for h in (1.5, 1.25, 1.15, 0.7)] == [
        Posture.STANDING,
        Posture.STANDING,
        Posture.CROUCHING,
        Posture.CRAWLING,
    ]


def test_eyes_of_a_crouching_adult_are_at_about_one_metre() -> None:
    bodies = Bodies.of(height_m=[1.7, 1.7, 1.7], mass_kg=65, walking_speed_mps=1.3)
    bodies.posture[:] = [Posture.STANDING, Posture.CROUCHING, Posture.CRAWLING]
    assert bodies.eye_height().tolist() == pytest.approx([1.59, 1.02, 0.595], abs=0.01)


def exposed(n: int, **what: object) -> Exposure:
    return replace(Exposure.none(n), **{k: np.asarray(v, np.float32) for k, v in what.items()})


def test_iso_20414_21_walking_through_a_constant_extinction() -> None:
    """Speed in a corridor of even smoke is the formula's, for each of FDS+Evac's soot densities (8.7 m²/g)."""
    extinction = 8.7 * np.array([0.0, 0.5, 1.0, 1.5])
    bodies = Bodies.of(height_m=np.full(4, 1.7), mass_kg=65, walking_speed_mps=1.5, smoke_model="frantzich_nilsson")
    bodies.suffer(exposed(4, extinction_per_m=extinction), 0.05)
    assert bodies.speed().tolist() == pytest.approx(
        (1.5 * np.maximum(0.1, 1 - 0.057 / 0.706 * extinction)).tolist(), rel=1e-6
    )


def test_iso_20414_22_standing_in_constant_gas_falls_at_the_time_of_the_form() -> None:
    bodies = Bodies.of(height_m=1.7, mass_kg=65, walking_speed_mps=1.3)
    gas = exposed(1, co_ppm=[6000.0], co2_pct=[0.0])
    per_minute = 2.764e-5 * 6000**1.036 * 1.04119
    seconds = 0.0
    while bodies.state[0] != BodyState.INCAPACITATED:
        bodies.suffer(gas, 0.05)
        seconds += 0.05
    assert seconds == pytest.approx(60.0 / per_minute, rel=2e-3)
    assert bodies.speed()[0] == 0.0


def test_fallen_bodies_stay_down_and_safe_ones_do_not_fall() -> None:
    bodies = Bodies.of(height_m=[1.7, 1.7], mass_kg=65, walking_speed_mps=1.3)
    bodies.state[1] = BodyState.SAFE
    torrent = exposed(2, depth_m=[1.0, 1.0], flow_mps=[[2.0, 0.0], [2.0, 0.0]])
    bodies.suffer(torrent, 0.05)
    bodies.suffer(Exposure.none(2), 0.05)
    assert bodies.state.tolist() == [BodyState.INCAPACITATED, BodyState.SAFE]
    assert bodies.speed_factor[0] == 0.0


def test_exposure_of_others_is_refused() -> None:
    with pytest.raises(ValueError, match="exposure of 3 bodies given to 1"):
        Bodies.of(height_m=1.7, mass_kg=65, walking_speed_mps=1.3).suffer(Exposure.none(3), 0.05)


@given(
    depth=st.floats(0, 5, width=32),
    flow=st.floats(-10, 10, width=32),
    extinction=st.floats(0, 50, width=32),
    co=st.floats(0, 1e5, width=32),
    height=st.floats(0.8, 2.2),
    mass=st.floats(10, 200),
    speed=st.floats(0, 3),
    posture=st.sampled_from(list(Posture)),
)
def test_bodies_stay_finite_and_bounded(
    depth: float, flow: float, extinction: float, co: float, height: float, mass: float, speed: float, posture: Posture
) -> None:
    bodies = Bodies.of(height_m=height, mass_kg=mass, walking_speed_mps=speed)
    bodies.posture[:] = posture
    bodies.suffer(exposed(1, depth_m=[depth], flow_mps=[[flow, 0]], extinction_per_m=[extinction], co_ppm=[co]), 0.05)
    assert 0 <= bodies.speed_factor[0] <= 1 + 1e-12
    assert np.isfinite(bodies.fed[0])
    assert bodies.fed[0] >= 0


def test_every_coefficient_is_a_finite_number_with_a_name() -> None:
    assert len(COEFFICIENTS) > 50
    assert all(np.isfinite(v) and isinstance(v, float) for v in COEFFICIENTS.values())
