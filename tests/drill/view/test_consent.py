from __future__ import annotations

import numpy as np
import pytest

from drill.session.drill import Drill
from drill.view.consent import PATIENCE_S, ConsentPage, answer_of
from drill.view.typeset import without_ruby
from drill.view.wording import LANGUAGES, wording


class Person:
    """Presses the keys of `script`, one a picture; time goes on by a second with each."""

    def __init__(self, view, *script):
        self.view = view
        self.script = list(script)
        self.now = 0.0
        self.pictures = 0

    def clock(self):
        return self.now

    def rest(self, _seconds):
        self.now += 1.0
        self.pictures += 1
        if self.script and (key := self.script.pop(0)):
            self.view.devices.key(key, down=True)
            self.view.devices.key(key, down=False)

    def asked(self, **changes):
        view = self.view
        view.scene.rest(resting=True)
        try:
            page = ConsentPage(view.screen, view.devices, view.hud, clock=self.clock, rest=self.rest, **changes)
            return page.ask()
        finally:
            view.scene.rest(resting=False)


@pytest.fixture(scope="module")
def view(gym):
    desktop = pytest.importorskip("drill.view.desktop")
    errors = pytest.importorskip("drill.view.errors")
    try:
        made = desktop.DesktopView(gym, offscreen=True, size=(320, 180), samples=0)
    except errors.ViewError as error:
        pytest.skip(f"no picture on this machine: {error}")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (("1",), True),
        (("pad-a",), True),
        (("2",), False),
        (("pad-b",), False),
        (("escape",), False),
        (("w", "", "enter", "space", "1"), True),
        (("3", "2", "1"), False),
    ],
)
def test_the_keys_that_answer(view, script, answer):
    person = Person(view, *script)
    assert person.asked() is answer
    assert person.pictures < PATIENCE_S


def test_without_an_answer_nothing_is_recorded(view):
    person = Person(view, "w", "e")
    assert person.asked() is False
    assert person.now == PATIENCE_S


def test_what_was_pressed_before_the_page_came_is_no_answer(view):
    view.devices.key("1", down=True)
    try:
        assert Person(view).asked(patience_s=3) is False
    finally:
        view.devices.key("1", down=False)


def test_both_answers_at_once_are_no_consent():
    assert answer_of({"1", "2"}) is False
    assert answer_of({"1"}) is True
    assert answer_of({"w", "enter"}) is None


def test_a_closed_window_is_no_consent(view, monkeypatch):
    monkeypatch.setattr(type(view.screen), "closed", property(lambda _: True))
    assert Person(view, "1").asked() is False


def test_the_page_covers_the_picture_and_goes(view, gym):
    drill = Drill(gym, seed=7)
    seen = {}

    class Looking(Person):
        def rest(self, seconds):
            seen["page"] = self.view.screen.picture()
            super().rest(seconds)

    Looking(view, "", "1").asked()
    view.draw(drill.frame)
    after = view.picture()
    dark = np.all(np.abs(seen["page"].astype(int) - (14, 20, 27)) < 12, axis=2)
    assert dark.mean() > 0.5, "the page's ground covers the picture"
    assert (seen["page"].max(axis=2) > 160).mean() > 0.005, "there are letters"
    gone = np.all(np.abs(after.astype(int) - (14, 20, 27)) < 12, axis=2)
    assert gone.mean() < 0.2


def test_the_view_tells_the_version_of_the_text(view, monkeypatch):
    monkeypatch.setattr(ConsentPage, "ask", lambda _: True)
    assert view.consent() == "station-2"
    monkeypatch.setattr(ConsentPage, "ask", lambda _: False)
    assert view.consent() == ""


def test_all_languages_ask_for_the_same():
    asked = [wording(language)["consent"] for language in LANGUAGES]
    assert {one["version"] for one in asked} == {"station-2"}
    assert {len(one["points"]) for one in asked} == {4}
    assert {frozenset(one) for one in asked} == {frozenset(asked[0])}
    for one in asked:
        assert "1" in one["hint"]
        assert "2" in one["hint"]
        assert without_ruby(one["yes"]) != without_ruby(one["no"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
def test_the_page_fits_its_picture(view_of, gym, language, size):
    made = view_of(gym, language=language, size=size)
    page = ConsentPage(made.screen, made.devices, made.hud)
    lowest, highest = page.draw().get_tight_bounds(made.hud.root)
    assert lowest.z >= -0.5
    assert lowest.x >= -0.5
    assert highest.x <= made.hud.width + 0.5
