from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.people.names import LONGEST, UnusableNameError, kept, kept_kana, key_of_kana, key_of_name

COMMON_FORM_OF = {"\ufa19": "\u795e", "\ufa1b": "\u798f", "\ufa26": "\u90fd"}
"""Compatibility ideographs of family registers and the form that NFC would put in their place."""


@pytest.mark.parametrize(
    "name", ["髙﨑 葵", "𠮷田 キヨ", "葛󠄀城 \U00020b9f", "渡邉 槇", "Nguyễn Thị Hoa", "O'Brien-Sato"]
)
def test_a_name_is_kept_as_it_was_typed(name: str) -> None:
    assert kept(name) == name


@pytest.mark.parametrize(("typed", "common"), COMMON_FORM_OF.items())
def test_a_kanji_of_a_family_register_is_not_replaced_by_the_common_form(typed: str, common: str) -> None:
    assert unicodedata.normalize("NFC", typed) == common  # what must not happen
    assert kept(f"{typed}山") == f"{typed}山"
    assert key_of_name(f"{typed}山") == key_of_name(f"{common}山")


def test_what_a_keyboard_takes_apart_is_put_together() -> None:
    assert kept("か\u3099") == "が"
    assert kept(" 山田\u3000\u3000花子 ") == "山田 花子"


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", "empty"), ("  ", "empty"), ("あ" * 81, "long"), ("a\u202eb", "character"), ("a\x00b", "character")],
)
def test_what_cannot_be_a_name_says_why_without_repeating_it(text: str, fault: str) -> None:
    with pytest.raises(UnusableNameError) as caught:
        kept(text)
    assert caught.value.fault == fault
    assert "\u202e" not in str(caught.value)


def test_a_reading_is_katakana_and_may_be_empty_or_latin() -> None:
    assert kept_kana("たかさき ｱｵｲ") == "タカサキ アオイ"
    assert kept_kana("") == ""
    assert kept_kana("Nguyễn") == "Nguyễn"
    with pytest.raises(UnusableNameError) as caught:
        kept_kana("高崎")
    assert caught.value.fault == "kana"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙﨑", "高崎"), ("𠮷田", "吉田"), ("渡邉", "渡辺"), ("渡邊", "渡辺"), ("齋藤", "斉藤"), ("葛󠄀城", "葛城"),
        ("高橋 一郎", "高橋　一郎"), ("ＳＭＩＴＨ", "smith"),
    ],
)  # fmt: skip
def test_variants_of_a_name_have_one_key(one: str, other: str) -> None:
    assert key_of_name(one) == key_of_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("たかさき　あおい", "タカサキアオイ"),
        ("ｷﾖ", "きよ"),
        ("キョウコ", "キヨウコ"),
        ("シヅカ", "シズカ"),
        ("ユーコ", "ユコ"),
    ],
)
def test_readings_that_sound_or_look_alike_have_one_key(one: str, other: str) -> None:
    assert key_of_kana(one) == key_of_kana(other)


def test_different_names_have_different_keys() -> None:
    assert key_of_name("高橋") != key_of_name("高崎")
    assert key_of_kana("ハルト") != key_of_kana("ハルカ")


@given(st.text(max_size=120))
def test_any_text_is_kept_or_refused_and_keeping_twice_changes_nothing(text: str) -> None:
    try:
        once = kept(text)
    except UnusableNameError:
        return
    assert kept(once) == once
    assert 0 < len(once) <= LONGEST
    assert len(key_of_kana(once)) <= LONGEST
