"""Announcements spoken: readings, faults told, the loudspeaker's colour, English only where a voice is."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import numpy as np
import pytest

from drill.scenario.scenario import Scenario
from drill.session.announcements import announcements_of
from drill.view.sound import speech
from drill.view.sound.bank import Bank
from drill.view.sound.catalogue import SPOKEN_LUFS
from drill.view.sound.loudness import breaches, loudest_lufs
from drill.view.sound.readings import plain, speakable, spoken_form
from drill.view.sound.samples import Samples, write_wav
from drill.view.sound.speech import LOUDSPEAKER_HZ, SpeechError, Voice, kana_of, through_loudspeaker
from drill.view.sound.synthesis import RATE, Floats, rng_of, times


def read(text: str) -> str:
    return kana_of(spoken_form(text, kana_of))


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("髙﨑さん、𠮷田さん、髙橋さん。", "タカサキサン、ヨシダサン、タカハシサン。"),
        ("{生田|しょうだ}さん。", "ショーダサン。"),
        ("警戒レベル4、避難指示。", "ケーカイレベルヨン、ヒナンシジ。"),
        ("警戒レベル５、緊急安全確保。", "ケーカイレベルゴ、キンキューアンゼンカクホ。"),
        ("警戒レベル3、高齢者等避難。", "ケーカイレベルサン、コーレーシャトーヒナン。"),
        (
            "川原谷川に、レベル4氾濫危険警報が出ました。",
            "カワラダニガワニ、レベルヨンハンランキケンケーホーガデマシタ。",
        ),
        ("1階の資材室から火が出ました。", "イッカイノシザイシツカラヒガデマシタ。"),
        ("１{階|かい}に いる {人|ひと}は、２{階|かい}へ。", "イッカイニイルヒトワ、ニカイエ。"),
        ("ドアの {下|した}から {水|みず}が {入|はい}ってきました。", "ドアノシタカラミズガハイッテキマシタ。"),
        ("{外|そと}の ドアは {開|あ}きません。", "ソトノドアワアキマセン。"),
        ("水が40センチの深さです。", "ミズガヨンジュッセンチノフカサデス。"),
        ("21人と1人。", "ニジューイチニントヒトリ。"),
        ("最大震度6弱の地震です。", "サイダイシンドロクジャクノジシンデス。"),
    ],
)
def test_texts_are_read_as_people_say_them(text: str, kana: str) -> None:
    assert read(text).replace("ロックジャク", "ロクジャク") == kana


def test_furigana_are_told_from_letters() -> None:
    assert plain("{水|みず}が {来|く}る") == "水が 来る"
    assert speakable("{水|みず}")
    assert not any(speakable(t) for t in ("", "……", "🙂", "「」。"))


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    return Voice("ja", Samples(tmp_path))


def test_an_announcement_is_spoken_once_and_kept(voice: Voice, tmp_path: Path) -> None:
    text = "訓練。髙﨑さん、にげてください。"
    path = voice.path(text)
    assert path.is_relative_to(tmp_path)
    first = path.read_bytes()
    assert voice.lasts_s(text) == pytest.approx(3.2, abs=1.2)
    path.unlink()
    assert Voice("ja", Samples(tmp_path)).path(text).read_bytes() == first, "the same again"


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "no letter"), ("🙂……", "no letter"), ("あ" * 601, "601 characters")],
)
def test_a_text_that_cannot_be_spoken_says_so(text: str, told: str, voice: Voice) -> None:
    with pytest.raises(SpeechError, match=told):
        voice.path(text)
    assert voice.lasts_s(text) == 0


def test_an_engine_that_fails_is_a_fault_and_not_a_crash(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def tts(self, _: str, *, speed: float) -> None:
            msg = "no memory"
            raise RuntimeError(msg)

        def g2p(self, text: str, *, kana: bool) -> str:
            return text

    monkeypatch.setattr(speech, "_openjtalk", Broken)
    with pytest.raises(SpeechError, match=r"にげて.*no memory.*subtitle"):
        voice.path("にげて")
    assert "no memory" in voice.faults["にげて"]


def test_without_the_engine_subtitles_are_said_to_be_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "_openjtalk", lambda: None)
    voice = Voice("ja", Samples(tmp_path))
    assert "subtitles alone" in voice.can_speak
    with pytest.raises(SpeechError, match="extra 'drill'"):
        voice.path("にげて")


def test_the_announcements_of_the_scenarios_can_be_spoken(gym: Scenario, school: Scenario, sound_folder: Path) -> None:
    for scenario in (gym, school):
        for language in ("ja", "ja-simple"):
            for one, text in announcements_of(scenario.model).items():
                kana = read(text.in_language(language))
                assert kana.startswith("クンレン"), one
                assert not re.search(r"[\u3400-\u9fff0-9]", kana), f"{one}: {kana}"
    assert 3.0 < Bank(school, "ja-simple", sound_folder).made_s("call-east") < 8.0


def test_a_loudspeaker_has_a_narrow_band_and_an_echo() -> None:
    wide = rng_of("speech").standard_normal(RATE) * np.exp(-((times(1.0) - 0.4) ** 2) / 0.02)
    out = through_loudspeaker(wide, "open")
    power = np.abs(np.fft.rfft(out)) ** 2
    hertz = np.fft.rfftfreq(len(out), 1 / RATE)
    within = (hertz > LOUDSPEAKER_HZ[0] * 0.7) & (hertz < LOUDSPEAKER_HZ[1] * 1.5)
    assert power[within].sum() / power.sum() > 0.95
    assert breaches(out) == []
    assert loudest_lufs(out) == pytest.approx(SPOKEN_LUFS, abs=0.5)
    click = np.zeros(RATE)
    click[100:110] = 1.0
    answer = np.abs(through_loudspeaker(click, "open"))
    second = answer[round(0.17 * RATE) : round(0.22 * RATE)].max()
    assert second > 0.1 * answer.max(), "it comes back after 0.19 s"


def fake_program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def tone() -> Floats:
    return 0.3 * np.sin(2 * np.pi * 440 * times(1.0))


def test_english_is_told_by_subtitles_where_no_voice_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    voice = Voice("en", Samples(tmp_path))
    assert "flite or espeak-ng" in voice.can_speak
    with pytest.raises(SpeechError, match="no open English voice"):
        voice.path("Drill. Evacuate now.")


def test_english_is_spoken_by_an_open_voice_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_wav(tmp_path / "tone.wav", tone())
    # Arguments: -t TEXT -o FILE.
    fake_program(tmp_path, "flite", f'[ "$2" = "Drill. Go." ] && /bin/cp "{tmp_path}/tone.wav" "$4"')
    monkeypatch.setenv("PATH", str(tmp_path))
    voice = Voice("en", Samples(tmp_path))
    assert voice.can_speak == ""
    voice.path("Drill. Go.")
    assert voice.lasts_s("Drill. Go.") == pytest.approx(1.47, abs=0.1), "a second and its echo"
    with pytest.raises(SpeechError, match=r"flite failed"):
        voice.path("Another text.")
