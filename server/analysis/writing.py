"""Figures in words: a value with its unit as people read it."""

from __future__ import annotations

from typing import Final

from drill.metrics.definitions import reason_text
from drill.metrics.figures import Figure
from server.web.pages import number
from server.web.texts import Words

UNIT_KEYS: Final = {
    "s": "s",
    "m": "m",
    "share": "share",
    "yes": "yes",
    "times": "times",
    "dose": "dose",
    "Hz": "hz",
    "m²/s": "m2ps",
}
"""Keys of the texts `unit.*` by the unit of a definition."""
_DIGITS: Final = {"s": 0, "m": 2, "share": 0, "yes": 0, "times": 0, "dose": 3, "Hz": 0, "m²/s": 2}


def value_text(value: float, unit: str, words: Words) -> str:
    """Return a value as people read it: 42 秒, 0.35 m, 80 %, はい."""
    if unit == "yes":
        return words.plain("common.yes" if value else "common.no")
    shown = value * 100 if unit == "share" else value
    return words.plain(f"value.{UNIT_KEYS[unit]}", n=number(shown, _DIGITS[unit]))


def figure_text(figure: Figure, words: Words) -> str:
    """Return a figure as people read it, or why it has no value; may hold furigana."""
    if figure.value is not None:
        return value_text(figure.value, figure.unit, words)
    return reason_text(figure.reason_missing, words.language)


def axis_of(unit: str, words: Words) -> tuple[float, str, int]:
    """Return factor, unit and digits of a figure on an axis."""
    return (100.0 if unit == "share" else 1.0), words.plain(f"unit.{UNIT_KEYS[unit]}"), _DIGITS[unit]
