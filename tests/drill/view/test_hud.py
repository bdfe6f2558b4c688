"""The HUD: official colours, letters that can be read, no way shown, nothing cut off."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from drill.people.state import Posture
from drill.seismic.intensity import CLASS_NAMES
from drill.view import asking, gauges, hudtop
from drill.view.asking import Marked
from drill.view.hud import HEIGHT, LEVEL_COLOURS, Hud
from drill.view.palette import INTENSITY_COLOURS, LEAST_LETTERS
from drill.view.reading import Asked, Badge, Reading
from drill.view.threats import Threat
from drill.view.typeset import Typesetter
from drill.view.window import Screen
from drill.view.wording import LANGUAGES, level_name, wording

OFFICIAL = {1: (255, 255, 255), 2: (242, 231, 0), 3: (255, 40, 0), 4: (170, 0, 170), 5: (12, 0, 12)}
"""Cabinet Office, May 2021."""
STRONG = Threat("quake", "強い揺れ", "6-")
OFFICIAL_INTENSITY = {
    "1": (242, 242, 255),
    "2": (0, 170, 255),
    "3": (0, 65, 255),
    "4": (250, 230, 150),
    "5-": (255, 230, 0),
    "5+": (255, 153, 0),
    "6-": (255, 40, 0),
    "6+": (165, 0, 33),
    "7": (180, 0, 104),
}
"""JMA's colours for its pages, 2020."""
ASKED = Asked("どうしますか", "どのドアから逃げますか。" * 3, ("ロビーの引き戸から階段で2階へ",) * 4)


def reading(**given):
    usual = {
        "clock": "18:40:45",
        "left": "残り 2:15",
        "badge": None,
        "depth_cm": 34,
        "visibility": "約12 m",
        "posture": Posture.STANDING,
        "subtitles": ("訓練。訓練。警戒レベル4、避難指示。危険な場所にいる人は、全員避難してください。",),
        "question": None,
        "note": "",
        "threat": None,
        "paused": False,
        "ended": "",
    }
    names = {one.name for one in fields(Reading)}
    return Reading(**{name: value for name, value in (usual | given).items() if name in names})


@pytest.fixture
def hud_of(egl):
    opened = []

    def make(size=(640, 360), language="ja"):
        screen = Screen(offscreen=True, size=size, title="hud", samples=0)
        opened.append(screen)
        return screen, Hud(screen, language=language, body_height_m=1.6)

    yield make
    for screen in opened:
        screen.close()


def test_levels_have_their_official_colours_in_the_picture(hud_of):
    screen, hud = hud_of()
    for level, colour in OFFICIAL.items():
        assert tuple(round(255 * c) for c in LEVEL_COLOURS[level][0][:3]) == colour
        hud.show(reading(badge=Badge(level, level_name("ja", level, 2026), historical=False)))
        screen.render()
        screen.render()
        picture = screen.picture().astype(int)
        top = picture[: picture.shape[0] // 6]
        same = np.all(np.abs(top - colour) <= 2, axis=2)
        assert same.sum() > 500, f"level {level} shows {same.sum()} pixels of {colour}"


def test_intensities_have_their_official_colours_in_the_picture(hud_of):
    screen, hud = hud_of()
    assert set(INTENSITY_COLOURS) == set(CLASS_NAMES)
    for name, colour in OFFICIAL_INTENSITY.items():
        hud.show(reading(threat=Threat("quake", "揺れています", name)))
        screen.render()
        screen.render()
        top = screen.picture().astype(int)[:60]
        same = np.all(np.abs(top - colour) <= 2, axis=2)
        assert same.sum() > 400, f"class {name} shows {same.sum()} pixels of {colour}"


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_classes_can_be_read_on_their_ground():
    for ground, letters in INTENSITY_COLOURS.values():
        light, dark = sorted((luminance(ground), luminance(letters)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3.0, "WCAG 1.4.3, large letters"


def test_the_bar_fills_while_the_button_is_held_to_stop(hud_of):
    _, hud = hud_of()
    wide = []
    for held in (0.2, 0.6, 1.0):
        hud.show(reading(stopping=held))
        low, high = hud.root.find("**/=held").get_tight_bounds()
        wide.append(high.x - low.x)
    assert wide[0] < wide[1] < wide[2]
    hud.show(reading())
    assert hud.root.find("**/=held").is_empty()


@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_and_the_clock_stays_free(hud_of, language, size):
    screen, hud = hud_of(size, language)
    for shown in (
        reading(badge=Badge(3, level_name(language, 3, 2018), historical=True), threat=STRONG, question=ASKED),
        reading(
            badge=Badge(4, level_name(language, 4, 2018), historical=True),
            note="ドアが水に押されて開きません",
            paused=True,
            stopping=0.7,
        ),
        reading(threat=STRONG),
        reading(threat=Threat("fire", wording(language)["threat"]["fire"])),
        reading(ended="incapacitated", question=ASKED),
    ):
        hud.show(shown, Marked(1, 0.5))
        lowest, highest = hud.root.get_tight_bounds()
        assert lowest.x >= -0.5
        assert lowest.z >= -0.5
        assert highest.x <= hud.width + 0.5
        assert highest.z <= HEIGHT + 0.5
        if not shown.ended:
            top = hud.root.find("top").get_tight_bounds(hud.root)
            clock = hud.root.find("clock").get_tight_bounds(hud.root)
            assert top[1].x < clock[0].x
    assert screen.size == size


def test_no_letters_are_too_small_to_be_read(hud_of, monkeypatch):
    sizes = []
    real = Typesetter.set

    def noting(self, parent, text, at, *, size, **more):
        sizes.append((size, text))
        return real(self, parent, text, at, size=size, **more)

    monkeypatch.setattr(Typesetter, "set", noting)
    _, hud = hud_of((1280, 720))
    hud.show(reading(badge=Badge(4, "避難指示", historical=True), question=ASKED, threat=STRONG, note="かがんでいます"))
    hud.show(reading(paused=True, stopping=0.5))
    hud.keys = "one_button"
    hud.show(reading())
    assert sizes
    small = [(size, text) for size, text in sizes if size < LEAST_LETTERS - 0.01]
    assert small == []


def test_there_is_no_compass_and_no_arrow():
    names = {one.name for one in fields(Reading)}
    assert not names & {"compass", "heading", "yaw", "way", "arrow", "bearing", "route", "distance"}
    for module in (hudtop, gauges, asking):
        assert "compass" not in {name.lower() for name in vars(module)}


def test_a_marked_option_is_seen_and_its_place_is_known(hud_of):
    screen, hud = hud_of()
    pictures = []
    for mark in (Marked(), Marked(1), Marked(1, 0.6)):
        hud.show(reading(question=ASKED), mark)
        screen.render()
        screen.render()
        pictures.append(screen.picture().astype(int))
    assert len(hud.areas) == 4
    assert np.abs(pictures[1] - pictures[0]).max() > 60
    assert np.abs(pictures[2] - pictures[1]).max() > 30
    lows = [z for _, z, _, _ in hud.areas]
    assert lows == sorted(lows, reverse=True), "the first option stands above"


def test_a_part_is_drawn_anew_only_when_it_changes(hud_of):
    _, hud = hud_of()
    first = reading(badge=Badge(4, "避難指示", historical=False))
    hud.show(first)
    nodes = {name: node for name, (_, node) in hud._parts.items()}
    hud.show(replace(first, clock="18:40:46"))
    changed = {name for name, (_, node) in hud._parts.items() if node != nodes[name]}
    assert changed == {"clock"}
