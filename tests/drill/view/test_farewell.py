"""The page after a recorded drill: the codes can be read and scanned, and nothing is deleted by one slip of a key."""

from __future__ import annotations

import numpy as np
import pytest
import segno

from drill.view.farewell import PATIENCE_S, QUIET, Codes, FarewellPage
from drill.view.hud import HEIGHT
from drill.view.typeset import without_ruby
from drill.view.wording import LANGUAGES, wording

CODES = Codes("7K2M9Q4D", "3F8HNR2W6X", "https://sonae.example.jp/run-code#7K2M9Q4D.3F8HNR2W6X")


class Person:
    """Presses the keys of `script`, one a picture; time goes on by a second with each."""

    def __init__(self, view, *script):
        self.view = view
        self.script = list(script)
        self.now = 0.0

    def clock(self):
        return self.now

    def rest(self, _seconds):
        self.now += 1.0
        if self.script and (key := self.script.pop(0)):
            self.view.devices.key(key, down=True)
            self.view.devices.key(key, down=False)

    def deletes(self):
        view = self.view
        view.scene.rest(resting=True)
        try:
            return FarewellPage(view.screen, view.devices, view.hud, CODES, clock=self.clock, rest=self.rest).ask()
        finally:
            view.scene.rest(resting=False)


@pytest.fixture(scope="module")
def view(gym):
    desktop = pytest.importorskip("drill.view.desktop")
    errors = pytest.importorskip("drill.view.errors")
    try:
        made = desktop.DesktopView(gym, offscreen=True, size=(640, 360), samples=0)
    except errors.ViewError as error:
        pytest.skip(f"no picture on this machine: {error}")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("script", "deletes"),
    [
        (("1",), False),
        (("2", "1", "1"), False),
        (("2", "2"), True),
        (("pad-b", "pad-b"), True),
        (("escape", "pad-a", "pad-a"), False),
        (("2", "1", "2", "2"), True),
        (("w", "space", "3", "1"), False),
    ],
)
def test_a_record_goes_only_after_two_answers(view, script, deletes):
    assert Person(view, *script).deletes() is deletes


def test_the_page_goes_by_itself_and_keeps_the_record(view):
    person = Person(view)
    assert person.deletes() is False
    assert person.now == PATIENCE_S
    late = Person(view, "2")
    assert late.deletes() is False, "who does not confirm keeps the record"


def test_a_closed_window_deletes_nothing(view, monkeypatch):
    monkeypatch.setattr(type(view.screen), "closed", property(lambda _: True))
    assert Person(view, "2", "2").deletes() is False


@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
def test_the_qr_is_whole_in_the_picture(view_of, gym, size):
    """Every module is dark or light as it should be, and so is the quiet zone around: a phone reads nothing else."""
    made = view_of(gym, language="ja", size=size)
    page = FarewellPage(made.screen, made.devices, made.hud, CODES)
    made.scene.rest(resting=True)
    node = page.draw()
    made.screen.render()
    made.screen.render()
    picture = made.screen.picture()
    (square,) = node.find_all_matches("**/=qr")
    lowest, highest = square.get_tight_bounds(made.hud.root)
    node.remove_node()
    made.scene.rest(resting=False)
    wanted = np.pad(np.array([list(row) for row in segno.make(CODES.address, error="m").matrix], bool), QUIET)
    count = len(wanted)
    middles = (np.arange(count) + 0.5) / count
    scale = size[1] / HEIGHT
    columns = ((lowest.x + middles * (highest.x - lowest.x)) * scale).astype(int)
    rows = (size[1] - (highest.z - middles * (highest.z - lowest.z)) * scale).astype(int)
    assert ((picture[np.ix_(rows, columns)].mean(axis=2) < 128) == wanted).all()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
def test_the_page_fits_its_picture(view_of, gym, language, size):
    made = view_of(gym, language=language, size=size)
    page = FarewellPage(made.screen, made.devices, made.hud, CODES)
    lowest, highest = page.draw().get_tight_bounds(made.hud.root)
    assert lowest.z >= -0.5
    assert lowest.x >= -0.5
    assert highest.x <= made.hud.width + 0.5


def test_all_languages_say_the_same():
    said = [wording(language)["farewell"] for language in LANGUAGES]
    assert {frozenset(one) for one in said} == {frozenset(said[0])}
    for one in said:
        assert without_ruby(one["keep"]) != without_ruby(one["delete"])
