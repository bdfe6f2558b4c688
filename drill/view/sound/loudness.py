"""How loud a sound is to people: K-weighted loudness and peaks after ITU-R BS.1770-4, and what we hold them to.

A station's volume knob sets what reaches the ear; what we can bound is the signal. The bounds leave room below full
scale, so that a knob set for speech never makes an alarm painful to a child.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import signal
from scipy.ndimage import maximum_filter1d

from drill.view.sound.synthesis import RATE, Floats, ratio, samples

SAMPLE_LOUDEST_LUFS: Final = -18.0
"""No sound of ours is louder than this in any 400 ms, where it stands nearest."""
SAMPLE_PEAK: Final = ratio(-6.0)
"""Nor does it go beyond this between its samples (true peak, -6 dBTP)."""
MIX_LOUDEST_LUFS: Final = -16.0
MIX_PEAK: Final = ratio(-3.0)
"""The same for all sounds together, after the limiter."""
CLIPPED_FROM: Final = 8
QUIET_PEAK: Final = 0.15
WINDOW_S: Final = 0.4
OVERSAMPLED: Final = 4
OVERSHOOT: Final = 2.25
LOOK_AHEAD_S: Final = 0.005
RELEASE_S: Final = 0.15


@cache
def _weighting(rate: int) -> npt.NDArray[np.float64]:
    """Return the K-weighting of BS.1770 as second-order sections, for any rate, from its analogue prototypes."""
    sections = []
    hertz, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = np.tan(np.pi * hertz / rate)
    high, middle = ratio(gain_db), ratio(gain_db) ** 0.4996667741545416
    a0 = 1 + k / q + k * k
    top = [(high + middle * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - middle * k / q + k * k) / a0]
    sections.append([*top, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0])
    hertz, q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * hertz / rate)
    a0 = 1 + k / q + k * k
    sections.append([1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0])
    return np.array(sections)


def momentary_lufs(x: Floats, *, loops: bool = False) -> Floats:
    """Return the loudness of every 400 ms, one value each 100 ms, LUFS.

    Args:
        x: mono (n,) or stereo (n, 2).
        loops: True measures a loop as it sounds when it goes round.
    """
    channels = x.reshape(len(x), -1)
    if loops:
        channels = np.concatenate([channels[-samples(0.5) :], channels, channels[: samples(WINDOW_S)]])
    weighted = np.asarray(signal.sosfilt(_weighting(RATE), channels, axis=0))
    if loops:
        weighted = weighted[samples(0.5) :]
    power = np.concatenate([[0.0], np.cumsum((weighted**2).sum(axis=1))])
    window, hop = samples(WINDOW_S), samples(WINDOW_S / 4)
    ends = np.arange(window, max(len(weighted), window) + 1, hop)
    found = power[np.minimum(ends, len(weighted))] - power[np.minimum(ends - window, len(weighted))]
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(found / window, 1e-12)))


def loudest_lufs(x: Floats, *, loops: bool = False) -> float:
    """Return the loudness of the loudest 400 ms, LUFS."""
    return float(momentary_lufs(x, loops=loops).max())


def true_peak(x: Floats) -> float:
    """Return the highest absolute value of the waveform between its samples too (4 times oversampled)."""
    if not len(x):
        return 0.0
    # Single precision halves the time and moves a peak by a millionth.
    between = signal.resample_poly(x.astype(np.float32), OVERSAMPLED, 1, axis=0)
    return float(max(between.max(), -between.min()))


def peak_beyond(x: Floats, bound: float) -> float:
    """Return the true peak of what may have one above `bound`, else its highest sample, which is quick to find.

    Between its samples a wave is at most `OVERSHOOT` times as high as at them: the filter's greatest sum of weights.
    """
    top = float(np.abs(x).max(initial=0.0))
    return top if top * OVERSHOOT <= bound else true_peak(x)


def breaches(
    x: Floats, *, loops: bool = False, most_lufs: float = SAMPLE_LOUDEST_LUFS, peak: float = SAMPLE_PEAK
) -> list[str]:
    """Return what of a sound would hurt, in words; nothing when it is within its bounds."""
    found = []
    if not np.isfinite(x).all():
        return ["it holds a number that is not finite"]
    loud, top = loudest_lufs(x, loops=loops), true_peak(x)
    if loud > most_lufs + 0.1:
        found.append(f"its loudest 400 ms have {loud:.1f} LUFS; the bound is {most_lufs:.1f}")
    if top > peak * 1.005:
        found.append(f"its true peak is {top:.2f}; the bound is {peak:.2f}")
    # The top of a quiet low tone moves by less than a step of 16 bits, and is not cut for that.
    if top > QUIET_PEAK and _longest_plateau(x, top) >= CLIPPED_FROM:
        found.append("it is clipped: its peak is cut flat")
    return found


def _longest_plateau(x: Floats, top: float) -> int:
    """Return how many samples near the peak stand still one after the other at most."""
    still = (np.diff(x, axis=0) == 0) & (np.abs(x[1:]) > 0.9 * max(top, 1e-9))
    longest = 0
    for channel in still.reshape(len(still), -1).T:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], channel, [False]]).astype(np.int8)))
        longest = max(longest, int((edges[1::2] - edges[::2]).max(initial=0)))
    return longest


def rounded_off(x: Floats, most: float) -> Floats:
    """Bend peaks softly so that none passes `most`; what is below 70 % of it stays as it is."""
    knee = 0.7 * most
    over = np.abs(x) > knee
    bent = np.sign(x) * (knee + (most - knee) * np.tanh((np.abs(x) - knee) / (most - knee)))
    return np.where(over, bent, x)


def levelled(x: Floats, lufs: float, *, loops: bool, peak: float = SAMPLE_PEAK) -> Floats:
    """Return a sound brought to a loudness; sharp peaks are bent until its true peak is within `peak`."""
    out = x * 10 ** ((lufs - loudest_lufs(x, loops=loops)) / 20)
    bound, top = peak, peak_beyond(out, 0.999 * peak)
    for _ in range(6):
        if top <= peak:
            break
        bound *= 0.93
        out = rounded_off(out, bound)
        top = true_peak(out)
    return out * min(1.0, 0.999 * peak / max(top, 1e-12))


def limited(x: Floats, *, loudest_lufs_: float = MIX_LOUDEST_LUFS, peak: float = MIX_PEAK) -> Floats:
    """Return a mix within both bounds: first its loudness, then its peaks, with a look ahead and a slow release.

    Args:
        x: the mix, shape (n, 2).
        loudest_lufs_: bound of the loudness of any 400 ms.
        peak: bound of the absolute value.
    """
    over = momentary_lufs(x) - loudest_lufs_
    out = x
    if over.max() > 0:
        hop = samples(WINDOW_S / 4)
        # A window stands for its 400 ms: the gain of a moment is the lowest of all windows that hold it.
        gain_db = -np.maximum(over, 0.0)
        before = np.pad(gain_db, (5, 0), mode="edge")
        held = np.min([before[5 - k : len(before) - k] for k in range(6)], axis=0)
        at = np.arange(len(held)) * hop
        out = x * (10 ** (np.interp(np.arange(len(x)), at, held) / 20))[:, None]
    need = np.minimum(1.0, peak / np.maximum(np.abs(out).max(axis=1), 1e-12))
    if need.min() >= 1.0:
        return out
    ahead = samples(LOOK_AHEAD_S)
    held = -maximum_filter1d(-need, 2 * ahead + 1)
    fall = np.exp(-1 / samples(RELEASE_S))
    # Released slowly: the reduction decays, but never below what is needed.
    reduction = -20 * np.log10(held)
    release = _decaying_max(reduction, fall)
    smooth = np.convolve(np.pad(release, ahead, mode="edge"), np.ones(2 * ahead + 1) / (2 * ahead + 1), "valid")
    gain = np.minimum(10.0 ** (-smooth / 20), need)
    return np.asarray(out * gain[:, None])


def _decaying_max(x: Floats, fall: float) -> Floats:
    """Return y[i] = max(x[i], fall * y[i - 1]), in blocks: the decay within a block of 1 ms is small."""
    block = samples(0.001)
    count = -(-len(x) // block)
    tops = np.pad(x, (0, count * block - len(x))).reshape(count, block).max(axis=1)
    held = np.empty(count)
    now = 0.0
    for i, top in enumerate(tops):
        now = max(float(top), now * fall**block)
        held[i] = now
    return np.repeat(held, block)[: len(x)]
