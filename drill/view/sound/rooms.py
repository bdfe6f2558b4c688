"""How a place colours a sound: the echo of a room by its size, the wall between, water over the ears."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

import numpy as np
from scipy import signal

from drill.view.sound.synthesis import RATE, SOUND_MPS, Floats, low_pass, ratio, rng_of, samples, shaped

Place = Literal["open", "room", "hall", "muffled"]
PLACES: Final[tuple[Place, ...]] = ("open", "room", "hall", "muffled")
"""How every sound is kept: without echo, in a room, in a hall, and as heard through a wall or under water."""

MUFFLED_HZ: Final = 520.0
ABSORPTION: Final = {"room": 0.22, "hall": 0.17}
"""Mean share of sound that surfaces swallow: plaster and curtains; wood, plaster and people."""
ECHO_DB: Final = {"room": -9.0, "hall": -7.0}
"""Energy of the echo against the direct sound at a few metres."""
TYPICAL_M3: Final = {"room": 190.0, "hall": 3000.0}
HALL_FROM_M3: Final = 600.0


def reverberation_s(volume_m3: float, absorption: float) -> float:
    """Return the time in which sound falls by 60 dB, s, by Sabine's formula T = 0.161 V / (a S).

    Args:
        volume_m3: of the room; its surface is taken as that of a box of 2 : 1.5 : 0.6.
        absorption: mean absorption coefficient, 0 to 1.
    """
    edge: float = (volume_m3 / 1.8) ** (1 / 3)
    surface = 2 * edge * edge * (2 * 1.5 + 2 * 0.6 + 1.5 * 0.6)
    return 0.161 * volume_m3 / (absorption * surface)


def place_of(volume_m3: float) -> Place:
    """Return which of the kept echoes is that of a room of a volume."""
    return "hall" if volume_m3 >= HALL_FROM_M3 else "room"


@cache
def echo(place: Place) -> Floats:
    """Return the impulse response of a place's echo without the direct sound: noise whose high tones die first."""
    volume = TYPICAL_M3[place]
    falls_s = reverberation_s(volume, ABSORPTION[place])
    first_s = 4 * volume / (SOUND_MPS * 6 * volume ** (2 / 3))
    rng = rng_of(f"echo {place}")
    n = samples(1.1 * falls_s)
    t = np.arange(n) / RATE
    out = np.zeros(n)
    # Air and soft things swallow the high tones sooner.
    for low, high, share in ((60.0, 700.0, 1.0), (700.0, 2800.0, 0.85), (2800.0, 9000.0, 0.5)):
        grain = shaped(rng.standard_normal(n), [(low / 4, -48), (low, 0), (high, 0), (high * 4, -48)])
        out += grain * np.exp(-6.9 * t / (falls_s * share)) * share
    out *= np.clip(t / first_s, 0, 1)
    return np.asarray(out * ratio(ECHO_DB[place]) / np.sqrt((out**2).sum()))


def placed(x: Floats, place: Place, *, loops: bool) -> Floats:
    """Return a sound as it is heard in a place; a loop still joins itself."""
    if place == "open":
        return x
    if place == "muffled":
        # Twice round, the second kept: the filter is in its stride when the loop begins.
        return low_pass(np.tile(x, 2), MUFFLED_HZ, order=3)[len(x) :] if loops else low_pass(x, MUFFLED_HZ, order=3)
    response = echo(place)
    if loops:
        folded = np.zeros(len(x))
        for begin in range(0, len(response), len(x)):
            piece = response[begin : begin + len(x)]
            folded[: len(piece)] += piece
        wet = np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(folded), len(x))
        return x + wet
    out: Floats = np.asarray(signal.fftconvolve(x, response))
    out[: len(x)] += x
    return out
