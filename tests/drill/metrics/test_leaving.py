"""How one left: the stair, pressing on others, running on the stair. Each with who does and who does not."""

from dataclasses import replace

import numpy as np
import pytest

from drill.metrics.compute import compute_metrics
from drill.metrics.definitions import definitions
from drill.metrics.leaving import LEAVING_IDS, right_stairs
from drill.metrics.thresholds import DEFAULT
from drill.people.stride import OTHER_RADIUS_M
from drill.record.events import Cue, Suffered
from drill.record.inputs import Inputs, Pose
from drill.record.run import CrowdTrack
from drill.scenario.loading import load_scenario
from drill.session.body import RADIUS_M

from .conftest import SCENARIOS, make_run

UP, EYE = 3.6, 1.4
QUEUE_Y = 8.2


@pytest.fixture(scope="module")
def quake():
    return load_scenario(SCENARIOS / "classroom-quake")


def crowd_of(*people, floor=1, state=1):
    """Return a crowd recorded at 5 Hz: each person is (x at time 0, y, speed along x) for ten seconds."""
    ticks = np.arange(0, 601, 12)
    rows = [(t, n, x + v * t / 60, y) for t in ticks for n, (x, y, v) in enumerate(people)]
    tick, id_, x, y = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    return CrowdTrack(
        tick.astype(np.uint32), id_.astype(np.uint16), x, y, np.full(n, floor, np.int8), np.full(n, state, np.uint8)
    )


def walked(quake, speed, crowd, *, inputs=(), x=10.0, events=(), **header):
    knots = [(0.0, x, QUEUE_Y, UP + EYE), (10.0, x + 10 * speed, QUEUE_Y, UP + EYE)]
    run = make_run(quake, knots, events=[Cue(0, "evacuate", first=True), *events], **header)
    return compute_metrics(replace(run, crowd=crowd, inputs=tuple(inputs)), quake)


def pushing(metrics):
    return metrics["pushing_s"].value, metrics["pushes"].value


def test_who_walks_on_against_somebody_who_stands_pushes(quake):
    # The drill stopped the body at touch: only the command tells that one presses on.
    metrics = walked(quake, 0.0, crowd_of((10.36, QUEUE_Y, 0.0)), inputs=[Inputs(1, forward=1.0)])
    seconds, times = pushing(metrics)
    assert seconds == pytest.approx(10, abs=0.5)
    assert times == 1
    assert metrics["pushing_s"].tick is not None


def test_who_stands_just_as_near_does_not(quake):
    assert pushing(walked(quake, 0.0, crowd_of((10.36, QUEUE_Y, 0.0)), inputs=[Inputs(1)])) == (0, 0)


def test_who_goes_away_from_somebody_or_past_them_does_not(quake):
    near = crowd_of((10.36, QUEUE_Y, 0.0))
    assert pushing(walked(quake, 0.0, near, inputs=[Inputs(1, forward=-1.0)])) == (0, 0)
    assert pushing(walked(quake, 0.0, near, inputs=[Inputs(1, right=1.0)])) == (0, 0)


def test_who_follows_as_fast_as_the_other_walks_does_not(quake):
    ahead = crowd_of((10.38, QUEUE_Y, 0.9))
    assert pushing(walked(quake, 0.9, ahead, inputs=[Inputs(1, forward=0.75)])) == (0, 0)
    # ... and with the full command into the back of the same person one does.
    assert pushing(walked(quake, 0.9, ahead, inputs=[Inputs(1, forward=1.0)]))[1] == 1


def test_what_a_hazard_leaves_of_the_speed_counts_not_the_command(quake):
    slowed = [Suffered(1, speed_factor=0.1)]
    near = crowd_of((10.36, QUEUE_Y, 0.0))
    assert pushing(walked(quake, 0.0, near, inputs=[Inputs(1, forward=1.0)], events=slowed)) == (0, 0)


def test_somebody_at_arms_length_or_on_another_floor_is_not_pushed(quake):
    on = [Inputs(1, forward=1.0)]
    assert pushing(walked(quake, 0.0, crowd_of((10.55, QUEUE_Y, 0.0)), inputs=on)) == (0, 0)
    assert pushing(walked(quake, 0.0, crowd_of((10.36, QUEUE_Y, 0.0), floor=0), inputs=on)) == (0, 0)
    assert pushing(walked(quake, 0.0, crowd_of((10.36, QUEUE_Y, 0.0), state=5), inputs=on)) == (0, 0)


def test_a_brush_in_passing_is_no_push(quake):
    through = crowd_of((12.0, QUEUE_Y + 0.3, 0.0))
    assert pushing(walked(quake, 1.2, through, inputs=[Inputs(1, forward=1.0)])) == (0, 0)


