"""SVG by hand: elements, paths and texts that wrap. No element refers to anything outside its document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from shapely.geometry import Polygon

FONTS: Final = "'BIZ UDPGothic','Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic UI',sans-serif"
Point = tuple[float, float]
_FURIGANA = re.compile(r"\{([^|{}]+)\|[^|{}]+\}")


def number(value: float) -> str:
    """Return a coordinate with at most two decimals, without trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """Return an element; `_` in attribute names stands for `-`, a trailing `_` is dropped, None leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def path_of(points: Iterable[Point], *, close: bool = False) -> str:
    """Return path data through `points`."""
    data = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return data + "Z" if close else data


def path_of_rings(rings: Iterable[Sequence[Point]]) -> str:
    """Return path data of a polygon's rings; draw it with fill-rule evenodd."""
    return "".join(path_of(ring, close=True) for ring in rings)


def rings_of(polygon: Polygon) -> list[list[Point]]:
    """Return the rings of a polygon, its exterior first."""
    return [[(x, y) for x, y in ring.coords[:-1]] for ring in (polygon.exterior, *polygon.interiors)]


def plain(text: str) -> str:
    """Return a text without the readings of {漢字|かんじ}."""
    return _FURIGANA.sub(r"\1", text)


def text(x: float, y: float, content: str, /, *, size: float = 13, **attributes: object) -> str:
    """Return a text at its baseline."""
    return element("text", escape(content), x=float(x), y=float(y), font_size=float(size), **attributes)


def width_of(content: str, size: float) -> float:
    """Return about how wide a text is: full-width signs an em, others 0.56 em."""
    wide = sum(unicodedata.east_asian_width(sign) in "WFA" for sign in content)
    return size * (wide + 0.56 * (len(content) - wide))


def wrapped(content: str, *, width: float, size: float) -> list[str]:
    """Return a text in lines of at most `width`: broken at spaces, or between any two full-width signs."""
    lines, line = [], ""
    for piece in re.findall(r"[\x21-\x7e\u00a1-\u02ff’“”]+\s*|\s+|.", content):
        if line and width_of((line + piece).rstrip(), size) > width and piece[0] not in "。、．，）」』？！ー":
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def paragraph(
    x: float, y: float, content: str, /, *, width: float, size: float = 13, leading: float = 1.45, **attributes: object
) -> tuple[str, float]:
    """Return a wrapped text whose first baseline is at `y`, and the baseline that would follow it."""
    lines = wrapped(content, width=width, size=size)
    step = size * leading
    body = "".join(text(x, y + n * step, line, size=size, **attributes) for n, line in enumerate(lines))
    return body, y + len(lines) * step
