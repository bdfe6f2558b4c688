"""The small parts of an SVG: escaped text, numbers, a frame with title and description."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from xml.sax.saxutils import escape, quoteattr

Value = str | float | int | None


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, content: str = "", /, **attributes: Value) -> str:
    """Return an element. `content` is markup already; attributes are escaped, `_` in a name stands for `-`.

    A trailing `_` is dropped (`class_`); None leaves an attribute out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(value if isinstance(value, str) else number(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text(content: str, x: float, y: float, /, **attributes: Value) -> str:
    """Return a text at a place."""
    return element("text", escape(content), x=x, y=y, **attributes)


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """Return the `points` of a polyline."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def document(body: str, *, width: float, height: float, title: str, desc: str, class_: str) -> str:
    """Return a drawing as one image with a name and a description for those who do not see it."""
    key = sha256(f"{title}\n{desc}\n{class_}\n{body}".encode()).hexdigest()[:10]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class={quoteattr(class_)} role="img" '
        f'viewBox="0 0 {number(width)} {number(height)}" aria-labelledby="t{key} d{key}">'
        f'<title id="t{key}">{escape(title)}</title><desc id="d{key}">{escape(desc)}</desc>{body}</svg>'
    )
