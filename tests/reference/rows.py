"""A published value beside ours."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One published value beside ours. `ok` is None for a figure that is reported and not judged."""

    test: str
    source: str
    published: str
    ours: str
    tolerance: str
    ok: bool | None


def near(test: str, source: str, *, published: float, ours: float, relative: float, unit: str = "") -> Row:
    """Return a row that holds ours against one value with a relative tolerance."""
    ok = abs(ours - published) <= relative * abs(published) + 1e-12
    said = f" {unit}" if unit else ""
    return Row(test, source, f"{published:.4g}{said}", f"{ours:.4g}{said}", f"±{relative:.1%}", bool(ok))


def within(test: str, source: str, *, low: float, high: float, ours: float, unit: str = "") -> Row:
    """Return a row that holds ours against a range."""
    said = f" {unit}" if unit else ""
    if math.isinf(low):
        published = f"≤ {high:.4g}{said}"
    elif math.isinf(high):
        published = f"≥ {low:.4g}{said}"
    else:
        published = f"{low:.4g} to {high:.4g}{said}"
    return Row(test, source, published, f"{ours:.4g}{said}", "range", bool(low <= ours <= high))


def report(test: str, source: str, *, published: str, ours: str) -> Row:
    """Return a row that is reported and not judged."""
    return Row(test, source, published, ours, "reported", None)
