"""People who take cover while it shakes, and get up when it is over."""

import numpy as np
import pytest
from shapely.geometry import Point

from drill.people.bodies import Bodies
from drill.people.covering import COVER_FROM, DWELL_S, REACTION_S, Covering
from drill.people.state import BodyState, Posture
from drill.site.site import Prop

N = 6
FLOOR = np.zeros(N, np.int64)
XY = np.array([(0.0, 0.6), (2.0, 0.6), (4.0, 0.6), (2.0, 0.8), (9.0, 9.0), (20.0, 20.0)])
DESKS = [
    Prop(f"d{k}", "desk", 0, Point(2.0 * k, 0.0), 0.0, (0.6, 0.4, 0.7), solid=True, protective=True) for k in range(3)
]


def people():
    bodies = Bodies.of(height_m=np.full(N, 1.4), mass_kg=40.0, walking_speed_mps=1.0, state=BodyState.WAITING)
    bodies.state[4] = BodyState.MOVING
    bodies.state[5] = BodyState.INCAPACITATED
    return bodies, Covering(N, DESKS, np.random.default_rng(3))


def played(covering, bodies, *, strong, until=60.0, begin=5.0, end=25.0):
    rows = []
    for k in range(round(until / 0.05)):
        t = k * 0.05
        now = np.full(N, strong if begin <= t < end else 0.0)
        covering.update(bodies, intensity=now, floor=FLOOR, xy=XY, t=t)
        rows.append((t, bodies.state.copy(), bodies.posture.copy(), covering.shown_xy(XY).copy()))
    return rows


def test_everybody_able_drops_after_a_time_of_their_own_and_rises_to_what_they_did():
    bodies, covering = people()
    rows = played(covering, bodies, strong=5.0)
    down = np.array([r[1] == BodyState.COVERING for r in rows])
    assert not down[: round(5.0 / 0.05)].any()
    assert down[round((5.0 + REACTION_S[3] + 0.1) / 0.05), :5].all()
    assert not down[:, 5].any()
    first = down.argmax(axis=0)[:5] * 0.05
    assert len(set(first.tolist())) > 2
    last = (len(down) - 1 - down[::-1].argmax(axis=0))[:5] * 0.05
    assert (last >= 25.0 + DWELL_S[0] - 0.1).all()
    assert (last <= 25.0 + DWELL_S[1] + 0.1).all()
    assert bodies.state.tolist() == [0, 0, 0, 0, int(BodyState.MOVING), int(BodyState.INCAPACITATED)]
    assert (bodies.posture[:5] == Posture.STANDING).all()


def test_each_desk_covers_one_and_is_gone_under_bit_by_bit():
    bodies, covering = people()
    rows = played(covering, bodies, strong=5.0)
    middle = rows[round(20 / 0.05)][3]
    under = [tuple(p) for p in middle[:4] if p[1] == 0.0]
    assert len(under) == len(set(under)) == 3
    assert (middle[4] == XY[4]).all()
    steps = np.diff(np.array([r[3][0] for r in rows]), axis=0)
    down = [s for s, r in zip(steps, rows, strict=False) if r[0] < 20]
    assert np.abs(down).max() < 0.1
    assert (rows[-1][3] == XY).all()


def test_weak_shaking_leaves_everybody_as_they_are():
    bodies, covering = people()
    rows = played(covering, bodies, strong=COVER_FROM - 0.1)
    assert not any((r[1] == BodyState.COVERING).any() for r in rows)


def test_the_same_seed_gives_the_same_people():
    one, two = people(), people()
    a, b = played(one[1], one[0], strong=5.0), played(two[1], two[0], strong=5.0)
    assert all((x[1] == y[1]).all() and (x[3] == y[3]).all() for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("again", [40.0])
def test_they_drop_again_in_an_aftershock(again):
    bodies, covering = people()
    for k in range(round(70 / 0.05)):
        t = k * 0.05
        now = np.full(N, 5.0 if 5 <= t < 15 or again <= t < again + 10 else 0.0)
        covering.update(bodies, intensity=now, floor=FLOOR, xy=XY, t=t)
        if 35 < t < again:
            assert not (bodies.state == BodyState.COVERING).any()
        if t > again + REACTION_S[3] + 0.1 and t < again + 10:
            assert (bodies.state[:5] == BodyState.COVERING).all()
