"""What the picture shows, by its pixels: small, offscreen, drawn by EGL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drill.hazards.picture import SmokeLayer, SmokePicture, WaterPicture
from drill.scenario.scenario import Scenario
from drill.session.frame import DoorState, Frame
from drill.view.desktop import DesktopView
from drill.view.errors import ViewError

Picture = np.ndarray[Any, np.dtype[np.uint8]]
CONE = (15.5, 12.5)


def water(level_m: float, turbidity: float = 8.0) -> WaterPicture:
    return WaterPicture("indoor", ("hall",), level_m, (0.0, 0.0), turbidity, (0.30, 0.22, 0.13))


def smoke(interface_m: float, k: float) -> SmokePicture:
    zones = ("corridor-west", "corridor-east")
    return SmokePicture("fire", tuple(SmokeLayer(z, interface_m, 2.7, k, 0.0, 90.0) for z in zones), None)


def orange(picture: Picture) -> int:
    """Pixels of a cone's colour, away from the HUD's corners."""
    middle = picture[60:140, 100:220].astype(int)
    red, green, blue = middle[..., 0], middle[..., 1], middle[..., 2]
    return int(np.count_nonzero((red > 150) & (red - green > 80) & (red - blue > 100)))


def luminance_spread(picture: Picture) -> float:
    """Standard deviation of luminance in the middle of the picture, 0 to 255."""
    middle = picture[72:108, 130:190].astype(float)
    return float((middle @ np.array([0.2126, 0.7152, 0.0722])).std())


@pytest.fixture
def at_cone(gym: Scenario, frame_of: Callable[..., Frame]) -> Callable[..., Frame]:
    def make(*hazards: object) -> Frame:
        return frame_of(gym, eye=(CONE[0] - 2.5, CONE[1], 1.5), pitch=-0.45, hazards=hazards)

    return make


def test_picture_is_not_empty(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    view.draw(frame_of(gym))
    picture = view.picture()
    assert picture.shape == (180, 320, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500
    assert view.png().startswith(b"\x89PNG\r\n")


def test_muddy_water_hides_a_cone(
    gym: Scenario, view_of: Callable[..., DesktopView], at_cone: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    seen = {}
    for name, hazards in {
        "dry": (),
        "deep": (water(0.75),),
        "shallow": (water(0.30),),
        "clear": (water(0.75, turbidity=0.01),),
    }.items():
        view.draw(at_cone(*hazards))
        seen[name] = orange(view.picture())
    assert seen["dry"] > 60
    assert seen["deep"] == 0
    assert 0 < seen["shallow"] < seen["dry"]
    # Planted control: the same depth of clear water does not hide it, so it is the mud that does.
    assert seen["clear"] > 0.3 * seen["dry"]


def test_below_the_surface_nothing_but_mud_is_seen(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    spread = {}
    for level in (0.0, 1.2):
        view.draw(frame_of(gym, eye=(15.0, 10.0, 0.6), hazards=(water(level),)))
        spread[level] = luminance_spread(view.picture())
    assert spread[1.2] < 3 < spread[0.0]


def test_crouching_clears_the_view_under_smoke(
    school: Scenario,
    view_of: Callable[..., DesktopView],
    frame_of: Callable[..., Frame],
    crowd_of: Callable[..., Any],
) -> None:
    view = view_of(school)
    crowd = crowd_of((7.5, 1.7), (7.5, 1.2))
    spread = {}
    for name, eye, hazards in (
        ("standing", 1.5, (smoke(1.0, 3.0),)),
        ("crouching", 0.7, (smoke(1.0, 3.0),)),
        ("standing without smoke", 1.5, ()),
        ("crouching without smoke", 0.7, ()),
    ):
        view.draw(frame_of(school, eye=(12.0, 1.7, eye), yaw=np.pi, pitch=-0.08, crowd=crowd, hazards=hazards))
        spread[name] = luminance_spread(view.picture())
    assert spread["crouching"] > 4 * spread["standing"]
    # Planted control: without a layer, going down gains nothing of the kind.
    assert spread["crouching without smoke"] < 2 * spread["standing without smoke"]


def test_people_are_drawn_and_fit_in_one_picture_by_hundreds(
    gym: Scenario,
    view_of: Callable[..., DesktopView],
    frame_of: Callable[..., Frame],
    crowd_of: Callable[..., Any],
) -> None:
    view = view_of(gym)
    view.draw(frame_of(gym, eye=(5.5, 10.0, 1.5), pitch=-0.1))
    nobody = view.picture().astype(int)
    places = [(x, y) for x in np.linspace(8, 28, 20) for y in np.linspace(2, 17, 15)]
    view.draw(frame_of(gym, eye=(5.5, 10.0, 1.5), pitch=-0.1, crowd=crowd_of(*places)))
    everybody = view.picture().astype(int)
    assert view.scene.people.shown == 300
    assert np.count_nonzero(np.abs(everybody - nobody).sum(axis=2) > 60) > 2000


def test_letters_of_the_hud_are_there(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym, size=(640, 360))
    view.draw(frame_of(gym, warning_level=4, warning="order-4"))
    badge = view.picture()[:50, 60:210].astype(int)
    purple = np.abs(badge - [170, 0, 170]).sum(axis=2) < 40
    assert purple.sum() > 1500
    rows, columns = np.nonzero(purple)
    within = badge[rows.min() : rows.max(), columns.min() : columns.max()]
    assert (within.min(axis=2) > 200).sum() > 100


def test_an_open_door_lets_one_see_through(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    pictures = []
    for share in (0.0, 1.0):
        doors = tuple(DoorState(d.id, share) for d in gym.site.doors)
        view.draw(frame_of(gym, eye=(25.0, 7.5, 1.5), doors=doors))
        pictures.append(view.picture().astype(int))
    assert np.count_nonzero(np.abs(pictures[0] - pictures[1]).sum(axis=2) > 40) > 150


def test_a_closed_window_ends_quietly(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(gym)
    frame = frame_of(gym)
    view.draw(frame)
    assert not view.closed
    view.screen.engine.remove_window(view.screen.output)
    assert view.closed
    view.draw(frame)
    assert view.inputs(frame).tick == frame.tick + 1
    with pytest.raises(ViewError, match="before the window is closed"):
        view.picture()
    view.close()
    view.close()


def test_no_picture_before_the_first_frame(gym: Scenario, view_of: Callable[..., DesktopView]) -> None:
    with pytest.raises(ViewError, match="draw a frame first"):
        view_of(gym).picture()
