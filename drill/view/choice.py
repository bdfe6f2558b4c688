"""A page over the whole picture with two answers, 1 and 2, for before and after a drill."""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from typing import Any, Final

from panda3d.core import NodePath
from shapely.geometry import box

from drill.view.devices import Devices
from drill.view.flat import fill, panel, rgb
from drill.view.hud import BLACK, DRILL_GREEN, HEIGHT, WHITE, Hud
from drill.view.window import Screen

PATIENCE_S: Final = 120.0
"""Who has not answered by then has answered nothing."""
PICTURE_S: Final = 1 / 30
FIRST: Final = frozenset({"1", "pad-a"})
SECOND: Final = frozenset({"2", "pad-b", "escape"})
GROUND: Final = rgb(14, 20, 27)
GOLD: Final = rgb(255, 205, 60)
SIDE: Final = 60.0
TITLE, POINT, OPTION, SMALL = 34.0, 22.0, 26.0, 17.0
OPTION_HIGH: Final = 92.0


class ChoicePage:
    """Asks once, over the whole picture. Subclasses draw what is asked.

    Args:
        screen: where the page is drawn.
        devices: the person's keys and buttons.
        hud: gives letters, words and the layer over the picture.
        patience_s: how long to wait for an answer.
        clock: monotonic seconds.
        rest: called with the seconds to wait between two pictures.
    """

    def __init__(
        self,
        screen: Screen,
        devices: Devices,
        hud: Hud,
        *,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self._screen, self._devices, self._hud = screen, devices, hud
        self._patience_s, self._clock, self._rest = patience_s, clock, rest

    def choose(self) -> bool | None:
        """Show the page until it is answered: True for 1, False for 2, None for no answer or a closed window."""
        until = self._clock() + self._patience_s
        self._devices.take()  # what was pressed before the page was seen is no answer to it
        node, size = self.draw(), self._screen.size
        try:
            while not self._screen.closed and self._clock() < until:
                self._screen.render()
                self._devices.poll()
                answer = answer_of(self._devices.take().pressed)
                if answer is not None:
                    return answer
                if self._screen.size != size:
                    node.remove_node()
                    size = self._screen.size
                    self._hud.fit(size)
                    node = self.draw()
                self._rest(PICTURE_S)
            return None
        finally:
            node.remove_node()

    def draw(self) -> NodePath:
        """Draw the page over everything and return its node."""
        node: NodePath = self._hud.root.attach_new_node(type(self).__name__)
        fill(node, box(0, 0, self._hud.width, HEIGHT), GROUND)
        self.fill(node, HEIGHT - 26, self._hud.width - 2 * SIDE)
        fill(node, box(0, HEIGHT - 10, self._hud.width, HEIGHT), DRILL_GREEN)
        return node

    def fill(self, node: NodePath, top: float, room: float) -> None:
        """Draw what is asked, from `top` down, no wider than `room`."""
        raise NotImplementedError

    def options(self, node: NodePath, top: float, room: float, words: Any) -> float:
        """Draw the two answers and return where they end. Both look alike: neither is the one that is wished for."""
        hud = self._hud
        wide, high = (room - 24) / 2, OPTION_HIGH
        for number, (x, text) in enumerate(((SIDE, words[0]), (SIDE + wide + 24, words[1])), start=1):
            panel(node, x, top - high, wide, high, rgb(255, 255, 255, 0.14), radius=12)
            panel(node, x + 16, top - high / 2 - 26, 52, 52, WHITE, radius=8)
            hud.bold.set(node, str(number), (x + 42, top - high / 2 + 25), size=34, colour=BLACK, align="centre")
            text_room = wide - 100
            tall = hud.bold.height(text, OPTION, text_room)
            at = (x + 84, top - (high - tall) / 2)
            hud.bold.set(node, text, at, size=OPTION, colour=WHITE, room=text_room)
        return top - high - 8


def answer_of(pressed: Set[str]) -> bool | None:
    """Return what the pressed keys answer, or None; where both were pressed it is 2."""
    if pressed & SECOND:
        return False
    return True if pressed & FIRST else None
