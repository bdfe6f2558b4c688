"""Names: kept as their owner writes them, found however they are typed.

What is stored is NFC but for CJK compatibility ideographs, which NFC would replace by the common form: families write
them on purpose. What is searched is a key: NFKC, variants of a character made one, hiragana as katakana, no spaces
and long marks. A key is never shown.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

LONGEST: Final = 80
Fault = Literal["empty", "long", "character", "kana"]

_COMPATIBILITY: Final = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KANA: Final = re.compile("[\u3041-\u3096\u309d-\u309e\u30a1-\u30fe A-Za-z\u00c0-\u024f\u1e00-\u1eff'’.-]+")
_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_FAMILIES: Final = (
    "高髙 崎﨑嵜 吉𠮷 浜濱濵 辺邊邉 斉齋齊斎 沢澤 広廣 桜櫻 国國 島嶋嶌 真眞 "
    "恵惠 徳德 瀬瀨 栄榮 静靜 寿壽 竜龍 滝瀧 槙槇 桑桒 柳栁 富冨 館舘 曽曾 "
    "黒黑 淵渕渊 薮藪 桧檜 条條 万萬 与與 蔵藏 弥彌 礼禮 聡聰 豊豐 実實 関關 "
    "円圓 凜凛 遥遙 尭堯 野埜 峰峯 梅楳 杉椙 松枩 土圡 晃晄 亀龜 鉄鐵 誉譽 "
    "亘亙 巌巖 穂穗 芸藝 塩鹽 当當 来來 学學 宝寶 将將 収收 伝傳 稲稻 経經 "
    "緑綠 鶴靏靍 祢禰 桐槝 茎莖 児兒 数數 仙僊 総總 泰𣳾 権權 検檢 奥奧 歳歲 "
    "郷鄕 朗朖 横橫 温溫 頼賴 頬頰 祷禱"
)
"""Each family begins with the form that keys hold; the other forms are those of family registers."""
_VARIANTS: Final = str.maketrans({other: family[0] for family in _FAMILIES.split() for other in family[1:]})
_SOUNDS: Final = str.maketrans("ァィゥェォッャュョヮヵヶヂヅヰヱヲ", "アイウエオツヤユヨワカケジズイエオ")
"""Small kana are large in old registers; the other pairs sound alike and are mixed up on the telephone."""
_LEFT_OUT: Final = re.compile("[\\s・･ー\\-‐‑‒–—―−'’.,、。]")


class UnusableNameError(ValueError):
    """A text cannot be kept as a name. `fault` says why; the text is not repeated: it may be a name."""

    def __init__(self, *, fault: Fault) -> None:
        super().__init__(f"a name has 1 to {LONGEST} visible characters, a reading kana or Latin letters: {fault}")
        self.fault: Fault = fault


def kept(text: str) -> str:
    """Return a name as it is stored: one space between its parts, NFC, but each kanji the one that was typed.

    Raises:
        UnusableNameError: it is empty or too long, or has characters that nobody sees or that turn the line.
    """
    parts = _COMPATIBILITY.split(" ".join(text.split()))
    name = "".join(part if _COMPATIBILITY.fullmatch(part) else unicodedata.normalize("NFC", part) for part in parts)
    if not name:
        raise UnusableNameError(fault="empty")
    if len(name) > LONGEST:
        raise UnusableNameError(fault="long")
    if any(unicodedata.category(c) in _FORBIDDEN for c in name):
        raise UnusableNameError(fault="character")
    return name


def kept_kana(text: str) -> str:
    """Return a reading as it is stored: hiragana and half-width kana as katakana. Empty stays empty.

    Raises:
        UnusableNameError: as `kept`, or it has characters that are neither kana nor Latin letters.
    """
    if not text.strip():
        return ""
    reading = _katakana(unicodedata.normalize("NFKC", kept(text)))
    if not _KANA.fullmatch(reading):
        raise UnusableNameError(fault="kana")
    return reading


def key_of_name(text: str) -> str:
    """Return what a name is found by: 髙﨑 and 高崎 are one."""
    plain = unicodedata.normalize("NFKC", _SELECTORS.sub("", text)).translate(_VARIANTS)
    return _LEFT_OUT.sub("", _katakana(plain)).casefold()[:LONGEST]


def key_of_kana(text: str) -> str:
    """Return what a reading is found by: as the name's key, and kana that sound or look alike are one."""
    return key_of_name(text).translate(_SOUNDS)


def _katakana(text: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "\u3041" <= c <= "\u3096" else c for c in text)
