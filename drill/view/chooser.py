"""Choosing one of several options with whatever a person has: number keys, arrows, a mouse, a gamepad, one button.

The one button (the space bar, or a switch that is plugged in as one): a short press marks the next option, a long one
chooses what is marked. Nothing runs out while somebody thinks, and nothing is chosen by a slip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drill.view.asking import Area, Marked
from drill.view.controls import Hands

ONE_BUTTON: Final = "space"
HOLD_S: Final = 0.9
"""How long the button is held to choose."""
NEXT: Final = frozenset({"arrow_down", "arrow_right", "tab", "pad-down", "pad-right"})
BEFORE: Final = frozenset({"arrow_up", "arrow_left", "pad-up", "pad-left"})
TAKE: Final = frozenset({"enter"})
CLICK: Final = "mouse1"
PAD_TAKE: Final = "pad-a"
PAD_SECOND: Final = "pad-b"
LEAVE: Final = frozenset({"escape", "pad-back"})


@dataclass(slots=True)
class Chooser:
    """Follows what a person does before some options; the same rules on every page.

    Attributes:
        count: how many options there are.
        leave: option that Escape means, or None where it means nothing.
        arrows: whether arrows and Enter move and choose; not while one walks with them.
        pad: whether a gamepad's buttons do; not while its cross chooses directly.
        marked: the option that is marked, or None.
    """

    count: int
    leave: int | None = None
    arrows: bool = True
    pad: bool = True
    marked: int | None = None
    _held_s: float = -1.0
    _pointed: int | None = None

    def update(
        self,
        hands: Hands,
        seconds: float,
        *,
        areas: Sequence[Area] = (),
        pointer: tuple[float, float] | None = None,
    ) -> int | None:
        """Return the option that is chosen now, or None.

        Args:
            hands: what was done since the last call.
            seconds: how long ago that was.
            areas: where the options are drawn.
            pointer: where the mouse points, in the same units; None when there is none.
        """
        if not self.count:
            return None
        pressed = hands.pressed
        if self.leave is not None and pressed & LEAVE:
            return self.leave
        # Where two numbers were pressed at once, the later option counts: on a page of consent that is "no".
        for option in reversed(range(self.count)):
            if str(option + 1) in pressed:
                return option
        chosen = self._by_mouse(pressed, areas, pointer)
        if chosen is None:
            chosen = self._by_pad(pressed)
        if chosen is None:
            chosen = self._by_arrows(pressed)
        return chosen if chosen is not None else self._by_one_button(hands, seconds)

    @property
    def mark(self) -> Marked:
        """What is to be drawn."""
        return Marked(self.marked, max(0.0, self._held_s) / HOLD_S if self.marked is not None else 0.0)

    def _by_mouse(
        self, pressed: frozenset[str], areas: Sequence[Area], pointer: tuple[float, float] | None
    ) -> int | None:
        pointed = None if pointer is None else _under(pointer, areas)
        if pointed is not None and pointed != self._pointed:
            self.marked = pointed
        self._pointed = pointed
        return pointed if CLICK in pressed else None

    def _by_pad(self, pressed: frozenset[str]) -> int | None:
        if not self.pad:
            return None
        # With nothing marked, A and B are 1 and 2, as the page says; both at once are 2.
        if PAD_SECOND in pressed and self.count == 2:
            return 1
        if PAD_TAKE in pressed:
            return self.marked if self.marked is not None else 0 if self.count <= 2 else None
        return None

    def _by_arrows(self, pressed: frozenset[str]) -> int | None:
        if not self.arrows:
            return None
        if pressed & NEXT:
            self._next(1)
        elif pressed & BEFORE:
            self._next(-1)
        elif pressed & TAKE:
            return 0 if self.count == 1 else self.marked
        return None

    def _by_one_button(self, hands: Hands, seconds: float) -> int | None:
        down, new = ONE_BUTTON in hands.held, ONE_BUTTON in hands.pressed
        if self.count == 1:
            return 0 if new else None
        if new:
            self._held_s = 0.0
        elif down and self._held_s >= 0:
            self._held_s += seconds
        if self._held_s >= HOLD_S - 1e-9 and self.marked is not None:
            self._held_s = -1.0
            return self.marked
        if not down and self._held_s >= 0:
            if self._held_s < HOLD_S / 2:
                self._next(1)
            self._held_s = -1.0
        return None

    def _next(self, step: int) -> None:
        if self.marked is None:
            self.marked = 0 if step > 0 else self.count - 1
        else:
            self.marked = (self.marked + step) % self.count


def _under(pointer: tuple[float, float], areas: Sequence[Area]) -> int | None:
    for number, (x, z, wide, high) in enumerate(areas):
        if x <= pointer[0] <= x + wide and z <= pointer[1] <= z + high:
            return number
    return None
