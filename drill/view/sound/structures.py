"""The house and its things: groaning, shaking, falling, breaking, doors, lamps that fail, fire."""

from __future__ import annotations

import numpy as np

from drill.view.sound.synthesis import (
    RATE,
    Floats,
    Rng,
    band,
    faded,
    lay,
    low_pass,
    noise,
    ring,
    samples,
    shaped,
    slow,
    swept,
    times,
    unit,
)


def _stick_slip(seconds: float, rng: Rng, *, hertz: Floats, modes: list[tuple[float, float, float]]) -> Floats:
    """Return a body that sticks and slips at a rate given at every sample, heard through its own modes."""
    phase = swept(hertz * (1 + 0.08 * slow(seconds, rng, 12)))
    slips = np.diff(np.floor(phase / (2 * np.pi)), prepend=0.0)
    slips *= rng.uniform(0.4, 1.0, len(slips))
    body = ring(0.4, modes, rng)
    full = np.fft.irfft(np.fft.rfft(slips, 2 * len(slips)) * np.fft.rfft(body, 2 * len(slips)), 2 * len(slips))
    return full[: len(slips)]


def wood_groan(rng: Rng) -> Floats:
    """A beam of wood under load: it sticks and slips between 18 and 70 times a second."""
    seconds = rng.uniform(1.4, 2.0)
    t = np.linspace(0, 1, samples(seconds))
    hertz = 18 + 52 * np.sin(np.pi * t) ** 1.5 * rng.uniform(0.7, 1.0)
    modes = [(210 * rng.uniform(0.9, 1.1), 0.12, 1.0), (480, 0.08, 0.8), (930, 0.05, 0.5), (1650, 0.03, 0.25)]
    out = _stick_slip(seconds, rng, hertz=hertz, modes=modes) * np.sin(np.pi * t) ** 0.7
    return faded(out, rise_s=0.1, fall_s=0.2)


def steel_groan(rng: Rng) -> Floats:
    """A truss of steel under load: a slow moan of bending tones with a scrape over it."""
    seconds = rng.uniform(2.2, 3.0)
    t = np.linspace(0, 1, samples(seconds))
    bend = 1 + 0.10 * np.sin(np.pi * t * rng.uniform(0.8, 1.4)) + 0.01 * slow(seconds, rng, 6)
    out = np.zeros(len(t))
    for hertz, loud in ((96, 1.0), (163, 0.8), (271, 0.6), (438, 0.35), (702, 0.2)):
        shake = 1 + 0.5 * slow(seconds, rng, 9)
        out += loud * np.sin(swept(hertz * bend * rng.uniform(0.97, 1.03))) * np.clip(shake, 0, None)
    scrape = band(noise(seconds, rng), 900, 3200) * np.clip(slow(seconds, rng, 14), 0, None)
    out += 0.25 * unit(scrape)
    return faded(out * np.sin(np.pi * t) ** 1.2, rise_s=0.2, fall_s=0.4)


def rumble(rng: Rng) -> Floats:
    """Ground and building in an earthquake, a loop of 8 s of even strength; the record sets how loud it is.

    Small speakers give nothing below 80 Hz, so that its body lies between 35 and 250 Hz.
    """
    seconds = 8.0
    deep = shaped(noise(seconds, rng), [(18, -18), (35, -3), (70, 0), (140, -3), (300, -14), (900, -34), (4000, -60)])
    deep *= 1 + 0.25 * slow(seconds, rng, 5)
    return deep


def rattle(rng: Rng) -> Floats:
    """Windows, lamps and small things that shake, a loop of 6 s."""
    seconds = 6.0
    out = np.zeros(samples(seconds))
    for at_s in rng.uniform(0, seconds, 260):
        hertz = float(np.exp(rng.uniform(np.log(600), np.log(4200))))
        knock = ring(0.09, [(hertz, 0.06, 1.0), (hertz * 1.83, 0.04, 0.6), (hertz * 2.7, 0.03, 0.3)], rng)
        lay(out, knock, float(at_s), float(rng.lognormal(-0.5, 0.6)))
    wood = band(noise(seconds, rng), 150, 500) * np.clip(slow(seconds, rng, 9), 0, None)
    return unit(out) + 0.6 * unit(wood)


def fall_light(rng: Rng) -> Floats:
    """Books, a bag, a box: a few dull knocks."""
    out = np.zeros(samples(0.9))
    at_s = 0.0
    for i in range(4):
        modes = [(rng.uniform(140, 260), 0.12, 1.0), (rng.uniform(380, 700), 0.07, 0.7), (1300, 0.03, 0.3)]
        thud = ring(0.3, modes, rng)
        thud += 0.5 * faded(band(noise(0.3, rng), 200, 2600), fall_s=0.25) * np.exp(-times(0.3) / 0.03)
        lay(out, thud, at_s, 0.8**i * rng.uniform(0.6, 1.0))
        at_s += rng.uniform(0.05, 0.16)
    return faded(out, rise_s=0.003, fall_s=0.2)


