"""The crowd: sameness, doors, floors, refuges, exposure, the resident among them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from crowd_cases import ADULTS, play
from shapely.geometry import LineString, box
from small_sites import door, group, scenario_of, site_of

from drill.hazards.exposure import Exposure
from drill.people.crowd import STEP_S, Crowd
from drill.people.level import Level
from drill.people.profiles import PROFILES
from drill.people.state import BodyState, Posture
from drill.scenario.scenario import Scenario
from drill.site.ground import Ground
from drill.site.site import Stair

REFERENCE = Path(__file__).parents[2] / "reference"


def hall(*, n: int = 40, exits: bool = True, seed_group: dict | None = None) -> Scenario:
    """A hall of 12 × 10 m, a wall with a door of 1.2 m, a yard with an exit or a refuge to stay in."""
    site = site_of(
        outline=box(0, 0, 20, 10),
        exits={"yard": box(15, 0, 20, 10)},
        zones={"hall": box(0, 0, 11.8, 10), "yard": box(12.2, 0, 20, 10)},
        walls=[[(12, 0), (12, 10)]],
        doors=[door("way", (12, 4), (12, 5.2))],
        stays=not exits,
    )
    return scenario_of(site, [group("all", n, "hall", speed=ADULTS) | (seed_group or {})])


def made(scenario: Scenario, *, seed: int = 3, closed: tuple[str, ...] = ()) -> Crowd:
    return Crowd(scenario, Ground(scenario.site), np.random.default_rng(seed), closed_doors=closed)


def step(
    crowd: Crowd, count: int, *, start: int = 0, exposure: Exposure | None = None, resident: tuple | None = None
) -> int:
    clean = exposure or Exposure.none(len(crowd))
    for k in range(start + 1, start + count + 1):
        crowd.step(t=k * STEP_S, exposure=clean, happened={"start": 0.0}, resident=resident)
    return start + count


def digest(seed: int) -> str:
    """Return a digest of 20 s of the crowd, over all that is recorded."""
    crowd = made(hall(), seed=seed)
    sha = hashlib.sha256()
    for k in range(1, 401):
        crowd.step(t=k * STEP_S, exposure=Exposure.none(len(crowd)), happened={"start": 0.0}, resident=(0, (6.0, 5.0)))
        state = crowd.state()
        sha.update(state.xy.tobytes() + state.id.tobytes() + state.state.tobytes() + state.floor.tobytes())
    return sha.hexdigest()


def test_the_same_seed_gives_the_same_crowd_in_another_process() -> None:
    program = (
        "import sys, importlib.util; sys.path.insert(0, sys.argv[1]);"
        "spec = importlib.util.spec_from_file_location('case', sys.argv[2]);"
        "case = importlib.util.module_from_spec(spec); spec.loader.exec_module(case);"
        "print(case.digest(3))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program, str(REFERENCE), __file__],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": salt, "PYTHONPATH": str(Path(__file__).parents[3])},
        ).stdout.strip()
        for salt in ("1", "2")
    ]
    assert told == [digest(3)] * 2


def test_another_seed_gives_another_crowd() -> None:
    assert digest(3) != digest(4)


def test_everybody_gets_out_and_stays_on_the_ground() -> None:
    played = play(hall(), until_s=90)
    assert not np.isnan(played.arrived_s).any()
    assert (played.state == BodyState.GONE).all()
    ground = played.ground.walkable(0).buffer(1e-6)
    points = played.xy.reshape(-1, 2)
    assert shapely.intersects_xy(ground, points[:, 0], points[:, 1]).all()
    assert len(played.crowd.state().id) == 0


def test_nobody_passes_a_shut_door_and_they_go_once_it_opens() -> None:
    crowd = made(hall(), closed=("way",))
    done = step(crowd, 400)
    assert (crowd.xy[:, 0] < 12).all()
    assert (crowd.bodies.state == BodyState.HELD).all()
    crowd.set_closed_doors(())
    step(crowd, 1400, start=done)
    assert (crowd.bodies.state == BodyState.GONE).all()


def test_a_door_that_shuts_in_the_press_holds() -> None:
    crowd = made(hall())
    done = step(crowd, 120)
    beyond = crowd.xy[:, 0] > 12
    assert beyond.any()
    assert not beyond.all()
    crowd.set_closed_doors(("way",))
    for _ in range(300):
        done = step(crowd, 1, start=done)
        assert ((crowd.xy[:, 0] > 12) == beyond).all()


def test_a_guard_that_sleeps_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: neither the ways nor the guard at the line know of the shut door."""
    monkeypatch.setattr(Crowd, "_stop_at_shut_doors", lambda *a: None)
    monkeypatch.setattr(Crowd, "set_closed_doors", lambda *a: None)
    with pytest.raises(AssertionError):
        test_a_door_that_shuts_in_the_press_holds()


def test_who_comes_first_makes_room_in_a_refuge() -> None:
    crowd = made(hall(n=60, exits=False))
    step(crowd, 1600)
    assert (crowd.bodies.state == BodyState.SAFE).all()
    assert (crowd.xy[:, 0] > 14.9).all()
    assert crowd.xy[:, 0].max() - crowd.xy[:, 0].min() > 2.0


def test_people_set_out_after_what_their_group_waits_for() -> None:
    crowd = made(hall(n=5, seed_group={"after": "bell", "pre_movement_s": {"dist": "constant", "value": 2.0}}))
    clean = Exposure.none(5)
    began = {}
    for k in range(1, 201):
        t = k * STEP_S
        happened = {"other": 0.0} | ({"bell": 4.0} if t >= 4.0 else {})
        crowd.step(t=t, exposure=clean, happened=happened)
        for person in np.flatnonzero(crowd.bodies.state != BodyState.WAITING):
            began.setdefault(int(person), t)
    assert sorted(began) == list(range(5))
    assert list(began.values()) == pytest.approx([6.0] * 5, abs=2 * STEP_S)


