"""From the counter to a resident's own page in a real browser: nothing to find for axe, nothing to scroll sideways."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from server.web.assets import ROOT

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 360, "height": 740}
A4_POINTS = (595, 842)
CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
PIN = re.compile(r"\b\d{3} \d{3}\b")


def looked_at(page: Page) -> None:
    """Fail when axe finds something with every part open, or when a phone must be scrolled sideways."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    wide = page.viewport_size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] - a mapping of the same keys
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
    page.evaluate(AXE.read_text("utf-8"))
    answer: dict[str, Any] = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in answer["violations"]] == [], page.url
    if wide:
        page.set_viewport_size(wide)


@pytest.fixture(autouse=True)
def _axe() -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not there: run npm ci")


def register(page: Page, name: str, kana: str, born: str) -> None:
    """Add a person at the counter; their record is open afterwards."""
    page.goto("/people/new")
    page.fill("#name", name)
    page.fill("#name_kana", kana)
    page.fill("#birth_date", born)
    page.click("main form button")
    expect(page.locator("h1")).to_have_text(name)


def test_a_card_from_the_counter_opens_a_page_of_ones_own(page: Page, browser: Browser, town) -> None:
    page.goto("/people")
    looked_at(page)
    page.goto("/people/new")
    looked_at(page)
    register(page, "𠮷田 キヨ", "よしだ きよ", "1940-12-03")
    looked_at(page)
    page.select_option("#channel", "counter")
    page.select_option("#proxy_proof", "document")
    page.click("form[action$='/proxy'] button")
    looked_at(page)
    page.check("#agreed-card")
    page.click("form[action$='/card'] button")
    looked_at(page)
    code, pin = CODE.search(page.inner_text("main")), PIN.search(page.inner_text(".slips"))
    assert code is not None
    assert pin is not None

    home = browser.new_context(base_url=town.base, java_script_enabled=True, viewport={"width": 360, "height": 740})
    mine = home.new_page()
    mine.goto("/signin/ticket")
    looked_at(mine)
    mine.fill("#ticket", code[0].lower())
    mine.fill("#pin", "x")
    mine.click("main form button")
    expect(mine.locator("[role=alert]")).to_be_visible()
    looked_at(mine)
    mine.fill("#pin", pin[0])
    mine.click("main form button")
    expect(mine.locator("h1")).to_have_text("𠮷田 キヨさんのページ")
    for address in ("/my", "/my?lang=ja-simple", "/my?lang=en", "/my/kept?lang=ja"):
        mine.goto(address)
        looked_at(mine)
    mine.goto("/my")
    mine.get_by_text("つながりを切る").first.click()
    looked_at(mine)
    home.close()


def test_two_that_may_be_one_are_compared_before_anything_is_merged(page: Page) -> None:
    register(page, "髙﨑 葵", "たかさき あおい", "1986-04-02")
    register(page, "高崎 あおい", "タカサキ アオイ", "1986-04-02")
    page.goto("/people/doubles")
    looked_at(page)
    page.click("main form[action$='/open'] button")
    looked_at(page)
    page.check("#keep-1")
    page.click("form[action$='/merge'] button")
    expect(page.locator("form[action$='/undo'] button")).to_be_visible()
    looked_at(page)


def test_tickets_print_twelve_to_a_sheet_of_a4_and_their_pins_on_others(page: Page) -> None:
    page.goto("/tickets")
    looked_at(page)
    page.fill("#count", "24")
    page.click("form[action='/tickets'] button")
    looked_at(page)
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    box = sheets.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(A4_POINTS, abs=2)
    texts = [sheet.extract_text() for sheet in sheets.pages]
    assert [len(CODE.findall(text)) for text in texts] == [12, 12, *[0] * (len(texts) - 2)]
    assert [len(PIN.findall(text)) for text in texts[:2]] == [0, 0]
    assert sum(len(PIN.findall(text)) for text in texts[2:]) == 24