def fall_heavy(rng: Rng) -> Floats:
    """A shelf or a cupboard falls: a deep blow, the floor after it, and what was in it."""
    seconds = 2.0
    out = np.zeros(samples(seconds))
    out += ring(seconds, [(48, 0.5, 1.0), (83, 0.4, 0.9), (140, 0.25, 0.6), (260, 0.15, 0.4)], rng)
    blow = band(noise(seconds, rng), 120, 1800) * np.exp(-times(seconds) / 0.07)
    out += 0.8 * blow / np.abs(blow).max()
    for at_s in rng.gamma(2.0, 0.2, 26):
        hertz = rng.uniform(300, 1900)
        lay(out, ring(0.12, [(hertz, 0.08, 1.0), (hertz * 2.3, 0.04, 0.5)], rng), min(float(at_s), 1.7), 0.16)
    return faded(out, rise_s=0.006, fall_s=0.4)


def glass(rng: Rng) -> Floats:
    """A pane breaks and its pieces fall. The highest tones are left out: they hurt young ears most."""
    seconds = 1.8
    out = np.zeros(samples(seconds))
    crack = band(noise(0.08, rng), 900, 6000) * np.exp(-times(0.08) / 0.015)
    lay(out, crack / np.abs(crack).max(), 0.0, 0.8)
    for at_s in np.concatenate([rng.gamma(1.5, 0.05, 30), 0.35 + rng.gamma(2.0, 0.16, 45)]):
        hertz = float(np.exp(rng.uniform(np.log(1800), np.log(6500))))
        modes = [(hertz, 0.16, 1.0), (hertz * 1.51, 0.1, 0.5)]
        lay(out, ring(0.22, modes, rng), min(float(at_s), 1.55), 0.3 * rng.random())
    return faded(low_pass(out, 7000), rise_s=0.003, fall_s=0.3)


def door_slide(rng: Rng) -> Floats:
    """A sliding door on its rail: it rolls and knocks at its end."""
    seconds = 1.1
    t = times(seconds)
    roll = shaped(noise(seconds, rng), [(60, -10), (180, 0), (600, -4), (2500, -16), (8000, -34)])
    roll *= (1 + 0.5 * np.sin(2 * np.pi * 17 * t)) * np.interp(t, [0, 0.1, 0.75, 0.85, seconds], [0, 1, 1, 0, 0])
    out = roll / np.abs(roll).max()
    lay(out, ring(0.2, [(130, 0.12, 1.0), (310, 0.08, 0.6), (720, 0.04, 0.3)], rng), 0.82, 0.7)
    return faded(out, fall_s=0.1)


def door_swing(rng: Rng) -> Floats:
    """A steel door: its latch, then its hinge."""
    seconds = 1.2
    out = np.zeros(samples(seconds))
    for at_s, loud in ((0.0, 0.8), (0.06, 1.0)):
        lay(out, ring(0.15, [(420, 0.06, 1.0), (1150, 0.05, 0.8), (2700, 0.03, 0.4)], rng), at_s, loud)
    n = samples(0.8)
    creak = _stick_slip(0.8, rng, hertz=np.linspace(70, 130, n), modes=[(640, 0.04, 1.0), (1480, 0.03, 0.6)])
    lay(out, faded(creak / np.abs(creak).max(), rise_s=0.15, fall_s=0.3), 0.2, 0.4)
    return faded(out, fall_s=0.1)


def door_stuck(rng: Rng) -> Floats:
    """Somebody pushes a door that will not open: two dull blows."""
    out = np.zeros(samples(0.9))
    for at_s in (0.0, 0.32):
        lay(out, ring(0.4, [(72, 0.25, 1.0), (150, 0.18, 0.7), (330, 0.1, 0.4)], rng), at_s, rng.uniform(0.8, 1.0))
        lay(out, ring(0.2, [(900, 0.06, 0.3), (1700, 0.04, 0.2)], rng), at_s + 0.02, 0.6)
    return faded(out, rise_s=0.004, fall_s=0.1)


def power_off(rng: Rng) -> Floats:
    """The light fails: a relay falls and the hum of the lamps dies away."""
    t = times(1.6)
    hum = sum(np.sin(2 * np.pi * 100 * k * t) / k for k in (1, 2, 3)) * np.exp(-t / 0.3)
    out = 0.3 * np.asarray(hum)
    lay(out, ring(0.25, [(160, 0.15, 1.0), (610, 0.07, 0.8), (1900, 0.04, 0.4)], rng), 0.0)
    return faded(out, rise_s=0.004, fall_s=0.4)


def fire(rng: Rng) -> Floats:
    """A fire that burns in a room: roar and crackle, a loop of 6 s."""
    seconds = 6.0
    roar = shaped(noise(seconds, rng), [(40, -4), (110, 0), (350, -8), (1500, -22), (8000, -44)])
    roar *= 1 + 0.3 * slow(seconds, rng, 4)
    crackle = np.zeros(samples(seconds))
    for at_s in rng.uniform(0, seconds, 110):
        snap = band(noise(0.02, rng), 800, 5500) * np.exp(-np.arange(samples(0.02)) / (0.003 * RATE))
        lay(crackle, snap, float(at_s), float(rng.lognormal(-0.6, 0.8)))
    return unit(roar) + 0.55 * unit(crackle)
