"""The words on a scenario's plan, from `picture.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from drill.scenario.model import Text
from drill.site.svg import plain

BETWEEN: Final = "　"


@cache
def _all() -> dict[str, dict[str, tuple[str, str]]]:
    read = tomllib.loads(files("drill.scenario").joinpath("picture.toml").read_text(encoding="utf-8"))
    return {table: {key: (pair[0], pair[1]) for key, pair in words.items()} for table, words in read.items()}


def word(key: str) -> tuple[str, str]:
    """Return a word in Japanese and English. Raise KeyError when there is none."""
    return _all()["words"][key]


def thing_word(kind: str) -> tuple[str, str]:
    """Return what things of a kind are called; the kind itself where there is no name."""
    return _all()["things"].get(kind, (kind, kind))


def both(pair: tuple[str, str]) -> str:
    """Return Japanese and English in one line."""
    return f"{pair[0]}{BETWEEN}{pair[1]}" if pair[1] and pair[1] != pair[0] else pair[0]


def pair_of(text: Text | None, fallback: str) -> tuple[str, str]:
    """Return a scenario's text in Japanese and English."""
    if text is None:
        return fallback, ""
    return plain(text.ja), plain(text.en or "")
