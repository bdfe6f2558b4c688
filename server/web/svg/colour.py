"""Colours that people with a colour vision deficiency tell apart as well.

`TIME` is viridis (van der Walt and Smith 2015) without its pale end, which would be lost on white paper: it rises
evenly in lightness, so that it also reads in grey. `KINDS` are Okabe and Ito's (2008).
"""

from __future__ import annotations

from typing import Final

TIME: Final = (
    "#440154", "#482173", "#433e85", "#38588c", "#2d708e", "#25858e", "#1e9b8a", "#2ab07f", "#52c569", "#86d549",
)  # fmt: skip
KINDS: Final = {
    "black": "#000000",
    "orange": "#e69f00",
    "sky": "#56b4e9",
    "green": "#009e73",
    "yellow": "#f0e442",
    "blue": "#0072b2",
    "vermilion": "#d55e00",
    "purple": "#cc79a7",
}
INK: Final = "#1a1a1a"
QUIET: Final = "#595959"
RULE: Final = "#b3b3b3"
PALE: Final = "#e6e6e6"
OWN: Final = "#0017c1"


def at(share: float) -> str:
    """Return the colour of a share of the time, 0 to 1."""
    return TIME[min(int(max(share, 0.0) * len(TIME)), len(TIME) - 1)]
