"""Light through smoke and water against numerical integration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shapely.geometry import Polygon

from drill.hazards.picture import SmokeLayer, SmokePicture, WaterPicture
from drill.scenario.scenario import Scenario
from drill.view.media import MEDIA, SMOKE, WATER, Media, Medium, as_uniforms, optical_depth, rectangles, water_depth

LAYER = Medium((0, 0, 0), (10, 6, 3), SMOKE, 1.2, 2.0, 0.1, 0.15, (0.1, 0.1, 0.1))


def integral(medium: Medium, a: tuple[float, float, float], b: tuple[float, float, float], n: int = 40_000) -> float:
    """Optical depth by the midpoint rule."""
    start, end = np.array(a), np.array(b)
    points = start + (end - start) * ((np.arange(n) + 0.5) / n)[:, None]
    inside = np.all((points >= medium.low) & (points <= medium.high), axis=1)
    share = np.clip((points[:, 2] - medium.edge_m) / (2 * medium.half_width_m) + 0.5, 0, 1)
    k = medium.below_per_m + (medium.above_per_m - medium.below_per_m) * share
    return float((k * inside).sum() * np.linalg.norm(end - start) / n)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((1, 1, 1.6), (9, 5, 1.6)),
        ((1, 1, 0.5), (9, 5, 0.5)),
        ((1, 1, 1.25), (9, 5, 1.25)),
        ((1, 1, 1.6), (9, 5, 0.0)),
        ((1, 1, 0.4), (9, 5, 2.9)),
        ((-5, 3, 1.0), (15, 3, 2.0)),
        ((5, 3, 5.0), (5, 3, -1.0)),
        ((20, 20, 1), (30, 30, 2)),
    ],
)
def test_optical_depth_is_the_integral_along_the_ray(
    a: tuple[float, float, float], b: tuple[float, float, float]
) -> None:
    assert optical_depth(LAYER, a, b) == pytest.approx(integral(LAYER, a, b), rel=2e-3, abs=1e-3)
    assert optical_depth(LAYER, b, a) == pytest.approx(optical_depth(LAYER, a, b), rel=1e-6, abs=1e-9)


def test_seventy_centimetres_of_mud_leave_less_than_one_percent(gym: Scenario) -> None:
    media = Media(gym.site).of([WaterPicture("indoor", ("hall",), 0.7, (0, 0), 8.0, (0.3, 0.2, 0.1))])
    tau = sum(optical_depth(m, (15, 10, 1.5), (15.0, 10.0, 0.0)) for m in media)
    assert math.exp(-tau) == pytest.approx(math.exp(-0.7 * 8), rel=0.05)


def test_rectangles_cover_an_l_shape_exactly() -> None:
    shape = Polygon([(0, 0), (4, 0), (4, 2), (2, 2), (2, 5), (0, 5)])
    found = rectangles(shape)
    assert sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in found) == pytest.approx(shape.area)
    assert len(found) == 2
    assert rectangles(Polygon([(0, 0), (3, 0), (3, 2), (0, 2)])) == [(0, 0, 3, 2)]


def test_water_without_zones_is_everywhere_and_none_below_the_floor(gym: Scenario) -> None:
    media = Media(gym.site)
    assert media.of([WaterPicture("w", ("hall",), 0.0, (0, 0), 8.0, (0, 0, 0))]) == []
    (everywhere,) = media.of([WaterPicture("w", (), 0.5, (0, 0), 8.0, (0, 0, 0))])
    assert everywhere.kind == WATER
    depth = water_depth([everywhere], np.array([[400.0, -400.0]]), np.array([0.2]))
    assert depth == pytest.approx([0.3])


def test_clear_layers_cost_nothing_and_the_shader_has_room_for_all(school: Scenario) -> None:
    media = Media(school.site)
    clear = SmokePicture("f", tuple(SmokeLayer(z.id, 2.6, 2.7, 0.0, 0.0, 20) for z in school.site.zones), None)
    assert media.of([clear]) == []
    thick = SmokePicture("f", tuple(SmokeLayer(z.id, 1.0, 2.7, 2.0, 0.0, 80) for z in school.site.zones), None)
    many = media.of([thick] * 40)
    assert len(many) == MEDIA
    assert all(a.shape == (MEDIA, 4) for a in as_uniforms(many).values())
