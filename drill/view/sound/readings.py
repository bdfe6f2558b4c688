"""How texts are read aloud: letters that a dictionary lacks, numbers, and the readings that furigana give."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

RUBY: Final = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
VARIANTS: Final = str.maketrans(
    {
        "髙": "高",
        "﨑": "崎",
        "𠮷": "吉",
        "德": "徳",
        "濵": "浜",
        "濱": "浜",
        "邉": "辺",
        "邊": "辺",
        "桒": "桑",
        "槗": "橋",
    }
)
"""Letters of names whose usual forms the dictionary knows; they are read alike."""
WORDS: Final = (
    ("川原谷川", "かわらだにがわ"),
    ("津波", "つなみ"),
    ("震度5弱", "しんどごじゃく"),
    ("震度5強", "しんどごきょう"),
    ("震度6弱", "しんどろくじゃく"),
    ("震度6強", "しんどろっきょう"),
    ("1人", "ひとり"),
    ("2人", "ふたり"),
    ("119番", "ひゃくじゅうきゅうばん"),
    ("110番", "ひゃくとおばん"),
)
"""Words of drills that the dictionary reads otherwise than people say them."""
INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]")
SPEAKABLE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323afA-Za-z0-9]")

ENDS_IN_O: Final = "オコソトノホモヨロゴゾドボポョー"
ENDS_IN_E: Final = "エケセテネヘメレゲゼデベペ"
SOUNDS_LIKE: Final = str.maketrans({"ヲ": "オ", "ハ": "ワ", "ヘ": "エ", "、": "", "。": "", "'": "", "’": ""})

Reader = Callable[[str], str]
"""Gives the kana of a text, as the speaking voice reads it."""


def plain(text: str) -> str:
    """Return a text without furigana."""
    return RUBY.sub(r"\1", text)


def speakable(text: str) -> bool:
    """Tell whether there is anything in a text that can be said."""
    return bool(SPEAKABLE.search(plain(text)))


def spoken_form(text: str, reader: Reader) -> str:
    """Return what is given to the voice for a Japanese text that may hold furigana.

    Letters are kept, by which the voice knows the accent, wherever it reads them as the furigana say; else the furigana
    are said. After a number letters are always kept: they are read together with it (1階 is いっかい).
    """
    return "".join(_sentence(one, reader) for one in re.split("(?<=[。」])", INVISIBLE.sub("", text)) if one.strip())


def _sentence(text: str, reader: Reader) -> str:
    pieces = [m.group() for m in re.finditer(r"\{[^{}|]+\|[^{}|]+\}|[^{}]+", re.sub(r"\s+", "", text))]
    forms = [plain(piece) for piece in pieces]
    usual = _kana(reader(_usual("".join(forms))))
    for i, piece in enumerate(pieces):
        match = RUBY.fullmatch(piece)
        if match is None or (i and unicodedata.normalize("NFKC", pieces[i - 1])[-1:].isdecimal()):
            continue
        said = [*forms[:i], match.group(2), *forms[i + 1 :]]
        if _kana(reader(_usual("".join(said)))) != usual:
            forms[i] = match.group(2)
    return _usual("".join(forms))


def _usual(text: str) -> str:
    usual = unicodedata.normalize("NFKC", text.translate(VARIANTS))
    for word, reading in WORDS:
        usual = re.sub(rf"(?<!\d){re.escape(word)}", reading, usual)
    return usual


def _kana(text: str) -> str:
    """Return kana brought to one form: katakana, long vowels and particles as they sound."""
    out = ""
    for c in text:
        kana = chr(ord(c) + 0x60) if "\u3041" <= c <= "\u3096" else c
        before = out[-1:] or " "
        if (kana == "ウ" and before in ENDS_IN_O) or (kana == "イ" and before in ENDS_IN_E):
            kana = "ー"
        out += kana
    return out.translate(SOUNDS_LIKE)
