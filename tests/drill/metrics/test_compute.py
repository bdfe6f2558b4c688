from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from drill.metrics import compute_metrics
from drill.metrics.definitions import definitions, reason_text
from drill.metrics.figures import Metrics, figure
from drill.record.events import (
    Answered,
    ComfortStop,
    Cue,
    Decided,
    DoorEvent,
    Ended,
    Paused,
    ReachedRefuge,
    Suffered,
    TrackingLost,
    Warned,
)
from drill.record.run import HazardRow

# From the middle of the gym through the lobby door, up the stair to the gallery: legs with their lengths.
START = (18.0, 10.0)
DOOR = (29.0, 8.3)
LOBBY = (35.0, 8.5)
HEAD = (35.0, 15.6)
GALLERY = (33.0, 18.5)
EYE = 1.5


def straight_way(begin_s: float, speed: float = 1.0) -> list[tuple[float, float, float, float]]:
    """Stand at the start until `begin_s`, then walk to the gallery without a stop."""
    knots = [(0.0, *START, EYE), (begin_s, *START, EYE)]
    t = begin_s
    heights = {DOOR: EYE, LOBBY: EYE, (35.0, 9.0): EYE, HEAD: 3.6 + EYE, GALLERY: 3.6 + EYE}
    at = START
    for place, z in heights.items():
        t += float(np.hypot(place[0] - at[0], place[1] - at[1])) / speed
        knots.append((t, *place, z))
        at = place
    return knots


def tick(t_s: float) -> int:
    return round(t_s * 60)


def test_times_of_a_plain_run(gym, run_of, water):
    knots = straight_way(begin_s=10.0)
    end = knots[-1][0]
    events = [
        Cue(tick(3), "order-3", first=True),
        Warned(tick(3), "order-3", 3),
        ReachedRefuge(tick(end - 2), "gallery"),
        Ended(tick(end), "refuge"),
    ]
    metrics = compute_metrics(run_of(gym, knots, events=events, hazards=water((0, 0, 0))), gym)
    assert metrics["pre_movement_time_s"].value == pytest.approx(7.0, abs=0.15)
    assert metrics["evacuation_time_s"].value == pytest.approx(end - 2 - 3, abs=0.02)
    assert metrics["travel_time_s"].value == pytest.approx(end - 2 - 10, abs=0.15)
    assert metrics["reached_refuge"].value == 1
    assert metrics["hesitation_count"].value == 0
    assert metrics["backtracks"].value == 0
    assert metrics["path_efficiency"].value > 0.95
    assert metrics["max_depth_m"].value == 0
    assert metrics["quiz_share"].reason_missing == "no_quiz"
    assert metrics["fed"].reason_missing == "no_smoke"
    assert [f.id for f in metrics.figures] == list(definitions())
    kinds = [(s.kind, s.id) for s in metrics.route]
    assert kinds[0] == ("zone", "hall")
    assert ("door", "lobby-door") in kinds
    assert kinds[-1] == ("refuge", "gallery") or ("refuge", "gallery") in kinds


def test_a_refuge_not_reached_is_censored_and_never_a_number(gym, run_of):
    knots = straight_way(begin_s=10.0)[:3]
    events = [Cue(tick(3), "order-3", first=True), Ended(tick(knots[-1][0]), "time")]
    metrics = compute_metrics(run_of(gym, knots, events=events), gym)
    one = metrics["evacuation_time_s"]
    assert one.value is None
    assert one.reason_missing == "not_reached"
    assert one.censored_at_s == pytest.approx(knots[-1][0] - 3, abs=0.02)
    assert metrics["reached_refuge"].value == 0
    assert metrics["path_efficiency"].value is None


def test_no_cue_and_no_poses_are_reasons_not_zeros(gym, run_of):
    nothing = compute_metrics(run_of(gym, [], events=[Ended(60, "operator")]), gym)
    assert nothing["pre_movement_time_s"].reason_missing == "no_cue"
    assert nothing["walked_m"].reason_missing == "no_pose"
    assert nothing["max_depth_m"].reason_missing == "no_pose"
    assert nothing["pose_hz"].reason_missing == "no_pose"
    for one in nothing.figures:
        if one.value is None:
            assert reason_text(one.reason_missing, "en")


