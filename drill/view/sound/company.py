"""What people around say: from their mouths, few at once, and never over an announcement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drill.view.people.manners import Voice
from drill.view.sound.source import Source

CALL_EVERY_S: Final = 3.2
"""Two calls are at least so far apart: one is understood, two are noise."""
TALK_EVERY_S: Final = 0.9
TURNS_KEPT: Final = 64


class Company:
    """Turns those who speak in the picture into sounds. Each turn of a talk is heard once, from its beginning."""

    def __init__(self) -> None:
        self._heard: dict[tuple[int, int, str], None] = {}
        self._call_from = self._talk_from = 0.0

    def step(self, people: Sequence[Voice], now: float, *, hushed: bool) -> list[Source]:
        """Return what begins to be said at `now`.

        Args:
            people: who speaks in the picture.
            now: run time, seconds.
            hushed: an announcement is being spoken: people listen.
        """
        out = []
        for voice in people:
            turn = (voice.id, voice.turn, voice.says)
            if turn in self._heard:
                continue
            # What was not said at the beginning of its turn is not said in the middle of it.
            self._heard[turn] = None
            if hushed:
                continue
            if voice.says:
                if now >= self._call_from:
                    self._call_from = now + CALL_EVERY_S
                    out.append(Source(f"says {voice.id} {voice.turn}", voice.says, voice.at, 1.0, voice.id, once=True))
            elif now >= self._talk_from:
                self._talk_from = now + TALK_EVERY_S
                sound = "talk_child" if voice.child else "talk_grown"
                out.append(Source(f"talks {voice.id} {voice.turn}", sound, voice.at, 1.0, voice.id, once=True))
        while len(self._heard) > TURNS_KEPT:
            del self._heard[next(iter(self._heard))]
        return out
