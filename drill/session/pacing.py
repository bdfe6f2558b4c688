"""How quickly a drill goes on: by the wall clock before a person, else as quickly as it goes."""

from __future__ import annotations

import time
from typing import Final

from drill import TICK_S

MOST_TICKS_A_PICTURE: Final = 6
OFFSCREEN_TICKS: Final = 6


class Pace:
    """How many ticks are due before the next picture."""

    def __init__(self, *, realtime: bool, drawn: bool) -> None:
        self._realtime = realtime
        self._ticks = OFFSCREEN_TICKS if drawn else 1
        self._next = time.monotonic()

    def due(self) -> int:
        """Return how many ticks to play now; before a person it waits until one is due."""
        if not self._realtime:
            return self._ticks
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        late = int((time.monotonic() - self._next) / TICK_S) + 1
        due = min(late, MOST_TICKS_A_PICTURE)
        # A machine that is too slow plays slowly; it never jumps.
        self._next += late * TICK_S
        return due