def test_real_steps_push_too(quake):
    near = crowd_of((10.36, QUEUE_Y, 0.0))
    steps = [Inputs(n, step_m=(0.01, 0.0)) for n in range(1, 600)]
    assert pushing(walked(quake, 0.0, near, inputs=steps))[1] == 1
    away = [Inputs(n, step_m=(-0.01, 0.0)) for n in range(1, 600)]
    assert pushing(walked(quake, 0.0, near, inputs=away)) == (0, 0)


def test_the_rig_is_what_goes_ahead_wherever_the_head_looks(quake):
    # The head looks to the left of the rig (its world pose here looks along x), so ahead is to the right: -y.
    left = Pose(0.0, 0.0, EYE, 0.0, 0.0, np.sin(np.pi / 4), np.cos(np.pi / 4))
    below = crowd_of((10.0, QUEUE_Y - 0.36, 0.0))
    assert pushing(walked(quake, 0.0, below, inputs=[Inputs(1, forward=1.0, head=left)]))[1] == 1
    beside = crowd_of((10.36, QUEUE_Y, 0.0))
    assert pushing(walked(quake, 0.0, beside, inputs=[Inputs(1, forward=1.0, head=left)])) == (0, 0)


def test_runs_without_inputs_are_judged_by_where_one_went(quake):
    ahead = crowd_of((10.3, QUEUE_Y, 0.3))
    assert pushing(walked(quake, 0.32, ahead)) == (0, 0)
    into = crowd_of((11.2, QUEUE_Y, -0.35))
    assert pushing(walked(quake, 0.35, into))[1] == 1


def test_touch_is_the_two_radii_and_five_centimetres():
    assert DEFAULT.touch_m == pytest.approx(RADIUS_M + OTHER_RADIUS_M + 0.05)


def test_an_empty_crowd_channel_gives_a_reason(quake):
    metrics = walked(quake, 0.0, make_run(quake, []).crowd)
    assert metrics["pushing_s"].reason_missing == "not_recorded"


def stairs(*, east=True, seconds=11.0, upto=1.0):
    """Return knots down a stair: seven metres in plan, 3.6 m in height."""
    head, foot = (29.0, 38.0) if east else (1.0, -8.0)
    edge = 30.0 if east else 0.0
    x = head + (foot - head) * upto
    low = UP * (1 - min(1.0, abs(x - edge) / 7.0)) if upto < 1 else 0.0
    return [
        (0.0, head, QUEUE_Y, UP + EYE),
        (2.0, edge, QUEUE_Y, UP + EYE),
        (2.0 + seconds * upto, x, QUEUE_Y, low + EYE),
        (4.0 + seconds, x, QUEUE_Y, low + EYE),
    ]


def left_by(quake, knots, **header):
    return compute_metrics(make_run(quake, knots, events=[Cue(0, "evacuate", first=True)], **header), quake)


def test_the_scenario_says_which_stair_is_right(quake, gym):
    assert right_stairs(quake) == (frozenset({"east-stair"}), frozenset({"west-stair"}))
    assert all(not stair for stair in right_stairs(load_scenario(SCENARIOS / "school-smoke")))


@pytest.mark.parametrize(("east", "value"), [(True, 1), (False, 0)])
def test_the_stair_that_was_used_is_judged(quake, east, value):
    metrics = left_by(quake, stairs(east=east))
    assert metrics["right_stair"].value == value
    assert metrics["right_stair"].n == 1
    assert metrics["right_stair"].tick == pytest.approx(120, abs=12)


def test_a_look_at_the_head_of_a_stair_is_no_use_of_it(quake):
    metrics = left_by(quake, stairs(east=False, upto=0.3))
    assert metrics["right_stair"].reason_missing == "no_stair_used"
    assert metrics["stair_run_s"].reason_missing == "no_stair_used"


def test_running_down_the_stair_is_counted_and_walking_is_not(quake):
    walking = left_by(quake, stairs(seconds=11.0))
    assert walking["stair_run_s"].value == 0
    running = left_by(quake, stairs(seconds=4.0))
    assert running["stair_run_s"].value == pytest.approx(7 / 2, abs=0.5)
    assert running["stair_run_s"].tick is not None


def test_teleporting_makes_them_meaningless(quake):
    metrics = left_by(quake, stairs(), locomotion="teleport")
    assert {metrics[one].reason_missing for one in LEAVING_IDS} == {"teleport"}


def test_a_scenario_without_such_a_decision_has_its_reason(school):
    metrics = compute_metrics(make_run(school, [(0, 6.2, 9.6, 1.5), (9, 6.2, 9.6, 1.5)]), school)
    assert metrics["right_stair"].reason_missing == "no_stair_named"


def test_their_definitions_say_what_they_mean():
    for one in LEAVING_IDS:
        definition = definitions()[one]
        assert {"ja", "ja-simple", "en"} <= set(definition.name)
        assert definition.source
