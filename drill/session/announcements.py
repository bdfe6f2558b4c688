"""Announcements: their ids in frames and events, their texts, and how long each is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drill.scenario.model import Action, ScenarioModel, Text

SPOKEN_PER_SECOND: Final = 7.0
"""Characters of Japanese a second in a clear announcement (about 400 a minute)."""
PAUSE_S: Final = 2.0


def announcements_of(model: ScenarioModel) -> dict[str, Text]:
    """Return every announcement by id.

    A warning's has the id of the warning; an event's or inject's has its id, and `id:1`, `id:2` for further ones.
    """
    texts = {w.id: w.announcement for w in model.warnings}
    parts: list[tuple[str, Sequence[Action]]] = [(e.id, e.do) for e in model.events]
    parts += [(i.id, i.do) for i in model.injects]
    for owner, actions in parts:
        spoken = [a.announce for a in actions if a.announce is not None]
        for number, text in enumerate(spoken):
            texts[announcement_id(owner, number)] = text
    return texts


def announcement_id(owner: str, number: int) -> str:
    """Return the id of the `number`th announcement of an event or inject."""
    return f"{owner}:{number}" if number else owner


def spoken_s(text: Text) -> float:
    """Return about how long the Japanese text is spoken, s."""
    return PAUSE_S + len(text.ja) / SPOKEN_PER_SECOND
