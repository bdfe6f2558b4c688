"""What is made before a scenario can be shown, and how far that is: for the window and for the terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from typing import Final, Literal, TextIO

What = Literal["surfaces", "stage", "light", "sounds"]
Told = Callable[[What, float], None]
"""Is told what is being made and how far that is, 0 to 1; it may raise to leave it."""

SHARES: Final[dict[What, tuple[float, float]]] = {
    "stage": (0.0, 0.15),
    "surfaces": (0.15, 0.45),
    "light": (0.45, 0.65),
    "sounds": (0.65, 1.0),
}
"""Where each part stands in the whole, by the time that it takes where nothing is kept yet."""
NAMES: Final[dict[What, str]] = {
    "stage": "the building",
    "surfaces": "the surfaces of floors and walls",
    "light": "the light of the rooms",
    "sounds": "the sounds and announcements",
}
EVERY_S: Final = 0.2


def untold(what: What, share: float) -> None:
    """Tell nobody."""


def whole_of(what: What, share: float) -> float:
    """Return how far all of it is, 0 to 1."""
    low, high = SHARES[what]
    return low + (high - low) * min(max(share, 0.0), 1.0)


class Teller:
    """Tells on standard error: one line that updates on a terminal, one plain line for each part elsewhere.

    What takes no time is not told: it was kept from an earlier start.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._shown_s = time.monotonic()
        self._told: set[What] = set()
        self._line = False

    def __call__(self, what: What, share: float) -> None:
        """Tell how far a part is."""
        now = time.monotonic()
        if share >= 1.0 or now - self._shown_s < EVERY_S:
            return
        self._shown_s = now
        if self._terminal:
            self._line = True
            self._write(f"\r\x1b[Kfirst start, {whole_of(what, share):.0%}: making {NAMES[what]}")
        elif what not in self._told:
            self._write(f"first start, {whole_of(what, share):.0%}: making {NAMES[what]}\n")
        self._told.add(what)

    def done(self) -> None:
        """Take the line of the terminal away."""
        if self._line:
            self._line = False
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()
