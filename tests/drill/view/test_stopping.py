"""Stopping with one button: on purpose, by oneself, in peace; never by walking, turning or crouching."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import structs

from drill import TICK_S
from drill.record.inputs import BUTTON_PAUSE, BUTTON_STOP
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.view.chooser import HOLD_S, ONE_BUTTON
from drill.view.controls import Hands, Stance, inputs_of
from drill.view.desktop import DesktopView
from drill.view.onebutton import STOP_S, OneButton
from drill.view.stopping import StopQuestion
from drill.view.wording import LANGUAGES, wording

TAP = [True] * 5 + [False] * 5


def ticks(seconds: float) -> int:
    return round(seconds / TICK_S)


def hands_of(downs: list[bool]) -> list[Hands]:
    button, found, before = frozenset({ONE_BUTTON}), [], False
    for down in downs:
        found.append(Hands(button if down else frozenset(), button if down and not before else frozenset()))
        before = down
    return found


def play(downs: list[bool]) -> tuple[list[bool], list[Hands], list[float]]:
    """Return at each tick whether it wants to stop, what hands do, and how full the bar is."""
    one, wants, done, held = OneButton(), [], [], []
    for hands in hands_of(downs):
        done.append(one.hands(hands, speed_mps=1.0))
        wants.append(one.wants_stop)
        held.append(one.stopping)
    return wants, done, held


def test_three_short_presses_and_a_long_one_ask_once_and_the_bar_fills() -> None:
    wants, done, held = play(TAP * 3 + [True] * ticks(STOP_S + 2.0))
    assert sum(wants) == 1
    assert wants.index(True) == pytest.approx(len(TAP * 3) + ticks(STOP_S), abs=2)
    rising = held[len(TAP * 3) + ticks(0.4) : wants.index(True)]
    assert rising == sorted(rising)
    assert rising[0] < 0.2
    assert rising[-1] > 0.97
    assert [i for i, hands in enumerate(done) if "c" in hands.pressed][-1] == wants.index(True), "the crouch is undone"
    assert sum("c" in hands.pressed for hands in done) == 2
    assert not any("w" in hands.held for hands in done[: wants.index(True)])
    assert all(hands.look_rad == (0.0, 0.0) for hands in done)


@pytest.mark.parametrize(
    "downs",
    [
        [True] * ticks(20.0),
        TAP + [True] * ticks(10.0),
        TAP * 2 + [True] * ticks(10.0),
        TAP * 2 + [False] * ticks(0.6) + TAP + [True] * ticks(10.0),
        TAP * 3 + [True] * ticks(STOP_S - 0.3) + [False] * 30,
        TAP * 9 + [False] * 60,
    ],
    ids=["walking", "turning left", "crouching and walking", "crouching, then turning left", "let go", "many presses"],
)
def test_nothing_else_asks(downs: list[bool]) -> None:
    wants, _, _ = play(downs)
    assert not any(wants)


def test_a_third_short_press_is_a_press_like_any_other() -> None:
    _, done, held = play(TAP * 3 + [False] * ticks(2.0))
    assert sum("c" in hands.pressed for hands in done) == 1
    assert -sum(hands.look_rad[0] for hands in done) == pytest.approx(0.5236, abs=1e-3)
    assert max(held) == 0.0


def through(scenario: Scenario, downs: list[bool], *, pause_at: int = -1) -> tuple[Drill, list[bool]]:
    """Play a run with one button alone, as the view does; return it and at which ticks it stood still."""
    drill, one, question = Drill(scenario, seed=5), OneButton(), StopQuestion(wording("ja"))
    stance, still = Stance.standing(1.4), []
    for number, hands in enumerate(hands_of(downs)):
        buttons = BUTTON_PAUSE if number == pause_at else 0
        if question.asked:
            buttons |= question.take(hands, drill.frame)
            does = Hands()
        else:
            does = one.hands(hands, speed_mps=1.0)
            buttons |= question.ask(drill.frame) if one.wants_stop else 0
        stance, inputs = inputs_of(does, stance, drill.frame)
        drill.step(structs.replace(inputs, buttons=inputs.buttons | buttons))
        still.append(drill.frame.paused)
        if drill.ended:
            break
    return drill, still


ASK = TAP * 3 + [True] * ticks(STOP_S + 0.5) + [False] * 20
CHOOSE = [True] * ticks(HOLD_S + 0.2) + [False] * 20
NEXT = [True] * 5 + [False] * 20


def test_the_same_button_stops_the_run_while_it_stands_still(gym: Scenario) -> None:
    drill, still = through(gym, ASK + NEXT * 2 + CHOOSE)
    assert drill.ended == "stopped"
    assert still[-2], "it was asked in peace"
    assert not any(still[: len(TAP * 3) + ticks(STOP_S) - 3])


def test_who_goes_on_finds_everything_as_it_was(gym: Scenario) -> None:
    drill, still = through(gym, ASK + NEXT + CHOOSE + [False] * 60)
    assert not drill.ended
    assert not still[-1]
    before = still.index(True)
    assert sum(still) == pytest.approx(len(ASK) - before + len(NEXT) + ticks(HOLD_S), abs=8)


def test_who_does_nothing_is_asked_for_as_long_as_they_like(gym: Scenario) -> None:
    drill, still = through(gym, ASK + [False] * ticks(60.0))
    assert not drill.ended
    assert all(still[len(ASK) :])


def test_a_run_that_staff_have_paused_stays_paused(gym: Scenario) -> None:
    drill, still = through(gym, ASK + NEXT + CHOOSE + [False] * 60, pause_at=3)
    assert not drill.ended
    assert all(still[4:])


def test_escape_stops_too(gym: Scenario) -> None:
    question = StopQuestion(wording("ja"))
    frame = Drill(gym, seed=5).frame
    assert question.ask(frame) == BUTTON_PAUSE
    assert question.take(Hands(frozenset({"escape"}), frozenset({"escape"})), frame) == BUTTON_STOP
    assert question.take(Hands(), frame) == 0


def test_the_window_shows_the_question(gym: Scenario, view_of: Callable[..., DesktopView]) -> None:
    view = view_of(gym, one_button=True)
    drill = Drill(gym, seed=5)
    held_shown = 0.0
    for hands in hands_of(ASK):
        view.devices.held = set(hands.held)
        view.devices._pressed = set(hands.pressed)
        drill.step(view.inputs(drill.frame))
        assert view._one_button is not None
        held_shown = max(held_shown, view._one_button.stopping)
    view.draw(drill.frame)
    view.picture()
    assert drill.frame.paused
    assert held_shown > 0.9
    assert len(view.hud.areas) == 2, "go on, and stop"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_key_line_says_how(language: str) -> None:
    assert "3" in wording(language)["one_button_stop"].translate(str.maketrans("３", "3"))
