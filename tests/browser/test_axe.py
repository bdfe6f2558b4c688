"""axe-core finds nothing on any page, in any language, wide and narrow; and it would find something."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.looking import AXE, NARROW, found, width

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/days",
    "/days/new",
    "{day}",
    "{day}/edit",
    "{day}/live",
    "{slot}/remove",
    "{station}/remove",
    "/runs",
    "{flood}",
    "{flood}/replay",
    "{flood}/exclude",
    "{smoke}",
    "{smoke}/replay",
    "{measured}",
    "{measured}/replay",
    "/metrics",
    "/metrics/path_efficiency",
    "/approvals",
    "/exports",
    "/audit",
    "/staff/account",
    "/staff/account/app",
    "/staff/members",
    "/signin/again",
)


@pytest.fixture(autouse=True)
def _axe() -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not there: run npm ci")


@pytest.mark.parametrize("language", ["ja", "ja-simple", "en"])
def test_axe_finds_nothing(page: Page, town, language: str) -> None:
    faults = {}
    for address in PAGES:
        page.goto(f"{address.format(**town._asdict())}?lang={language}", wait_until="load")
        if page.locator("#player").count():
            page.locator('#player[data-ready="true"]').wait_for(state="attached")
        if seen := found(page):
            faults[address] = seen
    assert faults == {}


def test_axe_finds_nothing_on_a_form_with_faults(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/days/new")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.fill("#title", "")
    page.fill("#date", "")
    with page.expect_response(lambda r: r.request.method == "POST") as answer:
        page.click("main form button")
    assert answer.value.status == 422
    assert found(page) == []


def test_axe_finds_nothing_on_a_narrow_page_and_nothing_is_cut_off(page: Page, town) -> None:
    page.set_viewport_size({"width": NARROW, "height": 640})
    for address in (
        "/",
        "{day}",
        "{flood}",
        "{flood}/replay",
        "/runs",
        "{day}/live",
        "/approvals",
        "/exports",
        "/audit",
        "/staff/account",
        "/staff/account/app",
        "/staff/members",
    ):
        page.goto(address.format(**town._asdict()))
        assert found(page) == [], address
        assert width(page) <= NARROW, address


def test_axe_finds_nothing_where_a_visitor_comes_in(page: Page) -> None:
    """The first page of who has not signed in, wide and narrow."""
    page.context.clear_cookies()
    for language in ("ja", "ja-simple", "en"):
        for points in (1280, NARROW):
            page.set_viewport_size({"width": points, "height": 800})
            page.goto(f"/?lang={language}")
            assert page.get_by_role("main").get_by_role("link").count() >= 4
            for address in ("/", "/staff/signin", "/staff/code"):
                page.goto(f"{address}?lang={language}")
                assert found(page) == [], (address, language, points)
                assert width(page) <= points, (address, language, points)


def test_axe_would_find_each_of_these(page: Page) -> None:
    """The negative control: the same check on pages with a planted fault."""
    planted = {
        "label": "document.querySelector('label').remove()",
        "color-contrast": "document.querySelector('h1').setAttribute('class', 'planted')",
        "image-alt": "document.querySelector('.brand img').removeAttribute('alt')",
        "html-has-lang": "document.documentElement.removeAttribute('lang')",
        "button-name": "document.querySelector('main button').textContent = ''",
        "link-name": "document.querySelector('.menu a').textContent = ''",
    }
    for rule, fault in planted.items():
        page.goto("/days/new")
        page.evaluate(fault)
        if rule == "color-contrast":
            page.evaluate(
                "document.styleSheets[document.styleSheets.length - 1].insertRule('.planted { color: #ccc }')"
            )
        assert [f for f in found(page) if f.startswith(rule)], rule
