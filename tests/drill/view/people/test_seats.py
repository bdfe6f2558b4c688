"""Chairs are sat on while nothing has begun, in the picture alone; who gets up walks to where the crowd has them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drill.people.state import BodyState
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.view.people.seats import REACH_M, RISE_S, Seats

SCENARIOS = Path(__file__).parents[4] / "scenarios"


@pytest.fixture(scope="module")
def classroom() -> Scenario:
    return load_scenario(SCENARIOS / "classroom-quake")


@pytest.fixture(scope="module")
def first(classroom: Scenario) -> Frame:
    return Drill(classroom, seed=7).frame


def at(frame: Frame, t_s: float, **given: object) -> Frame:
    return replace(frame, t_s=t_s, **given)  # type: ignore[arg-type]  # parts of a frame


def test_a_class_sits_at_its_desks_before_anything_begins(classroom: Scenario, first: Frame) -> None:
    seats = Seats(classroom.site)
    seats.see(first)
    seated = seats.places(first.crowd, first.crowd.xy, 0.0)
    assert seated is not None
    sits = seated.seat_m > 0
    assert sits.sum() > 0.5 * len(sits)
    assert (seated.desk_m[sits] > seated.seat_m[sits]).all()
    assert np.hypot(*(seated.xy - first.crowd.xy).T).max() <= REACH_M
    assert np.allclose(seated.xy[~sits], first.crowd.xy[~sits])
    assert not np.isnan(seated.facing[sits]).any()
    places = {tuple(place) for place in np.round(seated.xy[sits], 3)}
    assert len(places) == sits.sum(), "a chair each"


def test_who_gets_up_goes_to_where_the_crowd_has_them_and_stays_up(classroom: Scenario, first: Frame) -> None:
    seats = Seats(classroom.site)
    seats.see(first)
    seats.see(at(first, 5.0, alarm=True))
    ways = []
    for t in np.arange(5.0, 9.0, 0.05):
        seats.see(at(first, float(t)))
        seated = seats.places(first.crowd, first.crowd.xy, float(t))
        assert seated is not None
        assert not seated.seat_m.any()
        ways.append(seated.xy)
    assert np.allclose(ways[-1], first.crowd.xy)
    assert max(np.hypot(*(b - a).T).max() for a, b in itertools.pairwise(ways)) < 0.05 * 1.5 * REACH_M / RISE_S


def test_one_who_covers_gets_up_alone(classroom: Scenario, first: Frame) -> None:
    seats = Seats(classroom.site)
    seats.see(first)
    before = seats.places(first.crowd, first.crowd.xy, 0.0)
    assert before is not None
    one = int(np.flatnonzero(before.seat_m > 0)[0])
    state = first.crowd.state.copy()
    state[one] = BodyState.COVERING
    crowd = replace(first.crowd, state=state)
    seats.see(at(first, 5.0, crowd=crowd))
    after = seats.places(crowd, crowd.xy, 5.1)
    assert after is not None
    assert after.seat_m[one] == 0
    assert (after.seat_m > 0).sum() == (before.seat_m > 0).sum() - 1


@pytest.mark.parametrize("given", [{"alarm": True}, {"warning_level": 3}, {"power": False}])
def test_nobody_sits_where_something_has_begun(classroom: Scenario, first: Frame, given: dict[str, object]) -> None:
    seats = Seats(classroom.site)
    seats.see(at(first, 60.0, **given))
    assert seats.places(first.crowd, first.crowd.xy, 60.0) is None


def test_the_picture_changes_nothing_of_the_crowd(classroom: Scenario, first: Frame) -> None:
    kept = first.crowd.xy.copy()
    seats = Seats(classroom.site)
    seats.see(first)
    seats.places(first.crowd, first.crowd.xy, 0.0)
    assert np.array_equal(first.crowd.xy, kept)
    assert Seats(None).places(first.crowd, first.crowd.xy, 0.0) is None
