"""The earthquake as a hazard: what bodies feel, what is drawn, from made motion and from files."""

from pathlib import Path

import numpy as np
import pytest

from drill.hazards.earthquake import Earthquake
from drill.people.bodies import Bodies
from drill.people.shaking_speed import shaking_factor
from drill.people.state import Posture
from drill.scenario.loading import load_scenario
from drill.scenario.model import Earthquake as EarthquakePart
from drill.scenario.model import Shock
from drill.seismic.intensity import instrumental

SCENARIO = Path(__file__).parents[3] / "scenarios" / "classroom-quake"


@pytest.fixture(scope="module")
def site():
    return load_scenario(SCENARIO).site


def quake(site, *shocks, folder=SCENARIO, **of):
    part = EarthquakePart(id="quake", type="earthquake", shocks=[Shock(**s) for s in shocks], **of)
    return Earthquake(part, site, folder=folder)


MAIN = {"id": "main", "at_s": 2.0, "intensity": 5.8, "duration_s": 20.0, "rise_s": 4.0}
AFTER = {"id": "after", "at_s": 30.0, "intensity": 4.6, "duration_s": 8.0, "rise_s": 2.0}


def run(hazard, until):
    pictures = []
    for k in range(round(until / 0.05) + 1):
        hazard.advance(k * 0.05)
        pictures.append(hazard.picture(k * 0.05))
    return pictures


def test_it_rests_before_shakes_in_time_and_rests_after(site):
    hazard = quake(site, MAIN, AFTER)
    pictures = run(hazard, 45)
    assert [s.intensity for s in hazard.shocks] == pytest.approx([5.8, 4.6])
    shaking = [p.shaking for p in pictures]
    assert [round(k * 0.05, 2) for k in range(1, len(shaking)) if shaking[k] != shaking[k - 1]] == [
        2.0,
        22.0,
        30.0,
        38.0,
    ]
    for k in (10, 550, 880):
        assert pictures[k].ground_m == (0, 0, 0)
        assert pictures[k].acceleration_mps2 == (0, 0, 0)
        assert pictures[k].intensity == 0
    assert 5.3 < max(p.intensity for p in pictures[:500]) <= 5.8
    assert max(abs(v) for p in pictures for v in p.ground_m) < 0.5


def test_dust_rises_with_strong_shaking_alone_and_settles(site):
    dust = [p.dust_per_m for p in run(quake(site, MAIN), 120)]
    assert max(dust) > 0.05
    assert dust[-1] < 0.5 * max(dust)
    assert not any(p.dust_per_m for p in run(quake(site, AFTER | {"intensity": 3.4}), 45))


def test_samples_are_those_of_the_motion_wherever_the_steps_begin(site):
    hazard = quake(site, MAIN)
    whole = hazard.samples(0.0, 25.0)
    parts = np.concatenate([hazard.samples(k * 0.05, (k + 1) * 0.05) for k in range(500)])
    assert whole.shape == (2500, 3)
    assert (parts == whole).all()
    assert not whole[:199].any()
    assert (whole[199:2199] == hazard.shocks[0].acceleration_mps2).all()


def test_everybody_in_the_shaken_zones_feels_it_and_nobody_else(site):
    hazard = quake(site, MAIN, zones=["class-1"])
    hazard.advance(10.0)
    feet = np.array([(10.0, 3.0, 3.6), (20.0, 3.0, 3.6), (10.0, 3.0, 0.0)])
    felt = hazard.expose(feet, feet[:, 2] + 1.4, np.array([1, 1, 0], np.int16), 10.0)
    assert felt.shaking_intensity[0] > 5
    assert felt.shaking_mps2[0].any()
    assert not felt.shaking_intensity[1:].any()
    assert not felt.shaking_mps2[1:].any()
    with pytest.raises(ValueError, match="no zone 'moon'"):
        quake(site, MAIN, zones=["moon"])


def test_two_earthquakes_are_the_same_and_one_of_another_name_is_not(site):
    assert (quake(site, MAIN).samples(0, 20) == quake(site, MAIN).samples(0, 20)).all()
    assert not np.allclose(quake(site, MAIN).samples(0, 20), quake(site, MAIN | {"id": "other"}).samples(0, 20))


def test_a_record_beside_the_scenario_is_played_as_measured_or_scaled(site, tmp_path):
    t = np.arange(0, 12, 0.02)
    wave = 150 * np.sin(2 * np.pi * 1.5 * t) * np.sin(np.pi * t / 12)
    rows = [f"{a:.2f},{b:.4f},{b / 2:.4f},0" for a, b in zip(t, wave, strict=True)]
    (tmp_path / "made.csv").write_text("\n".join(["t_s,ns_gal,ew_gal,ud_gal", *rows]))
    shock = {"id": "main", "at_s": 1.0, "record": ["made.csv"]}
    measured = quake(site, shock, folder=tmp_path)
    assert abs(measured.samples(0, 14)[:, 1]).max() == pytest.approx(1.5, rel=0.02)
    scaled = quake(site, shock | {"intensity": 4.0}, folder=tmp_path)
    assert instrumental(scaled.shocks[0].intensity) == 4.0


def test_walking_is_as_the_classes_say():
    def upright(value):
        return float(shaking_factor(intensity=[value], posture=[Posture.STANDING])[0])

    assert upright(0) == upright(4.0) == 1
    assert upright(4.75) == pytest.approx(0.8)
    assert upright(5.25) == pytest.approx(0.4)
    assert upright(5.75) == pytest.approx(0.1)
    assert upright(6.3) == 0
    assert shaking_factor(intensity=[6.2], posture=[Posture.CRAWLING])[0] > 0.3
    falling = [upright(v) for v in np.arange(3, 7, 0.1)]
    assert falling == sorted(falling, reverse=True)


def test_bodies_hardly_walk_in_class_six(site):
    hazard = quake(site, MAIN)
    hazard.advance(10.0)
    feet = np.array([(10.0, 3.0, 3.6)] * 2)
    bodies = Bodies.of(height_m=[1.6, 1.6], mass_kg=50.0, walking_speed_mps=1.2)
    bodies.posture[1] = Posture.CRAWLING
    bodies.suffer(hazard.expose(feet, feet[:, 2] + 1.4, np.array([1, 1], np.int16), 10.0), 0.05)
    assert bodies.speed()[0] < 0.4
    assert bodies.speed()[1] > bodies.speed()[0]
    assert not (bodies.fed > 0).any()
