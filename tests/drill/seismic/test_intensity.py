"""JMA intensity against the method's published example, its own definition and the borders of the classes."""

import math

import numpy as np
import pytest

from drill.seismic.groundmotion import GroundMotion
from drill.seismic.intensity import (
    IntensityError,
    class_of,
    exceeded,
    filtered_gal,
    instrumental,
    intensity,
    intensity_of,
    response,
    running_intensity,
)
from drill.seismic.synthetic import synthetic

DT = 0.01


def sine(frequency_hz, gal, *, seconds=60.0, axis=0, dt=DT):
    t = np.arange(round(seconds / dt)) * dt
    motion = np.zeros((len(t), 3))
    motion[:, axis] = gal / 100.0 * np.sin(2 * np.pi * frequency_hz * t)
    return motion


def test_the_published_example_of_the_method():
    # JMA's page on the method: Yonago, 6 October 2000, a = 127.85 gal gives 5.1.
    assert intensity_of(127.85) == pytest.approx(5.153, abs=0.001)
    assert instrumental(intensity_of(127.85)) == 5.1
    assert class_of(intensity_of(127.85)) == "5+"


@pytest.mark.parametrize(
    ("value", "published", "name"),
    [
        (-1.2, 0.0, "0"),
        (0.494, 0.4, "0"),
        (0.495, 0.5, "1"),
        (1.494, 1.4, "1"),
        (1.495, 1.5, "2"),
        (2.5, 2.5, "3"),
        (3.494, 3.4, "3"),
        (3.495, 3.5, "4"),
        (4.494, 4.4, "4"),
        (4.495, 4.5, "5-"),
        (4.994, 4.9, "5-"),
        (4.995, 5.0, "5+"),
        (5.494, 5.4, "5+"),
        (5.495, 5.5, "6-"),
        (5.994, 5.9, "6-"),
        (5.995, 6.0, "6+"),
        (6.494, 6.4, "6+"),
        (6.495, 6.5, "7"),
        (6.67, 6.6, "7"),
    ],
)
def test_a_value_is_rounded_at_the_third_decimal_and_cut_after_the_first(value, published, name):
    assert instrumental(value) == pytest.approx(published)
    assert class_of(value) == name


def test_the_filter_has_the_gain_of_the_formula():
    # Worked by hand from the three formulas at 1 Hz: x = 0.1.
    high = 1 + 0.694e-2 + 0.241e-4 + 0.0557e-6 + 0.009664e-8 + 0.00134e-10 + 0.000155e-12
    low = 1 - math.exp(-8)
    assert response(1.0) == pytest.approx(math.sqrt(low / high), rel=1e-12)
    assert response(0.0) == 0.0
    assert response(0.1) == pytest.approx(math.sqrt((1 - math.exp(-0.008)) / 0.1), rel=1e-4)
    # At 10 Hz the high cut is the sum of its coefficients.
    total = 1 + 0.694 + 0.241 + 0.0557 + 0.009664 + 0.00134 + 0.000155
    assert response(10.0) == pytest.approx(math.sqrt(1 / 10 / total), rel=1e-9)


def test_a_long_sine_has_the_intensity_of_its_filtered_amplitude():
    motion = sine(2.0, 80.0)
    amplitude = 80.0 * float(response(2.0))
    assert filtered_gal(motion, dt_s=DT).max() == pytest.approx(amplitude, rel=0.01)
    # Of a steady wave |sin| is near its top for far longer than 0.3 s in a minute.
    assert intensity(motion, dt_s=DT) == pytest.approx(2 * math.log10(amplitude) + 0.94, abs=0.01)


def test_a_stronger_motion_counts_by_twice_the_logarithm():
    weak, strong = sine(1.5, 10.0), sine(1.5, 100.0)
    assert intensity(strong, dt_s=DT) - intensity(weak, dt_s=DT) == pytest.approx(2.0, abs=1e-9)


def test_direction_and_sampling_do_not_matter():
    x = intensity(sine(2.0, 50.0, axis=0), dt_s=DT)
    assert intensity(sine(2.0, 50.0, axis=2), dt_s=DT) == pytest.approx(x, abs=1e-9)
    assert intensity(sine(2.0, 50.0, dt=0.005), dt_s=0.005) == pytest.approx(x, abs=0.01)


def test_a_peak_shorter_than_three_tenths_does_not_count():
    values = np.full(1000, 10.0)
    values[500:529] = 500.0
    assert exceeded(values, dt_s=DT) == 10.0
    values[529] = 500.0
    assert exceeded(values, dt_s=DT) == 500.0


def test_three_tenths_count_in_all_and_not_in_a_row():
    values = np.full(1000, 10.0)
    values[::30][:30] = 500.0
    assert exceeded(values, dt_s=DT) == 500.0


@pytest.mark.parametrize(
    ("motion", "dt", "what"),
    [
        (np.zeros((100, 2)), DT, "three components"),
        (np.zeros((1, 3)), DT, "three components"),
        (np.full((100, 3), np.nan), DT, "sample 0"),
        (np.zeros((100, 3)), 0.0, "positive"),
    ],
)
def test_what_is_no_motion_is_refused_in_words(motion, dt, what):
    with pytest.raises(IntensityError, match=what):
        intensity(motion, dt_s=dt)


def test_a_still_ground_has_no_intensity_and_cannot_be_scaled():
    assert intensity(np.zeros((500, 3)), dt_s=DT) == -math.inf
    with pytest.raises(ValueError, match="does not move"):
        GroundMotion(np.zeros((500, 3)), DT, "nothing").scaled_to(5.0)


@pytest.mark.parametrize("wanted", [2.6, 3.4, 5.1, 5.8, 6.6])
def test_a_synthetic_motion_has_exactly_the_wanted_intensity(wanted):
    made = synthetic(intensity=wanted, duration_s=30, rise_s=5, seed="quake/main")
    assert made.intensity == pytest.approx(wanted, abs=1e-6)
    assert made.duration_s == pytest.approx(30)


def test_a_synthetic_motion_is_the_same_every_time_and_another_by_another_name():
    one = synthetic(intensity=5.0, duration_s=20, rise_s=4, seed="a")
    assert (
        synthetic(intensity=5.0, duration_s=20, rise_s=4, seed="a").acceleration_mps2 == one.acceleration_mps2
    ).all()
    other = synthetic(intensity=5.0, duration_s=20, rise_s=4, seed="b").acceleration_mps2
    assert not np.allclose(other, one.acceleration_mps2)


def test_a_synthetic_motion_grows_as_long_as_it_is_told_and_ends_at_rest():
    made = synthetic(intensity=5.5, duration_s=40, rise_s=8, seed="rise")
    times = np.arange(0, 43, 0.05)
    running = running_intensity(made.filtered_gal, dt_s=made.dt_s, at_s=times)
    assert running.max() <= made.intensity + 1e-9
    assert running[times < 2].max() < 4.0
    assert 6 < times[running.argmax()] < 24
    assert running[-1] < 2.5
    assert abs(made.displacement_m[0]).max() == 0
    assert abs(made.displacement_m[-1]).max() == 0
    assert 0.01 < abs(made.displacement_m).max() < 0.5