def test_people_climb_stairs_and_change_floor() -> None:
    stair = Stair(
        id="stair",
        lower=0,
        upper=1,
        polygon=box(8, 4, 13, 6),
        foot=LineString([(8, 4), (8, 6)]),
        head=LineString([(13, 4), (13, 6)]),
    )
    site = site_of(
        outline=box(0, 0, 8, 10),
        upper=box(13, 0, 20, 10),
        stairs=[stair],
        exits={},
        zones={"hall": box(0, 0, 8, 10)},
        upper_exits={"gallery": box(15, 0, 20, 10)},
        stays=True,
    )
    crowd = made(scenario_of(site, [group("all", 25, "hall", speed=ADULTS)]))
    seen_z = []
    done = 0
    for _ in range(1600):
        done = step(crowd, 1, start=done)
        seen_z.append(crowd.z.copy())
    assert (crowd.floor == 1).all()
    assert (crowd.bodies.state == BodyState.SAFE).all()
    assert np.abs(np.diff(np.array(seen_z), axis=0)).max() < 0.15


def test_deep_water_holds_and_a_torrent_sweeps_away() -> None:
    crowd = made(hall(n=10))
    deep = replace(Exposure.none(10), depth_m=np.full(10, 1.3, np.float32))
    done = step(crowd, 60, exposure=deep)
    before = crowd.xy.copy()
    done = step(crowd, 40, start=done, exposure=deep)
    assert (crowd.bodies.state == BodyState.HELD).all()
    assert np.abs(crowd.xy - before).max() < 1e-6
    torrent = replace(deep, flow_mps=np.full((10, 2), 1.5, np.float32))
    step(crowd, 1, start=done, exposure=torrent)
    assert (crowd.bodies.state == BodyState.INCAPACITATED).all()


def test_water_slows_by_the_rule() -> None:
    dry, wet = made(hall(n=1)), made(hall(n=1))
    step(dry, 20)
    step(wet, 20, exposure=replace(Exposure.none(1), depth_m=np.full(1, 0.35, np.float32)))
    assert wet.state().speed[0] == pytest.approx(0.58 * dry.state().speed[0], rel=0.02)


def test_people_go_low_under_smoke_and_straighten_up_later() -> None:
    crowd = made(hall(n=5), closed=("way",))
    smoky = replace(Exposure.none(5), extinction_per_m=np.full(5, 3.0, np.float32))
    done = step(crowd, 10, exposure=smoky)
    assert (crowd.bodies.posture == Posture.CROUCHING).all()
    assert (crowd.eye_z() < 1.1).all()
    done = step(crowd, 300, start=done)
    assert (crowd.bodies.posture == Posture.CROUCHING).all()
    step(crowd, 120, start=done)
    assert (crowd.bodies.posture == Posture.STANDING).all()


def test_the_crowd_walks_round_the_resident() -> None:
    """The resident stands in the way; nobody comes nearer than touch, and nobody is kept from leaving."""
    crowd = made(hall(n=20))
    at = np.array([10.5, 4.6])
    crowd_near = []
    done = 0
    for _ in range(1400):
        done = step(crowd, 1, start=done, resident=(0, (float(at[0]), float(at[1]))))
        here = crowd.others(0)
        if len(here) and done > 20:
            crowd_near.append(np.hypot(*(here - at).T).min())
    assert (crowd.bodies.state == BodyState.GONE).all()
    assert min(crowd_near) >= 0.35  # resident 0.2 m and crowd 0.15 m


def test_a_resident_nobody_sees_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a crowd that is not told of the resident walks through that place."""
    monkeypatch.setattr(Level, "follow", lambda *a: None)
    with pytest.raises(AssertionError):
        test_the_crowd_walks_round_the_resident()


def test_a_resident_who_pushes_through_is_followed() -> None:
    crowd = made(hall(n=40), closed=("way",))
    done = step(crowd, 100)
    for k in range(200):
        done = step(crowd, 1, start=done, resident=(0, (1.0 + 0.05 * k, 5.0)))
    assert len(crowd.others(0)) == 40
    assert np.isfinite(crowd.xy).all()


def test_a_group_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"group 'all' in zone 'hall': 4000 people do not fit"):
        made(hall(n=4000))


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(ValueError, match="crowd profile 'default' is unknown; there are lab, imo"):
        Crowd(hall(), Ground(hall().site), np.random.default_rng(1), profile="default")


def test_what_the_engine_refuses_for_another_reason_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resident with parameters out of range was once refused in silence, and nobody saw the resident."""
    monkeypatch.setattr("drill.people.level.RESIDENT_TIME_GAP_S", 0.05)
    crowd = made(hall(n=2))
    with pytest.raises(RuntimeError, match="timeGap"):
        step(crowd, 1, resident=(0, (6.0, 9.0)))


def test_the_engines_defaults_are_never_used() -> None:
    assert all((p.time_gap_s, p.radius_m) != (1.0, 0.2) for p in PROFILES.values())


def test_a_scenario_without_a_crowd_plays() -> None:
    crowd = made(scenario_of(hall().site, []))
    step(crowd, 5, resident=(0, (3.0, 3.0)))
    assert len(crowd) == 0
    assert len(crowd.state().id) == 0
