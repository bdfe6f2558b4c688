"""A page over the whole picture with options to choose from, for before and after a drill."""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from typing import Any, Final

from panda3d.core import NodePath
from shapely.geometry import box

from drill.view.asking import UNMARKED, Area, option_box
from drill.view.chooser import Chooser
from drill.view.devices import Devices
from drill.view.flat import fill
from drill.view.hud import Layer
from drill.view.palette import DRILL_GREEN, GOLD, GROUND, HEIGHT
from drill.view.window import Screen

__all__ = ["GOLD", "GROUND", "PATIENCE_S", "POINT", "SIDE", "SMALL", "TITLE", "ChoicePage", "Page", "answer_of"]

PATIENCE_S: Final = 120.0
"""Who has not answered by then has answered nothing."""
PICTURE_S: Final = 1 / 30
FIRST: Final = frozenset({"1", "pad-a"})
SECOND: Final = frozenset({"2", "pad-b", "escape"})
SIDE: Final = 60.0
TITLE, POINT, OPTION, SMALL = 34.0, 22.0, 26.0, 17.0
OPTION_HIGH: Final = 92.0


class Page:
    """Asks once, over the whole picture. Subclasses draw what is asked and say how many options there are.

    Args:
        screen: where the page is drawn.
        devices: the person's keys and buttons.
        hud: gives letters, words and the layer over the picture.
        patience_s: how long to wait for an answer.
        clock: monotonic seconds.
        rest: called with the seconds to wait between two pictures.
    """

    COUNT = 1
    LEAVE: int | None = None

    def __init__(
        self,
        screen: Screen,
        devices: Devices,
        hud: Layer,
        *,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self._screen, self._devices, self._hud = screen, devices, hud
        self._patience_s, self._clock, self._rest = patience_s, clock, rest
        self._marked = UNMARKED
        self._areas: list[Area] = []

    @property
    def count(self) -> int:
        """How many options there are."""
        return self.COUNT

    def option(self) -> int | None:
        """Show the page until an option is chosen, from 0; None: no answer, a closed window, or all called off."""
        begun = self._clock()
        chooser = Chooser(self.count, leave=self.LEAVE)
        self._devices.take()  # what was pressed before the page was seen is no answer to it
        self._devices.pages += 1
        shown = (self._screen.size, UNMARKED)
        node, last = self.draw(), begun
        try:
            while not self._screen.closed and not self._devices.interrupted():
                now = self._clock()
                if now >= begun + self._patience_s:
                    return None
                self._screen.render()
                self._devices.poll()
                chosen = chooser.update(self._devices.take(), now - last, areas=self._areas, pointer=self._pointer())
                last = now
                if chosen is not None:
                    return chosen
                if (self._screen.size, chooser.mark) != shown:
                    shown = (self._screen.size, chooser.mark)
                    self._marked = chooser.mark
                    node.remove_node()
                    self._hud.fit(self._screen.size)
                    node = self.draw()
                self._rest(PICTURE_S)
            return None
        finally:
            self._devices.pages -= 1
            node.remove_node()

    def _pointer(self) -> tuple[float, float] | None:
        at = self._devices.pointer
        return None if at is None else (at[0] * self._hud.width, at[1] * HEIGHT)

    def draw(self) -> NodePath:
        """Draw the page over everything and return its node."""
        node: NodePath = self._hud.root.attach_new_node(type(self).__name__, 1000)
        self._areas = []
        fill(node, box(0, 0, self._hud.width, HEIGHT), GROUND)
        self.fill(node, HEIGHT - 26, self._hud.width - 2 * SIDE)
        fill(node, box(0, HEIGHT - 10, self._hud.width, HEIGHT), DRILL_GREEN)
        return node

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw what is asked, from `top` down, no wider than `room`."""
        raise NotImplementedError

    def options(self, node: NodePath, top: float, room: float, words: Any, *, columns: int = 2) -> float:
        """Draw the options and return where they end. All look alike: none is the one that is wished for."""
        pen, gap = self._hud.pen, 24.0
        columns = min(columns, len(words))
        wide = (room - gap * (columns - 1)) / columns
        for start in range(0, len(words), columns):
            row = list(words[start : start + columns])
            high = OPTION_HIGH if columns > 1 or len(words) == 1 else 66.0
            high = max(high, *(pen.bold.height(text, OPTION, wide - 84) + 16 for text in row))
            for n, text in enumerate(row):
                area = (SIDE + n * (wide + gap), top - high, wide, high)
                self._areas.append(area)
                option_box(pen, node, area, text, start + n, self._marked, size=OPTION, bold=True)
            top -= high + 12
        return top + 4


class ChoicePage(Page):
    """A page with two answers, 1 and 2."""

    COUNT = 2
    LEAVE = 1

    def choose(self) -> bool | None:
        """Show the page until it is answered: True for 1, False for 2, None for no answer or a closed window."""
        answer = self.option()
        return None if answer is None else answer == 0


def answer_of(pressed: Set[str]) -> bool | None:
    """Return what the pressed keys answer, or None; where both were pressed it is 2."""
    if pressed & SECOND:
        return False
    return True if pressed & FIRST else None
