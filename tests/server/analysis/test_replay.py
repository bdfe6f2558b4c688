from __future__ import annotations

import json

import numpy as np
import pytest

from drill import TICK_S
from drill.metrics.track import track_of
from drill.record.run import CrowdTrack
from drill.site.drawing import PlanDrawing
from server.analysis.happenings import happenings
from server.analysis.replay import MAX_STILLS, PIXEL, Scenes, content, crowd_content, scenes_of, stage, stills
from server.web.svg import scene
from server.web.texts import Words


@pytest.fixture(scope="session")
def scenes(played) -> Scenes:
    return scenes_of(played.run, played.scenario)


def undone(differences: list[int]) -> np.ndarray:
    return np.cumsum(differences) / PIXEL


def test_script_finds_the_resident_where_the_record_says(scenes: Scenes, played) -> None:
    made = content(scenes, happenings(played.run, played.scenario, Words("ja")))
    way = track_of(played.run, played.scenario)
    resident = made["resident"]
    x, y = undone(resident["x"]), undone(resident["y"])
    for i in range(0, len(x), 37):
        k = way.at(resident["t0"] + i / resident["hz"])
        px, py = scenes.plan.to_svg(int(way.floor[k]), *way.xy[k])
        assert (x[i], y[i]) == pytest.approx((px, py), abs=0.06)
    assert len(resident["heading"]) == len(x)


def test_script_finds_the_crowd_where_the_record_says(scenes: Scenes, played) -> None:
    crowd = played.run.crowd
    made = crowd_content(crowd, scenes.plan)
    assert len(made["people"]) == len(np.unique(crowd.id))
    ticks = np.unique(crowd.tick)
    assert made["t"] == pytest.approx(ticks * TICK_S, abs=1e-3)
    for person, key in zip(made["people"], np.unique(crowd.id), strict=True):
        rows = np.flatnonzero(crowd.id == key)
        last = rows[-1]
        place = scenes.plan.to_svg(int(crowd.floor[last]), crowd.x_m[last], crowd.y_m[last])
        assert (undone(person["x"])[-1], undone(person["y"])[-1]) == pytest.approx(place, abs=0.06)
        assert person["i"] == np.searchsorted(ticks, crowd.tick[rows[0]])


def test_a_person_missing_from_a_sample_stays_where_they_were(scenes: Scenes) -> None:
    crowd = CrowdTrack(
        tick=np.array([0, 0, 12, 24, 24], np.uint32),
        id=np.array([1, 2, 2, 1, 2], np.uint16),
        x_m=np.array([1.0, 5.0, 5.5, 2.0, 6.0]),
        y_m=np.full(5, 2.0),
        floor=np.zeros(5, np.int8),
        state=np.array([0, 1, 1, 3, 1], np.uint8),
    )
    first = crowd_content(crowd, scenes.plan)["people"][0]
    x = undone(first["x"])
    assert x[0] == x[1]
    assert x[2] > x[1]
    assert first["s"] == [[0, "dot-crowd"], [2, "dot-safe"]]


def test_content_is_compact_and_plain(scenes: Scenes, played) -> None:
    rows = happenings(played.run, played.scenario, Words("ja-simple"))
    text = json.dumps(content(scenes, rows), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    n = len(played.run.crowd.tick)
    assert len(text) < 16 * n + 40_000
    assert "|" not in text


def test_smoke_gets_denser_where_it_spreads(scenes: Scenes) -> None:
    zones = content(scenes, [])["hazards"]["zones"]
    assert zones
    assert all(0 <= v <= 1 for zone in zones.values() for v in (*zone["water"], *zone["smoke"]))
    assert any(zone["smoke"][-1] > zone["smoke"][0] for zone in zones.values())


def test_stage_has_a_place_for_everything_that_moves(scenes: Scenes, played) -> None:
    drawn = stage(scenes, Words("ja"))
    for key in ('id="hazards"', 'id="crowd"', 'id="people"'):
        assert key in drawn
    assert drawn.count("data-kind") == 2 * len(scene.threatened(played.scenario))


def test_stills_tell_the_story_without_a_script(scenes: Scenes) -> None:
    shown = stills(scenes, Words("ja"))
    assert 3 <= len(shown) <= MAX_STILLS
    assert shown[0].when == "0:00"
    assert len({still.when for still in shown}) == len(shown)
    assert all("<use href" in still.drawing and "dot-" in still.drawing for still in shown)


def test_density_of_water_and_smoke() -> None:
    assert scene.water_opacity(-1) == scene.water_opacity(0) == 0
    assert 0 < scene.water_opacity(0.1) < scene.water_opacity(0.7) < scene.water_opacity(2) <= 0.7
    assert scene.smoke_opacity(0, 1, 0) == 0
    assert scene.smoke_opacity(3, 3, 0) == 0
    assert scene.smoke_opacity(3, 1, 0) < scene.smoke_opacity(3, 0, 0) == 0.75


def test_plan_keeps_the_pages_policy(played) -> None:
    assert "style=" not in PlanDrawing(played.scenario.site).base()
    assert "<style" not in PlanDrawing(played.scenario.site).base()
