"""A view only looks: the same inputs give the same digest with and without one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from drill.play import play
from drill.record.inputs import Inputs
from drill.scenario.scenario import Scenario
from drill.session.automatic import AutomaticResident
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.view.desktop import DesktopView

TICKS = 150


def digest(
    scenario: Scenario, look: Callable[[Frame], object], change: Callable[[Inputs], Inputs] = lambda inputs: inputs
) -> str:
    drill = Drill(scenario, seed=7)
    resident = AutomaticResident(scenario)
    for _ in range(TICKS):
        look(drill.step(change(resident.inputs(drill.frame))))
    return drill.digest()


def test_rendering_does_not_change_the_digest(school: Scenario, view_of: Callable[..., DesktopView]) -> None:
    view = view_of(school)
    alone = digest(school, lambda _: None)

    def look(frame: Frame) -> None:
        view.draw(frame)
        view.inputs(frame)
        if frame.tick % 50 == 0:
            view.picture()

    assert digest(school, look) == alone

    # Planted fault: inputs that differ by a hair's breadth are told apart.
    def nudge(inputs: Inputs) -> Inputs:
        return msgspec.structs.replace(inputs, step_m=(0.01, 0.0)) if inputs.tick == 100 else inputs

    assert digest(school, look, nudge) != alone


def test_a_run_whose_window_is_closed_ends_as_such(school: Scenario, view_of: Callable[..., DesktopView]) -> None:
    view = view_of(school)
    drawn: list[int] = []
    draw = view.draw

    def close_soon(frame: Frame) -> None:
        draw(frame)
        drawn.append(frame.tick)
        if len(drawn) == 3:
            view.screen.engine.remove_window(view.screen.output)

    view.draw = close_soon  # type: ignore[method-assign]  # the person closes the window after the third picture
    result = play(school, seed=7, view=view)
    assert result.ended == "window_closed"
    assert drawn[-1] - drawn[2] <= 6
