"""Walking in smoke and in water against published anchors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.people import smoke_speed, stability
from drill.people.smoke_speed import SMOKE_SPEED_MODELS, smoke_factor
from drill.people.specific_force import ADULT_LIMIT_M2, AGED_LIMIT_M2, specific_force
from drill.people.visibility import LIGHT_EMITTING_SIGN, visibility
from drill.people.wading import wading_factor


@pytest.mark.parametrize(("extinction", "factor"), [(1.0, 0.92), (5.0, 0.60), (10.0, 0.19), (20.0, 0.1)])
def test_frantzich_nilsson(extinction: float, factor: float) -> None:
    """FDS+Evac guide, equation 11, to two decimals."""
    ours = smoke_factor(model="frantzich_nilsson", extinction_per_m=[extinction], speed_mps=[1.25])
    assert ours[0] == pytest.approx(factor, abs=0.006)


def test_a_wrong_slope_of_frantzich_nilsson_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke_speed, "FRANTZICH_NILSSON_BETA", -0.075)
    with pytest.raises(AssertionError):
        test_frantzich_nilsson(5.0, 0.60)


@pytest.mark.parametrize(
    ("visible_m", "speed", "left"),
    [(3.0, 1.2, 1.2), (2.0, 1.2, 0.86), (1.0, 1.2, 0.52), (0.3, 1.2, 0.282), (0.3, 1.0, 0.2)],
)
def test_fridolf(visible_m: float, speed: float, left: float) -> None:
    """Swedish practice: w = min(v0, max(0.2, v0 - 0.34 (3 - V))), to 1 mm/s."""
    ours = smoke_factor(model="fridolf", extinction_per_m=[3.0 / visible_m], speed_mps=[speed])[0] * speed
    assert ours == pytest.approx(left, abs=1e-3)


@pytest.mark.parametrize(
    ("model", "extinction", "share"),
    [
        ("jin_irritant", 0.1, 1.0),
        ("jin_irritant", 0.5, 0.3),
        ("jin_irritant", 5.0, 0.3),
        ("jin_nonirritant", 0.2, 1.0),
        ("jin_nonirritant", 1.0, 0.5),
        ("jin_nonirritant", 5.0, 0.3),
    ],
)
def test_jin(model: str, extinction: float, share: float) -> None:
    """Ronchi et al. 2013 on Jin 1978: end points of both lines and the floor of 0.3 m/s at 1 m/s."""
    assert smoke_factor(model=model, extinction_per_m=[extinction], speed_mps=[1.0])[0] == pytest.approx(
        share, abs=1e-9
    )


@given(
    model=st.sampled_from(sorted(SMOKE_SPEED_MODELS)),
    extinction=st.floats(0, 100),
    more=st.floats(0, 100),
    speed=st.floats(0, 3),
)
def test_smoke_never_quickens(model: str, extinction: float, more: float, speed: float) -> None:
    a, b = smoke_factor(model=model, extinction_per_m=[extinction, extinction + more], speed_mps=[speed, speed])
    assert 0 <= b <= a + 1e-9 <= 1 + 2e-9


def test_visibility_is_jins() -> None:
    assert visibility(extinction_per_m=[1.0, 0.0, 0.01]).tolist() == pytest.approx([3.0, 30.0, 30.0])
    assert visibility(extinction_per_m=[1.0], constant=LIGHT_EMITTING_SIGN)[0] == pytest.approx(8.0)


def test_wading_at_0_35_m_lies_between_women_and_men() -> None:
    """Li, Song, Zhang and Bode 2026: 0.552 (women) and 0.614 (men)."""
    assert 0.552 <= wading_factor(depth_m=[0.35], depth_limit_m=[1.2])[0] <= 0.614


def test_wading_loses_less_and_less() -> None:
    """Li et al. 2026: further loss from 0.35 to 0.60 to 0.90 m is progressively smaller."""
    f = wading_factor(depth_m=[0.0, 0.35, 0.6, 0.9], depth_limit_m=[1.2] * 4)
    losses = -np.diff(f) / np.diff([0.0, 0.35, 0.6, 0.9])
    assert (np.diff(losses) < 0).all()
    assert (losses > 0).all()


def test_nobody_wades_beyond_the_limit() -> None:
    assert wading_factor(depth_m=[0.51, 0.51, 1.21], depth_limit_m=[0.5, 1.2, 1.2]).tolist() == [
        0.0,
        pytest.approx(0.395),
        0.0,
    ]


@given(depth=st.floats(0, 3), more=st.floats(0, 3), limit=st.sampled_from([0.5, 1.2]))
def test_wading_is_monotone(depth: float, more: float, limit: float) -> None:
    a, b = wading_factor(depth_m=[depth, depth + more], depth_limit_m=[limit, limit])
    assert 0 <= b <= a <= 1


@pytest.mark.parametrize(
    ("height", "mass", "product", "low", "swept"),
    # Cox, Shand and Blacka 2010: adults low to 0.6, always unsafe above 1.2; children 0.4 and 0.6 m²/s.
    [
        (1.7, 65, 0.59, True, False),
        (1.7, 65, 0.61, False, False),
        (1.7, 65, 1.19, False, False),
        (1.7, 65, 1.21, False, True),
        (1.3, 30, 0.39, True, False),
        (1.3, 30, 0.41, False, False),
        (1.3, 30, 0.59, False, False),
        (1.3, 30, 0.61, False, True),
        (1.0, 16, 0.05, False, True),
    ],
)
def test_cox_products(height: float, mass: float, product: float, low: bool, swept: bool) -> None:
    water = {"depth_m": [0.45], "flow_mps": [product / 0.45], "height_m": [height], "mass_kg": [mass]}
    assert bool(stability.low_hazard(**water)[0]) is low
    assert bool(stability.swept_away(**water)[0]) is swept
    assert (stability.current_factor(**water)[0] == 0) == swept


def test_adult_limits_given_to_a_child_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stability, "UNSAFE_PRODUCT", (0.0, 1.2, 1.2))
    with pytest.raises(AssertionError):
        test_cox_products(height=1.3, mass=30, product=0.61, low=False, swept=True)


def test_cox_depth_and_speed_limits() -> None:
    assert stability.depth_limit(height_m=[1.0, 1.3, 1.7], mass_kg=[16, 30, 65]).tolist() == [0.5, 0.5, 1.2]
    fast = {"depth_m": [0.2], "flow_mps": [3.1], "height_m": [1.7], "mass_kg": [65]}
    assert stability.swept_away(**fast)[0]
    assert not stability.low_hazard(**fast)[0]


def test_ishigaki_specific_force() -> None:
    """M = v²h/g + h²/2: still water of 0.447 m and 0.5 m reach the aged and the adult limit."""
    assert specific_force(depth_m=[0.4472, 0.5], flow_mps=[0.0, 0.0]).tolist() == pytest.approx(
        [AGED_LIMIT_M2, ADULT_LIMIT_M2], rel=1e-3
    )
    assert specific_force(depth_m=[0.3], flow_mps=[1.0])[0] == pytest.approx(0.0756, abs=1e-4)
