from __future__ import annotations

import hashlib
import tomllib

import pytest

from server.consent import service, wording
from server.web.texts import LANGUAGES

RELEASED = tomllib.loads((wording.FOLDER / "released.toml").read_text("utf-8"))
FILES = sorted(wording.FOLDER.glob("*-*.toml"))


def changed(released: dict[str, str], files: dict[str, bytes]) -> set[str]:
    return {name for name, content in files.items() if released.get(name) != hashlib.sha256(content).hexdigest()}


def test_no_released_text_was_changed() -> None:
    """Who agreed, agreed to these words. Write the next version instead, and add its hash to released.toml."""
    files = {file.stem: file.read_bytes() for file in FILES}
    assert changed(RELEASED, files) == set()
    assert set(RELEASED) == set(files)


def test_a_changed_letter_is_seen() -> None:
    files = {file.stem: file.read_bytes() for file in FILES}
    files["recording-1"] = files["recording-1"].replace("3年".encode(), "5年".encode(), 1)
    assert changed(RELEASED, files) == {"recording-1"}


def test_every_purpose_has_words_in_every_language() -> None:
    assert set(wording.purposes()) == set(service.PURPOSES)
    for purpose in service.PURPOSES:
        version = wording.current(purpose)
        assert wording.has(version)
        texts = [wording.wording(version, language) for language in LANGUAGES]
        assert len({len(text.points) for text in texts}) == 1, version
        for text in texts:
            assert text.title
            assert text.short
            assert all(head and said for head, said in text.points)


def test_every_purpose_is_somebodys_and_every_subject_has_one() -> None:
    assert {purpose for asked in service.ABOUT.values() for purpose in asked} == set(service.PURPOSES)


@pytest.mark.parametrize(
    ("version", "language"), [("recording-99", "ja"), ("selling-1", "ja"), ("recording-1", "fr"), ("x", "ja")]
)
def test_words_that_are_not_there(version: str, language: str) -> None:
    with pytest.raises(wording.WordingError):
        wording.wording(version, language)
    assert wording.has(version) is (version == "recording-1")
