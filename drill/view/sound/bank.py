"""All sounds of a drill in a language: those of the catalogue and the spoken announcements, as files and arrays."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from drill.scenario.model import Flood, Smoke
from drill.scenario.scenario import Scenario
from drill.session.announcements import announcements_of
from drill.view.cache import tidy, used
from drill.view.making import Told, untold
from drill.view.sound.catalogue import KINDS
from drill.view.sound.lines import SAYS, Lines
from drill.view.sound.rooms import Place
from drill.view.sound.samples import Samples
from drill.view.sound.source import SPOKEN
from drill.view.sound.speech import SpeechError, Voice
from drill.view.sound.synthesis import Floats

ALWAYS: Final = (
    "chime",
    "breath_calm",
    "step_wood",
    "step_hard",
    "step_ground",
    "door_slide",
    "door_swing",
    "door_stuck",
    "crowd_murmur",
    "child_call",
    "talk_child",
    "talk_grown",
    *SAYS,
    "heart",
    "breath_hard",
    "power_off",
)
OF_FLOOD: Final = (
    "water_in",
    "rain_roof",
    "river",
    "step_water",
    "wade",
    "water_still",
    "siren",
    "school_bell",
    "steel_groan",
    "wood_groan",
    "splash",
    "underwater",
)
OF_SMOKE: Final = ("fire_alarm", "fire", "cough")
OF_QUAKE: Final = (
    "early_warning",
    "rumble",
    "rattle",
    "fall_light",
    "fall_heavy",
    "glass",
    "wood_groan",
    "steel_groan",
    "school_bell",
)

SPOKEN_COSTS: Final = 6
"""To speak an announcement takes about as long as to make so many sounds."""


class Bank:
    """Gives the sounds of a scenario.

    Args:
        scenario: whose announcements are spoken.
        language: in which they are.
        folder: where sounds are kept; None means the user's cache.
    """

    def __init__(self, scenario: Scenario, language: str, folder: Path | None = None) -> None:
        self.samples = Samples(folder)
        self.voice = Voice(language, self.samples)
        self._texts = {i: t.in_language(language) for i, t in announcements_of(scenario.model).items()}
        self.lines = Lines(self.voice, self.samples)
        self._wanted = wanted_by(scenario)
        self._lasts: dict[str, float] = {}
        self._ready: set[Path] = set()
        self.made = 0.0
        """How far `prepare` is, 0 to 1."""

    def lasts_s(self, announcement: str) -> float:
        """Return how long an announcement is spoken, s; 0 when it is not, or not yet."""
        if announcement not in self._texts:
            return 0.0
        if not self._lasts.get(announcement):
            self._lasts[announcement] = self.voice.lasts_s(self._texts[announcement])
        return self._lasts[announcement]

    def made_s(self, announcement: str) -> float:
        """Return how long an announcement is spoken, s, speaking it now if need be; 0 when it cannot be spoken."""
        if announcement in self._texts:
            try:
                self.voice.path(self._texts[announcement])
            except SpeechError:
                return 0.0
        return self.lasts_s(announcement)

    def file(self, sound: str, take: int, place: Place) -> Path:
        """Return where a sound is or will be kept."""
        if self.lines.has(sound):
            return self.lines.file(sound, take, place)
        if sound.startswith(SPOKEN):
            return self.voice.file(self._texts[sound.removeprefix(SPOKEN)], place)
        return self.samples.file(sound, take, place)

    def ready(self, sound: str, take: int, place: Place) -> Path | None:
        """Return the file of a sound, or None while it is not made yet: nothing is made in the middle of a drill."""
        path = self.file(sound, take, place)
        if path not in self._ready:
            if not path.exists():
                return None
            used(path)
            self._ready.add(path)
        return path

    def array(self, sound: str, take: int, place: Place) -> Floats:
        """Return the samples of a sound, float64 (n,), made now if they are not yet.

        Raises:
            SpeechError: an announcement that cannot be spoken.
        """
        if sound.startswith(SPOKEN):
            return self.samples.read(self.voice.path(self._texts[sound.removeprefix(SPOKEN)], place))
        if self.lines.has(sound):
            return self.samples.read(self.lines.path(sound, take, place))
        return self.samples.array(sound, take, place)

    def prepare(self, stop: threading.Event | None = None, told: Told = untold) -> dict[str, str]:
        """Make all that this scenario needs and is not there yet, and let go of what is kept too long.

        Args:
            stop: set by another thread to leave it at what is made so far.
            told: hears how far it is.

        Returns:
            Announcements that cannot be spoken, by id, and why.
        """
        faults: dict[str, str] = {}
        # Announcements before the rest: without them a drill is another one.
        takes = [(s, take) for s in self._wanted for take in range(KINDS[s].takes)]
        count, done = SPOKEN_COSTS * len(self._texts) + len(takes), 0
        for one, text in self._texts.items():
            if stop is not None and stop.is_set():
                return faults
            try:
                self.voice.make(text)
            except SpeechError as error:
                faults[one] = str(error)
            done += SPOKEN_COSTS
            self._tell(done / count, told)
        for sound, take in takes:
            if stop is not None and stop.is_set():
                return faults
            kept = self.lines if self.lines.has(sound) else self.samples
            kept.make(sound, take)
            done += 1
            self._tell(done / count, told)
        tidy(self.samples.root)
        self._tell(1.0, told)
        return faults

    def _tell(self, share: float, told: Told) -> None:
        self.made = share
        told("sounds", share)


def wanted_by(scenario: Scenario) -> tuple[str, ...]:
    """Return the sounds that a scenario may need, by its hazards."""
    wanted = list(ALWAYS)
    for hazard in scenario.model.hazards:
        wanted += OF_FLOOD if isinstance(hazard, Flood) else OF_SMOKE if isinstance(hazard, Smoke) else OF_QUAKE
    return tuple(s for s in dict.fromkeys(wanted) if s in KINDS)
