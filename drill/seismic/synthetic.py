"""Synthetic ground motion: noise of a band under an envelope, of a wanted JMA intensity, always the same one."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
import numpy.typing as npt

from drill.seismic.groundmotion import STEP_S, GroundMotion

Floats = npt.NDArray[np.float64]

GROUND_HZ: Final = 2.2
GROUND_DAMPING: Final = 0.6
"""Kanai–Tajimi filter of firm soil (Kanai 1957, Tajimi 1960): about where the ground is strongest, and how broadly."""
LOW_HZ: Final = 0.25
HIGH_HZ: Final = 15.0
"""Band of the motion: below it a room would only be carried along, above it nothing large moves."""
VERTICAL_SHARE: Final = 0.5
"""Strength of the vertical component over a horizontal one; two thirds and less is usual away from the fault."""
FIRST_WAVES_SHARE: Final = 0.12
FIRST_WAVES_S: Final = 3.0
"""The first (P) waves: their share of the greatest strength and how long they come alone, mostly upright."""
FADE_S: Final = 4.0


def synthetic(*, intensity: float, duration_s: float, rise_s: float, seed: str) -> GroundMotion:
    """Return a motion of exactly this intensity.

    Args:
        intensity: wanted JMA instrumental intensity.
        duration_s: from the first movement to the last.
        rise_s: how long it takes to grow to its strongest.
        seed: any text; the same text gives the same motion.
    """
    n = round(duration_s / STEP_S)
    rng = np.random.default_rng(zlib.crc32(seed.encode()))
    spectrum = np.fft.rfft(rng.standard_normal((n, 3)), axis=0)
    spectrum *= _band(np.fft.rfftfreq(n, STEP_S).astype(np.float64))[:, None]
    noise = np.fft.irfft(spectrum, n=n, axis=0)
    noise /= np.sqrt((noise**2).mean(axis=0))
    main, first = _envelopes(n, duration_s, rise_s)
    shaken = noise * main[:, None]
    shaken[:, 2] = VERTICAL_SHARE * noise[:, 2] * main + FIRST_WAVES_SHARE * noise[:, 2] * first
    shaken -= shaken.mean(axis=0)
    return GroundMotion(shaken, STEP_S, f"synthetic {seed!r}").scaled_to(intensity)


def _band(f: Floats) -> Floats:
    """Return the gain of the Kanai–Tajimi soil, cut to the band, at frequencies in Hz."""
    r = f / GROUND_HZ
    damped = (2.0 * GROUND_DAMPING * r) ** 2
    soil = np.sqrt((1.0 + damped) / ((1.0 - r**2) ** 2 + damped))
    low = 1.0 - np.exp(-((f / LOW_HZ) ** 4))
    high = np.exp(-((f / HIGH_HZ) ** 4))
    gain: Floats = soil * low * high
    return gain


def _envelopes(n: int, duration_s: float, rise_s: float) -> tuple[Floats, Floats]:
    """Return the strengths over time, 0 to 1, of the main and of the first waves; both begin and end at nothing.

    Quadratic rise, level part, exponential decay, after Jennings, Housner and Tsai (1968).
    """
    t = np.arange(n) * STEP_S
    alone = min(FIRST_WAVES_S, rise_s / 2.0)
    level_s = (duration_s - rise_s) * 0.35
    decay = 3.0 / max(duration_s - rise_s - level_s, 0.1)
    main = np.clip((t - alone) / (rise_s - alone), 0.0, 1.0) ** 2
    main = main * np.exp(-decay * np.maximum(t - rise_s - level_s, 0.0))
    fade = min(FADE_S, duration_s / 4.0)
    ends = np.clip(np.minimum(t / min(0.5, fade), (duration_s - t) / fade), 0.0, 1.0)
    return main * ends, np.clip(t / max(alone, 0.1), 0.0, 1.0) * ends
