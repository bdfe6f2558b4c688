"""What lies between a source and a head: direction, distance, walls, doors, floors, water."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from drill.hazards.picture import WaterPicture
from drill.record.inputs import Pose
from drill.scenario.scenario import Scenario
from drill.session.frame import DoorState, Frame
from drill.view.sound.hearing import CORNER_DB, DOOR_DB, WALL_DB, Ear, Voice, in_head, within_bound
from drill.view.sound.loudness import MIX_LOUDEST_LUFS
from drill.view.sound.source import Point, Source


def head_at(x: float, y: float, z: float = 1.5, facing_deg: float = 0.0, pitch_deg: float = 0.0) -> Pose:
    half, tilt = math.radians(facing_deg) / 2, -math.radians(pitch_deg) / 2
    cos, sin, c, s = math.cos(half), math.sin(half), math.cos(tilt), math.sin(tilt)
    return Pose(x, y, z, -sin * s, cos * s, sin * c, cos * c)


@pytest.fixture
def hear(school: Scenario, frame_of: Callable[..., Frame]) -> Callable[..., Voice]:
    """Hears one source in the school, whose doors stand open or shut as told."""

    def one(at: Point | None, head: Pose, *, doors: float = 1.0, sound: str = "water_in", **frame: object) -> Voice:
        states = tuple(DoorState(d.id, doors) for d in school.site.doors)
        made = replace(frame_of(school), doors=states, **frame)  # type: ignore[arg-type]  # fields of a frame
        (voice,) = Ear(school.site).hear([Source("one", sound, at)], head, made)
        return voice

    return one


@pytest.mark.parametrize(
    ("away", "towards"),
    [
        ((1, 0, 0), (0, 1, 0)),
        ((0, 1, 0), (-1, 0, 0)),
        ((0, -2, 0), (1, 0, 0)),
        ((-1, 0, 0), (0, -1, 0)),
        ((0, 0, 3), (0, 0, 1)),
    ],
)
def test_left_is_left_for_who_looks_along_x(away: Point, towards: Point) -> None:
    assert in_head(head_at(0, 0), away) == pytest.approx(towards, abs=1e-9)


def test_the_head_turns_against_the_world() -> None:
    assert in_head(head_at(0, 0, facing_deg=90), (1, 0, 0)) == pytest.approx((1, 0, 0), abs=1e-9)
    right, ahead, up = in_head(head_at(0, 0, pitch_deg=45), (1, 0, 0))
    assert right == pytest.approx(0, abs=1e-9)
    assert ahead == pytest.approx(math.sqrt(0.5))
    assert up == pytest.approx(-math.sqrt(0.5)), "who looks up has what lies level below the gaze"


def test_bearing_counts_clockwise_from_ahead(hear: Callable[..., Voice], school: Scenario) -> None:
    x, y = _middle(school, "class-1")
    assert hear((x, y - 2.5, 1.5), head_at(x, y)).bearing_rad == pytest.approx(math.pi / 2)
    assert hear((x + 2.5, y, 1.5), head_at(x, y)).bearing_rad == pytest.approx(0.0)
    assert hear(None, head_at(x, y)).bearing_rad is None


def test_twice_as_far_is_6_db_less(hear: Callable[..., Voice], school: Scenario) -> None:
    x, y = _middle(school, "corridor-east")
    one, other = (hear((x + d, y, 1.5), head_at(x, y), sound="fire") for d in (2.5, 5.0))
    assert one.lufs - other.lufs == pytest.approx(6.02, abs=0.05)


def _middle(school: Scenario, zone: str) -> tuple[float, float]:
    point = next(z for z in school.site.zones if z.id == zone).polygon.representative_point()
    return point.x, point.y


def test_a_wall_muffles_and_a_shut_door_less(hear: Callable[..., Voice], school: Scenario) -> None:
    here, there = _middle(school, "class-1"), _middle(school, "class-2")
    voice = hear((*there, 1.5), head_at(*here), doors=0.0)
    assert voice.place == "muffled"
    assert 20 * math.log10(voice.gain) < WALL_DB
    door = next(d for d in school.site.doors if d.id == "class-1-door" or "class-1" in d.id)
    middle = door.line.interpolate(0.5, normalized=True)
    nx, ny = door.outward
    one, other = ((middle.x + 2.3 * s * nx, middle.y + 2.3 * s * ny) for s in (0.5, -0.5))
    shut = hear((*one, 1.5), head_at(*other), doors=0.0)
    through = hear((*one, 1.5), head_at(*other), doors=1.0)
    assert through.place == "room"
    assert through.lufs - shut.lufs == pytest.approx(-DOOR_DB, abs=0.5)
    assert shut.place == "muffled"


def test_round_a_corner_it_is_heard_from_the_open_door(hear: Callable[..., Voice], school: Scenario) -> None:
    door = next(d for d in school.site.doors if "class-1" in d.id)
    middle = door.line.interpolate(0.5, normalized=True)
    here = _middle(school, "class-1")
    zone = next(z for z in school.site.zones if z.id == "corridor-west")
    x0, y0, x1, _ = zone.polygon.bounds
    far = (x0 + 0.6 if abs(x0 - middle.x) > abs(x1 - middle.x) else x1 - 0.6, (y0 + zone.polygon.bounds[3]) / 2)
    open_, shut = (hear((*far, 1.5), head_at(*here), doors=d) for d in (1.0, 0.0))
    assert shut.place == "muffled"
    bearings = []
    for one in (d for d in school.site.doors if "class-1" in d.id):
        at = one.line.interpolate(0.5, normalized=True)
        bearings.append(math.atan2(-(at.y - here[1]), at.x - here[0]))
    assert open_.place == "room"
    assert open_.bearing_rad is not None
    assert min(abs(open_.bearing_rad - b) for b in bearings) < 0.1
    assert 20 * math.log10(open_.gain) < CORNER_DB
    assert open_.lufs > shut.lufs


def test_under_water_all_is_dull(hear: Callable[..., Voice], school: Scenario) -> None:
    x, y = _middle(school, "class-1")
    water = WaterPicture("w", (), 1.2, (0.0, 0.0), 8.0, (0.3, 0.2, 0.1))
    assert hear((x + 2, y, 1.0), head_at(x, y, 1.0), hazards=(water,)).place == "muffled"
    assert hear((x + 2, y, 1.0), head_at(x, y, 1.5), hazards=(water,)).place == "room"


def test_the_gallery_hears_the_hall_below(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    ear = Ear(gym.site)
    assert ear.place((15.0, 10.0, 1.5)) == "hall"
    assert ear.place((10.0, 19.0, 4.6)) in ("hall", "room")
    frame = frame_of(gym)
    (voice,) = ear.hear([Source("m", "crowd_murmur", (10.0, 12.0, 1.2))], head_at(10.0, 19.0, 4.8), frame)
    assert voice.place != "muffled"
    assert ear.place((15.0, -5.0, 1.5)) == "open"


def test_together_they_stay_within_the_bound() -> None:
    loud = [Voice(Source(str(i), "rumble", None), (0, 0, 0), 1.0, "open", -18.0) for i in range(12)]
    turned_down = within_bound(loud)
    power = sum(10 ** (v.lufs / 10) for v in turned_down)
    assert 10 * math.log10(power) <= MIX_LOUDEST_LUFS
    assert within_bound(loud[:1]) == loud[:1], "one alone is left as it is"
