from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from drill.record.run import HazardRow
from server.analysis.fitting import MISFIT_FLAG, fitted


def test_a_run_that_fits_stays_as_it_is(played: Any) -> None:
    run = played.run
    assert fitted(run, played.scenario) is run


def test_what_the_scenario_has_no_place_for_is_left_out_and_said(played: Any) -> None:
    run = played.run
    crowd = replace(run.crowd, floor=np.full_like(run.crowd.floor, 9))
    odd = HazardRow(60, 0, run.hazards[0].kind, np.zeros(1, np.float32))
    found = fitted(replace(run, crowd=crowd, hazards=(odd, *run.hazards)), played.scenario)
    assert len(found.crowd.tick) == 0
    assert found.hazards == run.hazards
    assert found.flags == (*run.flags, MISFIT_FLAG)


def test_a_hazard_that_the_scenario_does_not_have_is_left_out(played: Any) -> None:
    run = played.run
    strange = replace(run.hazards[0], hazard=99)
    assert fitted(replace(run, hazards=(strange,)), played.scenario).hazards == ()
