"""A debrief is one sheet of A4 in every language."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

pytestmark = pytest.mark.browser

A4_POINTS = (595, 842)


def printed(page: Page) -> PdfReader:
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))


@pytest.mark.parametrize("language", ["ja", "ja-simple", "en"])
@pytest.mark.parametrize("run", ["flood", "smoke", "quake"])
def test_debrief_prints_on_one_sheet_of_a4(page: Page, town, run: str, language: str) -> None:
    page.goto(f"{getattr(town, run)}?lang={language}")
    page.wait_for_load_state("networkidle")
    sheets = printed(page)
    box = sheets.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(A4_POINTS, abs=2)
    assert len(sheets.pages) == 1
    assert overlapping(page) == []
    if language != "ja-simple":  # in the text of a sheet furigana stands between the lines
        text = "".join((sheets.pages[0].extract_text() or "").split())
        for answer in page.locator(".questions details p:last-child").all_text_contents():
            # The reason is on paper too: nobody can open anything there.
            assert "".join(answer.split())[-4:-1] in text


def overlapping(page: Page) -> list[str]:
    """Return the parts of the sheet that run into what follows them, or over its end."""
    page.set_viewport_size({"width": 718, "height": 1036})
    page.emulate_media(media="print")
    found: list[str] = page.evaluate(
        """() => {
          const parts = [...document.querySelectorAll(".debrief > *")].filter((e) => e.getClientRects().length);
          const end = document.querySelector(".debrief").getBoundingClientRect().bottom;
          const faults = [];
          parts.forEach((part, i) => {
            const inside = [...part.querySelectorAll("p, li, table, figure, .frame, h2")];
            const bottom = Math.max(...[part, ...inside].map((e) => e.getBoundingClientRect().bottom));
            const limit = i + 1 < parts.length ? parts[i + 1].getBoundingClientRect().top : end;
            if (bottom > limit + 1) faults.push(`${part.className || part.tagName}: ${bottom} > ${limit}`);
          });
          return faults;
        }"""
    )
    page.emulate_media(media="screen")
    return found


def test_a_page_that_does_not_fit_would_be_seen(page: Page, town) -> None:
    page.goto(town.flood)
    page.evaluate("document.querySelector('.home').innerHTML += '<li>x</li>'.repeat(80)")
    assert len(printed(page).pages) > 1


def test_parts_that_run_into_each_other_would_be_seen(page: Page, town) -> None:
    page.goto(town.flood)
    page.evaluate("document.querySelector('.debrief .quality').style.height = '4px'")
    assert overlapping(page) != []
