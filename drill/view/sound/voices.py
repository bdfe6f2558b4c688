"""Voices without words: a crowd's murmur and children who call. Glottal pulses through the formants of vowels."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import signal

from drill.view.sound.synthesis import RATE, Floats, Rng, band, faded, lay, noise, samples, slow, swept, unit

VOWELS: Final = ((850, 1400, 2900), (350, 2600, 3300), (400, 1500, 2600), (600, 2200, 3000), (550, 1000, 2800))
"""First three formants, Hz, of a child's a, i, u, e, o; an adult's lie about a fifth lower."""
GROWN: Final = 0.80
"""An adult's formants as a share of a child's."""


def _voice(hertz: Floats, formants: tuple[float, ...], rng: Rng, *, breath: float = 0.02) -> Floats:
    """Return a voice whose pitch is given at every sample."""
    seconds = len(hertz) / RATE
    phase = swept(hertz * (1 + 0.012 * slow(seconds, rng, 7)))
    pulse = signal.sawtooth(phase, 0.86) + breath * noise(seconds, rng)[: len(hertz)]
    pulse = np.diff(pulse, prepend=0.0)
    out = np.zeros(len(pulse))
    for formant, loud in zip(formants, (1.0, 0.55, 0.25), strict=True):
        width = 70 + 0.05 * formant
        out += loud * np.asarray(signal.lfilter(*signal.iirpeak(formant, formant / width, fs=RATE), pulse))
    return out


def child_call(rng: Rng) -> Floats:
    """A child calls out, one long vowel or two, without a word."""
    out = np.zeros(samples(1.3))
    at_s, count = 0.05, int(rng.integers(1, 3))
    base = rng.uniform(300, 390)
    for _ in range(count):
        seconds = rng.uniform(0.28, 0.5)
        n = samples(seconds)
        rise = rng.uniform(-0.15, 0.3)
        hertz = base * (1 + rise * np.sin(np.linspace(0, np.pi * 0.9, n)))
        vowel = VOWELS[int(rng.integers(len(VOWELS)))]
        piece = _voice(hertz, vowel, rng) * np.sin(np.linspace(0, np.pi, n)) ** 0.6
        lay(out, faded(piece / np.abs(piece).max(), rise_s=0.04, fall_s=0.08), at_s)
        at_s += seconds + rng.uniform(0.02, 0.08)
    return faded(out, fall_s=0.1)


def grown_call(rng: Rng) -> Floats:
    """A grown person calls out two or three long vowels, without a word."""
    out = np.zeros(samples(1.7))
    at_s, base = 0.05, rng.uniform(150, 215)
    for _ in range(int(rng.integers(2, 4))):
        seconds = rng.uniform(0.26, 0.42)
        n = samples(seconds)
        hertz = base * (1 + rng.uniform(-0.1, 0.22) * np.sin(np.linspace(0, np.pi * 0.9, n)))
        vowel = tuple(f * GROWN for f in VOWELS[int(rng.integers(len(VOWELS)))])
        piece = _voice(hertz, vowel, rng) * np.sin(np.linspace(0, np.pi, n)) ** 0.6
        lay(out, faded(piece / np.abs(piece).max(), rise_s=0.04, fall_s=0.08), at_s)
        at_s += seconds + rng.uniform(0.02, 0.08)
    return faded(out, fall_s=0.1)


def talk_child(rng: Rng) -> Floats:
    """A child says something to the one beside it; nobody else makes it out."""
    return _talk(rng, rng.uniform(240, 320), 1.0)


def talk_grown(rng: Rng) -> Floats:
    """A grown person says something to the one beside them; nobody else makes it out."""
    return _talk(rng, rng.uniform(125, 215), GROWN)


def _talk(rng: Rng, base: float, size: float) -> Floats:
    """Return a sentence of syllables whose pitch falls, with a breath of consonant before most of them."""
    out = np.zeros(samples(2.0))
    at_s, count = 0.08, int(rng.integers(6, 10))
    for number in range(count):
        seconds = rng.uniform(0.09, 0.16) * (1.5 if number == count - 1 else 1.0)
        n = samples(seconds)
        falls = 1.08 - 0.22 * number / count
        pitch = base * falls * (1 + 0.05 * rng.standard_normal()) * np.linspace(1.02, 0.97, n)
        vowel = tuple(f * size for f in VOWELS[int(rng.integers(len(VOWELS)))])
        piece = _voice(pitch, vowel, rng, breath=0.05) * np.sin(np.linspace(0, np.pi, n)) ** 0.7
        lay(out, piece / max(float(np.abs(piece).max()), 1e-9), at_s)
        if rng.random() < 0.6:
            hiss = faded(band(noise(0.06, rng), 1800, 5500), rise_s=0.02, fall_s=0.03)
            lay(out, hiss / np.abs(hiss).max(), max(0.0, at_s - 0.05), 0.15)
        at_s += seconds + rng.exponential(0.025)
    return faded(out, rise_s=0.02, fall_s=0.12)


def crowd_murmur(rng: Rng) -> Floats:
    """Many children talk at once, none to be understood: a loop of 10 s of overlapping syllables."""
    seconds = 10.0
    out = np.zeros(samples(seconds))
    for _ in range(14):
        base, at_s = rng.uniform(210, 360), rng.uniform(0, seconds)
        size = rng.uniform(0.82, 1.05)
        far = rng.uniform(0.3, 1.0)
        for _ in range(int(rng.integers(6, 16))):
            length = rng.uniform(0.09, 0.24)
            n = samples(length)
            vowel = tuple(f * size for f in VOWELS[int(rng.integers(len(VOWELS)))])
            pitch = base * (1 + 0.12 * rng.standard_normal()) * np.linspace(1.03, 0.95, n)
            piece = _voice(pitch, vowel, rng, breath=0.05) * np.sin(np.linspace(0, np.pi, n)) ** 0.8
            lay(out, piece / max(float(np.abs(piece).max()), 1e-9), at_s, far)
            if rng.random() < 0.4:
                hiss = faded(band(noise(0.07, rng), 2500, 6500), rise_s=0.02, fall_s=0.04)
                lay(out, hiss / np.abs(hiss).max(), at_s - 0.06, 0.12 * far)
            at_s += length + rng.exponential(0.06)
    room = band(noise(seconds, rng), 200, 1200)
    return unit(out) + 0.15 * unit(room)
