"""A drill in which the ground shakes: residents, records, sameness, and that other drills stay as they were."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from drill.hazards.picture import KIND_QUAKE, KIND_THINGS
from drill.metrics.compute import compute_metrics
from drill.people.state import BodyState, Posture
from drill.play import play
from drill.record.events import Covered, DoorEvent, PowerFailed, Shaking
from drill.record.inputs import BUTTON_CRAWL, BUTTON_STOP, Inputs
from drill.record.openfile import OpenFile
from drill.record.recorder import Recorder
from drill.scenario.gentle import gentle_of
from drill.session.automatic import AutomaticResident
from drill.session.daylight import daylight_at, sun_height_deg
from drill.session.digest import Digest
from drill.session.drill import SEEDS, Drill
from drill.session.playing import run_header
from drill.session.scripted import RecordedResident, ResidentError, load_resident
from drill.site.things import movable_props

RESIDENTS = Path(__file__).parents[3] / "scenarios" / "classroom-quake" / "residents"


def met(result):
    return {one.objective: one.state for one in result.objectives}


@pytest.fixture(scope="module")
def good(quake):
    return play(quake, seed=7, resident=load_resident(RESIDENTS / "drops-at-once.yaml", quake))


def test_who_drops_at_once_meets_everything(good):
    assert good.ended == "refuge"
    assert set(met(good).values()) == {"met"}
    under = [e for e in good.run.events if isinstance(e, Covered)]
    assert under[0].under == "c1-desk-23"
    assert under[0].tick < 16 * 60
    assert under[-1].under == ""


def test_the_shocks_and_the_light_are_told(good):
    told = [(e.shock, e.begins, e.intensity) for e in good.run.events if isinstance(e, Shaking)]
    assert told == [("main", True, 5.8), ("main", False, 5.8), ("aftershock", True, 5.1), ("aftershock", False, 5.1)]
    (dark,) = [e for e in good.run.events if isinstance(e, PowerFailed)]
    assert not dark.on


def test_the_record_holds_motion_and_things(good, quake):
    rows = [r for r in good.run.hazards if r.hazard == 0]
    motion = [r for r in rows if r.kind == KIND_QUAKE]
    assert {len(r.values) for r in motion} == {9}
    assert max(float(r.values[6]) for r in motion) > 5.3
    things = [r for r in rows if r.kind == KIND_THINGS]
    first = things[0].values.reshape(-1, 9)
    windows = sum(w.window for w in quake.site.walls)
    assert len(first) == len(movable_props(quake.site)) + windows
    # Later rows hold what changed alone; put together they say what lies on the floor.
    state = {}
    for row in things:
        for values in row.values.reshape(-1, 9):
            state[int(values[0])] = int(values[1])
    ids = [p.id for p in movable_props(quake.site)]
    assert state[ids.index("c1-bookcase")] == 3
    assert state[ids.index("c1-tv")] == 4
    assert state[ids.index("c1-desk-23")] == 0
    quiet = [r for r in things if r.tick > 100 * 60]
    assert sum(len(r.values) for r in quiet) < 0.2 * sum(len(r.values) for r in things)


def test_metrics_of_the_recorded_run_are_those_of_the_result(good, quake):
    assert compute_metrics(good.run, quake) == good.metrics


@pytest.mark.long
def test_who_drops_late_and_rises_early_meets_less(quake):
    late = play(quake, seed=7, resident=load_resident(RESIDENTS / "drops-late.yaml", quake))
    assert late.ended == "refuge"
    states = met(late)
    assert (states["drop"], states["cover"], states["hold"]) == ("not", "partly", "partly")
    assert states["reach"] == "met"


@pytest.mark.long
def test_who_runs_gets_nowhere_while_it_shakes_and_finds_the_door_jammed(quake):
    ran = play(quake, seed=7, resident=load_resident(RESIDENTS / "runs-at-once.yaml", quake))
    assert ran.ended == "refuge"
    states = met(ran)
    assert [states[o] for o in ("drop", "cover", "hold", "no-push")] == ["not"] * 4
    # The near stair was chosen and its door jammed: the one that was used in the end is the right one.
    assert states["right-stair"] == "met"
    assert ran.metrics.decisions == {"which-stair": False}
    blocked = [e for e in ran.run.events if isinstance(e, DoorEvent) and e.state == "blocked"]
    assert blocked[0].door == "west-stair-door"


@pytest.mark.long
def test_the_automatic_resident_takes_cover_and_leaves_when_called(quake):
    result = play(quake, seed=7, resident=AutomaticResident(quake))
    assert result.ended == "refuge"
    states = met(result)
    assert states["hold"] == states["cover"] == states["right-stair"] == states["reach"] == "met"


def _walked(quake, *, until, **of):
    drill = Drill(quake, seed=1)
    return [drill.step(Inputs(k, **of)) for k in range(1, round(until * 60) + 1)]


@pytest.fixture(scope="module")
def upright(quake):
    return _walked(quake, until=26.0)


def test_one_hardly_walks_in_strong_shaking(upright):
    strong = [f.resident.speed_factor for f in upright if f.hazards[0].intensity > 5.5]
    assert strong
    assert max(strong) < 0.3
    assert upright[600].resident.speed_factor == 1


def test_under_a_desk_one_comes_low_alone(quake):
    low = _walked(quake, until=3.0, forward=0.5, buttons=BUTTON_CRAWL)
    upright = _walked(quake, until=3.0, forward=0.5)
    desk = next(p for p in quake.site.props if p.id == "c1-desk-23")
    assert min(abs(f.resident.feet[0] - desk.at.x) for f in low) < 0.2
    assert min(abs(f.resident.feet[0] - desk.at.x) for f in upright) > 0.4


def test_the_crowd_covers_while_it_shakes_and_not_before(upright):
    share = {t: float((upright[t * 60 - 1].crowd.state == BodyState.COVERING).mean()) for t in (10, 25)}
    assert share == {10: 0, 25: 1}
    assert (upright[25 * 60 - 1].crowd.posture == Posture.CRAWLING).all()


def test_things_move_while_it_shakes_and_not_before(upright):
    assert upright[15 * 60].things is upright[60].things
    moved = [a for a, b in zip(upright[23 * 60].things, upright[60].things, strict=True) if a != b]
    assert {"desk", "lamp", "curtain"} <= {thing.kind for thing in moved}


def test_the_same_run_has_the_same_digest_and_a_moved_thing_another(quake):
    one, two = Drill(quake, seed=4), Drill(quake, seed=4)
    for k in range(1, 60 * 20):
        one.step(Inputs(k))
        two.step(Inputs(k))
    assert one.digest() == two.digest()
    frame = one.frame
    moved = replace(frame.things[0], at=(frame.things[0].at[0] + 0.01, *frame.things[0].at[1:]))
    assert _digest(frame) != _digest(replace(frame, things=(moved, *frame.things[1:])))
    assert _digest(frame) != _digest(replace(frame, power=not frame.power))
    assert Drill(quake, seed=5).digest() != Drill(quake, seed=4).digest()


def _digest(frame):
    digest = Digest()
    digest.add(frame)
    return digest.hex()


def test_drills_without_an_earthquake_are_untouched(gym):
    drill = Drill(gym, seed=4)
    frame = drill.step(Inputs(1))
    assert frame.things == ()
    assert frame.power
    assert _digest(frame) == _digest(replace(frame, daylight=0.123))
    # The crowd's stream of chance is the first and hangs on no later part.
    assert SEEDS[0] == "crowd"
    first = np.random.SeedSequence(4).spawn(1)[0].generate_state(4)
    assert (np.random.SeedSequence(4).spawn(len(SEEDS))[0].generate_state(4) == first).all()


def test_a_gentle_run_is_known_and_not_played_again_in_the_other_variant(quake, tmp_path):
    gentle = gentle_of(quake)
    header = run_header(gentle, seed=2, locomotion="scripted", device="test")
    recorder = Recorder(header, OpenFile(tmp_path, header))
    stops = RecordedResident([Inputs(1), Inputs(30, buttons=BUTTON_STOP)])
    result = play(gentle, seed=2, resident=stops, recorder=recorder, kept="open")
    assert result.as_dict()["gentle"] is True
    assert load_resident(tmp_path, gentle) is not None
    with pytest.raises(ResidentError, match="gentle"):
        load_resident(tmp_path, quake)


@pytest.mark.long
def test_who_drops_at_once_meets_everything_gently_too(quake):
    gentle = gentle_of(quake)
    result = play(gentle, seed=7, resident=load_resident(RESIDENTS / "drops-at-once.yaml", gentle))
    assert set(met(result).values()) == {"met"}
    assert not [e for e in result.run.events if isinstance(e, PowerFailed)]


@pytest.mark.parametrize(
    ("at", "height", "light"),
    [
        (datetime(2026, 6, 21, 2, 46, tzinfo=UTC), 77.4, 1.0),  # solstice at noon: 90 - 36 + 23.4
        (datetime(2026, 3, 20, 2, 53, tzinfo=UTC), 54.0, 1.0),  # equinox at noon: 90 - 36
        (datetime(2026, 12, 22, 2, 44, tzinfo=UTC), 30.6, 1.0),
        (datetime(2026, 12, 22, 14, 44, tzinfo=UTC), -77.4, 0.0),
    ],
)
def test_the_sun_stands_where_it_does(at, height, light):
    assert sun_height_deg(at) == pytest.approx(height, abs=1.0)
    assert daylight_at(at) == light


def test_twilight_is_between_day_and_night():
    times = [datetime(2026, 3, 20, 8, 30 + m, tzinfo=UTC) for m in range(30)]
    light = [daylight_at(t) for t in times]
    assert light == sorted(light, reverse=True)
    assert any(0 < v < 1 for v in light)
    assert math.isfinite(sum(light))
