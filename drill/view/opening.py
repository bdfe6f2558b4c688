"""The page that is shown from the first moment while a scenario is made ready: a bar, and what is being made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from panda3d.core import NodePath
from shapely.geometry import box

from drill.view.errors import LeftError
from drill.view.flat import fill, panel, rgb
from drill.view.hud import Layer
from drill.view.making import Told, What, untold, whole_of
from drill.view.palette import DRILL_GREEN, GROUND, HEIGHT, PALE, WHITE
from drill.view.window import Screen

PICTURE_S: Final = 1 / 15
BAR_HIGH: Final = 26.0
BAR_GROUND: Final = rgb(255, 255, 255, 0.14)
SIDE: Final = 160.0
STILL_S: Final = 60.0
"""Sounds that have not come on for so long are not waited for: the drill goes on with subtitles."""


class Opening:
    """Tells what is being made, in the window and to `told`; between two of its pictures the window's events are taken.

    Args:
        screen: its window; where there is none, `told` alone hears of it.
        layer: gives letters, words and the layer to draw on.
        title: of the scenario.
        told: hears the same, such as the terminal.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        screen: Screen,
        layer: Layer,
        title: str,
        *,
        told: Told = untold,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen, self._layer, self._title, self._told, self._clock = screen, layer, title, told, clock
        self._node: NodePath | None = None
        self._drawn_s = clock() - PICTURE_S

    def __call__(self, what: What, share: float) -> None:
        """Show how far a part is.

        Raises:
            LeftError: the window was closed meanwhile.
        """
        self._told(what, share)
        if self._screen.offscreen:
            return
        now = self._clock()
        if self._node is None or now - self._drawn_s >= PICTURE_S:
            self._drawn_s = now
            self.draw(what, share)
            self._screen.render()
        if self._screen.closed:
            msg = "the window was closed before the drill was ready: nothing was played and nothing was kept"
            raise LeftError(msg)

    def wait(self, share: Callable[[], float], rest: Callable[[float], None] = time.sleep) -> None:
        """Show how the sounds come on until all are made, or none has come for `STILL_S`.

        Raises:
            LeftError: the window was closed meanwhile.
        """
        if self._screen.offscreen:
            return
        at, since = -1.0, self._clock()
        while (now := share()) < 1.0:
            if now > at:
                at, since = now, self._clock()
            elif self._clock() - since > STILL_S:
                return
            self("sounds", now)
            rest(PICTURE_S)

    def draw(self, what: What, share: float) -> None:
        """Draw the page over everything."""
        self.clear()
        layer, words = self._layer, self._layer.words["opening"]
        layer.fit(self._screen.size)
        self._node = node = layer.root.attach_new_node("opening", 1000)
        room, middle = layer.width - 2 * SIDE, HEIGHT * 0.5
        fill(node, box(0, 0, layer.width, HEIGHT), GROUND)
        fill(node, box(0, HEIGHT - 10, layer.width, HEIGHT), DRILL_GREEN)
        layer.bold.set(node, self._title, (SIDE, middle + 170), size=34, colour=WHITE, room=room)
        layer.text.set(node, words["title"], (SIDE, middle + 72), size=24, colour=PALE, room=room)
        panel(node, SIDE, middle - BAR_HIGH / 2, room, BAR_HIGH, BAR_GROUND, radius=BAR_HIGH / 2)
        done = max(whole_of(what, share) * room, BAR_HIGH)
        panel(node, SIDE, middle - BAR_HIGH / 2, done, BAR_HIGH, DRILL_GREEN, radius=BAR_HIGH / 2)
        layer.text.set(node, words[what], (SIDE, middle - 30), size=24, colour=WHITE, room=room)
        layer.text.set(node, words["first"], (SIDE, middle - 104), size=20, colour=PALE, room=room)

    def clear(self) -> None:
        """Take the page away."""
        if self._node is not None:
            self._node.remove_node()
            self._node = None
