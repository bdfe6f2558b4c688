"""The page before a drill without ticket: may this run be recorded? Nothing is kept unless the answer is yes."""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from typing import Any, Final

from panda3d.core import NodePath
from shapely.geometry import box

from drill.view.devices import Devices
from drill.view.flat import fill, panel, rgb
from drill.view.hud import BLACK, DRILL_GREEN, HEIGHT, PALE, WHITE, Hud
from drill.view.window import Screen

PATIENCE_S: Final = 120.0
"""Who has not answered by then is not recorded."""
PICTURE_S: Final = 1 / 30
YES: Final = frozenset({"1", "pad-a"})
NO: Final = frozenset({"2", "pad-b", "escape"})
GROUND: Final = rgb(14, 20, 27)
SIDE: Final = 60.0
TITLE, POINT, OPTION, SMALL = 34.0, 22.0, 26.0, 17.0


class ConsentPage:
    """Asks once, over the whole picture.

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

    @property
    def version(self) -> str:
        """Version of the text that is agreed to."""
        return str(self._words["version"])

    @property
    def _words(self) -> dict[str, Any]:
        words: dict[str, Any] = self._hud.words["consent"]
        return words

    def ask(self) -> bool:
        """Show the page until it is answered. No answer, or a closed window, is no consent."""
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
            return False
        finally:
            node.remove_node()

    def draw(self) -> NodePath:
        """Draw the page over everything and return its node."""
        hud, words = self._hud, self._words
        node: NodePath = hud.root.attach_new_node("consent")
        fill(node, box(0, 0, hud.width, HEIGHT), GROUND)
        room = hud.width - 2 * SIDE
        top = HEIGHT - 26
        top -= hud.bold.set(node, words["title"], (SIDE, top), size=TITLE, colour=WHITE, room=room) + 8
        for heading, text in words["points"]:
            top -= hud.bold.set(node, heading, (SIDE, top), size=SMALL, colour=rgb(255, 205, 60), room=room)
            top -= hud.text.set(node, text, (SIDE, top), size=POINT, colour=WHITE, room=room) + 6
        top -= 8
        wide, high = (room - 24) / 2, 92.0
        for number, (x, text) in enumerate(((SIDE, words["yes"]), (SIDE + wide + 24, words["no"])), start=1):
            # Both answers look alike: neither is the one that is wished for.
            panel(node, x, top - high, wide, high, rgb(255, 255, 255, 0.14), radius=12)
            panel(node, x + 16, top - high / 2 - 26, 52, 52, WHITE, radius=8)
            hud.bold.set(node, str(number), (x + 42, top - high / 2 + 25), size=34, colour=BLACK, align="centre")
            text_room = wide - 100
            tall = hud.bold.height(text, OPTION, text_room)
            at = (x + 84, top - (high - tall) / 2)
            hud.bold.set(node, text, at, size=OPTION, colour=WHITE, room=text_room)
        top -= high + 8
        hud.text.set(node, words["hint"], (SIDE, top), size=SMALL, colour=PALE, room=room)
        fill(node, box(0, HEIGHT - 10, hud.width, HEIGHT), DRILL_GREEN)
        return node


def answer_of(pressed: Set[str]) -> bool | None:
    """Return what the pressed keys answer, or None; where both were pressed it is no."""
    if pressed & NO:
        return False
    return True if pressed & YES else None
