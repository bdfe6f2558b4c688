"""Something that sounds at a moment, before anybody's ears: what, where and how strongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SPOKEN: Final = "spoken:"
"""Prefix of the sound of a spoken announcement; its id follows."""

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Source:
    """A sound in the world.

    Attributes:
        key: who sounds; the same from moment to moment while it goes on, and of its own for what sounds once.
        sound: id of the catalogue, or `spoken:` and the id of an announcement.
        at: where, in site axes; None means all round the head, or the head's own body.
        strength: 0 to 1 of the loudness in the catalogue.
        take: which take of it.
        once: it sounds once from its beginning to its end, and is given in the one moment in which it begins.
    """

    key: str
    sound: str
    at: Point | None
    strength: float = 1.0
    take: int = 0
    once: bool = False
