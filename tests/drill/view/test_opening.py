"""What is shown and told while a scenario is made ready, and that one may leave meanwhile."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pytest

from drill.scenario.scenario import Scenario
from drill.view import making
from drill.view.cells import Cutter
from drill.view.errors import LeftError
from drill.view.hud import Hud
from drill.view.lightfield import spread_light
from drill.view.making import NAMES, SHARES, Teller, What, whole_of
from drill.view.opening import STILL_S, Opening
from drill.view.stage import Stage
from drill.view.window import Screen


class Window(Screen):
    """An offscreen picture that passes for a window, and may be closed by its person."""

    shut = False

    @property
    def closed(self) -> bool:
        return self.shut or super().closed


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def window(egl: None) -> Window:
    screen = Window(offscreen=True, size=(640, 360), title="opening", samples=0)
    screen.offscreen = False
    return screen


def test_the_parts_make_up_the_whole() -> None:
    parts = list(SHARES.values())
    assert (parts[0][0], parts[-1][1]) == (0.0, 1.0)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(parts))
    assert whole_of("sounds", 1.0) == 1.0
    assert SHARES.keys() == NAMES.keys()


@pytest.mark.parametrize("language", ["ja", "ja-simple", "en"])
def test_a_first_picture_with_a_bar_that_grows(window: Window, language: str) -> None:
    clock = Clock()
    opening = Opening(window, Hud(window, language=language, body_height_m=1.4), "体育館", clock=clock)

    def green() -> int:
        picture = window.picture()[80:280].astype(int)
        return int(((picture[..., 1] > 90) & (picture[..., 0] < 60)).sum())

    opening("stage", 0.0)
    window.render()
    first = green()
    assert first > 0
    letters = window.picture()[60:300].max(axis=2) > 150
    assert letters.sum() > 200, "it says what is being made"
    clock.now += 1.0
    opening("sounds", 0.5)
    window.render()
    assert green() > 4 * first
    opening.clear()
    window.render()
    assert green() == 0


def test_closing_the_window_leaves_at_once(window: Window, gym: Scenario) -> None:
    opening = Opening(window, Hud(window, language="ja", body_height_m=1.4), "体育館")
    heard: list[What] = []

    def told(what: What, share: float) -> None:
        heard.append(what)
        window.shut = len(heard) > 2
        opening(what, share)

    with pytest.raises(LeftError, match="nothing was played"):
        Stage(gym.site, told=told)
    assert len(heard) == 3, "not one step more was made"


def test_each_part_is_told_in_steps(gym: Scenario) -> None:
    """No step is so long that closing waits for more than a small share of the whole."""
    shares: list[float] = []
    stage = Stage(gym.site, told=lambda what, share: shares.append(share))
    assert len(shares) >= 5
    assert shares == sorted(shares)
    shares.clear()
    spread_light(Cutter(gym.site, stage.building, ()).cut(), told=shares.append)
    assert len(shares) == 18
    assert shares[-1] == pytest.approx(1.0)


def test_sounds_are_waited_for_while_they_come(window: Window) -> None:
    clock = Clock()
    opening = Opening(window, Hud(window, language="ja", body_height_m=1.4), "体育館", clock=clock)
    shares = iter([0.0, 0.5, 1.0])
    opening.wait(lambda: next(shares), rest=lambda _: None)

    def rest(_: float) -> None:
        clock.now += 1.0

    opening.wait(lambda: 0.3, rest=rest)
    assert STILL_S <= clock.now < STILL_S + 5, "sounds that do not come are not waited for for ever"


def test_the_terminal_hears_what_takes_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(making.time, "monotonic", clock)
    plain, terminal = io.StringIO(), io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    for stream in (plain, terminal):
        teller = Teller(stream)
        teller("surfaces", 0.0)
        for i in range(5):
            clock.now += 0.5
            teller("light", i / 5)
        teller.done()
    assert plain.getvalue() == "first start, 45%: making the light of the rooms\n"
    assert terminal.getvalue().count("\r") == 6
    assert "61%: making the light of the rooms" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_what_was_kept_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making.time, "monotonic", Clock())
    stream = io.StringIO()
    teller = Teller(stream)
    teller("stage", 0.0)
    teller("light", 1.0)
    teller.done()
    assert stream.getvalue() == ""


def test_the_light_of_a_site_is_worked_out_once(gym: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONAE_CACHE", str(tmp_path))
    told: list[What] = []

    def tell(what: What, _: float) -> None:
        told.append(what)

    stage = Stage(gym.site)
    stage.light_map(tell)
    assert told.count("light") == 18
    Stage(gym.site).light_map(tell)
    assert told.count("light") == 18, "at the second start it is read"
