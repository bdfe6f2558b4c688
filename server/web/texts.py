"""The words of the pages, in Japanese, easy Japanese and English, from the translation files in `texts/<language>/`.

Each feature may bring files of its own; a key stands in one file only.
A text may hold values as {name} and furigana as {漢字|かんじ}. Furigana becomes <ruby>; where only plain text can
stand (titles, attributes, SVG) it is left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

LANGUAGES: Final = ("ja", "ja-simple", "en")
FOLDER: Final = Path(__file__).resolve().parent / "texts"
_RUBY: Final = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
_VALUE: Final = re.compile(r"\{([a-z_]+)\}")


class TextError(KeyError):
    """A text that no translation file has, or a value that it asks for and nobody gave."""


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = str(value)
    return found


@lru_cache(maxsize=len(LANGUAGES))
def texts_in(language: str) -> dict[str, str]:
    """Return every text of a language by its key, such as `nav.days`. Raise TextError when two files have one key."""
    found: dict[str, str] = {}
    for file in sorted((FOLDER / language).glob("*.toml")):
        texts = _flat(tomllib.loads(file.read_text("utf-8")))
        twice = sorted(found.keys() & texts.keys())
        if twice:
            msg = f"{language}/{file.name} has texts that another file has too: {', '.join(twice)}"
            raise TextError(msg)
        found |= texts
    return found


def ruby(text: str) -> Markup:
    """Return `text` escaped, with {漢字|かんじ} as <ruby>."""
    parts: list[Markup] = []
    end = 0
    for match in _RUBY.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(Markup("<ruby>{}<rp>(</rp><rt>{}</rt><rp>)</rp></ruby>").format(match[1], match[2]))
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def without_furigana(text: str) -> str:
    """Return `text` with {漢字|かんじ} as 漢字."""
    return _RUBY.sub(r"\1", text)


class Words:
    """The texts of one language. Calling it gives markup with furigana, `plain` gives text without."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            msg = f"language {language!r} is unknown; known are {', '.join(LANGUAGES)}"
            raise TextError(msg)
        self.language = language
        self._texts = texts_in(language)

    @property
    def html_language(self) -> str:
        """The value of the `lang` attribute."""
        return "en" if self.language == "en" else "ja"

    def raw(self, key: str) -> str:
        """Return the text as written. Raise TextError when there is none."""
        try:
            return self._texts[key]
        except KeyError:
            msg = f"text {key!r} is in no file of texts/{self.language}/"
            raise TextError(msg) from None

    def has(self, key: str) -> bool:
        """Tell whether there is such a text."""
        return key in self._texts

    def __call__(self, key: str, **values: object) -> Markup:
        """Return the text as markup; values are escaped unless they are markup themselves."""
        made = ruby(self.raw(key))
        return Markup(_VALUE.sub(lambda m: str(escape(self._value(key, m[1], values))), str(made)))  # noqa: S704 - both parts are escaped

    def plain(self, key: str, **values: object) -> str:
        """Return the text without furigana and without markup."""
        text = without_furigana(self.raw(key))
        return _VALUE.sub(lambda m: str(self._value(key, m[1], values)), text)

    def choose(self, texts: Mapping[str, str]) -> str:
        """Return from `texts` by language ours, else Japanese."""
        return texts.get(self.language) or texts["ja"]

    @staticmethod
    def _value(key: str, name: str, values: Mapping[str, object]) -> object:
        try:
            return values[name]
        except KeyError:
            msg = f"text {key!r} asks for {{{name}}}; given are {', '.join(values) or 'none'}"
            raise TextError(msg) from None
