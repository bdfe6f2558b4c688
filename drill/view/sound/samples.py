"""The made sounds on disk: made once by the makers, kept in the user's cache, read back the same ever after."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
import wave
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from drill.view.cache import cache_folder, used
from drill.view.sound.catalogue import KINDS, Kind
from drill.view.sound.loudness import SAMPLE_LOUDEST_LUFS, SAMPLE_PEAK, levelled, loudest_lufs, peak_beyond
from drill.view.sound.rooms import PLACES, Place, placed
from drill.view.sound.synthesis import RATE, Floats, ratio, rng_of

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


def makers_hash(files: Iterable[str] = MADE_BY) -> str:
    """Return a hash of the files that make the sounds."""
    digest = hashlib.sha256()
    for name in files:
        digest.update(resources.files("drill.view.sound").joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=2)
def _dry(kind: Kind, take: int) -> Floats:
    """Return a sound without the colour of a place: it is made once for all of them."""
    out = levelled(kind.maker(rng_of(f"{kind.id} {take}")), kind.lufs, loops=kind.loops)
    out.setflags(write=False)
    return out


def made(kind: Kind, take: int, place: Place) -> Floats:
    """Make a sound: float64 (n,), its loudness and peak as the catalogue and the bounds say."""
    dry = _dry(kind, take)
    if place == "open":
        return dry
    out = placed(dry, place, loops=kind.loops)
    over_db = max(0.0, loudest_lufs(out, loops=kind.loops) - SAMPLE_LOUDEST_LUFS)
    return out * min(ratio(-over_db), SAMPLE_PEAK / max(peak_beyond(out, SAMPLE_PEAK), 1e-12), 1.0)


class Samples:
    """Gives sounds as arrays and as files. What cannot be kept on disk is made in a folder that goes with the process.

    Args:
        folder: where to keep them; None means the user's cache.

    Attributes:
        root: the cache's folder, or the folder that goes with the process.
        folder: where these sounds lie, below it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.root = folder or cache_folder()
        self.folder = self.root / f"sound-{makers_hash()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder):
                pass
        except OSError:
            self.root = Path(tempfile.mkdtemp(prefix="sonae-sound-"))
            atexit.register(shutil.rmtree, self.root, ignore_errors=True)
            self.folder = self.root / f"sound-{makers_hash()}"
            self.folder.mkdir()
        self._arrays: dict[Path, Floats] = {}

    def beside(self, family: str, version: str) -> Path:
        """Return the folder of another family of sounds in the same cache, made if it is not there."""
        folder = self.root / f"{family}-{version}"
        folder.mkdir(exist_ok=True)
        return folder

    def path(self, sound: str, take: int = 0, place: Place = "open") -> Path:
        """Return the WAV file of a sound, made now if it is not there yet.

        Raises:
            KeyError: no such sound.
        """
        kind = KINDS[sound]
        path = self.file(sound, take, place)
        if path.exists():
            used(path)
        else:
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

    def make(self, sound: str, take: int = 0) -> None:
        """Make a take of a sound in every place where it is not there yet."""
        for place in PLACES:
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
