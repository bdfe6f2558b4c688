from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from drill.metrics.definitions import definitions
from server.analysis.writing import UNIT_KEYS
from server.web.texts import FOLDER, LANGUAGES, TextError, Words, ruby, texts_in, without_furigana

SERVER = FOLDER.parents[1]
USED = re.compile(r"""(?:\bt|t\.plain|t\.raw|words\.plain|words\.raw|say)\(\s*f?["']([a-z_0-9.]+)["']""")
VALUES = re.compile(r"\{([a-z_]+)\}")


def differences(first: dict[str, str], second: dict[str, str]) -> set[str]:
    return set(first) ^ set(second)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_keys(language: str) -> None:
    assert differences(texts_in("ja"), texts_in(language)) == set()


def test_a_missing_key_is_seen() -> None:
    planted = dict(texts_in("en"))
    del planted["nav.days"]
    assert differences(texts_in("ja"), planted) == {"nav.days"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_asks_for_a_value_that_japanese_does_not_have(language: str) -> None:
    for key, text in texts_in(language).items():
        wanted = set(VALUES.findall(without_furigana(text)))
        assert wanted <= set(VALUES.findall(texts_in("ja")[key])), key
        assert text.strip(), key


def test_every_key_that_is_written_in_the_code_exists() -> None:
    known = texts_in("ja")
    files = [*SERVER.glob("*/templates/**/*.html"), *SERVER.glob("**/*.py")]
    used = {(m, file.name) for file in files for m in USED.findall(file.read_text("utf-8"))}
    missing = {(key, file) for key, file in used if "." in key and not key.endswith((".", "_")) and key not in known}
    assert missing == set()
    assert len(used) > 150


def test_every_unit_of_a_definition_can_be_written() -> None:
    for one in definitions().values():
        assert one.unit in UNIT_KEYS, one.id
        assert f"unit.{UNIT_KEYS[one.unit]}" in texts_in("ja")


def test_furigana_becomes_ruby_and_the_rest_is_escaped() -> None:
    made = ruby("{髙﨑|たかさき}さんと<𠮷田>")
    assert made == Markup("<ruby>髙﨑<rp>(</rp><rt>たかさき</rt><rp>)</rp></ruby>さんと&lt;𠮷田&gt;")
    assert without_furigana("{髙﨑|たかさき}さん") == "髙﨑さん"


def test_values_are_escaped_once() -> None:
    assert Words("ja")("pairing.heading", name="<b>𠮷</b>") == "「&lt;b&gt;𠮷&lt;/b&gt;」のペアリングコード"
    assert Words("ja").plain("pairing.heading", name="<b>") == "「<b>」のペアリングコード"
    assert "<ruby>" in Words("ja")("debrief.heading", title=ruby("{川|かわ}"))


def test_unknown_key_value_and_language_say_so() -> None:
    with pytest.raises(TextError, match=r"nav\.nothing"):
        Words("ja")("nav.nothing")
    with pytest.raises(TextError, match=r"asks for \{name\}"):
        Words("ja")("pairing.heading")
    with pytest.raises(TextError, match="'fr' is unknown"):
        Words("fr")


def test_folder_holds_these_languages_alone() -> None:
    assert {p.name for p in Path(FOLDER).iterdir()} == set(LANGUAGES)
    assert {p.name for p in (FOLDER / "ja").iterdir()} == {p.name for p in (FOLDER / "en").iterdir()}
