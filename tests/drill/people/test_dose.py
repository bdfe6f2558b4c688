"""Fractional effective dose against Purser's and ISO 13571's published points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.hazards.exposure import Exposure
from drill.people import dose

# SFPE Handbook (Purser), tenability limits: band of concentrations that incapacitates in 30 minutes.
INCAPACITATES_IN_30_MIN = [("co", 1400, 1700), ("hcn", 90, 120), ("o2", 11.0, 12.5)]


def minutes_to_fall(**gases: float) -> float:
    air = {"co_ppm": 0.0, "co2_pct": 0.04, "o2_pct": 20.9, "hcn_ppm": 0.0} | gases
    return 1.0 / float(dose.fed_rate(**air))


@pytest.mark.parametrize(
    ("ppm", "per_minute"),
    # FDS guide: 2.764e-5 · ppm^1.036, worked out by hand.
    [(100, 0.0032624), (1000, 0.0354463), (5000, 0.1878140)],
)
def test_carbon_monoxide_follows_the_published_form(ppm: float, per_minute: float) -> None:
    assert float(dose.co_rate(ppm)) == pytest.approx(per_minute, rel=1e-3)


@pytest.mark.parametrize(("ppm", "per_minute"), [(43, math.e / 220 - 0.0045), (100, 0.0420106), (200, 0.4716)])
def test_hydrogen_cyanide_follows_the_published_form(ppm: float, per_minute: float) -> None:
    assert float(dose.hcn_rate(ppm)) == pytest.approx(per_minute, rel=5e-3)


def test_hydrogen_cyanide_of_100_ppm_fells_in_about_half_an_hour() -> None:
    """Purser: 90 to 120 ppm fell in 30 minutes; the form gives 15 to 35 minutes over that band."""
    assert minutes_to_fall(hcn_ppm=90) < 35
    assert minutes_to_fall(hcn_ppm=120) > 12


def test_carbon_monoxide_is_within_a_third_of_iso_13571() -> None:
    """ISO 13571: 35 000 ppm·min."""
    assert minutes_to_fall(co_ppm=1000) == pytest.approx(35.0, rel=0.34)


@pytest.mark.parametrize(("oxygen", "least", "most"), [(12.0, 20, 35), (10.0, 5, 12)])
def test_low_oxygen_fells_when_purser_says(oxygen: float, least: float, most: float) -> None:
    assert least < minutes_to_fall(o2_pct=oxygen) < most


def test_counting_oxygen_in_seconds_is_caught() -> None:
    """Negative control: with the 60 that belongs to seconds, 12 % would take more than a day."""
    wrong = 60.0 / float(dose.o2_rate(12.0))
    assert not 20 < wrong < 35


def test_oxygen_counts_only_below_its_onset() -> None:
    assert float(dose.o2_rate(19.6)) == 0.0
    assert float(dose.o2_rate(19.4)) > 0.0


@pytest.mark.parametrize(("co2", "factor"), [(0.0, 1.0412), (2.0, 1.5235), (5.0, 2.6962)])
def test_carbon_dioxide_quickens_the_breath(co2: float, factor: float) -> None:
    assert float(dose.breathing_factor(co2)) == pytest.approx(factor, rel=1e-3)


@pytest.mark.parametrize(
    ("co2", "co", "o2", "per_minute"),
    # The cases of the FDS+Evac guide: (CO2, CO, O2) in % of (2, 0.1, 15), (0, 0, 12), (0, 0.1, 21), (3.43, 0.1, 21).
    [
        (2.0, 1000.0, 15.0, 0.0354463 * 1.52350 + math.exp(0.54 * 5.9 - 8.13)),
        (0.0, 0.0, 12.0, math.exp(0.54 * 8.9 - 8.13)),
        (0.0, 1000.0, 21.0, 0.0354463 * 1.04119),
        (3.43, 1000.0, 21.0, 0.0354463 * 2.00003),
    ],
)
def test_the_four_cases_of_the_fds_evac_guide(co2: float, co: float, o2: float, per_minute: float) -> None:
    rate = float(dose.fed_rate(co_ppm=co, co2_pct=co2, o2_pct=o2, hcn_ppm=0.0))
    assert rate == pytest.approx(per_minute, rel=2e-3)


def test_clean_air_adds_nothing() -> None:
    assert float(dose.dose(Exposure.none(1), dt=3600.0)[0]) == 0.0


gas = st.floats(0, 1e5)


@given(co=gas, hcn=st.floats(0, 1e4), co2=st.floats(0, 100), o2=st.floats(0, 21), more=st.floats(1, 1e4))
def test_dose_is_finite_and_grows_with_every_gas(co: float, hcn: float, co2: float, o2: float, more: float) -> None:
    base = dose.fed_rate(co_ppm=co, co2_pct=co2, o2_pct=o2, hcn_ppm=hcn)
    assert np.isfinite(base)
    assert base >= 0
    assert dose.fed_rate(co_ppm=co + more, co2_pct=co2, o2_pct=o2, hcn_ppm=hcn) >= base
    assert dose.fed_rate(co_ppm=co, co2_pct=co2, o2_pct=o2, hcn_ppm=hcn + more) >= base
    assert dose.fed_rate(co_ppm=co, co2_pct=min(co2 + more, 100), o2_pct=o2, hcn_ppm=hcn) >= base
    assert dose.fed_rate(co_ppm=co, co2_pct=co2, o2_pct=max(o2 - more, 0), hcn_ppm=hcn) >= base
