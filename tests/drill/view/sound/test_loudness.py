"""Loudness and peaks: against the standard's own figures, with faults planted and seen."""

from __future__ import annotations

import numpy as np
import pytest

from drill.view.sound.loudness import (
    MIX_LOUDEST_LUFS,
    MIX_PEAK,
    OVERSHOOT,
    _weighting,
    breaches,
    levelled,
    limited,
    loudest_lufs,
    momentary_lufs,
    peak_beyond,
    true_peak,
)
from drill.view.sound.synthesis import RATE, Floats, rng_of, times


def tone(hertz: float, seconds: float = 1.0, amplitude: float = 1.0) -> Floats:
    return amplitude * np.sin(2 * np.pi * hertz * times(seconds))


def test_weighting_is_that_of_the_standard_at_48_khz() -> None:
    """ITU-R BS.1770-4, annex 1, tables 1 and 2."""
    shelf, high_pass = _weighting(48_000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585], abs=1e-6
    )
    assert high_pass == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-6)


def test_a_full_tone_of_1_khz_has_the_loudness_that_the_standard_gives() -> None:
    assert loudest_lufs(tone(997)) == pytest.approx(-3.01, abs=0.05)
    assert loudest_lufs(np.column_stack([tone(997), tone(997)])) == pytest.approx(0.0, abs=0.05)
    assert loudest_lufs(tone(997, amplitude=0.1)) == pytest.approx(-23.01, abs=0.05)


def test_low_tones_count_less() -> None:
    assert loudest_lufs(tone(40)) < loudest_lufs(tone(997)) - 3


def test_true_peak_sees_between_the_samples() -> None:
    x = np.sin(2 * np.pi * RATE / 4 * times(0.1) + np.pi / 4)
    assert np.abs(x).max() == pytest.approx(np.sqrt(0.5), abs=1e-6)
    assert true_peak(x) == pytest.approx(1.0, abs=0.03)


def test_a_loop_is_measured_as_it_goes_round() -> None:
    burst = np.concatenate([tone(1000, 0.2), np.zeros(RATE), tone(1000, 0.2)])
    assert loudest_lufs(burst, loops=True) > loudest_lufs(burst) + 2.5


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (np.clip(8 * tone(400), -1, 1), "clipped"),
        (np.clip(8 * tone(400), -1, 1), "true peak"),
        (0.45 * np.sign(tone(300)), "LUFS"),
        (np.array([0.0, np.nan] * 9000), "not finite"),
    ],
)
def test_a_sound_that_would_hurt_is_seen(planted: Floats, told: str) -> None:
    assert any(told in breach for breach in breaches(planted))


def test_a_sound_within_its_bounds_is_not_blamed() -> None:
    assert breaches(levelled(rng_of("plain").standard_normal(RATE), -22, loops=False)) == []


def test_levelling_keeps_sharp_peaks_within_the_bound() -> None:
    clicks = np.zeros(RATE)
    clicks[::4000] = 1.0
    out = levelled(clicks + 0.001 * rng_of("clicks").standard_normal(RATE), -20, loops=False)
    assert breaches(out) == []


def test_the_limiter_holds_a_mix_that_would_hurt() -> None:
    rng = rng_of("mix")
    quiet = 0.01 * rng.standard_normal((3 * RATE, 2))
    mix = quiet.copy()
    mix[RATE : 2 * RATE] += rng.standard_normal((RATE, 2))
    mix[2 * RATE + 900] += 3.0
    assert breaches(mix, most_lufs=MIX_LOUDEST_LUFS, peak=MIX_PEAK)
    out = limited(mix)
    assert np.abs(out).max() <= MIX_PEAK + 1e-9
    assert momentary_lufs(out).max() <= MIX_LOUDEST_LUFS + 0.5
    early = slice(0, round(0.45 * RATE))
    assert out[early] == pytest.approx(mix[early]), "what is within the bounds is left as it was"


@pytest.mark.parametrize("seed", range(4))
def test_a_peak_that_cannot_be_passed_is_not_looked_for(seed: int) -> None:
    """What is told as harmless at a glance is harmless by the whole measure."""
    rng = rng_of(f"peak {seed}")
    x = rng.standard_normal(4000) * np.exp(-np.arange(4000) / 800)
    # The worst case of the filter: signs as its weights at the point between two samples.
    x[:40] = 3 * np.sign(np.sinc(np.arange(40) - 19.5))
    top = float(np.abs(x).max())
    assert top < true_peak(x) <= OVERSHOOT * top
    assert peak_beyond(x, OVERSHOOT * top) == pytest.approx(top)
    assert peak_beyond(x, 0.999 * OVERSHOOT * top) == true_peak(x)
