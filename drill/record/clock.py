"""The server's clock as seen from a station: an offset and how far it may be wrong, by four timestamps.

A request leaves at t0 and comes back at t3 by the station's monotonic clock; the server saw it at t1 and answered at
t2 by its own. With the same way there and back, offset = ((t1 - t0) + (t2 - t3)) / 2; whatever the ways were, the
error is at most half the round trip (t3 - t0) - (t2 - t1). (The on-wire protocol of NTP, RFC 5905, section 8.)
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

KEPT: Final = 12
"""Samples that are looked at: a minute's worth at one every five seconds."""


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """Server's wall clock (µs since 1970) minus the station's monotonic clock (µs), and its uncertainty in µs."""

    offset_us: int
    uncertainty_us: int

    def against(self, *, wall_us: int, monotonic_us: int) -> int:
        """Return server's wall clock minus the station's wall clock, both read at the same moment: µs."""
        return monotonic_us + self.offset_us - wall_us


def estimate(t0: int, t1: int, t2: int, t3: int) -> ClockEstimate:
    """Return what one exchange says. Raise ValueError when the timestamps run backwards."""
    round_trip = (t3 - t0) - (t2 - t1)
    if t3 < t0 or t2 < t1 or round_trip < 0:
        msg = f"timestamps {t0}, {t1}, {t2}, {t3} run backwards"
        raise ValueError(msg)
    return ClockEstimate(((t1 - t0) + (t2 - t3)) // 2, (round_trip + 1) // 2)


class ClockFilter:
    """Keeps the sample with the shortest round trip among the latest: queues only ever make it longer."""

    def __init__(self, kept: int = KEPT) -> None:
        self._samples: deque[ClockEstimate] = deque(maxlen=kept)

    def add(self, t0: int, t1: int, t2: int, t3: int) -> None:
        """Take an exchange in. Raise ValueError when its timestamps run backwards."""
        self._samples.append(estimate(t0, t1, t2, t3))

    @property
    def best(self) -> ClockEstimate | None:
        """The best estimate, None before the first exchange."""
        return min(self._samples, key=lambda s: s.uncertainty_us, default=None)
