"""What no template may hold: addresses of others, style or script between the tags."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.web.assets import STATIC
from server.web.pages import TEMPLATES

FORBIDDEN = {
    "an address of another server": re.compile(
        r"""(?:src|href|action|url\()\s*=?\s*["']?(?:https?:)?//""", re.IGNORECASE
    ),
    "inline style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:", re.IGNORECASE),
}
IMPORTS = re.compile(r"(?:import|fetch|EventSource)\s*\(?\s*[\"'](?:https?:)?//|@import", re.IGNORECASE)


def faults(text: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: str(p.relative_to(TEMPLATES)))
def test_templates_hold_nothing_that_the_policy_forbids(template: Path) -> None:
    assert faults(template.read_text("utf-8")) == []


@pytest.mark.parametrize("file", [p for p in sorted(STATIC.iterdir()) if p.is_file()], ids=lambda p: p.name)
def test_static_files_fetch_from_nobody_else(file: Path) -> None:
    text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in text
    assert "https://" not in text
    assert not IMPORTS.search(text)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "an address of another server"),
        ('<link href="//cdn.example/x.css">', "an address of another server"),
        ('<p style="color:red">', "inline style"),
        ("<style>p{}</style>", "inline style"),
        ("<script>alert(1)</script>", "inline script"),
        ('<button onclick="x()">', "inline script"),
    ],
)
def test_each_planted_fault_is_seen(planted: str, found: str) -> None:
    assert found in faults(planted)
