"""No picture flashes more than three times a second; the counter sees one that would."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from drill.hazards.picture import QuakePicture, SmokeLayer, SmokePicture, WaterPicture
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.view.desktop import DesktopView
from drill.view.fire import flicker
from drill.view.flash import ALLOWED_A_SECOND, flashes_a_second

RATE_HZ = 12


def flickering(hertz: float, *, seconds: float = 3.0, rate: float = 30, area: float = 1.0) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    pictures = np.full((len(t), 90, 160, 3), 60, np.uint8)
    bright = np.where(np.sin(2 * np.pi * hertz * t + 0.1) > 0, 200, 60)
    pictures[:, :, : int(160 * area)] = bright[:, None, None, None]
    return pictures


@pytest.mark.parametrize(
    ("hertz", "area", "allowed"), [(2, 1.0, True), (3, 1.0, True), (5, 1.0, False), (5, 0.3, False)]
)
def test_counter_sees_a_planted_flicker(hertz: float, area: float, allowed: bool) -> None:
    found = flashes_a_second(flickering(hertz, area=area), 30)
    assert (found <= ALLOWED_A_SECOND) == allowed
    assert found == pytest.approx(hertz, abs=1)


def test_counter_takes_no_slow_change_and_no_small_one_for_a_flash() -> None:
    ramp = np.linspace(0, 255, 60).astype(np.uint8)[:, None, None, None] * np.ones((1, 40, 40, 3), np.uint8)
    assert flashes_a_second(ramp, 30) == 0
    faint = (flickering(8).astype(int) // 20 + 100).astype(np.uint8)
    assert flashes_a_second(faint, 30) == 0
    with pytest.raises(ValueError, match="12 or more"):
        flashes_a_second(ramp, 5)


def test_a_fire_wavers_little_and_slowly() -> None:
    light = np.array([flicker(t) for t in np.linspace(0, 60, 3600)])
    assert light.max() - light.min() < 0.17
    spectrum = np.abs(np.fft.rfft(light - light.mean()))
    fast = np.fft.rfftfreq(len(light), 60 / 3599) > 3
    assert spectrum[fast].max() < 0.02 * spectrum.max()


def layers(k: float) -> tuple[SmokeLayer, ...]:
    return tuple(SmokeLayer(z, 1.2, 2.7, k, 0.0, 150.0) for z in ("store", "corridor-west"))


def test_fire_and_failing_light_in_a_shaken_school_do_not_flash(
    school: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(school, size=(160, 90))
    pictures = []
    for i in range(2 * RATE_HZ + 1):
        t = 40.0 + i / RATE_HZ
        ground = (0.08 * np.sin(7 * t), 0.05 * np.sin(9 * t), 0.0)
        quake = QuakePicture("q", ground, (3.0, 2.0, 0.5), 5.6, shaking=True, dust_per_m=0.1)
        fire = SmokePicture("fire", layers(0.6), (2.0, 5.5, 0.0, 700.0))
        frame = frame_of(
            school,
            eye=(2.0, 3.6, 1.1),
            yaw=np.pi / 2,
            hazards=(fire, quake),
            t_s=t,
            tick=round(t * 60),
            power=i < RATE_HZ,
        )
        view.draw(dataclasses.replace(frame))
        pictures.append(view.picture())
    assert flashes_a_second(np.stack(pictures), RATE_HZ) <= 1


def test_running_water_does_not_flash(
    gym: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame], crowd_of: Callable[..., object]
) -> None:
    view = view_of(gym, size=(160, 90))
    pictures = []
    for i in range(2 * RATE_HZ + 1):
        t = 40.0 + i / RATE_HZ
        water = WaterPicture("river", ("yard",), 0.5, (0.8, 0.0), 9.0, (0.3, 0.22, 0.13))
        frame = frame_of(
            gym,
            eye=(5.0, -4.0, 1.5),
            pitch=-0.3,
            hazards=(water,),
            t_s=t,
            tick=round(t * 60),
            crowd=crowd_of((8.0, -4.0)),
        )
        view.draw(frame)
        pictures.append(view.picture())
    assert flashes_a_second(np.stack(pictures), RATE_HZ) == 0
