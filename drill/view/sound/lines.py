"""Short lines that people around say, spoken by the house's voice at the size of a child or of a grown person.

Their words stand with the other sounds in the translation files. Where no voice speaks the language, the catalogue's
own wordless call is played instead, and the subtitle still says what is meant.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from drill.view.sound.catalogue import KINDS
from drill.view.sound.loudness import levelled
from drill.view.sound.rooms import PLACES, Place, placed
from drill.view.sound.samples import Samples, makers_hash, write_wav
from drill.view.sound.speech import SpeechError, Voice
from drill.view.sound.synthesis import RATE, Floats, faded
from drill.view.wording import wording

CHILD_SIZES: Final = (1.22, 1.30)
GROWN_SIZES: Final = (1.0, 0.90)
"""How much shorter the way from the glottis to the lips is than the voice's own: one share a take."""
SAYS: Final[dict[str, tuple[float, ...]]] = {
    "call_here": CHILD_SIZES,
    "call_safe": CHILD_SIZES,
    "call_together": CHILD_SIZES,
    "ask_what": CHILD_SIZES,
    "call_come": GROWN_SIZES,
    "call_calm": GROWN_SIZES,
    "call_head": GROWN_SIZES,
}
"""Sounds of the catalogue that are said in words, and in which sizes."""
MADE_BY: Final = (
    "catalogue.py",
    "lines.py",
    "loudness.py",
    "readings.py",
    "rooms.py",
    "speech.py",
    "synthesis.py",
)
LONGEST_S: Final = 4.0
SILENT: Final = 0.02
"""Share of the loudest sample below which it is silence."""
MARGIN_S: Final = 0.03


class Lines:
    """Gives the lines of a language as files, beside the other sounds.

    Args:
        voice: says them.
        samples: where they are kept, and the calls without words for when they cannot be said.
    """

    def __init__(self, voice: Voice, samples: Samples) -> None:
        self._voice, self._samples = voice, samples
        self.texts = {sound: str(wording(voice.language)["sound"][sound]) for sound in SAYS}
        self._hash = makers_hash(MADE_BY)
        self._said: tuple[str, float, Floats] | None = None

    def has(self, sound: str) -> bool:
        """Tell whether a sound is said in words on this machine."""
        return is_line(sound) and not self._voice.can_speak and self.texts[sound] not in self._voice.faults

    def file(self, sound: str, take: int = 0, place: Place = "open") -> Path:
        """Return where a line is or will be kept."""
        said = f"{self._hash} {self._voice.language} {self.texts[sound]}"
        name = hashlib.sha256(said.encode()).hexdigest()[:16]
        return self._samples.folder / f"said-{sound}-{take % KINDS[sound].takes}-{name}-{place}.wav"

    def path(self, sound: str, take: int = 0, place: Place = "open") -> Path:
        """Return the file of a line, said now if it is not there yet, and without words if it cannot be said."""
        path, text = self.file(sound, take, place), self.texts[sound]
        if not path.exists():
            try:
                said = self._say(text, size_of(sound, take))
            except SpeechError as error:
                self._voice.faults[text] = str(error)
                return self._samples.path(sound, take, place)
            write_wav(path, from_a_mouth(said, KINDS[sound].lufs, place))
        return path

    def _say(self, text: str, size: float) -> Floats:
        """Return a line as it is said close by; once for all places."""
        if self._said is None or self._said[:2] != (text, size):
            self._said = (text, size, self._voice.say(text, size=size))
        return self._said[2]

    def make(self, sound: str, take: int = 0) -> None:
        """Say a line in every place where it is not there yet."""
        for place in PLACES:
            self.path(sound, take, place)


def is_line(sound: str) -> bool:
    """Tell whether a sound is something that is said in words."""
    return sound in SAYS


def size_of(sound: str, take: int) -> float:
    """Return the size of the voice that says a line in a take."""
    sizes = SAYS[sound]
    return sizes[take % len(sizes)]


def from_a_mouth(x: Floats, lufs: float, place: Place) -> Floats:
    """Return what is said, (n,), as it is heard of somebody in a place, as loud as the catalogue says."""
    out = placed(levelled(faded(cut(x), rise_s=0.01, fall_s=0.05), lufs, loops=False), place, loops=False)
    return out if place == "muffled" else levelled(out, lufs, loops=False)


def cut(x: Floats) -> Floats:
    """Return what is said without the silence before and after it, (n,), at most `LONGEST_S`."""
    loud = abs(x) > SILENT * max(float(abs(x).max()), 1e-9)
    first, last, margin = int(loud.argmax()), len(x) - int(loud[::-1].argmax()), round(MARGIN_S * RATE)
    whole: Floats = x[max(0, first - margin) : min(len(x), last + margin)][: round(LONGEST_S * RATE)]
    return whole