def test_small_steps_are_no_first_move(gym, run_of):
    """Negative control: looking about (0.5 m to and fro) must not end the pre-movement time."""
    fidget = [(t, 18.0 + (0.5 if i % 2 else 0.0), 10.0, EYE) for i, t in enumerate(np.arange(0, 20, 1.0))]
    events = [Cue(0, "bell", first=True), Ended(tick(19), "time")]
    metrics = compute_metrics(run_of(gym, fidget, events=events), gym)
    assert metrics["pre_movement_time_s"].reason_missing == "no_move"
    walk = [*fidget, (25.0, 24.0, 9.0, EYE)]
    metrics = compute_metrics(run_of(gym, walk, events=[events[0], Ended(tick(25), "time")]), gym)
    assert metrics["pre_movement_time_s"].value == pytest.approx(18.0, abs=0.5)


def test_moving_to_a_wrong_exit_is_a_first_move_too(gym, run_of):
    knots = [(0.0, *START, EYE), (5.0, *START, EYE), (13.0, 14.0, 1.0, EYE)]
    metrics = compute_metrics(run_of(gym, knots, events=[Cue(0, "x", first=True), Ended(tick(13), "time")]), gym)
    assert metrics["pre_movement_time_s"].value == pytest.approx(5.0, abs=0.15)


def test_hesitation_and_backtracks(gym, run_of):
    knots = [
        (0.0, 8.0, 10.0, EYE),
        (10.0, 18.0, 10.0, EYE),
        (14.0, 18.0, 10.0, EYE),  # stands 4 s
        (18.0, 14.0, 10.0, EYE),  # goes back 4 m
        (28.0, 24.0, 9.4, EYE),
        (29.0, 24.0, 9.4, EYE),  # stands 1 s: too short
        (33.0, 28.0, 8.5, EYE),
    ]
    events = [Cue(0, "bell", first=True), Ended(tick(33), "time")]
    metrics = compute_metrics(run_of(gym, knots, events=events), gym)
    assert metrics["hesitation_count"].value == 1
    assert metrics["hesitation_s"].value == pytest.approx(4.0, abs=0.5)
    assert metrics["hesitation_s"].tick == pytest.approx(tick(10), abs=30)
    assert metrics["backtracks"].value == 1


def test_a_pause_counts_neither_as_hesitation_nor_as_time(gym, run_of):
    knots = straight_way(begin_s=5.0)
    paused = [k if k[0] <= 10 else (k[0] + 20, *k[1:]) for k in knots]
    at_ten = [float(np.interp(10.0, [k[0] for k in knots], [k[c] for k in knots])) for c in (1, 2, 3)]
    paused = sorted([*paused, (10.0, *at_ten), (30.0, *at_ten)])
    end = paused[-1][0]
    events = [
        Cue(0, "bell", first=True),
        Paused(tick(10), paused=True),
        Paused(tick(30), paused=False),
        ReachedRefuge(tick(end - 1), "gallery"),
        Ended(tick(end), "refuge"),
    ]
    metrics = compute_metrics(run_of(gym, paused, events=events), gym)
    assert metrics["evacuation_time_s"].value == pytest.approx(end - 1 - 20, abs=0.02)
    assert metrics["hesitation_count"].value == 0
    assert metrics["paused_s"].value == pytest.approx(20)
    # Negative control: without the pause events the same poses show the stop.
    bare = [e for e in events if not isinstance(e, Paused)]
    assert compute_metrics(run_of(gym, paused, events=bare), gym)["hesitation_s"].value == pytest.approx(20, abs=0.6)


def test_water_above_the_knee_depth_and_force(gym, run_of, water):
    knots = [(0.0, *START, EYE), (100.0, *START, EYE)]
    levels = [(float(t), min(0.5, t / 100), 0.0) for t in range(101)]
    metrics = compute_metrics(run_of(gym, knots, events=[Ended(6000, "time")], hazards=water(*levels, flow=1.2)), gym)
    assert metrics["max_depth_m"].value == pytest.approx(0.5, abs=1e-6)
    assert metrics["max_depth_m"].tick == pytest.approx(tick(50), abs=12)
    assert metrics["max_depth_speed_m2ps"].value == pytest.approx(0.6, abs=1e-6)
    knee = 0.285 * EYE / 0.936
    assert metrics["time_above_knee_s"].value == pytest.approx(100 - 100 * knee, abs=0.3)
    # Water of 0.05 m came at 5 s, the person was still there at 100 s.
    assert metrics["water_margin_s"].value == pytest.approx(5 - 100, abs=1.1)


