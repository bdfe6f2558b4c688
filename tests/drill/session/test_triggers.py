from __future__ import annotations

import pytest

from drill.scenario.model import Trigger
from drill.session.triggers import Condition, Seen


def fires(trigger: Trigger, *seen: Seen) -> list[bool]:
    condition = Condition(trigger)
    return [condition.met(s) for s in seen]


def at(t: float, **more: object) -> Seen:
    return Seen(t_s=t, happened=more.pop("happened", {}), **more)  # type: ignore[arg-type]  # keywords of the test


def test_at_time_with_delay():
    assert fires(Trigger(at_s=5, delay_s=2), at(4), at(5), at(6.9), at(7)) == [False, False, False, True]


def test_after_counts_its_delay_from_what_happened_not_from_when_it_was_seen():
    happened = {"bell": 3.0}
    assert fires(Trigger(after="bell", delay_s=2), at(4, happened=happened), at(5, happened=happened)) == [False, True]
    assert fires(Trigger(after="bell"), at(4)) == [False]


@pytest.mark.parametrize(
    ("trigger", "no", "yes"),
    [
        (Trigger(resident_in="hall"), {"zones": ["lobby"]}, {"zones": ["lobby", "hall"]}),
        (Trigger(depth_at_resident_m=0.3), {"depth_m": 0.29}, {"depth_m": 0.3}),
        (Trigger(water_level_m=1.0), {"water_level_m": None}, {"water_level_m": 1.0}),
    ],
)
def test_what_was_true_once_stays_true(trigger, no, yes):
    assert fires(trigger, at(1, **no), at(2, **yes), at(3, **no)) == [False, True, True]


def test_any_and_all_look_at_every_part():
    parts = [Trigger(at_s=5), Trigger(resident_in="hall", delay_s=1)]
    seen = [at(1, zones=["hall"]), at(2), at(5), at(6)]
    assert fires(Trigger(any=parts), *seen) == [False, True, True, True]
    assert fires(Trigger(all=parts), *seen) == [False, False, True, True]
    # A part that was true only for a moment, while the other was not, has been noticed all the same.
    late = [at(1, zones=["hall"]), at(9)]
    assert fires(Trigger(all=parts), *late) == [False, True]
