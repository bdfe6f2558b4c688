"""A resident's doors in a real Chromium: by letter without script, then by the passkey that they add."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from server.accounts.models import SignIn
from server.db import Database
from server.mail.models import MailMessage
from server.migrations.applying import migrate
from server.people.models import Person
from server.settings import OpenIdSettings, Settings
from tests.browser.serving import serving
from tests.browser.test_passkeys import device_on

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Every door is open; letters stay in the outbox, where the test reads them."""
    made = Settings(
        data_dir=tmp_path_factory.mktemp("doors") / "var",
        database_url="",
        mail_host="127.0.0.1",
        mail_port=1,
        mail_from="noreply@city.example",
        resident_openid=OpenIdSettings(issuer="http://127.0.0.1:1", client_id="city"),
    )
    database = Database(made)
    migrate(database)
    database.close()
    return made


@pytest.fixture(scope="module")
def base(settings: Settings) -> Iterator[str]:
    with serving(settings) as address:
        yield address


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    made = Database(settings)
    yield made
    made.close()


@pytest.fixture
def context(browser: Browser, base: str) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=base, viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


def link_from_letter(database: Database, address: str) -> str:
    with database.reading() as db:
        letter = db.scalars(select(MailMessage).where(MailMessage.address == address)).one()
    found = re.search(r"http\S+/signin/mail/\S+", letter.body)
    assert found is not None
    return found[0]


def register(page: Page, database: Database, address: str) -> None:
    """Come in by letter as somebody new."""
    page.goto("/signin")
    page.get_by_role("link", name="メールで入る").click()
    page.get_by_label("メールアドレス").fill(address)
    page.get_by_role("button", name="メールを受け取る").click()
    expect(page.get_by_role("heading", name="メールをお送りしました")).to_be_visible()
    page.goto(link_from_letter(database, address))
    page.get_by_label("お名前").fill("髙﨑 𠮷子")
    page.get_by_label("ふりがな").fill("たかさき よしこ")
    page.get_by_label("生年月日").fill("1948-04-01")
    page.get_by_role("button", name="登録して入る").click()
    page.wait_for_url(re.compile(r"//[^/]+/my$"))


def test_by_letter_without_script(browser: Browser, base: str, database: Database) -> None:
    plain = browser.new_context(base_url=base, java_script_enabled=False)
    register(plain.new_page(), database, "plain@example.jp")
    assert any(one["name"] == "__Host-sonae" for one in plain.cookies())
    plain.close()


def test_a_passkey_is_added_used_and_taken_away(context: BrowserContext, database: Database) -> None:
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Security Policy" in said.text else None)
    device = device_on(page)
    register(page, database, "hanako@example.jp")
    page.goto("/my/ways")
    page.get_by_label("機器の呼び名").fill("居間のパソコン")
    page.get_by_role("button", name="この機器のパスキーを加える").click()
    page.wait_for_url(re.compile(r"//[^/]+/my/ways$"))
    expect(page.get_by_text("居間のパソコン")).to_be_visible()

    context.clear_cookies()
    page.goto("/signin?next=/my/ways")
    page.get_by_role("link", name="指や顔で入る").click()
    page.get_by_role("button", name="確かめて入る").click()
    page.wait_for_url(re.compile(r"//[^/]+/my/ways$"))
    with database.reading() as db:
        person = db.scalars(select(Person).where(Person.name == "髙﨑 𠮷子").order_by(Person.created_at.desc())).first()
        assert person is not None
        methods = db.scalars(select(SignIn.method).where(SignIn.person_id == person.id).order_by(SignIn.created_at))
        assert list(methods) == ["mail", "passkey"]

    page.get_by_role("button", name=re.compile("取り消す.*居間のパソコン")).click()
    page.wait_for_url(re.compile(r"//[^/]+/my/ways$"))
    expect(page.get_by_text("居間のパソコン")).to_have_count(0)
    page.get_by_role("button", name=re.compile("取り消す.*hanako")).click()
    expect(page.get_by_text("これは最後の1つなので")).to_be_visible()

    context.clear_cookies()
    page.goto("/signin/passkey")
    page.get_by_role("button", name="確かめて入る").click()
    expect(page.get_by_text("確かめられませんでした")).to_be_visible()
    device.verifies(right=False)
    page.get_by_role("button", name="確かめて入る").click()
    page.wait_for_timeout(300)
    assert not any(one["name"] == "__Host-sonae" for one in context.cookies())
    assert faults == []


@pytest.mark.parametrize("language", ["ja", "ja-simple", "en"])
@pytest.mark.parametrize("path", ["/signin", "/signin/mail", "/signin/passkey", "/signin/trouble/resident/stale"])
def test_no_barrier_that_axe_finds_and_nothing_runs_off_a_small_phone(
    browser: Browser, base: str, path: str, language: str
) -> None:
    small = browser.new_context(base_url=base, viewport={"width": 320, "height": 640}, bypass_csp=True)
    page = small.new_page()
    page.goto(f"{path}?lang={language}")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small.close()


def test_the_doors_are_reached_by_keyboard_alone(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/signin")
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href') || ''"))
    doors = [one for one in reached if one.startswith("/signin/")]
    assert list(dict.fromkeys(doors)) == [
        f"/signin/{door}?next=/my" for door in ("digital", "mail", "passkey", "ticket")
    ]
