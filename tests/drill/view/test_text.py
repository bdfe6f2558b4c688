"""Fonts, line breaking and the HUD's words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drill.scenario.scenario import Scenario
from drill.session.frame import DoorState, Frame, Prompt
from drill.view.errors import ViewError
from drill.view.font import FOLDERS_VARIABLE, FontChain, find_fonts, font_folders, load_fonts
from drill.view.reading import Reader
from drill.view.typeset import Typesetter, pieces_of, without_ruby
from drill.view.wording import LANGUAGES, level_name, wording


@pytest.fixture(scope="module")
def fonts() -> FontChain:
    try:
        return load_fonts()[0]
    except ViewError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def typesetter(fonts: FontChain) -> Typesetter:
    return Typesetter(fonts)


def test_rare_names_are_written_in_full(fonts: FontChain) -> None:
    text = "髙﨑𠮷田"
    lost = [c for c in text if fonts.font_of(c) is None]
    if lost:
        pytest.skip(f"no font on this machine has {lost}; install fonts-noto-cjk")
    assert "".join(run for run, _ in fonts.runs(text)) == text


def test_a_character_that_one_font_lacks_is_taken_from_the_next() -> None:
    folders = font_folders()
    first = find_fonts(["DejaVuSans.ttf"], folders)
    second = find_fonts(["NotoSansCJK-Regular.ttc"], folders)
    if not first or not second:
        pytest.skip("needs DejaVu Sans and Noto Sans CJK")
    chain = FontChain([*first, *second])
    runs = chain.runs("abc訓練def")
    assert [run for run, _ in runs] == ["abc", "訓練", "def"]
    assert runs[0][1] is runs[2][1] is not runs[1][1]


def test_without_japanese_the_message_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(ViewError, match="fonts-morisawa-bizud-gothic"):
        FontChain([])
    assert find_fonts(["BIZUDPGothic-Regular.ttf"], [tmp_path, tmp_path / "none"]) == []


def test_named_folders_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDERS_VARIABLE, os.pathsep.join([str(tmp_path), str(tmp_path / "b")]))
    assert font_folders()[:2] == [tmp_path, tmp_path / "b"]
    (tmp_path / "deep").mkdir()
    font = tmp_path / "deep" / "IPAexG.ttf"
    font.touch()
    assert find_fonts(["ipaexg.ttf"], [tmp_path]) == [font]


def test_a_glyph_that_no_font_has_gets_a_stand_in_and_selectors_vanish(fonts: FontChain) -> None:
    assert "".join(run for run, _ in fonts.runs("a\U0010fffdb")) in {"a〓b", "a?b"}
    assert "".join(run for run, _ in fonts.runs("葛\U000e0100城")) == "葛城"


def test_furigana_is_cut_from_its_word() -> None:
    pieces = pieces_of("{訓練|くんれん}です。")
    assert (pieces[0].text, pieces[0].ruby) == ("訓練", "くんれん")
    assert [p.text for p in pieces[1:]] == ["で", "す", "。"]
    assert without_ruby("{水|みず}の{中|なか}") == "水の中"


def test_lines_do_not_begin_with_a_full_stop(typesetter: Typesetter) -> None:
    text = "訓練。" * 30
    for room in (60.0, 75.0, 100.0, 133.0):
        lines = typesetter.lines(text, 20, room)
        assert len(lines) > 3
        assert all(line[0].text != "。" for line in lines)
        assert "".join(p.text for line in lines for p in line) == text


def test_english_breaks_between_words(typesetter: Typesetter) -> None:
    lines = typesetter.lines("Everyone in a dangerous place, evacuate now.", 20, 160)
    words = [p.text for line in lines for p in line if not p.text.isspace()]
    assert words == ["Everyone", "in", "a", "dangerous", "place,", "evacuate", "now."]
    assert len(lines) > 1


def keys_of(words: Any, at: str = "") -> set[str]:
    if not isinstance(words, dict):
        return {at}
    return {k for name, value in words.items() for k in keys_of(value, f"{at}.{name}")}


def test_every_language_says_everything() -> None:
    wanted = keys_of(wording("ja"))
    for language in LANGUAGES:
        assert keys_of(wording(language)) == wanted
    assert "死" not in str([wording(language) for language in LANGUAGES])


def test_levels_have_the_names_of_their_era() -> None:
    assert level_name("ja", 4, 2026) == "避難指示"
    assert level_name("ja", 4, 2018) == "避難勧告・避難指示（緊急）"
    assert level_name("ja", 2, 2021) != level_name("ja", 2, 2026)
    assert level_name("fr", 5, 2026) == "緊急安全確保"


def test_what_the_hud_reads_from_a_frame(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    reader = Reader(gym, "ja")
    frame = frame_of(
        gym,
        t_s=65.0,
        depth_m=0.432,
        warning_level=5,
        subtitles=("order-5", "unknown"),
        prompt=Prompt("decision", "which-door", ("lobby", "yard")),
    )
    reading = reader.read(frame)
    assert reading.clock == "18:41:05"
    assert reading.left == "残り 1:55"
    assert reading.depth_cm == 43
    assert reading.badge is not None
    assert (reading.badge.level, reading.badge.name, reading.badge.historical) == (5, "緊急安全確保", False)
    assert len(reading.subtitles) == 1
    assert reading.subtitles[0].startswith("訓練")
    assert reading.question is not None
    assert len(reading.question.options) == 2


def test_a_door_that_water_holds_is_told_only_near_it(gym: Scenario, frame_of: Callable[..., Frame]) -> None:
    reader = Reader(gym, "en")
    door = next(d for d in gym.site.doors if d.id == "yard-door")
    at = door.line.centroid
    doors = tuple(DoorState(d.id, 0.0, "water" if d.id == door.id else "") for d in gym.site.doors)
    near = frame_of(gym, eye=(at.x, at.y + 0.8, 1.5), doors=doors)
    far = frame_of(gym, eye=(at.x, at.y + 4.0, 1.5), doors=doors)
    assert reader.read(near).note == wording("en")["door_water"]
    assert reader.read(far).note == ""
