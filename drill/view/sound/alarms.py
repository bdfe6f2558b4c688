"""Bells, sirens and signals. None copies a broadcaster's or a maker's own: all are made here from plain physics."""

from __future__ import annotations

import numpy as np

from drill.view.sound.synthesis import (
    Floats,
    Rng,
    band,
    faded,
    lay,
    low_pass,
    noise,
    ring,
    samples,
    swept,
    times,
)

FIRE_STROKES_HZ = 16.0
"""Strokes a second of the fire bell's hammer, as a motor bell of 150 mm has."""
SCHOOL_STROKES_HZ = 25.0
SIREN_PERIOD_S = 8.0
WARNING_PERIOD_S = 1.6


def fire_alarm(rng: Rng) -> Floats:
    """Motor-driven gong of steel: a loop of 2 s, 16 strokes a second."""
    out = np.zeros(samples(2.0))
    for i in range(round(2.0 * FIRE_STROKES_HZ)):
        strength = 0.85 + 0.15 * rng.random()
        modes = [(1180, 0.55, 1.0), (2540, 0.40, 0.75), (3890, 0.30, 0.55), (5630, 0.2, 0.35), (7900, 0.12, 0.2)]
        stroke = ring(0.5, [(f * (1 + 0.0006 * rng.standard_normal()), d, a) for f, d, a in modes], rng)
        lay(out, stroke, i / FIRE_STROKES_HZ, strength)
    return out


def school_bell(rng: Rng) -> Floats:
    """Electric bell of a school: smaller and faster than the fire bell, a loop of 2 s."""
    out = np.zeros(samples(2.0))
    for i in range(round(2.0 * SCHOOL_STROKES_HZ)):
        modes = [(1970, 0.35, 1.0), (4120, 0.22, 0.5), (6400, 0.15, 0.25)]
        lay(out, ring(0.3, modes, rng), i / SCHOOL_STROKES_HZ, 0.8 + 0.2 * rng.random())
    return out


def siren(rng: Rng) -> Floats:
    """Motor siren of a town: up for 3 s, held, down again, over a loop of 8 s; two rotors of 10 and 12 ports."""
    t = times(SIREN_PERIOD_S)
    turn = np.interp(t, [0, 3.0, 5.0, SIREN_PERIOD_S], [0.42, 1.0, 1.0, 0.42])
    smooth = np.pad(np.hanning(samples(0.6)), (0, len(t) - samples(0.6)))
    turn = np.fft.irfft(np.fft.rfft(turn) * np.fft.rfft(smooth / smooth.sum()), len(t))
    out = np.zeros(len(t))
    for hertz, loud in ((430.0, 1.0), (516.0, 0.7)):
        # A whole number of turns in the loop, so that it joins itself.
        phase = swept(hertz * turn)
        phase *= 2 * np.pi * round(phase[-1] / (2 * np.pi)) / phase[-1]
        out += loud * sum(np.sin(k * phase) / k**1.4 for k in (1, 2, 3, 4, 5))
    out *= 0.35 + 0.65 * turn
    out += 0.05 * band(noise(SIREN_PERIOD_S, rng), 300, 2500) * turn
    return band(out, 120, 3500)


def early_warning(rng: Rng) -> Floats:
    """Our own signal that strong shaking comes: two low wooden strokes and a high one, twice, then silence.

    Wood, not a chord: nobody can take it for the chime of a broadcaster or a telephone.
    """
    out = np.zeros(samples(2 * WARNING_PERIOD_S))
    for bar in range(2):
        for beat, hertz in ((0.0, 392.0), (0.22, 392.0), (0.44, 622.3)):
            modes = [(hertz, 0.5, 1.0), (hertz * 3.93, 0.14, 0.35), (hertz * 9.2, 0.05, 0.12)]
            lay(out, ring(0.7, modes, rng), bar * WARNING_PERIOD_S + beat)
    return out


def chime(rng: Rng) -> Floats:
    """Two soft tones, a fourth down, before an announcement."""
    out = np.zeros(samples(2.2))
    for at_s, hertz in ((0.0, 880.0), (0.75, 659.3)):
        modes = [(hertz, 1.3, 1.0), (hertz * 2.0, 0.7, 0.22), (hertz * 3.01, 0.4, 0.10)]
        tone = ring(1.4, modes, rng) * np.minimum(1.0, times(1.4) / 0.02)
        lay(out, faded(tone, fall_s=0.2), at_s)
    return faded(low_pass(out, 5000), fall_s=0.1)
