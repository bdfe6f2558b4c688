"""Every made sound: bounds, sameness, and what makes it what it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drill.view.sound.alarms import FIRE_STROKES_HZ, SCHOOL_STROKES_HZ, WARNING_PERIOD_S
from drill.view.sound.catalogue import KINDS
from drill.view.sound.loudness import breaches, loudest_lufs
from drill.view.sound.rooms import reverberation_s
from drill.view.sound.samples import made
from drill.view.sound.synthesis import RATE, Floats, band

Maker = Callable[..., Floats]


def share(x: Floats, low: float, high: float) -> float:
    """Share of the energy that lies between two frequencies."""
    power = np.abs(np.fft.rfft(x)) ** 2
    hertz = np.fft.rfftfreq(len(x), 1 / RATE)
    return float(power[(hertz >= low) & (hertz < high)].sum() / power.sum())


def beat_hz(x: Floats, low: float, high: float) -> float:
    """How often a second the loudness of a sound comes back, looked for between two rates."""
    envelope = np.abs(np.fft.ifft(np.fft.fft(x) * np.r_[2 * np.ones(len(x) // 2), np.zeros(len(x) - len(x) // 2)])) ** 2
    power = np.abs(np.fft.rfft(envelope - envelope.mean()))
    hertz = np.fft.rfftfreq(len(x), 1 / RATE)
    within = (hertz >= low) & (hertz <= high)
    return float(hertz[within][power[within].argmax()])


def strongest(x: Floats, count: int) -> list[float]:
    """The strongest frequencies, at least a third of an octave apart."""
    power = np.abs(np.fft.rfft(x))
    hertz = np.fft.rfftfreq(len(x), 1 / RATE)
    found: list[float] = []
    for i in power.argsort()[::-1]:
        if hertz[i] > 20 and all(abs(np.log2(hertz[i] / f)) > 1 / 3 for f in found):
            found.append(float(hertz[i]))
        if len(found) == count:
            break
    return sorted(found)


@pytest.mark.parametrize("sound", sorted(KINDS))
def test_no_sound_hurts(sound: str, samples_of: Maker) -> None:
    kind = KINDS[sound]
    for take in range(kind.takes):
        assert breaches(samples_of(sound, take), loops=kind.loops) == []
    for place in ("room", "hall", "muffled"):
        assert breaches(samples_of(sound, 0, place), loops=kind.loops) == []


@pytest.mark.parametrize("sound", sorted(KINDS))
def test_a_sound_is_as_loud_as_the_catalogue_says(sound: str, samples_of: Maker) -> None:
    kind = KINDS[sound]
    assert loudest_lufs(samples_of(sound), loops=kind.loops) == pytest.approx(kind.lufs, abs=0.6)


@pytest.mark.parametrize("sound", ["fire_alarm", "glass", "step_wood", "child_call", "siren"])
def test_a_sound_is_made_the_same_again(sound: str, samples_of: Maker) -> None:
    again = np.round(made(KINDS[sound], 0, "open") * 32767) / 32767
    assert np.array_equal(again, samples_of(sound))


@pytest.mark.parametrize("sound", sorted(s for s, kind in KINDS.items() if kind.takes > 1))
def test_takes_differ(sound: str, samples_of: Maker) -> None:
    one, other = samples_of(sound, 0), samples_of(sound, 1)
    assert len(one) != len(other) or not np.allclose(one, other, atol=0.01)


@pytest.mark.parametrize("sound", sorted(s for s, kind in KINDS.items() if kind.loops))
@pytest.mark.parametrize("place", ["open", "hall", "muffled"])
def test_a_loop_joins_itself(sound: str, place: str, samples_of: Maker) -> None:
    x = samples_of(sound, 0, place)
    jump = abs(x[0] - x[-1])
    assert jump <= max(1.5 * np.percentile(np.abs(np.diff(x)), 99.9), 3 / 32767)


@pytest.mark.parametrize("sound", sorted(s for s, kind in KINDS.items() if not kind.loops))
def test_what_sounds_once_neither_begins_nor_ends_with_a_click(sound: str, samples_of: Maker) -> None:
    x = samples_of(sound)
    assert abs(x[0]) < 0.01 > abs(x[-1])


def test_the_fire_bell_strikes_sixteen_times_a_second(samples_of: Maker) -> None:
    assert beat_hz(samples_of("fire_alarm"), 8, 40) == pytest.approx(FIRE_STROKES_HZ, abs=0.5)
    assert share(samples_of("fire_alarm"), 1000, 6000) > 0.9, "a gong of steel, not a hum"


def test_the_school_bell_is_quicker_and_higher(samples_of: Maker) -> None:
    bell, fire = samples_of("school_bell"), samples_of("fire_alarm")
    assert beat_hz(bell, 8, 40) == pytest.approx(SCHOOL_STROKES_HZ, abs=0.5)
    assert strongest(bell, 1)[0] > strongest(fire, 1)[0]


def test_the_siren_rises_and_falls_once_in_eight_seconds(samples_of: Maker) -> None:
    x = samples_of("siren")
    assert len(x) == 8 * RATE
    pitch = [strongest(band(x, 150, 700)[i : i + RATE // 2], 1)[0] for i in (RATE // 8, 4 * RATE)]
    assert pitch[1] / pitch[0] > 1.5


def test_the_early_warning_is_our_own(samples_of: Maker) -> None:
    """Two pitches of wood, low, low, high. No chord of five tones that rises, as the broadcaster's has."""
    x = samples_of("early_warning")
    assert len(x) == round(2 * WARNING_PERIOD_S * RATE)
    assert strongest(x, 2) == pytest.approx([392.0, 622.3], rel=0.01)
    for taken in (523.25, 659.26, 783.99, 932.33, 1046.5):
        assert share(x, taken * 0.985, taken * 1.015) < 0.01
    loud = np.abs(x[: round(WARNING_PERIOD_S * RATE)]).reshape(-1, RATE // 50).max(axis=1)
    assert loud[40:].max() < 0.35 * loud.max(), "half of every bar is nearly silent"


@pytest.mark.parametrize(
    ("sound", "low", "high", "at_least"),
    [
        ("rumble", 30, 260, 0.85),
        ("heart", 30, 400, 0.9),
        ("underwater", 20, 700, 0.95),
        ("river", 30, 1500, 0.85),
        ("rain_roof", 200, 6000, 0.9),
        ("water_in", 300, 8000, 0.8),
        ("glass", 900, 8000, 0.95),
        ("steel_groan", 60, 1000, 0.7),
        ("wood_groan", 100, 2500, 0.85),
        ("fall_heavy", 30, 600, 0.6),
        ("step_wood", 50, 700, 0.7),
        ("crowd_murmur", 180, 3500, 0.9),
        ("child_call", 250, 4000, 0.9),
        ("breath_calm", 300, 4500, 0.85),
        ("chime", 500, 2800, 0.95),
    ],
)
def test_the_energy_lies_where_the_thing_has_it(
    sound: str, low: float, high: float, at_least: float, samples_of: Maker
) -> None:
    assert share(samples_of(sound), low, high) >= at_least


def test_wood_is_lower_than_stone_and_stone_drier_than_gravel(samples_of: Maker) -> None:
    def centre(x: Floats) -> float:
        power = np.abs(np.fft.rfft(x)) ** 2
        return float((power * np.fft.rfftfreq(len(x), 1 / RATE)).sum() / power.sum())

    assert centre(samples_of("step_wood")) < centre(samples_of("step_hard")) < centre(samples_of("step_ground"))


def test_heart_and_breath_keep_their_pace(samples_of: Maker) -> None:
    assert beat_hz(samples_of("heart"), 0.8, 1.8) == pytest.approx(1.25, abs=0.1)
    calm, hard = samples_of("breath_calm"), samples_of("breath_hard")
    # In and out: twice a breath.
    assert beat_hz(calm, 0.4, 0.7) == pytest.approx(0.5, abs=0.07)
    assert beat_hz(hard, 1.0, 1.6) == pytest.approx(1.25, abs=0.16)
    assert loudest_lufs(hard, loops=True) > loudest_lufs(calm, loops=True) + 6


def test_a_wall_takes_the_high_tones(samples_of: Maker) -> None:
    for sound in ("fire_alarm", "water_in", "crowd_murmur"):
        clear, muffled = samples_of(sound), samples_of(sound, 0, "muffled")
        assert share(muffled, 2000, 16000) < 0.02 < share(clear, 500, 16000)


def test_a_hall_rings_longer_than_a_room(samples_of: Maker) -> None:
    """Sabine: a gym of 3000 m³ about two seconds, a class room well under one."""
    assert 1.4 < reverberation_s(3000, 0.17) < 2.6
    assert reverberation_s(190, 0.22) < 0.9
    dry, room, hall = (samples_of("fall_light", 0, place) for place in ("open", "room", "hall"))
    assert len(dry) < len(room) < len(hall)
    late = round(1.2 * RATE)
    energy = [float((x[late:] ** 2).sum() / (x**2).sum()) for x in (room, hall)]
    assert energy[1] > 10 * energy[0]


def test_sudden_sounds_are_named_so() -> None:
    assert {s for s, kind in KINDS.items() if kind.sudden} == {"glass", "fall_heavy", "fall_light"}
