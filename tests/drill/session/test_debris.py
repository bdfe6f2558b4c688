"""What the shaking leaves on the floor: glass that slows, shelves that stop, and always a way out."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from drill.metrics.compute import compute_metrics
from drill.people.stride import _free_region
from drill.record.events import OnGlass, Shaking
from drill.record.inputs import Inputs
from drill.session.body import RADIUS_M, ResidentBody
from drill.session.debris import CLIMB_FACTOR, GLASS_FACTOR, Debris
from drill.session.drill import Drill
from drill.session.playing import play
from drill.session.things import Things
from drill.site.ground import Ground, prop_outline
from tests.drill.session.test_things import STRONG, played

UPSTAIRS = 1
GLASS = (18.5, 8.9)
CLEAR = (18.5, 8.2)


@pytest.fixture(scope="module")
def ground(quake):
    return Ground(quake.site)


@pytest.fixture(scope="module")
def debris(quake, ground):
    things = Things(quake.site, ground)
    played(things, STRONG, intensity=5.75)
    found = Debris(quake.site, ground)
    found.update(things)
    return found


def one(xy, floor=UPSTAIRS):
    return np.array([floor]), np.array([xy])


def test_glass_lies_along_broken_windows_and_about_broken_things(debris):
    assert "c1-tv" in debris.glass
    assert any(name.startswith("window-") for name in debris.glass)
    assert debris.footing(*one(GLASS))[0] == pytest.approx(GLASS_FACTOR)
    assert debris.under(UPSTAIRS, GLASS).startswith("window-")
    assert debris.footing(*one(CLEAR))[0] == 1
    assert debris.under(UPSTAIRS, CLEAR) == ""
    assert debris.footing(*one(GLASS, floor=0))[0] == 1


def test_before_the_shaking_there_is_nothing(quake, ground):
    still = Debris(quake.site, ground)
    still.update(Things(quake.site, ground))
    assert (still.glass, still.blocked, still.climbed) == ({}, {}, {})
    assert still.footing(*one(GLASS))[0] == 1


def test_glass_halves_the_speed_of_resident_and_crowd(quake):
    """The same body, by the drill itself, on glass and beside it."""
    drill = Drill(quake, seed=7)
    quake_part = drill._around.quake
    quake_part.debris.glass["window-18"] = UPSTAIRS, shapely.box(17.75, 8.6, 20.5, 9.3)
    feet = np.array([(*GLASS, 3.6), (*CLEAR, 3.6)])
    share = quake_part.debris.footing(np.array([UPSTAIRS, UPSTAIRS]), feet[:, :2])
    assert share.tolist() == [GLASS_FACTOR, 1.0]
    start = quake.model.resident.model_copy(
        update={"at": quake.model.resident.at.model_copy(update={"x": GLASS[0], "y": GLASS[1]})}
    )
    changed = replace(quake, model=quake.model.model_copy(update={"resident": start}))
    slowed = Drill(changed, seed=7)
    slowed._around.quake.debris.glass.update(quake_part.debris.glass)
    events = []
    for tick in range(1, 60):
        events += slowed.step(Inputs(tick, forward=1.0 if tick > 10 else 0.0)).events
    assert slowed.frame.resident.speed_factor == pytest.approx(GLASS_FACTOR)
    assert [e.under for e in events if isinstance(e, OnGlass)][:1] == ["window-18"]
    plain = Drill(changed, seed=7)
    for tick in range(1, 60):
        plain.step(Inputs(tick, forward=1.0 if tick > 10 else 0.0))
    assert plain.frame.resident.speed_factor == 1


def test_a_fallen_bookcase_stops_the_resident_who_could_walk_there_before(quake, ground, debris):
    where = debris.blocked[UPSTAIRS]
    assert where.contains(shapely.Point(9.6, 0.7))
    assert not debris.climbed
    start = quake.model.resident.model_copy(
        update={"at": quake.model.resident.at.model_copy(update={"x": 9.6, "y": 2.0}), "facing_deg": 270}
    )

    def gone_to(blocked):
        body = ResidentBody(start, ground, smoke_model="fridolf")
        for tick in range(1, 240):
            body.step(Inputs(tick, forward=1.0), others_xy=np.empty((0, 2)), closed_doors=(), blocked=blocked)
        return body.xy

    assert gone_to(None)[1] < 0.6
    assert gone_to(where)[1] == pytest.approx(1.13 + RADIUS_M, abs=0.03)


def test_whoever_it_falls_on_is_let_out(quake, ground, debris):
    where = debris.blocked[UPSTAIRS]
    at = quake.model.resident.at.model_copy(update={"x": 9.6, "y": 0.9})
    start = quake.model.resident.model_copy(update={"at": at, "facing_deg": 90})
    body = ResidentBody(start, ground, smoke_model="fridolf")
    for tick in range(1, 120):
        body.step(Inputs(tick, forward=1.0), others_xy=np.empty((0, 2)), closed_doors=(), blocked=where)
    assert body.xy[1] > 1.5


def test_every_exit_of_the_classroom_stays_open(quake, ground, debris):
    """From every desk of both classes one gets to both stairs, fallen furniture or not."""
    free = _free_region(ground, UPSTAIRS, frozenset(), RADIUS_M)
    left = free.difference(debris.blocked[UPSTAIRS].buffer(RADIUS_M))
    assert left.area < free.area
    whole = max(shapely.get_parts(left), key=lambda piece: piece.area)
    for stair in quake.site.stairs:
        assert whole.intersects(stair.polygon)
    for door in quake.site.doors:
        if door.floor == UPSTAIRS:
            assert whole.intersects(door.line)
    for prop in quake.site.props:
        if prop.kind == "desk":
            assert whole.intersects(prop_outline(prop).buffer(0.4)), prop.id


def test_what_would_shut_a_place_in_is_climbed_over_instead(quake, ground, debris):
    """A planted bookcase across the only door of a room: nobody is shut in."""
    doors = [d for d in quake.site.doors if d.id.startswith("class-1")]
    one_door = replace(quake.site, doors=tuple(d for d in quake.site.doors if d.id != doors[1].id))
    shut = Debris(one_door, Ground(one_door))
    across = shapely.box(8.2, 5.9, 9.9, 6.95)
    assert shut._shuts_in(UPSTAIRS, across.union(shapely.box(8.2, 5.0, 17.0, 5.6)))
    assert not shut._shuts_in(UPSTAIRS, shapely.box(12.0, 1.0, 12.5, 1.5))
    shut.climbed = {UPSTAIRS: across}
    assert shut.footing(*one((9.0, 6.4)))[0] == pytest.approx(CLIMB_FACTOR)


class Walks:
    """Goes straight on along x from the start, after a while."""

    def inputs(self, frame):
        return Inputs(frame.tick + 1, forward=1.0 if frame.t_s > 55 else 0.0)


def test_the_way_over_glass_is_measured(quake):
    at = quake.model.resident.at.model_copy(update={"x": 16.5, "y": 8.9})
    start = quake.model.resident.model_copy(update={"at": at, "facing_deg": 0})
    clock = quake.model.clock.model_copy(update={"duration_s": 62.0})
    model = quake.model.model_copy(update={"resident": start, "clock": clock})
    changed = replace(quake, model=model)
    result = play(changed, seed=7, resident=Walks())
    assert [e.begins for e in result.run.events if isinstance(e, Shaking)]
    on = [e for e in result.run.events if isinstance(e, OnGlass)]
    assert on[0].under.startswith("window-")
    assert on[-1].under == ""
    measured = compute_metrics(result.run, changed)["glass_m"]
    assert measured.value == pytest.approx(20.5 - 17.75, abs=0.3)
    assert measured.n == 1
