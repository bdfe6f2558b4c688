"""The layers of smoke: filling, spreading, what is conserved, what eyes meet."""

from __future__ import annotations

import body_tables
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from small_sites import door, site_of

from drill.hazards import smoke as smoke_module
from drill.hazards.openings import OUTSIDE, find_openings
from drill.hazards.smoke import CO, OXYGEN, SOOT, Smoke
from drill.site.site import Site

TWO_ROOMS = site_of(
    outline=box(0, 0, 20, 10),
    exits={},
    zones={"fire": box(0, 0, 10, 10), "next": box(10, 0, 20, 10)},
    walls=[[(10, 0), (10, 10)]],
    doors=[door("between", (10, 4), (10, 5))],
)


def two_rooms(*, heat_kw: float = 200.0, clear: float = 0.0, site: Site = TWO_ROOMS) -> Smoke:
    return Smoke(body_tables.smoke_part(heat_kw=heat_kw, zones=("fire", "next"), clear=clear), site)


@pytest.mark.parametrize(("heat", "side", "height", "t"), [(50.0, 10.0, 3.0, 20.0), (500.0, 20.0, 6.0, 120.0)])
def test_filling_is_that_of_an_independent_integration(heat: float, side: float, height: float, t: float) -> None:
    """Within 2 % of the height of the room."""
    ours, solved, _ = body_tables.filling(heat_kw=heat, side_m=side, height_m=height, until_s=t)
    assert ours == pytest.approx(solved, abs=0.02 * height)


def test_filling_without_expansion_is_zukoskis_closed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the fire's own volume and NFPA's linear term left out: 1 % of the height after a minute."""
    monkeypatch.setattr(
        smoke_module,
        "plume_flow",
        lambda *, convective_kw, height_m: 0.071 * np.cbrt(convective_kw) * height_m ** (5 / 3),
    )
    monkeypatch.setattr(smoke_module, "HEAT_CAPACITY", 1e9)
    ours, _, closed = body_tables.filling(heat_kw=100.0, side_m=20.0, height_m=6.0, until_s=60.0)
    assert ours == pytest.approx(closed, abs=0.06)


def test_a_wrong_plume_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a plume that carries a third more."""
    right = smoke_module.plume_flow
    monkeypatch.setattr(smoke_module, "plume_flow", lambda **what: 1.33 * right(**what))
    with pytest.raises(AssertionError):
        test_filling_is_that_of_an_independent_integration(500.0, 20.0, 6.0, 120.0)


def test_the_nfpa_correlation_is_near() -> None:
    """Steady fire correlation of NFPA 92: within 15 % of the ceiling height, in its range of A/H² and z/H."""
    ours, _, _ = body_tables.filling(heat_kw=500.0, side_m=20.0, height_m=6.0, until_s=60.0)
    expected = body_tables.nfpa_height(heat_kw=500.0, side_m=20.0, height_m=6.0, t=60.0)
    assert ours == pytest.approx(expected, abs=0.15 * 6.0)


@pytest.mark.parametrize("clear", [0.0, 0.5])
def test_products_are_conserved(clear: float) -> None:
    """What the fire made is in the layers or has left, to one in a million."""
    smoke = two_rooms(clear=clear)
    smoke.advance(240.0)
    fuel = 200.0 / 20.0 * 240.0
    made = np.array([0.06, 0.03, 0.001, 1.5]) * fuel
    kept = smoke.products.sum(axis=1) + smoke.lost_products
    assert kept[:4].tolist() == pytest.approx(made.tolist(), rel=1e-6)
    assert kept[OXYGEN] == pytest.approx(200.0 / 13.1 * 240.0, rel=1e-6)
    assert (smoke.products >= 0).all()


