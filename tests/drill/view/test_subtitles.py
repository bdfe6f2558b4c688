"""Subtitles of announcements and sounds: every text there, arrows right, nothing flickers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from drill.scenario.scenario import Scenario
from drill.session.frame import Frame
from drill.view.sound.catalogue import KINDS
from drill.view.sound.hearing import Voice
from drill.view.sound.source import Source
from drill.view.subtitles import ARROWS, MOST, SHOWN_S, Subtitles, eighth
from drill.view.wording import LANGUAGES, wording


def missing(texts: dict[str, str]) -> set[str]:
    """Sounds without words, and words without a sound."""
    return {k for k in KINDS if not texts.get(k, "").strip()} | (texts.keys() - KINDS.keys())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sound_has_words_in_every_language(language: str) -> None:
    texts = wording(language)["sound"]
    assert missing(texts) == set()
    assert missing({k: v for k, v in texts.items() if k != "glass"}) == {"glass"}, "the check can fail"
    assert missing({**texts, "trumpet": "Trumpet"}) == {"trumpet"}


def test_easy_japanese_has_furigana_on_every_kanji() -> None:
    for sound, text in wording("ja-simple")["sound"].items():
        bare = re.sub(r"\{[^{}|]+\|[^{}|]+\}", "", text)
        assert not re.search(r"[\u3400-\u9fff]", bare), f"{sound}: {text}"


def voice(sound: str, *, right: float = 0.0, ahead: float = 0.0, lufs: float = -25.0) -> Voice:
    return Voice(Source(sound, sound, None), (right, ahead, 0.0), 1.0, "room", lufs)


@pytest.mark.parametrize(
    ("right", "ahead", "arrow"),
    [(0, 1, "↑"), (1, 0, "→"), (0, -1, "↓"), (-1, 0, "←"), (0.7, 0.7, "↗"), (-0.7, -0.7, "↙"), (0, 0, "")],
)
def test_the_arrow_points_to_the_sound(
    right: float, ahead: float, arrow: str, gym: Scenario, frame_of: Callable[..., Frame]
) -> None:
    lines = Subtitles(gym, "ja").read(frame_of(gym), [voice("fire_alarm", right=right, ahead=ahead)])
    assert lines.sounds[0].arrow == arrow
    assert lines.all == (f"［非常ベルが鳴っています］ {arrow}".rstrip(),)


def test_eighths() -> None:
    assert [eighth(i * math.pi / 4) for i in range(8)] == list(range(8))
    assert eighth(-math.pi / 2) == ARROWS.index("←")
    assert eighth(None) == -1


def test_an_arrow_does_not_flicker(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    subtitles, arrows = Subtitles(gym, "ja"), []
    for i in range(60):
        angle = math.pi / 8 + 0.05 * (-1) ** i
        heard = [voice("fire_alarm", right=math.sin(angle), ahead=math.cos(angle))]
        arrows.append(subtitles.read(replace(frame_of(gym), t_s=i / 60), heard).sounds[0].arrow)
    assert len(set(arrows)) == 1


def test_languages(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    heard = [voice("water_in", ahead=1)]
    told = {one: Subtitles(gym, one).read(frame_of(gym), heard).sounds[0].line for one in LANGUAGES}
    assert told == {
        "ja": "［水が入ってくる音］ ↑",
        "ja-simple": "［{水|みず}が {入|はい}ってくる {音|おと}］ ↑",
        "en": "[Water running in] ↑",
    }


def test_what_goes_on_is_told_at_its_beginning_and_danger_all_the_time(
    gym: Scenario, frame_of: Callable[..., Frame]
) -> None:
    subtitles, shown = Subtitles(gym, "ja"), {"river": 0, "fire_alarm": 0}
    for i in range(600):
        lines = subtitles.read(replace(frame_of(gym), t_s=i / 60), [voice("river"), voice("fire_alarm")])
        for caption in lines.sounds:
            shown[caption.sound] += 1
    assert shown["fire_alarm"] == 600
    assert shown["river"] == pytest.approx(60 * SHOWN_S, abs=2)


def test_the_weightiest_come_first_and_few(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    heard = [voice(s) for s in ("rain_roof", "river", "glass", "fire_alarm", "cough", "splash")]
    lines = Subtitles(gym, "ja").read(frame_of(gym), heard)
    assert [c.weight for c in lines.sounds] == [3, 2, 1]
    assert len(lines.sounds) == MOST


def test_steps_and_faint_sounds_are_not_told(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    heard = [voice("step_wood"), voice("breath_calm"), voice("siren", lufs=-58)]
    assert Subtitles(gym, "ja").read(frame_of(gym), heard).sounds == ()


def test_announcements_stay_as_long_as_they_are_spoken(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    subtitles = Subtitles(gym, "en")
    text = "Drill. Warning level 4, evacuation order. Everyone in a dangerous place, evacuate now."
    assert subtitles.read(frame_of(gym, subtitles=("order-4",)), []).announcements == (text,)
    assert subtitles.read(frame_of(gym), [], speaking="order-4").announcements == (text,)
    assert subtitles.read(frame_of(gym, subtitles=("order-4",)), [], speaking="order-4").announcements == (text,)
    assert subtitles.read(frame_of(gym), [voice("glass")]).sounds
    assert subtitles.read(frame_of(gym, ended="refuge"), [voice("glass")], speaking="order-4").all == ()


def test_words_that_are_missing_are_named(gym: Scenario) -> None:
    with pytest.raises(KeyError, match=r"trumpet.*\[sound\]"):
        Subtitles(gym, "ja").text("trumpet")
