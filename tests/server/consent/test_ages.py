from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.consent import ages
from server.settings import Settings

SETTINGS = Settings(database_url="")
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31))


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2019-11-24", "2026-11-23", 6),
        ("2019-11-24", "2026-11-24", 7),
        ("2013-11-24", "2026-11-23", 12),
        ("2013-11-24", "2026-11-24", 13),
        ("2012-02-29", "2028-02-28", 15),
        ("2012-02-29", "2028-02-29", 16),
        ("2012-02-29", "2027-02-28", 14),
        ("2012-02-29", "2027-03-01", 15),
        ("2026-11-24", "2026-11-24", 0),
        ("2026-11-25", "2026-11-24", 0),
        ("1926-01-01", "2026-12-31", 100),
    ],
)
def test_age_by_date(born: str, day: str, age: int) -> None:
    assert ages.age_on(dt.date.fromisoformat(born), dt.date.fromisoformat(day)) == age


@given(DAYS, DAYS)
def test_nobody_grows_younger_and_each_year_counts_once(born: dt.date, day: dt.date) -> None:
    age = ages.age_on(born, day)
    assert age <= ages.age_on(born, day + dt.timedelta(days=1)) <= age + 1
    assert ages.age_on(born, day + dt.timedelta(days=366)) - age in (0, 1, 2)


@pytest.mark.parametrize("age", range(100))
def test_a_band_holds_its_ages(age: int) -> None:
    band = ages.band_of(age)
    low, _, high = band.partition("-")
    assert int(low) <= age <= int(high or 200)
    assert ages.youngest_of(band) == int(low)


@pytest.mark.parametrize("band", ["7", "x-9", "-7", "７-12", "7-1x", "kids"])
def test_what_is_no_band(band: str) -> None:
    with pytest.raises(ages.AgeBandError):
        ages.youngest_of(band)


@pytest.mark.parametrize(
    ("band", "agreed", "headset", "guardian", "reason"),
    [
        ("0-6", False, False, "", "too_young"),
        ("0-6", True, False, "", "too_young"),
        ("7-12", False, False, "needed", "guardian_needed"),
        ("7-12", True, True, "given", ""),
        ("13-15", False, True, "", ""),
        ("75-", False, True, "", ""),
        ("5-9", True, False, "", "too_young"),
        ("", False, False, "", "age_unknown"),
        ("", True, False, "", "age_unknown"),
    ],
)
def test_the_view_by_age_band(band: str, *, agreed: bool, headset: bool, guardian: str, reason: str) -> None:
    offer = ages.view_for(SETTINGS, age_band=band, guardian_agreed=agreed)
    assert (offer.headset, offer.guardian, offer.reason) == (headset, guardian, reason)
    assert ("vr" in offer.views) is headset
    assert offer.views[-1] == "screen", "the same scenario is always there on a screen"


def test_the_view_on_the_day_itself() -> None:
    born = dt.date(2013, 11, 24)
    before, on = (ages.view_for(SETTINGS, born=born, day=day) for day in (dt.date(2026, 11, 23), dt.date(2026, 11, 24)))
    assert before.guardian == "needed"
    assert on.headset
    assert ages.guardian_needed(SETTINGS, born=born, day=dt.date(2029, 11, 23))
    assert not ages.guardian_needed(SETTINGS, born=born, day=dt.date(2029, 11, 24))


def test_a_city_sets_its_own_ages() -> None:
    strict = Settings(database_url="", headset_age=10, headset_alone_age=16, guardian_age=18)
    assert ages.view_for(strict, age_band="7-12", guardian_agreed=True).reason == "too_young"
    assert ages.view_for(strict, age_band="13-15").guardian == "needed"
    assert ages.guardian_needed(strict, age_band="16-64"), "of a band the youngest counts"
    assert not ages.guardian_needed(strict, age_band="")
