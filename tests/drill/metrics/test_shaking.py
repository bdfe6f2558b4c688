"""Drop, cover and hold on, each part with runs that pass it and runs that do not."""

import pytest

from drill.metrics.compute import compute_metrics
from drill.metrics.definitions import definitions
from drill.metrics.objectives import judge
from drill.metrics.shaking import SHAKING_IDS
from drill.record.events import HitByThing, Shaking
from drill.scenario.loading import load_scenario

from .conftest import SCENARIOS, make_run

FLOOR_Z = 3.6
DESK = (12.4, 3.45)
SEAT = (12.95, 3.45)
SHOCK = (16.0, 52.0)
AFTER = (70.0, 86.0)
STAND, LOW = 1.5, 0.55


@pytest.fixture(scope="module")
def quake():
    return load_scenario(SCENARIOS / "classroom-quake")


def shaking(*shocks, intensity=5.8):
    return [
        Shaking(round(t * 60), f"shock-{n}", begins=begins, intensity=intensity)
        for n, shock in enumerate(shocks)
        for t, begins in zip(shock, (True, False), strict=True)
    ]


def lowered(down_s, up_s, *, at=DESK, end_s=95.0, more=()):
    """Return knots of somebody who goes from the seat to a place and low at `down_s`, and stands up at `up_s`."""
    knots = [(0.0, *SEAT, FLOOR_Z + STAND), (down_s - 0.5, *SEAT, FLOOR_Z + STAND), (down_s, *at, FLOOR_Z + LOW)]
    knots += [(up_s, *at, FLOOR_Z + LOW), (up_s + 0.5, *SEAT, FLOOR_Z + STAND)]
    for again_down, again_up in more:
        knots += [(again_down - 0.5, *SEAT, FLOOR_Z + STAND), (again_down, *at, FLOOR_Z + LOW)]
        knots += [(again_up, *at, FLOOR_Z + LOW), (again_up + 0.5, *SEAT, FLOOR_Z + STAND)]
    return [*knots, (end_s, *SEAT, FLOOR_Z + STAND)]


def figures(quake, knots, events=None, **header):
    run = make_run(quake, knots, events=shaking(SHOCK, AFTER) if events is None else events, **header)
    metrics = compute_metrics(run, quake)
    return metrics, {one: metrics[one].value for one in SHAKING_IDS}


def test_under_the_desk_from_before_until_after_passes_every_part(quake):
    metrics, found = figures(quake, lowered(10.0, 90.0))
    assert found == {"drop_latency_s": 0, "cover_share": 1, "hold_share": 1, "hits": 0, "glass_m": 0}
    states = {j.objective: j.state for j in judge(quake, metrics)}
    assert [states[o] for o in ("drop", "cover", "hold")] == ["met"] * 3


def test_a_late_drop_counts_from_the_first_shaking(quake):
    _, found = figures(quake, lowered(24.0, 90.0))
    assert found["drop_latency_s"] == pytest.approx(7.8, abs=0.2)
    # 24 s of the 33 s that count of the first shock are covered, and all of the second.
    assert found["cover_share"] == pytest.approx((28 / 33 * 36 + 16) / 52, abs=0.02)
    assert found["hold_share"] == 1


def test_getting_up_before_it_stops_does_not_hold(quake):
    _, found = figures(quake, lowered(17.0, 40.0, more=[(71.0, 88.0)]))
    assert found["hold_share"] == 0.5
    _, found = figures(quake, lowered(17.0, 52.1, more=[(71.0, 88.0)]))
    assert found["hold_share"] == 0.5  # up before the second after it ended is over
    _, found = figures(quake, lowered(17.0, 53.5, more=[(71.0, 88.0)]))
    assert found["hold_share"] == 1


def test_low_beside_windows_and_shelves_is_no_cover(quake):
    _, found = figures(quake, lowered(16.5, 90.0, at=(9.5, 0.4)))
    assert found["drop_latency_s"] < 1
    assert found["cover_share"] == 0
    assert found["hold_share"] == 1


def test_low_away_from_everything_that_may_fall_is_cover_too(quake):
    # In the corridor by the fire door: no window within a metre, no lamp overhead, no shelf.
    _, found = figures(quake, lowered(10.0, 90.0, at=(2.4, 8.0)))
    assert found["cover_share"] == pytest.approx(1, abs=0.02)


def test_under_the_desk_and_upright_is_no_cover(quake):
    _, found = figures(quake, [(0, *DESK, FLOOR_Z + STAND), (95, *DESK, FLOOR_Z + STAND)])
    assert found["cover_share"] == 0
    assert found["drop_latency_s"] is None


def test_who_never_drops_has_not_met_the_objective(quake):
    metrics, found = figures(quake, [(0, *SEAT, FLOOR_Z + STAND), (95, *SEAT, FLOOR_Z + STAND)])
    assert metrics["drop_latency_s"].reason_missing == "never_dropped"
    assert metrics["drop_latency_s"].censored_at_s == pytest.approx(36, abs=0.1)
    assert found["hold_share"] == 0
    states = {j.objective: j.state for j in judge(quake, metrics)}
    assert [states[o] for o in ("drop", "cover", "hold")] == ["not"] * 3


def test_what_hit_is_counted(quake):
    hit = HitByThing(1500, "c1-tv", "tv", (9.0, 1.0, 4.5), 80.0)
    metrics, found = figures(quake, lowered(10, 90), [*shaking(SHOCK), hit])
    assert found["hits"] == 1
    assert metrics["hits"].tick == 1500


def test_weak_shaking_and_no_earthquake_have_their_reasons(quake, school):
    metrics, found = figures(quake, lowered(10, 90), shaking(SHOCK, intensity=2.4))
    assert metrics["cover_share"].reason_missing == "no_strong_shaking"
    assert found["hits"] == 0
    other = compute_metrics(make_run(school, [(0, 6.2, 9.6, 1.5), (9, 6.2, 9.6, 1.5)]), school)
    assert {other[one].reason_missing for one in SHAKING_IDS} == {"no_earthquake"}


def test_seated_people_are_not_judged_by_their_height(quake):
    metrics, _ = figures(quake, lowered(10, 90), stance="seated")
    assert {metrics[one].reason_missing for one in SHAKING_IDS[:3]} == {"seated"}


def test_a_run_that_ends_while_it_shakes_is_judged_until_then(quake):
    events = shaking(SHOCK)[:1]
    _, found = figures(quake, lowered(17, 29, end_s=30.0), [*events, HitByThing(1800, "x", "tv", (0.0, 0.0, 0.0), 1.0)])
    assert found["drop_latency_s"] == pytest.approx(0.8, abs=0.25)


def test_their_definitions_say_what_they_mean():
    for one in SHAKING_IDS:
        definition = definitions()[one]
        assert {"ja", "ja-simple", "en"} <= set(definition.name)
        assert definition.source
