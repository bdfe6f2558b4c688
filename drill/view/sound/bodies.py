"""The body: steps, breath, heart, cough."""

from __future__ import annotations

import numpy as np

from drill.view.sound.synthesis import Floats, Rng, band, faded, lay, noise, ring, samples, shaped, times, unit

BREATH_CALM_S = 4.0
BREATH_HARD_S = 1.6
HEART_S = 0.8
"""Length of one breath, at rest and out of breath, and of one heart beat (75 a minute)."""


def _step(rng: Rng, *, heel: list[tuple[float, float, float]], scuff: tuple[float, float, float]) -> Floats:
    seconds = 0.45
    out = ring(seconds, [(f * rng.uniform(0.93, 1.07), d, a) for f, d, a in heel], rng)
    low, high, loud = scuff
    rub = band(noise(seconds, rng), low, high)
    at = rng.uniform(0.07, 0.1)
    rub *= np.exp(-(((times(seconds) - at) / 0.035) ** 2))
    out = out / np.abs(out).max() + loud * rub / np.abs(rub).max()
    return faded(out, rise_s=0.002, fall_s=0.15)


def step_wood(rng: Rng) -> Floats:
    """A step in gym shoes on a sprung wooden floor: hollow and low."""
    return _step(
        rng, heel=[(88, 0.16, 1.0), (176, 0.1, 0.7), (340, 0.06, 0.35), (900, 0.02, 0.12)], scuff=(500, 2600, 0.25)
    )


def step_hard(rng: Rng) -> Floats:
    """A step on linoleum over concrete: short and dry."""
    return _step(rng, heel=[(190, 0.05, 1.0), (520, 0.03, 0.6), (1400, 0.015, 0.3)], scuff=(900, 4200, 0.35))


def step_ground(rng: Rng) -> Floats:
    """A step on wet earth and gravel."""
    out = _step(rng, heel=[(110, 0.06, 1.0), (240, 0.04, 0.5)], scuff=(700, 5000, 0.6))
    for _ in range(14):
        grain = band(noise(0.02, rng), 1500, 6000) * np.exp(-times(0.02) / 0.004)
        lay(out, grain / np.abs(grain).max(), rng.uniform(0.02, 0.2), 0.3 * rng.random())
    return faded(out, fall_s=0.1)


def _breath(rng: Rng, *, seconds: float, open_share: float, voiced: float) -> Floats:
    """Return one breath in and out. Air through the nose is higher going in than coming out."""
    t = times(seconds) / seconds
    inward = np.clip(np.sin(np.pi * t / 0.42), 0, None) * (t < 0.42)
    out_t = (t - 0.46) / 0.46
    outward = np.clip(np.sin(np.pi * np.clip(out_t, 0, 1) ** 0.8), 0, None)
    air_in = shaped(noise(seconds, rng), [(300, -20), (900, -4), (1700, 0), (3500, -8), (9000, -26)])
    air_out = shaped(noise(seconds, rng), [(150, -14), (500, 0), (1100, -3), (2600, -12), (8000, -32)])
    out = 0.7 * unit(air_in) * inward**1.5 + open_share * unit(air_out) * outward**1.3
    if voiced:
        throat = np.sin(2 * np.pi * 150 * times(seconds)) + 0.5 * np.sin(2 * np.pi * 310 * times(seconds))
        out += voiced * throat * outward**2
    return out


def breath_calm(rng: Rng) -> Floats:
    """Breath at rest, a loop of two breaths."""
    return np.concatenate([_breath(rng, seconds=BREATH_CALM_S, open_share=0.8, voiced=0.0) for _ in range(2)])


def breath_hard(rng: Rng) -> Floats:
    """Breath after wading or running, a loop of four breaths."""
    return np.concatenate([_breath(rng, seconds=BREATH_HARD_S, open_share=1.2, voiced=0.06) for _ in range(4)])


def cough(rng: Rng) -> Floats:
    """Two short coughs: a burst of air and a throat that closes."""
    out = np.zeros(samples(1.1))
    for at_s, loud in ((0.0, 1.0), (0.42, 0.75)):
        t = times(0.36)
        burst = shaped(noise(0.36, rng), [(150, -12), (500, 0), (1300, 0), (3000, -9), (9000, -28)])
        burst *= np.exp(-t / 0.06) + 0.35 * np.exp(-(((t - 0.16) / 0.05) ** 2))
        throat = np.sin(2 * np.pi * np.cumsum(np.interp(t, [0, 0.36], [240, 150])) / len(t) * 0.36)
        piece = burst / np.abs(burst).max() + 0.35 * throat * np.exp(-t / 0.07)
        lay(out, faded(piece, rise_s=0.008, fall_s=0.1), at_s, loud)
    return faded(out, rise_s=0.008, fall_s=0.1)


def heart(rng: Rng) -> Floats:
    """Heart beats, a loop of four: two low sounds each, as one hears one's own."""
    out = np.zeros(samples(4 * HEART_S))
    for beat in range(4):
        for at_s, hertz, loud in ((0.0, 72.0, 1.0), (0.29, 92.0, 0.7)):
            t = times(0.2)
            pulse = np.sin(2 * np.pi * hertz * t) * np.exp(-(((t - 0.07) / 0.035) ** 2))
            # A little bent, so that small speakers have overtones to give.
            lay(out, np.tanh(1.5 * pulse), beat * HEART_S + at_s, loud * rng.uniform(0.95, 1.05))
    return out
