"""Stopping with one button: the question whether to stop, asked on a run that stands still, answered with the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from drill import TICK_S
from drill.record.inputs import BUTTON_PAUSE, BUTTON_STOP
from drill.session.frame import Frame
from drill.view.asking import Marked
from drill.view.chooser import Chooser
from drill.view.controls import Hands
from drill.view.reading import Asked

GO_ON, STOP = range(2)


class StopQuestion:
    """Asks whether to stop. `words` are the HUD's own.

    The run is paused as long as the question stands, unless staff have paused it already: nobody has to hurry, and who
    goes on finds everything as it was. Nothing is marked at first, so that nothing is chosen by a slip.
    """

    def __init__(self, words: Mapping[str, Any]) -> None:
        said = words["stopping"]
        self.question: Final = Asked(said["heading"], said["prompt"], (said["go_on"], said["stop"]), how="choose_any")
        self._chooser: Chooser | None = None
        self._paused = False

    @property
    def asked(self) -> bool:
        """Whether the question stands."""
        return self._chooser is not None

    @property
    def mark(self) -> Marked:
        """What is to be drawn."""
        return Marked() if self._chooser is None else self._chooser.mark

    def ask(self, frame: Frame) -> int:
        """Put the question; return the buttons of the next tick, which let the run stand still."""
        self._chooser = Chooser(2, leave=STOP)
        self._paused = not frame.paused
        return BUTTON_PAUSE if self._paused else 0

    def take(self, hands: Hands, frame: Frame) -> int:
        """Take what hands do while the question stands; return the buttons of the next tick, 0 for none."""
        if self._chooser is None:
            return 0
        if frame.ended:
            self._chooser = None
            return 0
        chosen = self._chooser.update(hands, TICK_S)
        if chosen is None:
            return 0
        self._chooser = None
        if chosen == STOP:
            return BUTTON_STOP
        return BUTTON_PAUSE if self._paused and frame.paused else 0
