"""What is agreed to: the texts by purpose and version, each in every language, as files in `texts/`.

Who agreed, agreed to these very words. So a released text never changes: there is a next version instead.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent / "texts"
RELEASED: Final = "released"
"""Name of the file that holds the hashes of all released texts."""


class WordingError(LookupError):
    """There is no text for this purpose, version and language."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One text: what it asks, in a sentence and in points of a heading and a text each."""

    purpose: str
    version: str
    language: str
    title: str
    short: str
    points: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def _files() -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for file in sorted(FOLDER.glob("*-*.toml")):
        purpose, _, version = file.stem.rpartition("-")
        found[purpose, version] = tomllib.loads(file.read_text("utf-8"))
    return found


def purposes() -> list[str]:
    """Return the purposes that there are texts for."""
    return sorted({purpose for purpose, _ in _files()})


def current(purpose: str) -> str:
    """Return the newest version of a purpose's text, as it is kept with a consent. Raise WordingError."""
    versions = [int(version) for known, version in _files() if known == purpose]
    if not versions:
        msg = f"there is no text for the purpose {purpose[:30]!r} in {FOLDER}"
        raise WordingError(msg)
    return f"{purpose}-{max(versions)}"


def wording(version: str, language: str) -> Wording:
    """Return the text of a version such as `recording-1`. Raise WordingError when there is none."""
    purpose, _, number = version.rpartition("-")
    content = _files().get((purpose, number), {}).get(language)
    if content is None:
        msg = f"there is no text {version[:60]!r} in {language[:10]!r}"
        raise WordingError(msg)
    points = tuple((head, text) for head, text in content["points"])
    return Wording(purpose, version, language, content["title"], content["short"], points)


def has(version: str) -> bool:
    """Tell whether the words of a version are here: those of a station's own page stand in the station."""
    purpose, _, number = version.rpartition("-")
    return (purpose, number) in _files()
