"""Tools of the sound makers: seeded noise, filters without a seam, ringing bodies, envelopes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import signal

RATE: Final = 32_000
"""Samples a second of every sound that we make."""
SOUND_MPS: Final = 343.0

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator


def rng_of(name: str) -> Rng:
    """Return the random stream of a sound, always the same for the same name."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))


def samples(seconds: float) -> int:
    """Return how many samples a time has."""
    return round(seconds * RATE)


def times(seconds: float) -> Floats:
    """Return the times of the samples, s, shape (n,)."""
    return np.arange(samples(seconds)) / RATE


def noise(seconds: float, rng: Rng) -> Floats:
    """Return white noise of unit variance, shape (n,)."""
    return rng.standard_normal(samples(seconds))


def shaped(x: Floats, points: Sequence[tuple[float, float]]) -> Floats:
    """Filter by a curve of gains: (frequency in Hz, gain in dB) points, straight between them over log frequency.

    The filter is circular: what it makes of noise joins its own beginning without a seam.
    """
    spectrum = np.fft.rfft(x)
    frequency = np.maximum(np.fft.rfftfreq(len(x), 1 / RATE), 1.0)
    at, db = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    gain = 10 ** (np.interp(np.log(frequency), np.log(at), db) / 20)
    gain[0] = 0.0
    return np.fft.irfft(spectrum * gain, len(x))


def band(x: Floats, low_hz: float, high_hz: float, *, slope_db: float = 18.0) -> Floats:
    """Keep what lies between two frequencies; beyond them it falls by `slope_db` an octave, circularly."""
    curve = [(low_hz / 32, -5 * slope_db), (low_hz, 0.0), (high_hz, 0.0), (high_hz * 32, -5 * slope_db)]
    return shaped(x, curve)


def unit(x: Floats) -> Floats:
    """Return a sound brought to unit deviation."""
    return np.asarray(x / max(float(x.std()), 1e-12))


def ratio(decibels: float) -> float:
    """Return the ratio of amplitudes that a level difference in dB is."""
    return float(10.0 ** (decibels / 20.0))


def low_pass(x: Floats, hertz: float, *, order: int = 2) -> Floats:
    """Filter as air, walls and water do: Butterworth, causal. Works along the last axis."""
    return np.asarray(signal.sosfilt(signal.butter(order, hertz, fs=RATE, output="sos"), x))


def band_pass(x: Floats, low_hz: float, high_hz: float, *, order: int = 2) -> Floats:
    """Keep a band, causally."""
    return np.asarray(signal.sosfilt(signal.butter(order, (low_hz, high_hz), "bandpass", fs=RATE, output="sos"), x))


def slow(seconds: float, rng: Rng, hertz: float) -> Floats:
    """Return a curve of zero mean and unit deviation that wanders at up to `hertz` and closes on itself."""
    n = samples(seconds)
    spectrum = np.zeros(n // 2 + 1, np.complex128)
    most = max(2, int(hertz * seconds))
    spectrum[1 : most + 1] = rng.standard_normal(most) + 1j * rng.standard_normal(most)
    wave = np.fft.irfft(spectrum, n)
    return unit(wave)


def ring(seconds: float, modes: Sequence[tuple[float, float, float]], rng: Rng) -> Floats:
    """Return a struck body: modes of (frequency in Hz, time to fall by 60 dB in s, amplitude)."""
    t = times(seconds)
    out = np.zeros(len(t))
    for hertz, decay_s, amplitude in modes:
        phase = rng.uniform(0, 2 * np.pi)
        out += amplitude * np.exp(-6.9 * t / decay_s) * np.sin(2 * np.pi * hertz * t + phase)
    out *= np.minimum(1.0, t / 0.0008)
    return out


def faded(x: Floats, *, rise_s: float = 0.004, fall_s: float = 0.02) -> Floats:
    """Fade both ends of a sound in and out, so that it neither begins nor ends with a click."""
    out = x.copy()
    rise, fall = min(samples(rise_s), len(x)), min(samples(fall_s), len(x))
    out[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
    out[len(x) - fall :] *= np.cos(np.linspace(0, np.pi / 2, fall)) ** 2
    return out


def lay(out: Floats, part: Floats, at_s: float, gain: float = 1.0) -> None:
    """Add a part to a loop, in place; what passes its end goes on at its beginning."""
    start = samples(at_s) % len(out)
    for begin in range(0, len(part), len(out)):
        piece = part[begin : begin + len(out)]
        first = min(len(piece), len(out) - start)
        out[start : start + first] += gain * piece[:first]
        out[: len(piece) - first] += gain * piece[first:]


def swept(hertz: Floats) -> Floats:
    """Return the phase, radians, of a tone whose frequency is given at every sample."""
    return 2 * np.pi * np.cumsum(hertz) / RATE