def test_water_upstairs_and_elsewhere_is_not_ours(gym, run_of, water):
    upstairs = [(0.0, 20.0, 19.0, 3.6 + EYE), (10.0, 20.0, 19.0, 3.6 + EYE)]
    metrics = compute_metrics(run_of(gym, upstairs, hazards=water((0, 0.7, 1.2), (1, 0.7, 1.2))), gym)
    assert metrics["max_depth_m"].value == 0
    yard = [(0.0, 14.0, -2.0, EYE), (10.0, 14.0, -2.0, EYE)]
    metrics = compute_metrics(run_of(gym, yard, hazards=water((0, 0.0, 0.8), (1, 0.0, 0.8))), gym)
    assert metrics["max_depth_m"].value == pytest.approx(0.8, abs=1e-6)


def test_hazard_rows_on_change_hold_until_a_second_before_the_next(gym, run_of, water):
    knots = [(0.0, *START, EYE), (60.0, *START, EYE)]
    run = run_of(gym, knots, hazards=water((0, 0.0, 0.0), (50, 0.6, 0.0)), events=[Ended(3600, "time")])
    metrics = compute_metrics(run, gym)
    # Linear from 0 to 50 s would put it above the knee at 38 s; held, it comes within the last second before 50 s.
    assert metrics["time_above_knee_s"].value == pytest.approx(10.0, abs=0.5)


def test_low_posture_and_smoke_time(school, run_of, smoke):
    at = (20.0, 1.5)
    knots = [(0.0, *at, EYE), (10.0, *at, EYE), (10.5, *at, 0.8), (20.0, *at, 0.8)]
    events = [Suffered(0), Suffered(600, fed=0.02), Suffered(1200, fed=0.021), Ended(1200, "time")]
    run = run_of(school, knots, hazards=smoke((0, 1.2, 1.0), (1, 1.2, 1.0)), events=events)
    metrics = compute_metrics(run, school)
    assert metrics["smoke_time_s"].value == pytest.approx(10.2, abs=0.2)
    assert metrics["low_posture_share"].value == pytest.approx(0.485, abs=0.02)
    assert metrics["fed"].value == pytest.approx(0.021)
    # Negative control: thresholds are relative to the calibrated standing height, not to metres.
    small = run_of(school, knots, hazards=run.hazards, events=events, standing_eye_m=0.9)
    assert compute_metrics(small, school)["low_posture_share"].reason_missing == "no_smoke_met"


def test_a_moment_of_smoke_is_too_short_to_judge_a_posture(school, run_of, smoke):
    knots = [(0.0, 20.0, 1.5, EYE), (20.0, 20.0, 1.5, EYE)]
    rows = smoke((0, 2.5, 0.0), (10, 2.5, 0.0), (11, 1.2, 1.0), (12, 2.5, 0.0))
    metrics = compute_metrics(run_of(school, knots, hazards=rows, events=[Ended(1200, "time")]), school)
    assert 0 < metrics["smoke_time_s"].value < 2
    assert metrics["low_posture_share"].reason_missing == "no_smoke_met"
    longer = smoke((0, 1.2, 1.0), (10, 1.2, 1.0))
    metrics = compute_metrics(run_of(school, knots, hazards=longer, events=[Ended(1200, "time")]), school)
    assert metrics["low_posture_share"].value == 0


def test_figures_that_the_mode_makes_meaningless_are_blank(gym, school, run_of, smoke):
    knots = straight_way(begin_s=5.0)
    events = [Cue(0, "bell", first=True), ReachedRefuge(tick(knots[-1][0] - 1), "gallery")]
    metrics = compute_metrics(run_of(gym, knots, events=events, locomotion="teleport"), gym)
    for id_ in ("path_efficiency", "travel_time_s", "hesitation_s", "walked_m"):
        assert metrics[id_].value is None
        assert metrics[id_].reason_missing == "teleport"
    assert metrics["pre_movement_time_s"].value is not None
    seated = run_of(school, [(0, 20, 1.5, EYE), (9, 20, 1.5, EYE)], hazards=smoke((0, 1.0, 1.0)), stance="seated")
    assert compute_metrics(seated, school)["low_posture_share"].reason_missing == "seated"


