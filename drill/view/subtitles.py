"""Subtitles: announcements word for word, and the sounds that matter with the direction they come from.

They are made from what reaches the head, so that a run without sound tells as much as one with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from drill.scenario.scenario import Scenario
from drill.session.announcements import announcements_of
from drill.session.frame import Frame
from drill.view.sound.catalogue import KINDS
from drill.view.sound.hearing import Voice
from drill.view.sound.lines import is_line
from drill.view.wording import wording

ARROWS: Final = ("↑", "↗", "→", "↘", "↓", "↙", "←", "↖")
"""Ahead, then clockwise."""
HEARD_FROM_LUFS: Final = -50.0
"""What is quieter is not told."""
MOST: Final = 3
SHOWN_S: Final = 4.0
"""A sound is told for so long at least, so that everybody can read it."""
ANEW_S: Final = {1: 45.0, 2: 20.0, 3: 0.0}
"""What goes on is told again after so long, by how much it matters; what is dangerous is told all the time."""
TURNS_FROM_RAD: Final = math.radians(30)
"""An arrow turns to another eighth only once the direction is this far from its own: it does not flicker."""
LINE_SHOWN_S: Final = 3.0
LINE_EVERY_S: Final = 12.0
"""What people call is told one at a time, briefly and seldom, and never beside an announcement."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A sound as a subtitle.

    Attributes:
        sound: id of the catalogue.
        text: what is told of it, in brackets; may hold furigana as {漢字|かんじ}.
        arrow: where it comes from, one of `ARROWS`; "" when it is all round.
        weight: 1 to 3: how much it matters.
    """

    sound: str
    text: str
    arrow: str
    weight: int

    @property
    def line(self) -> str:
        """The whole subtitle."""
        return f"{self.text} {self.arrow}".rstrip()


@dataclass(frozen=True, slots=True)
class Lines:
    """What is written at a moment: announcements, and up to three sounds, the weightiest first."""

    announcements: tuple[str, ...]
    sounds: tuple[Caption, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Return every line, sounds first."""
        return (*(one.line for one in self.sounds), *self.announcements)


@dataclass(slots=True)
class _Told:
    """A sound that was told: since and until when, when it was heard last, its bearing."""

    since: float
    heard: float
    bearing: float | None
    arrow: int


class Subtitles:
    """Reads what is heard into subtitles of a language: `ja`, `ja-simple` or `en`."""

    def __init__(self, scenario: Scenario, language: str) -> None:
        self._language = language
        self._texts = wording(language)["sound"]
        self._announcements = announcements_of(scenario.model)
        self._told: dict[str, _Told] = {}
        self._line_from = 0.0

    def read(self, frame: Frame, voices: list[Voice], *, speaking: str = "") -> Lines:
        """Return what is written at a frame.

        Args:
            frame: names the announcements in force.
            voices: what is heard, the loudest first.
            speaking: id of an announcement that is still being spoken: it stays as long.
        """
        ids = list(frame.subtitles)
        if speaking and speaking not in ids:
            ids.append(speaking)
        spoken = tuple(self._announcements[i].in_language(self._language) for i in ids if i in self._announcements)
        if frame.ended or frame.paused:
            self._told.clear()
            return Lines(() if frame.ended else spoken, ())
        return Lines(spoken, self._sounds(voices, frame.t_s, announced=bool(spoken)))

    def _sounds(self, voices: list[Voice], now: float, *, announced: bool) -> tuple[Caption, ...]:
        if any(told.since > now for told in self._told.values()):
            self._told.clear()  # a moment is played again
            self._line_from = 0.0
        if announced:
            self._told = {sound: told for sound, told in self._told.items() if not is_line(sound)}
        for voice in voices:
            kind = KINDS.get(voice.source.sound)
            if kind is not None and kind.told and voice.lufs >= HEARD_FROM_LUFS:
                if is_line(kind.id):
                    if announced or now < self._line_from:
                        continue
                    self._line_from = now + LINE_EVERY_S
                    self._told.pop(kind.id, None)
                self._hear(kind.id, kind.told, voice.bearing_rad, now)
        shown = []
        for sound, told in list(self._told.items()):
            weight, lasts_s = KINDS[sound].told, LINE_SHOWN_S if is_line(sound) else SHOWN_S
            if now - told.heard > max(SHOWN_S, ANEW_S[weight]):
                del self._told[sound]
            elif now - told.since < lasts_s or (weight == 3 and now - told.heard < 0.5):
                shown.append(Caption(sound, self.text(sound), "" if told.arrow < 0 else ARROWS[told.arrow], weight))
        shown.sort(key=lambda one: (-one.weight, -self._told[one.sound].since))
        return tuple(shown[:MOST])

    def _hear(self, sound: str, weight: int, bearing: float | None, now: float) -> None:
        told = self._told.get(sound)
        again = told is not None and not KINDS[sound].loops and now - told.since >= SHOWN_S
        if told is None or again or (weight < 3 and now - told.since >= ANEW_S[weight] + SHOWN_S):
            self._told[sound] = _Told(now, now, bearing, eighth(bearing))
            return
        if told.heard == now:
            return
        told.heard = now
        if bearing is None:
            told.arrow = -1
        elif told.arrow < 0 or abs(math.remainder(bearing - told.arrow * math.pi / 4, 2 * math.pi)) > TURNS_FROM_RAD:
            told.arrow = eighth(bearing)

    def text(self, sound: str) -> str:
        """Return the words for a sound in the brackets of its language; what people say in its quotation marks.

        Raises:
            KeyError: the translation files have no text for it.
        """
        try:
            words = self._texts[sound]
        except KeyError:
            msg = f"there is no text for the sound {sound!r} in language {self._language}; add it under [sound]"
            raise KeyError(msg) from None
        if is_line(sound):
            return f"“{words}”" if self._language == "en" else f"「{words}」"
        return f"[{words}]" if self._language == "en" else f"［{words}］"


def eighth(bearing_rad: float | None) -> int:
    """Return which arrow a bearing (clockwise from ahead) is told by, or -1 for all round."""
    return -1 if bearing_rad is None else round(bearing_rad / (math.pi / 4)) % 8
