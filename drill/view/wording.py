"""The HUD's own words in every language, from texts/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

LANGUAGES: Final = ("ja", "ja-simple", "en")


def wording(language: str) -> Mapping[str, Any]:
    """Return the words of a language, Japanese where there is no such file."""
    return _words(language if language in LANGUAGES else "ja")


def operator_wording() -> Mapping[str, Any]:
    """Return the words of the operator's window."""
    return _words("operator")


@cache
def _words(name: str) -> Mapping[str, Any]:
    text = resources.files("drill.view").joinpath("texts", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def level_name(language: str, level: int, era: int) -> str:
    """Return the name of a warning level as it was in `era` (2018, 2021 or 2026), or ""."""
    names = wording(language)["level"]
    return str(names.get(str(era), {}).get(str(level)) or names["2026"].get(str(level), ""))
