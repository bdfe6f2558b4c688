"""Plays voices on the machine's sound device, by Panda3D's OpenAL. Without a device it says so and plays nothing."""

from __future__ import annotations

import os
import time
from typing import Any, Final

from panda3d.core import AudioManager, AudioSound, Filename, load_prc_file_data

from drill.view.sound.bank import Bank
from drill.view.sound.hearing import Voice
from drill.view.sound.playing import Playing
from drill.view.sound.quiet import quiet
from drill.view.sound.settings import SoundSettings
from drill.view.sound.source import Point

LIBRARY: Final = "p3openal_audio"
NO_SOUND: Final = (
    "この機械から音が出ません（音の出口が見つかりません）。訓練は字幕で続きます。"
    "音を出すには、スピーカーをつないで始め直してください。 "
    "No sound device answered: the drill goes on with subtitles. Connect a loudspeaker and start again to hear it."
)
AHEAD_M: Final = 0.01
HUSH_S, HUSH_STEPS = 0.12, 8
"""How long fading out at once takes, and in how many steps: no click, and no wait that is felt."""


class _Sound:
    """A sound at the device."""

    def __init__(self, sound: Any, *, goes_round: bool) -> None:
        self.sound = sound
        self._goes_round = goes_round
        self._gain = -1.0
        self._towards: Point | None = None

    @property
    def over(self) -> bool:
        return not self._goes_round and self.sound.status() != AudioSound.PLAYING

    def close(self) -> None:
        self.sound.stop()

    def set(self, gain: float, towards: Point) -> None:
        """Set how loud it is and from where, where that has changed so much that it can be heard."""
        if abs(gain - self._gain) > 0.004 * max(gain, 0.05):
            self._gain = gain
            self.sound.set_volume(gain)
        if self._towards is None or max(abs(a - b) for a, b in zip(towards, self._towards, strict=True)) > 0.01:
            self._towards = towards
            x, y, z = towards
            # The head is the origin; distance is in the gain, so that this device and our own mixer agree.
            self.sound.set_3d_attributes(x, y if any(towards) else AHEAD_M, z, 0, 0, 0)


class Device:
    """The loudspeakers or headphones of this machine.

    Attributes:
        message: "" while there is sound, else why not and what to do.
    """

    def __init__(self, bank: Bank, settings: SoundSettings, *, library: str = LIBRARY) -> None:
        self._bank = bank
        self._settings = settings
        self._manager: Any = None
        self.message = NO_SOUND
        os.environ.setdefault("ALSOFT_LOGLEVEL", "0")
        # Panda3D reads the name when it makes its first manager; the window's settings leave it at null.
        load_prc_file_data("sonae-sound", f"audio-library-name {library}\nnotify-level-audio fatal")
        with quiet():
            manager = AudioManager.create_AudioManager()
        if manager.is_valid():
            self._manager, self.message = manager, ""
            manager.set_volume(1.0)
            manager.audio_3d_set_distance_factor(1.0)
            manager.audio_3d_set_drop_off_factor(0.0)
            manager.audio_3d_set_listener_attributes(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)
        self._playing = Playing[_Sound](self._begin, settings)

    def play(self, voices: list[Voice], seconds: float) -> None:
        """Let these voices be heard; called once a picture, `seconds` after the last time."""
        if self._manager is None:
            return
        self._playing.advance(voices, seconds)
        for stream in self._playing:
            gain = self._settings.gain * stream.voice.gain * stream.fade
            stream.track.set(min(1.0, gain), stream.voice.towards)
        self._manager.update()

    def hush(self) -> None:
        """Fade out whatever plays, now: a page covers the drill, and nobody calls `play` meanwhile."""
        if self._manager is None:
            return
        for step in range(HUSH_STEPS):
            share = 1 - (step + 1) / HUSH_STEPS
            for stream in self._playing:
                stream.track.sound.set_volume(share * self._settings.gain * min(1.0, stream.voice.gain * stream.fade))
            self._manager.update()
            time.sleep(HUSH_S / HUSH_STEPS)
        self._playing.close()

    def close(self) -> None:
        """Be silent and give the device back. More than once does no harm."""
        self._playing.close()
        if self._manager is not None:
            self._manager.shutdown()
            self._manager = None

    def _begin(self, voice: Voice, goes_round: bool, before: _Sound | None) -> _Sound | None:
        path = self._bank.ready(voice.source.sound, voice.source.take, voice.place)
        if path is None:
            return None
        sound = self._manager.get_sound(Filename.from_os_specific(str(path)), positional=True)
        if sound is None or sound.length() <= 0:
            return None
        sound.set_loop(goes_round)
        sound.set_3d_min_distance(1000.0)
        if before is not None:
            # In another colour it goes on where it was.
            sound.set_time(before.sound.get_time() % max(sound.length(), 0.01))
        track = _Sound(sound, goes_round=goes_round)
        track.set(0.0 if self._settings.rise_of(once=voice.source.once, lufs=0.0) else voice.gain, voice.towards)
        sound.play()
        return track
