"""Things that shaking moves: what falls, what stays, what hits, and that it is the same every time."""

import numpy as np
import pytest

from drill.seismic.synthetic import synthetic
from drill.session.hits import Hits, Shelters
from drill.session.things import Landing, Things
from drill.site.clearance import Clearances, support_of
from drill.site.ground import Ground
from drill.site.things import movable_props

STRONG = synthetic(intensity=5.8, duration_s=36, rise_s=6, seed="quake/main").acceleration_mps2
WEAK = synthetic(intensity=3.4, duration_s=20, rise_s=8, seed="quake/main").acceleration_mps2


def played(things, motion, *, intensity):
    landings = []
    for k in range(0, len(motion), 5):
        landings += things.step(motion[k : k + 5], intensity=intensity)
    for _ in range(40):
        landings += things.step(np.zeros((5, 3)), intensity=0.0)
    return landings


@pytest.fixture(scope="module")
def after_strong(quake):
    things = Things(quake.site, Ground(quake.site))
    return things, played(things, STRONG, intensity=5.75)


def test_states_are_in_the_order_of_the_site_with_the_windows_last(quake):
    things = Things(quake.site, Ground(quake.site))
    ids = [prop.id for prop in movable_props(quake.site)]
    windows = [n for n, wall in enumerate(quake.site.walls) if wall.window]
    assert [t.id for t in things.states] == [*ids, *(f"window-{n}" for n in windows)]
    assert {t.state for t in things.states} == {"standing"}
    desk = next(t for t in things.states if t.id == "c1-desk-23")
    prop = next(p for p in quake.site.props if p.id == "c1-desk-23")
    assert desk.at == (prop.at.x, prop.at.y, 3.6)
    lamp = next(t for t in things.states if t.id == "c1-lamp-1")
    assert lamp.at[2] == pytest.approx(3.6 + 3.0)  # the ceiling that it hangs from


def test_strong_shaking_throws_down_what_stands_loose_and_leaves_what_is_fixed(after_strong):
    things, landings = after_strong
    state = {t.id: t.state for t in things.states}
    assert state["c1-bookcase"] == "fallen"
    assert state["c1-tv"] == "broken"
    assert state["c1-desk-23"] == "standing"
    assert "c1-shelf" not in state  # fixed to the wall
    assert {"c1-bookcase", "c1-tv"} <= {one.prop.id for one in landings}
    assert all(one.energy_j > 0 for one in landings)
    assert any(s == "broken" for name, s in state.items() if name.startswith("window-"))


def test_the_fallen_bookcase_lies_down_and_the_television_is_on_the_floor(after_strong):
    things, _ = after_strong
    lies = next(t for t in things.states if t.id == "c1-bookcase")
    x, y, z, w = lies.quat
    up = 1 - 2 * (x * x + y * y)  # where its top points: the z of its own z axis
    assert abs(up) < 0.9
    assert x * x + y * y + z * z + w * w == pytest.approx(1)
    tv = next(t for t in things.states if t.id == "c1-tv")
    assert 3.6 <= tv.at[2] < 3.9


def test_all_comes_to_rest(after_strong):
    things, _ = after_strong
    for _ in range(1200):
        before = things.states
        things.step(np.zeros((5, 3)), intensity=0.0)
        if things.states is before:
            break
    assert things.states is before


def test_gentle_shaking_moves_lamps_and_nothing_else(quake):
    things = Things(quake.site, Ground(quake.site))
    rest = {t.id: t for t in things.states}
    swung = set()
    for k in range(0, len(WEAK), 5):
        assert things.step(WEAK[k : k + 5], intensity=3.4) == []
        swung |= {t.id for t in things.states if t != rest[t.id]}
    assert swung
    assert {i.split("-", 1)[1].rsplit("-", 1)[0] for i in swung} <= {"lamp", "curtain"}


def test_nothing_passes_through_a_wall(after_strong, quake):
    things, _ = after_strong
    for row, n in enumerate(things.standing):
        prop = things.props[n]
        x, y = things.place_of(row)
        if prop.floor == 1:
            assert 0 <= x <= 30
            assert 0 <= y <= 9.4


