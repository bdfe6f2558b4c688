"""The common clock: never further off than it says, whatever the network does to either way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.record.clock import ClockEstimate, ClockFilter, estimate

delays = st.integers(0, 10**7)


@given(offset=st.integers(-(10**15), 10**15), start=st.integers(0, 10**12), there=delays, work=delays, back=delays)
def test_the_offset_is_within_its_uncertainty(offset, start, there, work, back):
    t0 = start
    t1 = t0 + there + offset
    t2 = t1 + work
    t3 = t2 + back - offset
    found = estimate(t0, t1, t2, t3)
    assert abs(found.offset_us - offset) <= found.uncertainty_us
    assert found.uncertainty_us == (there + back + 1) // 2


def test_equal_ways_give_the_very_offset():
    assert estimate(1000, 501_000, 502_000, 3000) == ClockEstimate(499_500, 500)


def test_the_shortest_round_trip_of_the_latest_counts():
    clock = ClockFilter(kept=3)
    assert clock.best is None
    for round_trip in (100, 20, 500):
        clock.add(0, 10**6, 10**6, round_trip)
    assert clock.best is not None
    assert clock.best.uncertainty_us == 10
    for _ in range(3):
        clock.add(0, 10**6, 10**6, 900)
    assert clock.best.uncertainty_us == 450


@pytest.mark.parametrize("times", [(10, 0, 0, 5), (0, 5, 4, 10), (0, 0, 100, 10)])
def test_time_that_runs_backwards_is_refused(times):
    with pytest.raises(ValueError, match="backwards"):
        estimate(*times)


def test_against_the_stations_own_wall_clock():
    """A station whose clock is ten minutes slow."""
    found = ClockEstimate(offset_us=1_782_864_000_000_000 - 5_000_000, uncertainty_us=3)
    assert found.against(wall_us=1_782_864_000_000_000 - 600_000_000, monotonic_us=5_000_000) == 600_000_000
