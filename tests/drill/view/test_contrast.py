"""Smoke takes contrast by Beer and Lambert: known panels are drawn through it and measured in the picture."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from panda3d.core import NodePath

from drill.hazards.picture import QuakePicture, SmokeLayer, SmokePicture
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.view.desktop import DesktopView
from drill.view.mesh import Mesh, Pattern
from drill.view.smoke import Smoke

DARK, BRIGHT = 0.02, 0.42
EYE = (11.0, 1.5, 1.8)
TOLERANCE = 0.05
"""Of the share of contrast that is left; eight bits a colour allow no better at five tenths of a percent of light."""


def smoke(k: float) -> SmokePicture:
    return SmokePicture("fire", (SmokeLayer("corridor-west", 0.3, 2.7, k, 0.0, 60.0),), None)


def linear(shown: np.ndarray) -> np.ndarray:
    """Undo `to_screen` of shaders/medium.glsl: 8-bit values back to linear light."""
    light = np.linspace(0, 4, 20_001)
    c = light * 1.02
    screen = np.clip((c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14), 0, 1) ** (1 / 2.2)
    return np.interp(np.asarray(shown, float) / 255, screen, light)


def panels(view: DesktopView, distance_m: float) -> list[NodePath]:
    """Hang a dark and a bright panel, shining by themselves, side by side before the eye, in both orders."""
    x, wide = EYE[0] - distance_m, 0.35 * distance_m
    low, high = EYE[2] - 0.2 * distance_m, EYE[2] + 0.2 * distance_m
    hung = []
    for pair in ((DARK, BRIGHT), (BRIGHT, DARK)):
        mesh = Mesh()
        for colour, y0, y1 in ((pair[0], EYE[1] - wide, EYE[1]), (pair[1], EYE[1], EYE[1] + wide)):
            corners = [(x, y0, low), (x, y1, low), (x, y1, high), (x, y0, high)]
            mesh.quad(corners, colour=(colour,) * 3, pattern=Pattern.GLOW)
        node = view.scene.root.attach_new_node(mesh.node("panels"))
        node.set_two_sided(True)
        hung.append(node)
    return hung


def contrast(view: DesktopView, hung: list[NodePath], frame: Frame) -> float:
    """Return the difference of the panels' green light at the picture's middle.

    It is the mean over both orders: what smoke scatters differs a little from left to right, as it rolls.
    """
    view.draw(frame)
    differences = []
    for shown, hidden, sign in ((hung[0], hung[1], -1), (hung[1], hung[0], 1)):
        shown.show()
        hidden.hide()
        picture = view.picture()
        height, width = picture.shape[:2]
        rows = slice(height // 2 - 4, height // 2 + 4)
        left = linear(picture[rows, width // 2 - 14 : width // 2 - 4, 1]).mean()
        right = linear(picture[rows, width // 2 + 4 : width // 2 + 14, 1]).mean()
        differences.append(sign * (right - left))
    return float(abs(np.mean(differences)))


@pytest.mark.parametrize(("k", "distance_m"), [(0.3, 2.0), (0.3, 5.0), (0.8, 2.0), (1.5, 1.2), (0.4, 4.0)])
def test_contrast_falls_as_beer_and_lambert_say(
    school: Scenario,
    view_of: Callable[..., DesktopView],
    frame_of: Callable[..., Frame],
    k: float,
    distance_m: float,
) -> None:
    view = view_of(school)
    hung = panels(view, distance_m)
    clear = contrast(view, hung, frame_of(school, eye=EYE, yaw=math.pi))
    left = contrast(view, hung, frame_of(school, eye=EYE, yaw=math.pi, hazards=(smoke(k),))) / clear
    assert left == pytest.approx(math.exp(-k * distance_m), rel=TOLERANCE)
    # Planted control: smoke that were half as thick again would be noticed.
    wrong = contrast(view, hung, frame_of(school, eye=EYE, yaw=math.pi, hazards=(smoke(1.5 * k),))) / clear
    assert wrong != pytest.approx(math.exp(-k * distance_m), rel=TOLERANCE)


def test_dust_of_an_earthquake_takes_contrast_too(
    school: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(school)
    view.scene.quake.dust.root.set_alpha_scale(0)
    hung = panels(view, 4.0)
    dust = QuakePicture("q", (0, 0, 0), (0, 0, 0), 0.0, shaking=False, dust_per_m=0.12)
    clear = contrast(view, hung, frame_of(school, eye=EYE, yaw=math.pi))
    left = contrast(view, hung, frame_of(school, eye=EYE, yaw=math.pi, hazards=(dust,))) / clear
    assert left == pytest.approx(math.exp(-0.12 * 4.0), rel=TOLERANCE)


def test_a_lamp_throws_a_cone_into_smoke_until_the_power_fails(
    school: Scenario, view_of: Callable[..., DesktopView], frame_of: Callable[..., Frame]
) -> None:
    view = view_of(school)
    lamp = NodePath("lamp")
    lamp.reparent_to(view.scene.root)
    lamp.set_pos(8.0, 1.5, 2.6)
    light = {}
    for name, lamps, power in (("lit", [lamp], True), ("none", [], True), ("failed", [lamp], False)):
        view.scene.smoke = Smoke(view.scene.root, lamps)
        view.draw(frame_of(school, eye=EYE, yaw=math.pi, hazards=(smoke(0.4),), power=power))
        light[name] = linear(view.picture()[:, :, 1])
        assert view.scene.smoke.count == (1 if name == "lit" else 0)
    # Three metres ahead and 0.8 m up: the cone stands in the middle of the picture, and its light falls downwards.
    cone = light["lit"] - light["none"]
    assert cone.min() > -0.02
    assert cone[70:110, 150:170].mean() > 0.005
    assert cone[70:110, 150:170].mean() > 2 * cone[70:110, 100:110].mean()
