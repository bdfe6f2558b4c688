"""Our own mixer in software: what a pair of ears would hear, as samples. For tests and films, without any device."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from drill import TICK_S
from drill.record.inputs import Pose
from drill.record.run import RecordedRun
from drill.scenario.scenario import Scenario
from drill.session.drill import Drill
from drill.session.frame import Frame
from drill.session.scripted import RecordedResident
from drill.view.sound.bank import Bank
from drill.view.sound.hearing import Voice
from drill.view.sound.loudness import limited
from drill.view.sound.playing import Playing
from drill.view.sound.settings import SoundSettings
from drill.view.sound.soundscape import Soundscape
from drill.view.sound.source import Point
from drill.view.sound.speech import SpeechError
from drill.view.sound.synthesis import RATE, Floats

CENTRE: Final = math.sqrt(0.5)
FAR_EAR: Final = 0.16
"""Amplitude that is left at the ear turned away from a sound right beside: about 16 dB less, the head's shadow."""
BEHIND: Final = 0.85


def ear_gains(towards: Point) -> tuple[float, float]:
    """Return the amplitude at the left and the right ear of a sound from a direction (right, ahead, up).

    Both together always carry the same power, but for what comes from behind, which is a little duller.
    """
    right, ahead, up = towards
    length = math.hypot(right, ahead, up)
    if length < 1e-6:
        return CENTRE, CENTRE
    side = right / length
    angle = (1 + side) * math.pi / 4
    left, other = max(math.cos(angle), FAR_EAR), max(math.sin(angle), FAR_EAR)
    power = math.hypot(left, other)
    front = BEHIND + (1 - BEHIND) * (1 + ahead / length) / 2
    return front * left / power, front * other / power


@dataclass(slots=True)
class _Samples:
    """A sound in memory and how far it has been mixed; `left` and `right` are its gains at the moment before."""

    samples: Floats
    goes_round: bool
    at: int
    left: float
    right: float

    @property
    def over(self) -> bool:
        return not self.goes_round and self.at >= len(self.samples)

    def close(self) -> None:
        self.at = len(self.samples)

    def take(self, n: int) -> Floats:
        """Return the next `n` samples."""
        x, at = self.samples, self.at
        if self.goes_round:
            self.at = (at + n) % len(x)
            return x[(at + np.arange(n)) % len(x)]
        self.at = at + n
        piece = x[at : at + n]
        return np.pad(piece, (0, n - len(piece)))


class Mixer:
    """Mixes voices moment by moment. Nothing in it is random or depends on the clock."""

    def __init__(self, bank: Bank, settings: SoundSettings | None = None) -> None:
        self._bank = bank
        self._settings = settings or SoundSettings()
        self._playing = Playing[_Samples](self._begin, self._settings)
        self._blocks: list[Floats] = []
        self._mixed = 0
        self._until_s = 0.0

    def mix(self, voices: list[Voice], seconds: float) -> None:
        """Add `seconds` of what these voices sound like."""
        self._until_s += seconds
        n = round(self._until_s * RATE) - self._mixed
        self._mixed += n
        block = np.zeros((n, 2))
        ramp = np.linspace(0, 1, n, endpoint=False)
        self._playing.advance(voices, seconds)
        for stream in self._playing:
            track = stream.track
            left, right = (stream.voice.gain * g for g in ear_gains(stream.voice.towards))
            faded = self._settings.gain * track.take(n) * (stream.before + (stream.fade - stream.before) * ramp)
            block[:, 0] += faded * (track.left + (left - track.left) * ramp)
            block[:, 1] += faded * (track.right + (right - track.right) * ramp)
            track.left, track.right = left, right
        self._blocks.append(block)

    def result(self) -> Floats:
        """Return the mix so far, float64 (n, 2), left and right, within the bounds of loudness and peak."""
        if not self._blocks:
            return np.zeros((0, 2))
        return limited(np.concatenate(self._blocks))

    def _begin(self, voice: Voice, goes_round: bool, before: _Samples | None) -> _Samples | None:
        try:
            samples = self._bank.array(voice.source.sound, voice.source.take, voice.place)
        except SpeechError:
            return None
        left, right = (voice.gain * g for g in ear_gains(voice.towards))
        # In another colour it goes on where it was.
        at = 0 if before is None else before.at % len(samples)
        return _Samples(samples, goes_round, at, left, right)


def render_mix(
    scenario: Scenario,
    frames: Iterable[Frame],
    *,
    language: str = "ja",
    settings: SoundSettings | None = None,
    folder: Path | None = None,
    head: Pose | None = None,
) -> Floats:
    """Return what a run sounds like at the resident's ears, float64 (n, 2), left and right, `RATE` samples a second.

    Args:
        scenario: what is played.
        frames: of the run, in order.
        language: of the announcements.
        settings: of the sound.
        folder: where made sounds are kept; None means the user's cache.
        head: hear from here; None means from the resident's own head.
    """
    bank = Bank(scenario, language, folder)
    landscape = Soundscape(scenario, bank.made_s)
    mixer = Mixer(bank, settings)
    last_s: float | None = None
    for frame in frames:
        seconds = TICK_S if last_s is None else frame.t_s - last_s
        last_s = frame.t_s
        voices = landscape.ear.hear(landscape.step(frame), head or frame.resident.head, frame)
        mixer.mix(voices, max(seconds, 0.0))
    return mixer.result()


def render_run(
    scenario: Scenario, run: RecordedRun, *, settings: SoundSettings | None = None, folder: Path | None = None
) -> Floats:
    """Return what a recorded run sounded like: it is played again from its inputs and heard anew.

    Args:
        scenario: the version in which it was recorded.
        run: what was recorded.
        settings: of the sound.
        folder: where made sounds are kept; None means the user's cache.
    """

    def frames() -> Iterable[Frame]:
        drill = Drill(scenario, seed=run.header.seed)
        resident = RecordedResident(run.inputs)
        while not drill.ended:
            yield drill.step(resident.inputs(drill.frame))

    return render_mix(scenario, frames(), language=run.header.language, settings=settings, folder=folder)
