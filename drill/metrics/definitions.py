"""The definitions of the metrics, read from `definitions.toml`: one click away from every figure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure means.

    Attributes:
        id: id of the figure.
        unit: s, m, share (0 to 1), yes (0 or 1), times, dose, Hz, ...
        better: which way is better.
        name, text: by language.
        formula: in symbols: t_c first cue, t_m first move, t_s entry into a refuge.
        source: where the definition comes from.
    """

    id: str
    unit: str
    better: Literal["lower", "higher", "none"]
    name: Texts
    text: Texts
    formula: str
    source: str


def in_language(texts: Texts, language: str) -> str:
    """Return the text in a language, else in Japanese."""
    return texts.get(language) or texts["ja"]


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files("drill.metrics").joinpath("definitions.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def definitions() -> dict[str, Definition]:
    """Return every definition by id, in the order of pages."""
    return {key: Definition(id=key, **value) for key, value in _content()["figures"].items()}


def definitions_version() -> int:
    """Return the version of the definitions, stored with every result."""
    return int(_content()["version"])


def reason_text(reason: str, language: str) -> str:
    """Return why a figure has no value, in words."""
    return in_language(_content()["reasons"][reason], language)


def objective_state_text(state: str, language: str) -> str:
    """Return the state of an objective in words: met, partly, not, not_observed."""
    return in_language(_content()["objective_states"][state], language)
