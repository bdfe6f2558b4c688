from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from drill.people.state import BodyState, Posture
from drill.record.inputs import Pose
from drill.scenario.loading import load_scenario
from drill.scenario.scenario import Scenario
from drill.session.frame import CrowdState, DoorState, Frame, ResidentState
from drill.view.desktop import DesktopView
from drill.view.errors import ViewError
from drill.view.window import Screen

SCENARIOS = Path(__file__).parents[3] / "scenarios"
SMALL = (320, 180)


@pytest.fixture(scope="session")
def gym() -> Scenario:
    return load_scenario(SCENARIOS / "gym-flood")


@pytest.fixture(scope="session")
def school() -> Scenario:
    return load_scenario(SCENARIOS / "school-smoke")


@pytest.fixture(scope="session")
def egl() -> None:
    """Skip where nothing can draw without a display."""
    try:
        screen = Screen(offscreen=True, size=(16, 16), title="probe", samples=0)
    except ViewError as error:
        pytest.skip(f"no offscreen picture on this machine: {error}")
    screen.close()


@pytest.fixture
def view_of(egl: None) -> Iterator[Callable[..., DesktopView]]:
    opened: list[DesktopView] = []

    def make(
        scenario: Scenario, *, language: str = "ja", size: tuple[int, int] = SMALL, one_button: bool = False
    ) -> DesktopView:
        try:
            opened.append(
                DesktopView(scenario, offscreen=True, size=size, language=language, samples=0, one_button=one_button)
            )
        except ViewError as error:
            pytest.skip(f"no font with Japanese on this machine: {error}")
        return opened[-1]

    yield make
    for view in opened:
        view.close()


@pytest.fixture
def crowd_of() -> Callable[..., CrowdState]:
    def make(*places: tuple[float, float], height_m: float = 1.4, heading: tuple[float, float] = (1, 0)) -> CrowdState:
        n = len(places)
        return CrowdState(
            id=np.arange(n, dtype=np.uint16),
            xy=np.array(places, np.float64).reshape(n, 2),
            z=np.zeros(n),
            floor=np.zeros(n, np.int8),
            heading=np.tile(np.array(heading, np.float32), (n, 1)).reshape(n, 2),
            speed=np.full(n, 1.0, np.float32),
            state=np.full(n, BodyState.MOVING, np.uint8),
            posture=np.full(n, Posture.STANDING, np.uint8),
            height_m=np.full(n, height_m, np.float32),
        )

    return make


@pytest.fixture
def frame_of(crowd_of: Callable[..., CrowdState]) -> Callable[..., Frame]:
    def make(
        scenario: Scenario,
        *,
        eye: tuple[float, float, float] = (15.0, 10.0, 1.5),
        yaw: float = 0.0,
        pitch: float = 0.0,
        depth_m: float = 0.0,
        crowd: CrowdState | None = None,
        **given: object,
    ) -> Frame:
        cy, sy, cp, sp = np.cos(yaw / 2), np.sin(yaw / 2), np.cos(pitch / 2), np.sin(pitch / 2)
        head = Pose(*eye, qx=float(sy * sp), qy=float(-cy * sp), qz=float(sy * cp), qw=float(cy * cp))
        resident = ResidentState(
            feet=(eye[0], eye[1], 0.0),
            floor=0,
            yaw_rad=yaw,
            head=head,
            left=None,
            right=None,
            speed_mps=0.0,
            posture=Posture.STANDING,
            state=BodyState.MOVING,
            depth_m=depth_m,
            flow_mps=0.0,
            extinction_per_m=0.0,
            visibility_m=30.0,
            fed=0.0,
            speed_factor=1.0,
        )
        fields: dict[str, object] = {
            "tick": 600,
            "t_s": 10.0,
            "doors": tuple(DoorState(d.id, 0.0) for d in scenario.site.doors),
            "hazards": (),
            "warning_level": 0,
            "warning": "",
            "subtitles": (),
            "prompt": None,
            "events": (),
            "ended": "",
        }
        return Frame(resident=resident, crowd=crowd or crowd_of(), **(fields | given))  # type: ignore[arg-type]  # keywords of the test

    return make
