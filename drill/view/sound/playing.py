"""What is being played from moment to moment: what begins, fades, changes its colour and ends. For every player."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from drill.view.sound.catalogue import KINDS
from drill.view.sound.hearing import Voice, loudness_of
from drill.view.sound.rooms import Place
from drill.view.sound.settings import FALL_S, RISE_S, SoundSettings
from drill.view.sound.source import SPOKEN

CHANGE_S: Final = 0.4
"""How long a sound takes to take on the colour of another place."""


class Track(Protocol):
    """One sound at its player."""

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""

    def close(self) -> None:
        """Stop it and give back what it holds."""


T = TypeVar("T", bound=Track)


@dataclass(slots=True)
class Stream(Generic[T]):
    """A sound that is being played.

    Attributes:
        track: it at its player.
        voice: how it was last heard.
        place: in which colour it is played.
        once: it plays to its end, whether or not it is named again.
        rise_s: how long it takes to fade in.
        fade: how far it has faded in, 0 to 1; `before` is that of the moment before.
        leaving: it fades out.
        heard: it was named in this moment.
    """

    track: T
    voice: Voice
    place: Place
    once: bool
    rise_s: float
    fade: float
    before: float = 0.0
    leaving: bool = False
    heard: bool = True


class Playing(Generic[T]):
    """Keeps the streams of a player.

    Args:
        begin: starts a sound that goes round or not; with a stream, where that one is. None when it cannot be played.
        settings: of the sound.
    """

    def __init__(self, begin: Callable[[Voice, bool, T | None], T | None], settings: SoundSettings) -> None:
        self._begin = begin
        self._settings = settings
        self._streams: dict[str, list[Stream[T]]] = {}

    def __iter__(self) -> Iterator[Stream[T]]:
        return (stream for streams in self._streams.values() for stream in streams)

    def advance(self, voices: list[Voice], seconds: float) -> None:
        """Go on by `seconds` to a moment at which these voices are heard."""
        heard = {v.source.key: v for v in voices}
        for voice in voices:
            self._meet(voice)
        for key in list(self._streams):
            kept = []
            for stream in self._streams[key]:
                self._fade(stream, heard.get(key), seconds)
                if stream.track.over or (stream.leaving and stream.fade <= 0 and stream.before <= 0):
                    stream.track.close()
                else:
                    kept.append(stream)
            self._streams[key] = kept
            if not kept:
                del self._streams[key]

    def close(self) -> None:
        """Stop all at once."""
        for stream in self:
            stream.track.close()
        self._streams.clear()

    def _meet(self, voice: Voice) -> None:
        source, lufs = voice.source, loudness_of(voice.source.sound)[0]
        streams = self._streams.setdefault(source.key, [])
        playing = next((s for s in streams if not s.leaving), None)
        if playing is not None and (source.once or playing.place == voice.place):
            return
        if self._settings.calm and is_sudden(source.sound):
            return
        track = self._begin(voice, goes_round(source.sound) and not source.once, playing.track if playing else None)
        if track is None:
            return
        if playing is not None:
            playing.leaving = True
        rise_s = CHANGE_S if playing else self._settings.rise_of(once=source.once, lufs=lufs)
        fade = 0.0 if rise_s else 1.0
        streams.append(Stream(track, voice, voice.place, source.once, rise_s, fade, before=fade))

    def _fade(self, stream: Stream[T], voice: Voice | None, seconds: float) -> None:
        stream.before = stream.fade
        stream.heard = voice is not None
        if voice is not None:
            stream.voice = voice
        stream.leaving = stream.leaving or (voice is None and not stream.once)
        if stream.leaving:
            stream.fade = max(0.0, stream.fade - seconds / (FALL_S if voice is None else CHANGE_S))
        else:
            stream.fade = min(1.0, stream.fade + seconds / max(stream.rise_s, RISE_S))


def goes_round(sound: str) -> bool:
    """Tell whether a sound goes round."""
    return not sound.startswith(SPOKEN) and KINDS[sound].loops


def is_sudden(sound: str) -> bool:
    """Tell whether a sound startles."""
    return not sound.startswith(SPOKEN) and KINDS[sound].sudden
