"""When announcements are spoken: one after the other, a warning of more weight before what waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from drill.session.frame import Frame
from drill.view.sound.source import SPOKEN, Point, Source

CHIME_S: Final = 2.0
PAUSE_S: Final = 0.6
STALE_S: Final = 20.0
"""An announcement that has waited so long says what is no longer so, and is left to its subtitle."""


class Speaker:
    """Speaks what a frame's subtitles name.

    Args:
        lasts_s: how long an announcement is spoken, s; 0 when it cannot be.
        weights: weight of announcements, by id; those not named have 0. The heavier goes first and cuts in.
    """

    def __init__(self, lasts_s: Callable[[str], float], weights: Mapping[str, int]) -> None:
        self._lasts_s = lasts_s
        self._weights = weights
        self._shown: frozenset[str] = frozenset()
        self._waiting: list[tuple[str, float]] = []
        self._said = 0
        self.speaking = ""
        """Id of the announcement being spoken, or ""."""
        self._speaks_at = self._until = 0.0
        self._begun = True

    def step(self, frame: Frame, at: Point | None) -> list[Source]:
        """Return what begins to be spoken at a frame, and what goes on being spoken.

        Args:
            frame: names the announcements in `subtitles`.
            at: where the loudspeaker is; None means all round.
        """
        now = frame.t_s
        shown = frozenset(frame.subtitles)
        self._waiting += [(one, now) for one in frame.subtitles if one not in self._shown]
        self._shown = shown
        self._waiting = [(one, since) for one, since in self._waiting if now - since < STALE_S]
        if frame.ended or frame.paused:
            self._waiting.clear()
            self.speaking = ""
            return []
        if self.speaking and now >= self._until:
            self.speaking = ""
        out = self._next(now, at)
        if self.speaking:
            if now >= self._speaks_at and not self._begun:
                self._begun = True
                self._said += 1
            if self._begun:
                out.append(Source(f"speech {self._said}", SPOKEN + self.speaking, at))
        return out

    def _next(self, now: float, at: Point | None) -> list[Source]:
        if not self._waiting:
            return []
        heaviest = max(self._waiting, key=lambda one: self._weight(one[0]))
        cuts_in = bool(self.speaking) and self._weight(heaviest[0]) > self._weight(self.speaking)
        if self.speaking and not cuts_in:
            return []
        if not self.speaking and now < self._until + PAUSE_S and self._said:
            return []
        self._waiting.remove(heaviest)
        length = self._lasts_s(heaviest[0])
        if length <= 0:
            self.speaking = ""
            return []
        self.speaking, self._begun = heaviest[0], False
        self._speaks_at = now + CHIME_S
        self._until = self._speaks_at + length
        return [Source(f"chime {self._said}", "chime", at, once=True)]

    def _weight(self, one: str) -> int:
        return self._weights.get(one, 0)
