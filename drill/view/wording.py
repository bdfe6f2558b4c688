"""The HUD's own words in every language, from texts/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

LANGUAGES: Final = ("ja", "ja-simple", "en")


@cache
def wording(language: str) -> Mapping[str, Any]:
    """Return the words of a language, Japanese where there is no such file."""
    name = language if language in LANGUAGES else "ja"
    text = resources.files("drill.view").joinpath("texts", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def level_name(language: str, level: int, era: int) -> str:
    """Return the name of a warning level as it was in `era` (2018, 2021 or 2026), or ""."""
    names = wording(language)["level"]
    return str(names.get(str(era), {}).get(str(level)) or names["2026"].get(str(level), ""))
