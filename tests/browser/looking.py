"""What axe-core finds on a page of a real browser."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

from server.web.assets import ROOT

AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW: Final = 320
"""Points: what is left of 1280 at 400 %; words must reflow without scrolling sideways."""


def found(page: Page) -> list[str]:
    """Return what axe finds on the page, with every part of it open."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(AXE.read_text("utf-8"))
    answer: dict[str, Any] = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    return [f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:160]})" for v in answer["violations"]]


def width(page: Page) -> int:
    """Return how many points wide a page is: more than its window means scrolling sideways."""
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    return wide
