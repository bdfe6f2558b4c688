"""Made-up frames and headers: a drill's look without a drill."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from drill import TICK_HZ
from drill.hazards.picture import SmokeLayer, SmokePicture, WaterPicture
from drill.people.state import BodyState, Posture
from drill.record.events import AnyEvent, Cue, Ended, ExposureLimit, Warned
from drill.record.inputs import Inputs, Pose
from drill.record.run import RunHeader
from drill.record.sealing import CityKeys, new_city_keys
from drill.session.frame import CrowdState, Frame, ResidentState

RUN_ID = "00112233445566778899aabbccddeeff"


def make_header(**changes: object) -> RunHeader:
    fields: dict[str, object] = {
        "run_id": RUN_ID,
        "scenario": "gym-flood",
        "scenario_hash": "ab" * 32,
        "seed": 7,
        "build": "0.1.0",
        "profile": "lab",
        "device": "made up",
        "locomotion": "scripted",
        "started_at": "2026-07-01T09:00:00+09:00",
        "consent": "recording/1",
    }
    return RunHeader(**(fields | changes))  # type: ignore[arg-type]  # keywords of the test


def make_frame(tick: int, *, people: int = 9, events: tuple[AnyEvent, ...] = ()) -> Frame:
    t = tick / TICK_HZ
    x, y = 2.0 + 1.1 * t, 3.0 + math.sin(t)
    ids = np.arange(people, dtype=np.uint16)
    resident = ResidentState(
        feet=(x, y, 0.0),
        floor=0,
        yaw_rad=0.1,
        head=Pose(x, y, 1.45, 0.0, 0.0, 0.05, 0.99875),
        left=Pose(x - 0.2, y, 1.0) if tick % 2 else None,
        right=None,
        speed_mps=1.1,
        posture=Posture.STANDING,
        state=BodyState.MOVING,
        depth_m=0.1,
        flow_mps=0.0,
        extinction_per_m=0.0,
        visibility_m=30.0,
        fed=0.0,
        speed_factor=1.0,
    )
    crowd = CrowdState(
        id=ids,
        xy=np.stack([ids * 0.7 + t, ids * 0.3 - t], axis=1).astype(np.float64),
        z=np.zeros(people),
        floor=(ids % 2).astype(np.int8),
        heading=np.zeros((people, 2), np.float32),
        speed=np.zeros(people, np.float32),
        state=(ids % 6).astype(np.uint8),
        posture=np.zeros(people, np.uint8),
        height_m=np.full(people, 1.5, np.float32),
    )
    water = WaterPicture("flood", (), round(0.01 * (tick // 120), 3), (0.0, 0.0), 8.0, (0.3, 0.2, 0.1))
    smoke = SmokePicture(
        "smoke", tuple(SmokeLayer(z, 2.5 - t / 60, 3.0, 0.4 + t, 0.0, 60.0) for z in ("room", "hall")), None
    )
    return Frame(
        tick=tick,
        t_s=t,
        resident=resident,
        crowd=crowd,
        doors=(),
        hazards=(water, smoke),
        warning_level=3,
        warning="evacuate",
        subtitles=(),
        prompt=None,
        events=events,
        ended="",
    )


def make_run(seconds: float, *, people: int = 9) -> Iterator[tuple[Frame, Inputs | None]]:
    """Yield frames and inputs of a made-up run: the inputs change now and then."""
    last = round(seconds * TICK_HZ)
    for tick in range(last + 1):
        events: list[AnyEvent] = []
        if tick == 0:
            events.append(Cue(tick, "siren", first=True))
        if tick == 90:
            events.append(Warned(tick, "evacuate", 4))
        if tick % 600 == 599:
            events.append(ExposureLimit(tick, "depth", 0.3))
        if tick == last:
            events.append(Ended(tick, "refuge"))
        frame = make_frame(tick, people=people, events=tuple(events))
        inputs = Inputs(tick, forward=1.0, turn_rad=0.01 * ((tick // 30) % 3)) if tick else None
        yield frame, inputs


@pytest.fixture(scope="session")
def header() -> Callable[..., RunHeader]:
    return make_header


@pytest.fixture(scope="session")
def frames() -> Callable[..., Iterator[tuple[Frame, Inputs | None]]]:
    return make_run


@pytest.fixture(scope="session")
def frame() -> Callable[..., Frame]:
    return make_frame


@pytest.fixture(scope="session")
def city() -> CityKeys:
    return new_city_keys()
