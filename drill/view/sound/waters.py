"""Rain and water: many drops and bubbles, each a short tone of its own.

A bubble of radius r sings at about 3.26 / r Hz (Minnaert, 1933; r in metres), a little higher as it rises.
"""

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
    samples,
    shaped,
    slow,
    times,
    unit,
)

MINNAERT_MPS = 3.26


def bubble(radius_m: float, rng: Rng, *, rise: float = 0.12) -> Floats:
    """Return one bubble of a radius in metres."""
    hertz = MINNAERT_MPS / radius_m
    t = times(min(0.25, 0.013 + 14.0 / hertz))
    damping = 0.13 * hertz + 0.0072 * hertz**1.5
    phase = 2 * np.pi * hertz * t * (1 + rise * damping * t / 10)
    return faded(np.exp(-damping * t) * np.sin(phase + rng.uniform(0, 6.28)), rise_s=0.001, fall_s=0.003)


def bubbles(seconds: float, rng: Rng, *, per_s: float, radius_mm: tuple[float, float]) -> Floats:
    """Return a loop of bubbles whose radii are spread evenly over log radius; large ones are louder."""
    out = np.zeros(samples(seconds))
    small, large = radius_mm
    for at_s in rng.uniform(0, seconds, round(per_s * seconds)):
        radius = float(np.exp(rng.uniform(np.log(small), np.log(large)))) / 1000
        lay(out, bubble(radius, rng, rise=rng.uniform(0, 0.3)), float(at_s), (radius * 1000) ** 0.6 * rng.random())
    return out


def rain_roof(rng: Rng) -> Floats:
    """Rain on a sheet roof, heard from below: drops on steel and the hiss of many, a loop of 6 s."""
    seconds = 6.0
    hiss = shaped(noise(seconds, rng), [(80, -14), (300, -2), (900, 0), (3000, -6), (9000, -20)])
    hiss *= 1 + 0.12 * slow(seconds, rng, 0.8)
    ticks = np.zeros(samples(seconds))
    ticks[rng.integers(0, len(ticks), 1500)] = rng.lognormal(0, 0.7, 1500)
    ticks = shaped(ticks, [(200, -18), (700, 0), (2400, 0), (6000, -12), (14000, -34)])
    return unit(hiss) + 1.1 * unit(ticks)


def river(rng: Rng) -> Floats:
    """A river in flood: deep broad noise that surges, and a little gurgle, a loop of 8 s."""
    seconds = 8.0
    deep = shaped(noise(seconds, rng), [(40, -6), (120, 0), (500, -5), (2000, -15), (8000, -34)])
    deep *= 1 + 0.22 * slow(seconds, rng, 0.7)
    gurgle = bubbles(seconds, rng, per_s=45, radius_mm=(4, 14))
    return unit(deep) + 0.5 * unit(gurgle)


def water_in(rng: Rng) -> Floats:
    """Water running in at a door: a thin fast sheet and many bubbles, a loop of 6 s."""
    seconds = 6.0
    sheet = shaped(noise(seconds, rng), [(150, -20), (500, -4), (1500, 0), (4500, -5), (12000, -20)])
    sheet *= 1 + 0.18 * slow(seconds, rng, 3)
    babble = bubbles(seconds, rng, per_s=160, radius_mm=(1.0, 7.0))
    return 0.8 * unit(sheet) + 1.2 * unit(babble)


def water_still(rng: Rng) -> Floats:
    """Water that stands in a room and laps at things, a loop of 8 s."""
    seconds = 8.0
    lap = band(noise(seconds, rng), 250, 1400) * np.clip(slow(seconds, rng, 1.2), 0, None) ** 2
    drops = bubbles(seconds, rng, per_s=7, radius_mm=(1.5, 9.0))
    return unit(lap) + 1.2 * unit(drops)


def underwater(rng: Rng) -> Floats:
    """What is heard with the ears under water: a dull roar and large slow bubbles, a loop of 6 s."""
    seconds = 6.0
    roar = shaped(noise(seconds, rng), [(30, -4), (90, 0), (250, -10), (800, -34), (3000, -60)])
    blobs = bubbles(seconds, rng, per_s=6, radius_mm=(8, 24))
    return low_pass(unit(roar) + 0.8 * unit(blobs), 700)


def wade(rng: Rng) -> Floats:
    """One push of a leg through water at the knees: a swell, a wash and bubbles after it."""
    seconds = 1.1
    t = times(seconds)
    swell = np.exp(-(((t - 0.30) / 0.16) ** 2)) + 0.45 * np.exp(-(((t - 0.66) / 0.2) ** 2))
    wash = shaped(noise(seconds, rng), [(100, -10), (300, 0), (900, -3), (3000, -14), (9000, -30)]) * swell
    out = wash / np.abs(wash).max()
    for _ in range(26):
        radius = float(np.exp(rng.uniform(np.log(2.5), np.log(11)))) / 1000
        lay(out, bubble(radius, rng), float(np.clip(rng.normal(0.48, 0.16), 0, 0.85)), 0.25 * rng.random())
    return faded(out, rise_s=0.05, fall_s=0.2)


def step_water(rng: Rng) -> Floats:
    """A step in water up to the ankles: a slap, then drops."""
    seconds = 0.6
    t = times(seconds)
    slap = shaped(noise(seconds, rng), [(150, -10), (500, 0), (2500, -3), (9000, -18)])
    out = unit(slap) * (np.exp(-t / 0.05) + 0.25 * np.exp(-(((t - 0.2) / 0.07) ** 2)))
    for _ in range(10):
        lay(out, bubble(rng.uniform(1.2, 5) / 1000, rng), rng.uniform(0.08, 0.42), 1.2 * rng.random())
    return faded(out, rise_s=0.006, fall_s=0.1)


def splash(rng: Rng) -> Floats:
    """Something falls into water."""
    seconds = 1.4
    t = times(seconds)
    burst = shaped(noise(seconds, rng), [(80, -6), (300, 0), (2000, -4), (9000, -18)])
    out = unit(burst) * (np.exp(-t / 0.12) + 0.3 * np.exp(-(((t - 0.45) / 0.2) ** 2)))
    for _ in range(40):
        lay(out, bubble(rng.uniform(1.5, 16) / 1000, rng), float(rng.gamma(2, 0.14)) % 1.1, 1.4 * rng.random())
    return faded(out, rise_s=0.012, fall_s=0.3)