def test_smoke_that_vanishes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a layer that forgets a thousandth of its soot each step."""
    spread = Smoke._cool_and_leak

    def forgetful(self: Smoke) -> None:
        spread(self)
        self.products[SOOT] *= 0.999

    monkeypatch.setattr(Smoke, "_cool_and_leak", forgetful)
    with pytest.raises(AssertionError):
        test_products_are_conserved(0.0)


def test_smoke_spreads_through_an_open_door_and_hardly_through_a_shut_one() -> None:
    open_, shut = two_rooms(), two_rooms()
    shut.set_doors({"between": 0.0})
    for smoke in (open_, shut):
        smoke.advance(180.0)
    assert open_.products[SOOT, 1] > 0.05 * open_.products[SOOT].sum()
    assert shut.products[SOOT, 1] < 0.05 * open_.products[SOOT, 1]
    assert open_.interface()[0] > shut.interface()[0]


def test_the_neighbour_fills_only_once_the_layer_is_below_the_door() -> None:
    smoke = two_rooms()
    t = 0.0
    while smoke.interface()[0] > 2.2:
        t += 1.0
        smoke.advance(t)
        assert smoke.products[SOOT, 1] == 0.0
    smoke.advance(t + 60.0)
    assert smoke.products[SOOT, 1] > 0.0


def test_the_layer_never_comes_below_the_clear_height() -> None:
    smoke = two_rooms(heat_kw=2000.0, clear=0.6)
    smoke.set_doors({"between": 0.0})
    smoke.advance(600.0)
    assert smoke.interface()[0] == pytest.approx(0.6)
    knee = np.array([[5.0, 5.0, 0.0]])
    clean = smoke.expose(knee, np.array([0.55]), np.zeros(1, np.int16), 600.0)
    assert clean.extinction_per_m[0] == 0.0
    assert clean.o2_pct[0] == pytest.approx(20.9)
    smoky = smoke.expose(knee, np.array([1.6]), np.zeros(1, np.int16), 600.0)
    assert smoky.extinction_per_m[0] > 5.0
    assert smoky.co_ppm[0] > 100.0
    assert smoky.o2_pct[0] < 20.9


def test_extinction_is_8_7_times_the_soot_density() -> None:
    smoke = two_rooms()
    smoke.advance(60.0)
    soot = smoke.products[SOOT, 0] / smoke.volume()[0]
    assert smoke.extinction()[0] == pytest.approx(8.7 * soot)


def test_how_often_it_is_advanced_changes_nothing() -> None:
    fine, coarse = two_rooms(), two_rooms()
    for step in range(1, 20 * 60 + 1):
        fine.advance(step / 20)
    coarse.advance(60.0)
    assert (fine.products == coarse.products).all()
    assert fine.picture(60.0) == coarse.picture(60.0)


def test_openings_are_found() -> None:
    zones = list(TWO_ROOMS.zones)
    (between,) = find_openings(TWO_ROOMS, zones)
    assert (sorted((between.a, between.b)), between.width_m, between.door) == ([0, 1], 1.0, "between")
    hall = site_of(outline=box(0, 0, 22, 10), exits={}, zones={"a": box(0, 0, 10, 10), "b": box(10, 0, 20, 10)})
    gaps = find_openings(hall, hall.zones)
    assert [(g.a, g.b, g.width_m) for g in gaps] == [(0, 1, 10.0), (1, OUTSIDE, 10.0)]


def test_a_fire_outside_its_zones_is_named() -> None:
    with pytest.raises(ValueError, match="stands in none of its zones"):
        Smoke(body_tables.smoke_part(heat_kw=10.0, zones=("next",)), TWO_ROOMS)


@settings(max_examples=25, deadline=None)
@given(heat=st.floats(0, 20_000), t=st.floats(0, 300), clear=st.floats(0, 2.5), shut=st.floats(0, 1))
def test_layers_stay_finite_and_bounded(heat: float, t: float, clear: float, shut: float) -> None:
    smoke = two_rooms(heat_kw=heat, clear=clear)
    smoke.set_doors({"between": shut})
    smoke.advance(t)
    assert (smoke.interface() >= clear - 1e-9).all()
    assert (smoke.interface() <= 3.0 + 1e-9).all()
    for values in (smoke.mass, smoke.heat, smoke.products, smoke.extinction(), smoke.excess_k()):
        assert np.isfinite(values).all()
        assert (values >= -1e-9).all()
    assert ((smoke.oxygen_pct() >= 0) & (smoke.oxygen_pct() <= 20.9 + 1e-9)).all()
    assert (smoke.products[CO] <= smoke.products[SOOT] + 1e-6).all()
