"""Several hazards at one place."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from drill.hazards.combining import combine
from drill.hazards.exposure import Exposure


def some(**what: object) -> Exposure:
    return replace(Exposure.none(2), **{k: np.asarray(v, np.float32) for k, v in what.items()})


def test_deepest_water_brings_its_own_flow() -> None:
    river = some(depth_m=[0.2, 0.6], flow_mps=[[1, 0], [1, 0]])
    drain = some(depth_m=[0.4, 0.1], flow_mps=[[0, 2], [0, 2]])
    both = combine([river, drain])
    assert both.depth_m.tolist() == pytest.approx([0.4, 0.6])
    assert both.flow_mps.tolist() == [[0, 2], [1, 0]]


def test_gas_adds_air_is_the_worst_of_all() -> None:
    a = some(extinction_per_m=[1, 0], co_ppm=[100, 0], co2_pct=[1.04, 0.04], o2_pct=[18, 20.9], temperature_c=[60, 20])
    b = some(extinction_per_m=[2, 0], co_ppm=[50, 0], co2_pct=[0.54, 0.04], o2_pct=[19, 20.9], temperature_c=[30, 20])
    both = combine([a, b])
    assert both.extinction_per_m.tolist() == [3, 0]
    assert both.co_ppm.tolist() == [150, 0]
    assert both.co2_pct.tolist() == pytest.approx([1.54, 0.04])
    assert both.o2_pct.tolist() == pytest.approx([18, 20.9])
    assert both.temperature_c.tolist() == [60, 20]


def test_nothing_with_nothing_is_nothing() -> None:
    both = combine([Exposure.none(3)] * 3)
    for name in (f.name for f in fields(Exposure)):
        assert np.allclose(getattr(both, name), getattr(Exposure.none(3), name), atol=1e-6), name


def test_types_stay_those_of_the_contract() -> None:
    both, one = combine([Exposure.none(2), Exposure.none(2)]), Exposure.none(2)
    for name in (f.name for f in fields(Exposure)):
        assert getattr(both, name).dtype == getattr(one, name).dtype, name


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="no exposure"):
        combine([])
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        combine([Exposure.none(1), Exposure.none(2)])
