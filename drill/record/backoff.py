"""Backoff: how long to wait before the next try, so that a restarted server is not met by all stations at once."""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 0.5
MOST_S: Final = 30.0


class Backoff:
    """Exponential with jitter: 0.5 s, 1 s, 2 s, ... to 30 s, each times a random number from 0.5 to 1.5."""

    def __init__(self, *, first_s: float = FIRST_S, most_s: float = MOST_S, rng: random.Random | None = None) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._rng = rng or random.Random()
        self._tries = 0

    def next_s(self) -> float:
        """Return the seconds to wait before the next try."""
        wait = min(self._first_s * 2.0 ** min(self._tries, 32), self._most_s)
        self._tries += 1
        return wait * self._rng.uniform(0.5, 1.5)

    def reset(self) -> None:
        """Begin anew: called when the server did something useful, not merely when it answered."""
        self._tries = 0
