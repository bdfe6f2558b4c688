"""Announcements spoken by an open voice, coloured as by a loudspeaker, kept like the other sounds.

Japanese is spoken by Open JTalk (pyopenjtalk-plus: dictionary and voice inside the package). English is spoken only
where the machine has an open voice of its own, `flite` or `espeak-ng`; else it is told by subtitles alone.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import warnings
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import signal

from drill.view.sound.catalogue import SPOKEN_LUFS
from drill.view.sound.loudness import levelled
from drill.view.sound.quiet import quiet
from drill.view.sound.readings import plain, speakable, spoken_form
from drill.view.sound.rooms import PLACES, Place, placed
from drill.view.sound.samples import Samples, makers_hash, write_wav
from drill.view.sound.synthesis import RATE, Floats, band_pass, faded, samples

ENGLISH_VOICES: Final = (
    ("flite", ("-t", "{text}", "-o", "{file}")),
    ("espeak-ng", ("-v", "en", "-w", "{file}", "{text}")),
)
ENGLISH_TIMEOUT_S: Final = 30.0
MADE_BY: Final = ("speech.py", "readings.py", "rooms.py", "loudness.py", "synthesis.py")
LOUDSPEAKER_HZ: Final = (280.0, 5200.0)
SLAP_S: Final = {"open": (0.19, 0.42), "room": (0.011,), "hall": (0.045, 0.09), "muffled": (0.045,)}
"""After how long walls, and out of doors the hills, give a loudspeaker back."""
SLAP_GAIN: Final = 0.28
LONGEST_CHARACTERS: Final = 600


class SpeechError(ValueError):
    """A text that cannot be spoken. The message quotes it and says what to do."""


class Voice:
    """Speaks texts of one language into files beside the other sounds.

    Args:
        language: `ja`, `ja-simple` or `en`.
        samples: where they are kept.
    """

    def __init__(self, language: str, samples: Samples) -> None:
        self.language = language
        self._folder = samples.beside("speech", makers_hash(MADE_BY))
        self._english = english_voice() if language == "en" else None
        self._said: tuple[str, float, Floats] | None = None
        self.faults: dict[str, str] = {}
        """Texts that cannot be spoken, and why; each is tried once."""

    @property
    def can_speak(self) -> str:
        """Return "" when this language is spoken here, else why not and what to do."""
        if self.language == "en" and self._english is None:
            return (
                "no open English voice on this machine: announcements are shown as subtitles alone. "
                "Install flite or espeak-ng to hear them"
            )
        if self.language != "en" and _openjtalk() is None:
            return (
                "pyopenjtalk-plus is not installed: announcements are shown as subtitles alone. "
                "Install Sonae with its extra 'drill' to hear them"
            )
        return ""

    def file(self, text: str, place: Place = "open") -> Path:
        """Return where a spoken text is or will be kept."""
        name = hashlib.sha256(f"{self.language} {text}".encode()).hexdigest()[:24]
        return self._folder / f"spoken-{name}-{place}.wav"

    def make(self, text: str) -> None:
        """Speak a text in every place where it is not there yet.

        Raises:
            SpeechError: it cannot be spoken.
        """
        for place in PLACES:
            self.path(text, place)

    def once(self, text: str, size: float = 1.0) -> Floats:
        """Say a text as `say` does, and keep it for the other places in which it is heard."""
        if self._said is None or self._said[:2] != (text, size):
            self._said = (text, size, self.say(text, size=size))
        return self._said[2]

    def path(self, text: str, place: Place = "open") -> Path:
        """Return the file of a spoken text, spoken now if it is not there yet.

        Raises:
            SpeechError: it cannot be spoken.
        """
        path = self.file(text, place)
        if not path.exists():
            if text in self.faults:
                raise SpeechError(self.faults[text])
            try:
                write_wav(path, through_loudspeaker(self.once(text), place))
            except SpeechError as error:
                self.faults[text] = str(error)
                raise
        return path

    def say(self, text: str, *, size: float = 1.0) -> Floats:
        """Return a text as spoken close by, float64 (n,).

        Args:
            text: what is said.
            size: how much smaller than the voice's own the body is that speaks: above 1 a child's.

        Raises:
            SpeechError: there is nothing in it to say, it is too long, or no voice can say it.
        """
        if not speakable(text):
            msg = f"{text!r} cannot be spoken: there is no letter or number in it. It is shown as a subtitle alone"
            raise SpeechError(msg)
        if len(text) > LONGEST_CHARACTERS:
            msg = (
                f"{text[:40]!r}... cannot be spoken: it has {len(text)} characters, of {LONGEST_CHARACTERS} at most. "
                "Cut it into several announcements"
            )
            raise SpeechError(msg)
        if self.can_speak:
            raise SpeechError(self.can_speak)
        spoken = self._say_english(text) if self.language == "en" else self._say_japanese(text, speed=1.0 / size)
        if size != 1.0:
            spoken = np.asarray(signal.resample_poly(spoken, 100, round(100 * size)))
        if len(spoken) < samples(0.1) or not np.isfinite(spoken).all() or float(np.abs(spoken).max()) <= 0:
            msg = f"{text!r} cannot be spoken: the voice gave no sound for it. It is shown as a subtitle alone"
            raise SpeechError(msg)
        return spoken

    def lasts_s(self, text: str) -> float:
        """Return how long a text is spoken, s; 0 when it is not, or is not made yet."""
        path = self.file(text)
        if not path.exists():
            return 0.0
        with wave.open(str(path), "rb") as file:
            return file.getnframes() / file.getframerate()

    def _say_japanese(self, text: str, *, speed: float) -> Floats:
        jtalk = _openjtalk()
        assert jtalk is not None  # noqa: S101 - `can_speak` said so
        try:
            with _as_it_is():
                wave_48k, rate = jtalk.tts(spoken_form(text, kana_of), speed=speed)
        except Exception as error:  # whatever its engine meets must not stop a drill
            msg = f"{text!r} cannot be spoken: the voice failed on it ({error}). It is shown as a subtitle alone"
            raise SpeechError(msg) from error
        return np.asarray(signal.resample_poly(np.asarray(wave_48k, np.float64) / 32768, RATE, int(rate)))

    def _say_english(self, text: str) -> Floats:
        assert self._english is not None  # noqa: S101 - `can_speak` said so
        program, arguments = self._english
        with tempfile.TemporaryDirectory(prefix="sonae-speech-") as folder:
            file = Path(folder) / "speech.wav"
            filled = [a.format(text=plain(text).lstrip("-"), file=str(file)) for a in arguments]
            try:
                subprocess.run(  # noqa: S603 - a program found on the path, arguments as a list, no shell
                    [program, *filled], check=True, capture_output=True, timeout=ENGLISH_TIMEOUT_S
                )
                with wave.open(str(file), "rb") as spoken:
                    raw = np.frombuffer(spoken.readframes(spoken.getnframes()), "<i2").astype(np.float64) / 32768
                    rate, channels = spoken.getframerate(), spoken.getnchannels()
            except (OSError, subprocess.SubprocessError, wave.Error, EOFError) as error:
                msg = f"{text!r} cannot be spoken: {program} failed ({error}). It is shown as a subtitle alone"
                raise SpeechError(msg) from error
        return np.asarray(signal.resample_poly(raw.reshape(-1, channels).mean(axis=1), RATE, rate))


def through_loudspeaker(x: Floats, place: Place) -> Floats:
    """Return a voice as a loudspeaker in a place gives it: a narrow band, a little bent, given back by walls."""
    horn = band_pass(x, *LOUDSPEAKER_HZ)
    horn = np.tanh(2.2 * horn / max(float(np.abs(horn).max()), 1e-9))
    slaps = SLAP_S[place]
    out = np.concatenate([horn, np.zeros(samples(max(slaps) + 0.05))])
    for number, after_s in enumerate(slaps):
        start = samples(after_s)
        out[start : start + len(horn)] += SLAP_GAIN * 0.6**number * horn
    if place == "muffled":
        # Through a wall it is as much quieter as the wall makes it.
        return placed(levelled(faded(out), SPOKEN_LUFS, loops=False), place, loops=False)
    return levelled(placed(faded(out), place, loops=False), SPOKEN_LUFS, loops=False)


def kana_of(text: str) -> str:
    """Return the kana of a Japanese text, as Open JTalk reads it; the text itself where it is not installed."""
    jtalk = _openjtalk()
    if jtalk is None or not text:
        return text
    with _as_it_is():
        return str(jtalk.g2p(text, kana=True))


def english_voice() -> tuple[str, tuple[str, ...]] | None:
    """Return the program of this machine that speaks English and its arguments, or None."""
    for name, arguments in ENGLISH_VOICES:
        found = shutil.which(name)
        if found:
            return found, arguments
    return None


@contextmanager
def _as_it_is() -> Iterator[None]:
    """Let the engine use what its own parts call old: it is pinned with them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@cache
def _openjtalk() -> Any:
    """Return the engine, or None where it is not installed. Loaded once, before a drill begins."""
    try:
        with quiet():
            import pyopenjtalk  # noqa: PLC0415 - 0.5 s and 100 MB that a station without sound does not need
    except ImportError:
        return None
    return pyopenjtalk
