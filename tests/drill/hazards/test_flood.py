"""Water over zones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box
from small_sites import site_of

from drill.hazards.flood import Flood
from drill.scenario.model import Flood as FloodPart

SITE = site_of(outline=box(0, 0, 20, 10), exits={}, zones={"hall": box(0, 0, 10, 10), "yard": box(10, 0, 20, 10)})


def flood(**changes: object) -> Flood:
    part = {
        "id": "river",
        "type": "flood",
        "zones": ["yard"],
        "level": [{"at_s": 10.0, "level_m": 0.0}, {"at_s": 20.0, "level_m": 0.8}],
        "flow_mps": (0.5, -0.2),
    }
    return Flood(FloodPart.model_validate(part | changes), SITE)


def exposed(hazard: Flood, t: float, *feet: tuple[float, float, float], floor: int = 0) -> np.ndarray:
    hazard.advance(t)
    n = len(feet)
    return hazard.expose(np.array(feet), np.full(n, 1.5), np.full(n, floor, np.int16), t).depth_m


@pytest.mark.parametrize(("t", "level"), [(0, 0.0), (10, 0.0), (15, 0.4), (20, 0.8), (99, 0.8)])
def test_level_is_linear_between_points(t: float, level: float) -> None:
    hazard = flood()
    assert exposed(hazard, t, (15, 5, 0))[0] == pytest.approx(level)
    assert hazard.picture(t).level_m == pytest.approx(level)


def test_water_stands_only_inside_its_zones() -> None:
    assert exposed(flood(), 20, (5, 5, 0), (15, 5, 0)).tolist() == pytest.approx([0.0, 0.8])
    assert exposed(flood(zones=[]), 20, (5, 5, 0), (15, 5, 0)).tolist() == pytest.approx([0.8, 0.8])


def test_water_of_a_zone_is_not_on_another_floor() -> None:
    assert exposed(flood(), 20, (15, 5, 0), floor=1)[0] == 0.0


def test_depth_is_above_the_feet_and_never_negative() -> None:
    assert exposed(flood(), 20, (15, 5, 0.5), (15, 5, 3.0)).tolist() == pytest.approx([0.3, 0.0])


def test_flow_is_there_only_where_water_is() -> None:
    hazard = flood()
    hazard.advance(20)
    exposure = hazard.expose(np.array([(5.0, 5, 0), (15, 5, 0)]), np.full(2, 1.5), np.zeros(2, np.int16), 20)
    assert exposure.flow_mps.tolist() == [[0, 0], pytest.approx([0.5, -0.2])]


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ValueError, match="no zone 'lake' on this site; there are hall, yard"):
        flood(zones=["lake"])


@given(x=st.floats(-5, 25), y=st.floats(-5, 15), z=st.floats(-2, 5), t=st.floats(0, 100))
def test_depth_is_never_above_level_less_ground(x: float, y: float, z: float, t: float) -> None:
    depth = exposed(flood(), t, (x, y, z))[0]
    assert 0 <= depth <= max(0.0, 0.8 - z) + 1e-6
