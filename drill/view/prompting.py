"""Answering what a drill asks, beyond the number keys and a gamepad's cross: mouse, arrows, one button.

While the run goes on, arrows walk and the mouse looks around: there only the one button is added, for whoever plays
with it. After the run has ended everything answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drill import TICK_S
from drill.session.frame import Frame
from drill.view.asking import UNMARKED, Area, Marked
from drill.view.chooser import CLICK, ONE_BUTTON, Chooser
from drill.view.controls import Hands
from drill.view.devices import Devices
from drill.view.hud import Layer
from drill.view.palette import HEIGHT

BUTTON_ALONE: Final = frozenset({ONE_BUTTON})


class PromptChoice:
    """Follows which option of the current prompt is marked and chosen."""

    def __init__(self, devices: Devices, hud: Layer, *, one_button: bool) -> None:
        self._devices, self._hud = devices, hud
        self._one_button = one_button
        self._chooser: Chooser | None = None
        self._prompt = ""
        self._free = False

    @property
    def asked(self) -> bool:
        """Whether the one button answers now, and does not walk."""
        return self._chooser is not None

    @property
    def mark(self) -> Marked:
        """What is to be drawn."""
        return UNMARKED if self._chooser is None else self._chooser.mark

    def take(self, hands: Hands, frame: Frame, *, areas: Sequence[Area]) -> str:
        """Return the id of the option that is chosen now, or ""."""
        prompt, ended = frame.prompt, bool(frame.ended)
        self._point(free=ended and prompt is not None)
        name = f"{prompt.kind}:{prompt.id}:{ended}" if prompt is not None and (ended or self._one_button) else ""
        if name != self._prompt:
            self._prompt = name
            self._chooser = None
            if name and prompt is not None:
                self._chooser = Chooser(len(prompt.options), arrows=ended, pad=False)
        if self._chooser is None or prompt is None:
            return ""
        if not ended:
            hands = Hands(hands.held & BUTTON_ALONE, hands.pressed & BUTTON_ALONE)
        elif not self._free:
            hands = Hands(hands.held, hands.pressed - {CLICK})
        chosen = self._chooser.update(hands, TICK_S, areas=areas, pointer=self._pointer())
        return "" if chosen is None else prompt.options[chosen]

    def _point(self, *, free: bool) -> None:
        """Let the mouse point while the quiz is asked, and look around again afterwards."""
        if free != self._free:
            self._free = free
            self._devices.pages += 1 if free else -1

    def _pointer(self) -> tuple[float, float] | None:
        at = self._devices.pointer
        return None if at is None or not self._free else (at[0] * self._hud.width, at[1] * HEIGHT)
