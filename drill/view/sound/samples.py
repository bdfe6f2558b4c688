"""The made sounds on disk: made once by the makers, kept in the user's cache, read back the same ever after."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
import wave
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from drill.view.sound.catalogue import KINDS, Kind
from drill.view.sound.loudness import SAMPLE_LOUDEST_LUFS, SAMPLE_PEAK, levelled, loudest_lufs, true_peak
from drill.view.sound.rooms import PLACES, Place, placed
from drill.view.sound.synthesis import RATE, Floats, ratio, rng_of

CACHE_VARIABLE: Final = "SONAE_CACHE"
MADE_BY: Final = (
    "alarms.py",
    "bodies.py",
    "catalogue.py",
    "loudness.py",
    "rooms.py",
    "samples.py",
    "structures.py",
    "synthesis.py",
    "voices.py",
    "waters.py",
)
"""The files that a made sound depends on: when one changes, the sounds are made anew."""


def cache_folder() -> Path:
    """Return the folder in which what is made at first use is kept; `SONAE_CACHE` names another."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "sonae"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "sonae"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sonae"


def makers_hash(files: Iterable[str] = MADE_BY) -> str:
    """Return a hash of the files that make the sounds."""
    digest = hashlib.sha256()
    for name in files:
        digest.update(resources.files("drill.view.sound").joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


def made(kind: Kind, take: int, place: Place) -> Floats:
    """Make a sound: float64 (n,), its loudness and peak as the catalogue and the bounds say."""
    plain = kind.maker(rng_of(f"{kind.id} {take}"))
    plain = levelled(plain, kind.lufs, loops=kind.loops)
    out = placed(plain, place, loops=kind.loops)
    over_db = max(0.0, loudest_lufs(out, loops=kind.loops) - SAMPLE_LOUDEST_LUFS)
    return out * min(ratio(-over_db), SAMPLE_PEAK / max(true_peak(out), 1e-12), 1.0)


class Samples:
    """Gives sounds as arrays and as files. What cannot be kept on disk is made in a folder that goes with the process.

    Args:
        folder: where to keep them; None means the user's cache.
    """

    def __init__(self, folder: Path | None = None) -> None:
        wanted = (folder or cache_folder()) / f"sound-{makers_hash()}"
        try:
            wanted.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=wanted):
                pass
        except OSError:
            wanted = Path(tempfile.mkdtemp(prefix="sonae-sound-"))
            atexit.register(shutil.rmtree, wanted, ignore_errors=True)
        self.folder = wanted
        self._arrays: dict[Path, Floats] = {}

    def path(self, sound: str, take: int = 0, place: Place = "open") -> Path:
        """Return the WAV file of a sound, made now if it is not there yet.

        Raises:
            KeyError: no such sound.
        """
        kind = KINDS[sound]
        path = self.file(sound, take, place)
        if not path.exists():
            write_wav(path, made(kind, take % kind.takes, place))
        return path

    def file(self, sound: str, take: int = 0, place: Place = "open") -> Path:
        """Return where the WAV file of a sound is or will be."""
        return self.folder / f"{sound}-{take % KINDS[sound].takes}-{place}.wav"

    def array(self, sound: str, take: int = 0, place: Place = "open") -> Floats:
        """Return a sound as float64 (n,), exactly as its file holds it."""
        return self.read(self.path(sound, take, place))

    def read(self, path: Path) -> Floats:
        """Return the samples of one of our WAV files, kept in memory from then on."""
        if path not in self._arrays:
            self._arrays[path] = read_wav(path)
        return self._arrays[path]

    def make(self, sounds: Iterable[str]) -> None:
        """Make all takes of these sounds, in every place, that are not there yet."""
        for sound in sounds:
            for place in PLACES:
                for take in range(KINDS[sound].takes):
                    self.path(sound, take, place)


def write_wav(path: Path, x: Floats) -> None:
    """Write mono (n,) or stereo (n, 2) as 16-bit WAV; whoever reads sees the whole file or none."""
    whole = np.round(np.clip(x, -1, 1) * 32767).astype("<i2")
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as stream, wave.open(stream, "wb") as file:
        file.setnchannels(1 if x.ndim == 1 else x.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(whole.tobytes())
    Path(name).replace(path)


def read_wav(path: Path) -> Floats:
    """Return the samples of a 16-bit WAV file that we wrote, mono (n,) or stereo (n, 2)."""
    with wave.open(str(path), "rb") as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32767
        return raw if file.getnchannels() == 1 else raw.reshape(-1, file.getnchannels())
