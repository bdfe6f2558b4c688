"""One person among the others as a strip of dots: where one lies, never a rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.web.svg.axis import ticks
from server.web.svg.colour import INK, OWN, QUIET, RULE
from server.web.svg.element import document, element, number, text

MIN_OTHERS: Final = 4
"""With fewer others a dot could be told to be one certain person."""
WIDTH: Final = 560
LEFT: Final = 24
DOT: Final = 6.0
STEP: Final = 9.0


def strip(
    *, others: Sequence[float], own: float | None, unit: str, own_label: str, title: str, desc: str, digits: int = 0
) -> str:
    """Return the drawing: a hollow dot for each of the others, a full diamond for oneself.

    Raises:
        ValueError: fewer than MIN_OTHERS others; the caller says so in words instead.
    """
    if len(others) < MIN_OTHERS:
        msg = f"{len(others)} others; a strip needs at least {MIN_OTHERS} so that no dot can be told to be one person"
        raise ValueError(msg)
    values = [*others, *([] if own is None else [own])]
    low, high = min(values), max(values)
    spread = (high - low) or max(abs(high), 1.0)
    low, high = low - spread * 0.05, high + spread * 0.05
    width = WIDTH - 2 * LEFT

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * width

    rows = _stack([x(v) for v in others])
    tallest = max((abs(r) for r in rows), default=0) * STEP
    middle = 40 + tallest
    base = middle + tallest + 16
    parts = [element("line", x1=LEFT, y1=base, x2=LEFT + width, y2=base, stroke=RULE, stroke_width=1)]
    for tick in ticks(low, high, 6):
        parts.append(element("line", x1=x(tick), y1=base, x2=x(tick), y2=base + 5, stroke=RULE, stroke_width=1))
        parts.append(text(f"{number(tick)}", x(tick), base + 22, text_anchor="middle", font_size=15, fill=QUIET))
    parts.append(text(unit, LEFT + width, base + 42, text_anchor="end", font_size=15, fill=QUIET))
    for value, row in zip(others, rows, strict=True):
        parts.append(
            element(
                "circle", cx=x(value), cy=middle + row * STEP, r=DOT / 1.4, fill="#fff", stroke=QUIET, stroke_width=1.5
            )
        )
    if own is not None:
        at = x(own)
        shape = f"M{number(at)} {number(middle - 9)}l9 9l-9 9l-9 -9z"
        parts.append(element("path", d=shape, fill=OWN, stroke="#fff", stroke_width=2))
        anchor = "start" if at < WIDTH * 0.2 else "end" if at > WIDTH * 0.8 else "middle"
        label = f"{own_label} {own:.{digits}f} {unit}"
        parts.append(text(label, at, 16, text_anchor=anchor, font_size=16, font_weight="700", fill=INK))
        parts.append(element("line", x1=at, y1=20, x2=at, y2=middle - 10, stroke=OWN, stroke_width=1))
    return document("".join(parts), width=WIDTH, height=base + 48, title=title, desc=desc, class_="drawing strip")


def _stack(xs: Sequence[float]) -> list[float]:
    """Return for each dot how many rows it stands off the middle, so that none hides another."""
    taken: list[tuple[float, float]] = []
    rows: list[float] = []
    for x in xs:
        row = 0.0
        for k in range(2 * len(xs) + 1):
            row = float((k + 1) // 2 * (1 if k % 2 else -1))
            if all(abs(x - tx) >= DOT * 1.5 or row != tr for tx, tr in taken):
                break
        taken.append((x, row))
        rows.append(row)
    return rows