def test_decisions_and_quiz(gym, run_of):
    events = [
        Cue(0, "bell", first=True),
        Decided(tick(5), "which-door"),
        Decided(tick(8), "which-door", "yard", correct=False),
        Ended(tick(20), "time"),
        Answered(tick(22), "door-depth", "cm40", correct=True),
        Answered(tick(23), "muddy-water", "run", correct=False),
    ]
    metrics = compute_metrics(run_of(gym, [(0, *START, EYE), (25, *START, EYE)], events=events), gym)
    assert metrics["decision_share"].value == 0
    assert metrics["decision_share"].tick == tick(8)
    assert metrics["decision_time_s"].value == pytest.approx(3)
    assert metrics["quiz_share"].value == pytest.approx(0.5)
    assert metrics.decisions == {"which-door": False}


def test_data_quality(gym, run_of):
    knots = [(0.0, *START, EYE), (20.0, *START, EYE)]
    events = [
        TrackingLost(tick(5), "head", lost=True),
        TrackingLost(tick(7), "head", lost=False),
        ComfortStop(tick(20)),
        Ended(tick(20), "stopped"),
    ]
    metrics = compute_metrics(run_of(gym, knots, events=events, hz=30, without=[(10, 13)]), gym)
    assert metrics["pose_hz"].value == pytest.approx(30, abs=0.2)
    assert metrics["gap_s"].value == pytest.approx(3, abs=0.05)
    assert metrics["gap_s"].n == 1
    assert metrics["tracking_lost_s"].value == pytest.approx(2)
    assert metrics["comfort_stop"].value == 1


def test_the_quiz_after_the_run_is_no_part_of_it(gym, run_of):
    knots = [*straight_way(begin_s=5.0)]
    end = knots[-1][0]
    events = [
        Cue(0, "b", first=True),
        ReachedRefuge(tick(end - 1), "gallery"),
        Ended(tick(end), "refuge"),
        Answered(tick(end + 30), "door-depth", "cm40", correct=True),
    ]
    still = [*knots, (end + 31, *knots[-1][1:])]
    metrics = compute_metrics(run_of(gym, still, events=events), gym)
    assert metrics["hesitation_s"].value == 0
    assert metrics["gap_s"].value == 0


def test_a_door_held_shut_by_water_is_no_shortest_way(school, gym, run_of, water):
    """In the gym the only refuge lies upstairs; with the lobby door found blocked there is no way at all."""
    knots = straight_way(begin_s=5.0)
    events = [
        DoorEvent(tick(1), "lobby-door", "blocked"),
        Cue(tick(2), "b", first=True),
        ReachedRefuge(tick(knots[-1][0] - 1), "gallery"),
    ]
    metrics = compute_metrics(run_of(gym, knots, events=events), gym)
    assert metrics["path_efficiency"].reason_missing == "no_way"


def test_metrics_are_pure_and_survive_json(gym, run_of, water):
    knots = straight_way(begin_s=5.0)
    run = run_of(gym, knots, events=[Cue(0, "b", first=True)], hazards=water((0, 0.1, 0.2)))
    once, again = compute_metrics(run, gym), compute_metrics(run, gym)
    assert once == again
    assert Metrics.from_dict(once.as_dict()) == once
    assert once.thresholds["move_net_m"] == 1.5


def test_a_figure_has_a_value_or_a_reason_never_both():
    with pytest.raises(ValueError, match="either a value or a reason"):
        figure("fed", 0.1, reason="no_smoke")
    with pytest.raises(ValueError, match="either a value or a reason"):
        figure("fed", None)


def test_every_definition_has_its_texts():
    for one in definitions().values():
        assert {"ja", "ja-simple", "en"} <= set(one.name)
        assert {"ja", "en"} <= set(one.text)
        assert one.formula
        assert one.source


def test_the_server_computes_them_without_the_simulator():
    """Neither jupedsim nor panda3d may be needed: imports of them are blocked."""
    code = (
        "import sys\n"
        "sys.modules['jupedsim'] = sys.modules['panda3d'] = None\n"
        "import drill.metrics, drill.metrics.moments, drill.metrics.objectives\n"
        "assert not [m for m in sys.modules if m.startswith(('drill.view', 'drill.people.crowd'))]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_rows_of_unknown_kind_are_left_out(gym, run_of):
    rows = [HazardRow(0, 1, 3, np.array([1, 0.5], np.float32))]
    metrics = compute_metrics(run_of(gym, [(0, *START, EYE), (3, *START, EYE)], hazards=rows), gym)
    assert metrics["max_depth_m"].reason_missing == "not_recorded"
