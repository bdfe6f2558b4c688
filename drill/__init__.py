"""The drill simulator. It knows nothing of the server but the wire format, which it owns."""

from typing import Final

TICK_HZ: Final = 60
TICK_S: Final = 1.0 / TICK_HZ
"""The resident's body moves every tick."""
CROWD_EVERY: Final = 3
"""Crowd and hazards advance every third tick (0.05 s)."""