def test_the_same_shaking_gives_the_same_states(quake):
    ground = Ground(quake.site)
    one, two = Things(quake.site, ground), Things(quake.site, ground)
    played(one, STRONG[400:1000], intensity=5.6)
    played(two, STRONG[400:1000], intensity=5.6)
    assert one.states == two.states


def test_a_thing_by_a_wall_falls_away_from_it_and_onto_what_stands_before_it(quake):
    site = quake.site
    prop = next(p for p in site.props if p.id == "c1-locker-1")
    clear = Clearances(site)
    assert clear.rest_rad(prop, (1.0, 0.0), depth_m=0.42) == 0.0
    assert clear.rest_rad(prop, (-1.0, 0.0), depth_m=0.42) == pytest.approx(np.pi / 2, abs=0.6)
    left, right, _, _ = clear.slide_m(prop)
    assert right < 0.1 < left


def test_what_stands_on_something_knows_it(quake):
    by_id = {p.id: p for p in quake.site.props}
    under = support_of(by_id["c1-tv"], quake.site.props)
    assert under is not None
    assert under.id == "c1-tv-stand"
    assert support_of(by_id["c1-desk-23"], quake.site.props) is None


def _falls_on(quake, head):
    """Let the bookcase of class 1 fall while somebody's head is at `head`; return who was hit by what."""
    site = quake.site
    things = Things(site, Ground(site))
    hits = Hits(things, Shelters(site))
    hits.begin()
    found = []
    for k in range(0, 1200, 5):
        landings = things.step(STRONG[k : k + 5], intensity=5.6)
        found += hits.find(landings, floor=1, xy=head[:2], head=head, z=3.6, tick=k)
    return found


def test_who_stands_before_a_falling_bookcase_is_hit_once(quake):
    # It falls towards the television, away from the desks.
    found = _falls_on(quake, (9.5, 0.7, 3.6 + 1.4))
    assert [(e.thing, e.what) for e in found if e.thing == "c1-bookcase"] == [("c1-bookcase", "bookcase")]
    assert all(e.energy_j > 0 for e in found)


def test_who_is_elsewhere_is_not_hit(quake):
    assert _falls_on(quake, (13.0, 3.5, 3.6 + 1.4)) == []


def test_cover_needs_a_low_head_under_the_thing(quake):
    shelters = Shelters(quake.site)
    desk = next(p for p in quake.site.props if p.id == "c1-desk-23")
    at = (desk.at.x, desk.at.y)
    assert shelters.over(1, at, 3.6 + 0.5) == "c1-desk-23"
    assert shelters.over(1, at, 3.6 + 0.75) == ""
    assert shelters.over(0, at, 3.6 + 0.5) == ""
    assert shelters.over(1, (at[0] + 0.6, at[1]), 3.6 + 0.5) == ""
    assert shelters.over(1, (at[0] + 0.6, at[1]), 3.6 + 0.5, slid={"c1-desk-23": (0.6, 0.0)}) == "c1-desk-23"


def test_a_thing_that_drops_hits_who_stands_there_and_not_who_is_under_a_desk(quake):
    site = quake.site
    things = Things(site, Ground(site))
    hits = Hits(things, Shelters(site))
    desk = next(p for p in site.props if p.id == "c1-desk-23")
    books = next(p for p in site.props if p.id == "c1-books-2")
    at = (desk.at.x, desk.at.y)
    landing = Landing(books, (*at, 3.6), 200.0, broke=False)
    under = hits.find([landing], floor=1, xy=at, head=(*at, 3.6 + 0.5), z=3.6, tick=1)
    upright = hits.find([landing], floor=1, xy=at, head=(*at, 3.6 + 1.4), z=3.6, tick=1)
    again = hits.find([landing], floor=1, xy=at, head=(*at, 3.6 + 1.4), z=3.6, tick=2)
    assert under == []
    assert [(e.thing, e.what, e.energy_j) for e in upright] == [("c1-books-2", "books", 200.0)]
    assert again == []
    hits.begin()
    assert len(hits.find([landing], floor=1, xy=at, head=(*at, 3.6 + 1.4), z=3.6, tick=3)) == 1
