"""What may be found wrong with an installation, in words: see doctor.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

FILE: Final = Path(__file__).with_name("doctor.toml")
Level = Literal["refuse", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something unsafe: what it is, and a command that mends it or shows more.

    Attributes:
        code: its name in doctor.toml.
        level: `refuse`: nothing is served until it is mended; `warn`: it is served all the same.
        ja: what it is.
        en: the same in English.
        remedy: a command line.
    """

    code: str
    level: Level
    ja: str
    en: str
    remedy: str


@cache
def texts() -> dict[str, dict[str, str]]:
    """Return all texts by code."""
    return tomllib.loads(FILE.read_text("utf-8"))


def finding(code: str, **words: object) -> Finding:
    """Return a finding with its words filled in."""
    said = texts()[code]
    level: Level = "refuse" if said["level"] == "refuse" else "warn"
    return Finding(code, level, *(said[name].format(**words) for name in ("ja", "en", "remedy")))
