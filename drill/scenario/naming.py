"""What warnings are called, by level and era, and how an announcement of a drill begins.

Municipal orders: the Disaster Countermeasures Basic Act as amended in May 2021 (避難勧告 was abolished) and the
guideline before it. Weather side: since late May 2026 the level's number stands in the name, in four kinds
(河川氾濫, 大雨, 土砂災害, 高潮), and level 4 is called 危険警報.
"""

from __future__ import annotations

import re
from typing import Final

from drill.site.svg import plain

_KINDS: Final = ("氾濫", "河川氾濫", "大雨", "土砂災害", "高潮")
_SUFFIXES: Final = {2: "注意報", 3: "警報", 4: "危険警報", 5: "特別警報"}
_OLD_WEATHER: Final[dict[int, tuple[str, ...]]] = {
    1: ("早期注意情報",),
    2: ("大雨注意報", "洪水注意報", "高潮注意報", "氾濫注意情報"),
    3: ("大雨警報", "洪水警報", "氾濫警戒情報"),
    4: ("土砂災害警戒情報", "氾濫危険情報", "高潮警報", "高潮特別警報"),
    5: ("大雨特別警報", "氾濫発生情報"),
}
_ORDERS: Final[dict[int, dict[int, tuple[str, ...]]]] = {
    2018: {3: ("避難準備・高齢者等避難開始",), 4: ("避難勧告", "避難指示（緊急）"), 5: ("災害発生情報",)},
    2021: {3: ("高齢者等避難",), 4: ("避難指示",), 5: ("緊急安全確保",)},
    2026: {3: ("高齢者等避難",), 4: ("避難指示",), 5: ("緊急安全確保",)},
}
_GONE: Final[dict[int, tuple[str, ...]]] = {
    2018: (),
    2021: ("避難勧告", "避難指示（緊急）", "避難準備・高齢者等避難開始", "災害発生情報"),
    2026: (
        *("避難勧告", "避難指示（緊急）", "避難準備・高齢者等避難開始", "災害発生情報"),
        *("土砂災害警戒情報", "洪水警報", "洪水注意報", "氾濫警戒情報", "氾濫危険情報", "氾濫発生情報", "氾濫注意情報"),
    ),
}
_DRILL_IN_ENGLISH: Final = re.compile(r"(this is a |this is an )?(drill|exercise)\b", re.IGNORECASE)


def names_of(*, level: int, era: int) -> tuple[str, ...]:
    """Return what a warning of `level` may be called in `era` (2018, 2021 or 2026)."""
    orders = _ORDERS[era].get(level, ())
    if era < 2026 or level == 1:
        return (*orders, *_OLD_WEATHER[level])
    return (*orders, *(f"レベル{level}{kind}{_SUFFIXES[level]}" for kind in _KINDS))


def names_gone(text: str, *, era: int) -> list[str]:
    """Return the names in `text` that no longer exist in `era`."""
    return [name for name in _GONE[era] if name in plain(text)]


def begins_as_drill(text: str, *, language: str) -> bool:
    """Return whether an announcement says first that it is a drill: 「訓練」 in Japanese, "Drill" in English.

    Other languages are not judged: nobody here can tell what their word is.
    """
    said = plain(text).lstrip("「『 　")
    if language in ("ja", "ja-simple"):
        return said.startswith("訓練")
    return language != "en" or _DRILL_IN_ENGLISH.match(said) is not None
