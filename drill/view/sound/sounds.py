"""The sound of a view: frames and the head in, voices out, played where there is a device."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from drill.record.inputs import Pose
from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.view.people.manners import Voice as Talker
from drill.view.sound.bank import Bank
from drill.view.sound.device import Device
from drill.view.sound.hearing import Voice
from drill.view.sound.settings import SoundSettings
from drill.view.sound.soundscape import Soundscape

Wanted = Literal["openal", "none"]


class Sounds:
    """What is heard in a drill. It never changes a drill; with no device it still tells subtitles what sounds.

    Args:
        scenario: what is played.
        language: of the announcements.
        device: `openal` plays on this machine's device, `none` plays nothing (offscreen, muted).
        settings: volume, mute, calm mode.
        folder: where made sounds are kept; None means the user's cache.

    Attributes:
        voices: what is heard at the latest moment, the loudest first.
        message: why there is no sound, or no speech, and what to do; "" when all is well.
    """

    def __init__(
        self,
        scenario: Scenario,
        language: str,
        device: Wanted = "none",
        *,
        settings: SoundSettings | None = None,
        folder: Path | None = None,
    ) -> None:
        self.settings = settings or SoundSettings()
        self.voices: list[Voice] = []
        self.message = ""
        self._device: Device | None = None
        self._bank: Bank | None = None
        self._stop = threading.Event()
        self._preparing: threading.Thread | None = None
        self._last_s: float | None = None
        if device == "openal" and self.settings.gain > 0:
            self._bank = Bank(scenario, language, folder)
            self._device = Device(self._bank, self.settings)
            self.message = self._device.message or self._bank.voice.can_speak
            if not self._device.message:
                self._preparing = threading.Thread(target=self._prepare, name="sonae-sound", daemon=True)
                self._preparing.start()
        lasts_s = self._bank.lasts_s if self._bank is not None and not self._device_silent() else _unspoken
        self._new = partial(Soundscape, scenario, lasts_s)
        self._scape = self._new()

    @property
    def speaking(self) -> str:
        """Id of the announcement that is being spoken, or ""."""
        return self._scape.speaker.speaking

    @property
    def made(self) -> float:
        """How much of what this scenario needs is made, 0 to 1; 1 too where nothing is to be heard."""
        if self._bank is None or self._preparing is None or not self._preparing.is_alive():
            return 1.0
        return self._bank.made

    def notice(self, frame: Frame) -> None:
        """Take the events of a frame that may not be shown."""
        self._scape.notice(frame)

    def show(self, frame: Frame, head: Pose, people: Sequence[Talker] | None = None) -> None:
        """Let a frame be heard from a head; called once a picture, with those who speak in it."""
        if self._last_s is not None and frame.t_s < self._last_s:
            # A moment is played again: what was heard after it has not happened yet.
            self._scape = self._new()
        seconds = 0.0 if self._last_s is None else max(0.0, frame.t_s - self._last_s)
        self._last_s = frame.t_s
        self.voices = self._scape.ear.hear(self._scape.step(frame, people), head, frame)
        if self._device is not None:
            # A run that stands still fades out in real time all the same.
            self._device.play(self.voices, seconds or 1 / 60)

    def hush(self) -> None:
        """Let nothing sound any more until the next `show`: a page covers the drill."""
        self.voices = []
        if self._device is not None:
            self._device.hush()

    def wait(self) -> None:
        """Wait until every sound of the scenario is made; for tools and tests."""
        if self._preparing is not None:
            self._preparing.join()

    def close(self) -> None:
        """Be silent. More than once does no harm."""
        self._stop.set()
        if self._device is not None:
            self._device.close()
        if self._preparing is not None:
            self._preparing.join(timeout=30)
            self._preparing = None

    def _device_silent(self) -> bool:
        return self._device is None or bool(self._device.message)

    def _prepare(self) -> None:
        assert self._bank is not None  # noqa: S101 - started only with one
        try:
            faults = self._bank.prepare(self._stop)
        except OSError as error:
            sys.stderr.write(f"some sounds could not be kept ({error.strerror}); the drill goes on with subtitles\n")
            return
        for announcement, fault in faults.items():
            sys.stderr.write(f"announcement {announcement}: {fault}\n")


def _unspoken(_: str) -> float:
    return 0.0
