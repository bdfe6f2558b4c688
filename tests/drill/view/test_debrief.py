"""The pages after a run and before it: they fit, every way of answering leads through, a called-off drill shows it."""

from __future__ import annotations

import numpy as np
import pytest

from drill.session.lookback import Explained, Fact, LookBack
from drill.view.asking import Marked
from drill.view.debrief import (
    FOOT,
    AgainPage,
    AnswersPage,
    Debrief,
    HaltPage,
    HappenedPage,
    HomePage,
    ReadyPage,
)
from drill.view.devices import Devices
from drill.view.hud import HEIGHT, Hud
from drill.view.typeset import without_ruby
from drill.view.window import Screen
from drill.view.wording import LANGUAGES, wording

LONG = "外開きのドアが大人でも開けにくくなるのは、外の水が中よりどのくらい高いときですか。"
FACTS = (
    Fact("reached", {"place": "避難先：2階ギャラリー", "seconds": "75"}),
    Fact("set_off", {"seconds": "21"}),
    Fact("water_hip", {"cm": "71"}),
)
SHAKEN = (
    Fact("drop", {"seconds": "8"}),
    Fact("cover_some", {"percent": "31"}),
    Fact("hold_some", {"held": "1", "shocks": "2"}),
    Fact("left_close", {"seconds": "12"}),
)
TOLD = LookBack(
    tuple(Explained(LONG, "棒などで足もとを確かめながら歩く", LONG) for _ in range(3)),
    (LONG, LONG, LONG),
    (("最初の合図", 3.0), ("いちばん深い水", 63.0), (LONG, 140.0)),
)
SIZES = [(640, 480), (1280, 720)]


class At:
    """A screen, somebody before it and the layer that pages are drawn on; no scene."""

    def __init__(self, size, language="ja"):
        self.screen = Screen(offscreen=True, size=size, title="pages", samples=0)
        self.devices = Devices(self.screen)
        self.hud = Hud(self.screen, language=language, body_height_m=1.6)
        self.now, self.pictures = 0.0, 0
        self.script: list[str] = []

    @property
    def on(self):
        return self.screen, self.devices, self.hud

    def rest(self, _seconds):
        """Press the next key of the script; `space*` holds the button until it has chosen."""
        self.now += 0.5
        self.pictures += 1
        if not self.script:
            return
        key = self.script[0]
        if key.endswith("*"):
            name = key[:-1]
            if name in self.devices.held:
                self.held = getattr(self, "held", 0) + 1
                if self.held > 3:
                    self.devices.key(name, down=False)
                    self.held = 0
                    self.script.pop(0)
            else:
                self.devices.key(name, down=True)
            return
        self.script.pop(0)
        if key:
            self.devices.key(key, down=True)
            self.devices.key(key, down=False)

    def debrief(self, *script):
        self.script, self.now = list(script), 0.0
        self.devices.held.clear()
        return Debrief(*self.on, clock=lambda: self.now, rest=self.rest)


@pytest.fixture(scope="module")
def at(egl):
    made = At((320, 180))
    yield made
    made.screen.close()


@pytest.mark.parametrize(
    ("script", "again"),
    [
        (("1", "1", "2"), 1),
        (("1", "1", "4"), None),
        (("enter", "enter", "arrow_down", "enter"), 0),
        (("pad-a", "pad-a", "pad-down", "pad-down", "pad-down", "pad-a"), 2),
        (("space", "space", "space", "space", "space*"), 1),
        (("1", "1", "escape"), None),
        (("1", "1", "pad-back"), None),
    ],
)
def test_keyboard_gamepad_and_one_button_lead_through(at, script, again):
    debrief = at.debrief(*script)
    assert debrief.look_back(TOLD) == again
    assert at.now < 60


def test_nobody_has_to_know_how_to_leave(at):
    debrief = at.debrief()
    debrief.happened(FACTS, "refuge")
    assert at.now == 90.0
    assert debrief.look_back(TOLD) is None


def test_everything_called_off_ends_every_page_at_once(at):
    at.devices.interrupted = lambda: True
    try:
        debrief = at.debrief()
        debrief.happened(FACTS, "refuge")
        assert debrief.look_back(TOLD) is None
        debrief.ready()
        assert at.now == 0
    finally:
        at.devices.interrupted = lambda: False


def test_the_page_of_a_stop_stays_until_it_is_lifted(at):
    at.devices.interrupted = lambda: at.now < 5
    try:
        at.debrief("1", "enter", "escape", "space").halt()
        assert at.now == 5
        assert at.devices.interrupted() is False
    finally:
        at.devices.interrupted = lambda: False


def test_the_page_of_a_stop_is_red_from_edge_to_edge(at):
    page = HaltPage(*at.on)
    node = page.draw()
    at.screen.render()
    at.screen.render()
    picture = at.screen.picture().astype(int)
    node.remove_node()
    red = np.all(np.abs(picture - (200, 30, 30)) < 12, axis=2)
    assert red.mean() > 0.7
    assert red[5, 5]
    assert red[-5, -5]
    assert (picture.min(axis=2) > 200).mean() > 0.005, "there are letters"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_and_its_letters_do_not_meet_the_options(egl, language, size):
    at = At(size, language)
    pages = (
        HappenedPage(*at.on, FACTS, "incapacitated"),
        HappenedPage(*at.on, SHAKEN, "refuge"),
        AnswersPage(*at.on, TOLD.explained),
        HomePage(*at.on, TOLD.home),
        AgainPage(*at.on, TOLD.moments),
        ReadyPage(*at.on),
        HaltPage(*at.on),
    )
    try:
        for page in pages:
            page._marked = Marked(0, 0.5)
            lowest, highest = page.draw().get_tight_bounds(at.hud.root)
            assert lowest.z >= -0.5, page
            assert lowest.x >= -0.5, page
            assert highest.x <= at.hud.width + 0.5, page
            assert highest.z <= HEIGHT + 0.5, page
            for _, z, _, high in page._areas:
                assert 0 <= z < z + high <= HEIGHT
    finally:
        at.screen.close()


def lowest_card(at, facts):
    """Return how high above the foot of the page the lowest card of a page of facts ends."""
    page = HappenedPage(*at.on, facts, "refuge")
    page._marked = Marked(0, 0.5)
    ends = []
    into = "drill.view.debrief.panel"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(into, lambda node, x, z, *more, **kwargs: ends.append(z))
        page.draw().remove_node()
    return min(ends)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_facts_of_an_earthquake_end_above_the_option(egl, language, size):
    at = At(size, language)
    try:
        assert lowest_card(at, SHAKEN) >= FOOT
        assert lowest_card(at, SHAKEN * 3) < FOOT, "too many of them would be seen"
    finally:
        at.screen.close()


def test_all_languages_say_the_same():
    for part in ("debrief", "halt"):
        said = [wording(language)[part] for language in LANGUAGES]
        assert {frozenset(one) for one in said} == {frozenset(said[0])}
    assert {frozenset(wording(language)) for language in LANGUAGES} == {frozenset(wording("ja"))}
    assert without_ruby(wording("ja-simple")["halt"]["title"]) == "訓練 中止"
