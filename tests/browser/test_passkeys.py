"""Staff accounts in a real Chromium with a virtual authenticator: registering, signing in, proving again, replays."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyotp
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from server.access.enforcing import COOKIE
from server.accounts import codes, passkeys
from server.accounts.models import PasskeyChallenge, SignIn, Staff
from server.app import create_app
from server.db import Database
from server.migrations.applying import migrate
from server.settings import Settings

pytestmark = pytest.mark.browser
PASSWORD = "川霧の朝に 三歩さがって見る"


class House(NamedTuple):
    """A server of its own, opened by a name: passkeys do not work at a number."""

    base: str
    database: Database

    def new_staff(self, *roles: str, login: str = "sato@city.example") -> Staff:
        with self.database.session() as db:
            staff = Staff(login=login, name="佐藤 髙﨑", roles=list(roles or ("instructor",)))
            db.add(staff)
        return staff

    def code(self, staff: Staff, purpose: codes.CodePurpose) -> str:
        with self.database.session() as db:
            made = codes.new_code(db, self.database.settings, purpose=purpose, staff_id=staff.id)
        return f"{self.base}/staff/code/{made}"

    def keys(self, staff: Staff) -> list[Any]:
        with self.database.reading() as db:
            return passkeys.of_owner(db, "staff", staff.id)

    def methods(self, staff: Staff) -> list[tuple[str, bool]]:
        """How the open sign-ins of a staff member were proved, and whether each is limited."""
        with self.database.reading() as db:
            rows = db.query(SignIn).filter_by(staff_id=staff.id, ended_at=None).order_by(SignIn.created_at)
            return [(row.method, row.limited) for row in rows]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = Settings(data_dir=tmp_path / "var", database_url="", password_memory_mib=19)
    database = Database(settings)
    migrate(database)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        if time.monotonic() > deadline:
            pytest.fail("the server did not start within a minute")
        time.sleep(0.05)
    yield House(f"http://localhost:{listening.getsockname()[1]}", database)
    server.should_exit = True
    thread.join(timeout=30)
    listening.close()
    database.close()


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=house.base, viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


class Device(NamedTuple):
    """A virtual authenticator on one page."""

    session: CDPSession
    id: str

    def verifies(self, *, right: bool) -> None:
        """Let the device's owner show the right finger, or another's."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": right})


def device_on(page: Page) -> Device:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(session, str(made["authenticatorId"]))


def page_with_device(visit: BrowserContext) -> tuple[Page, Device, list[str]]:
    """A page with a device; errors of script or policy gather in the list."""
    page, faults = visit.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Security Policy" in said.text else None)
    return page, device_on(page), faults


def begin(page: Page, house: House, staff: Staff) -> None:
    """Set a password by an invitation; the account page then asks for a second factor."""
    page.goto(house.code(staff, "invite"))
    page.fill("#new", PASSWORD)
    page.fill("#repeated", PASSWORD)
    page.click("main form button")
    page.wait_for_url(f"{house.base}/staff/account")


def register(page: Page, name: str) -> None:
    page.fill("#name", name)
    page.click("form[data-passkey=make] button")
    page.wait_for_url("**/staff/account?done=factor")


def settled(page: Page) -> None:
    """Wait until the device said no and the page says so."""
    page.wait_for_selector("[data-passkey-status]:not([hidden])")
    page.wait_for_selector("form[data-passkey] button:not([disabled])")


def test_a_passkey_is_registered_signs_in_and_proves_again(house: House, visit: BrowserContext) -> None:
    staff = house.new_staff("administrator")
    page, device, faults = page_with_device(visit)
    begin(page, house, staff)
    assert house.methods(staff) == [("code", True)], "a password alone opens nothing but the set-up"
    page.goto("/staff/members")
    assert "/staff/account" in page.url, "the way leads to the set-up"

    before = {one["name"]: one["value"] for one in visit.cookies()}[COOKIE]
    register(page, "防災課のノート")
    after = {one["name"]: one["value"] for one in visit.cookies()}[COOKIE]
    assert before != after, "the sign-in got a new key when it became a whole one"
    assert [(key.name, key.transports) for key in house.keys(staff)] == [("防災課のノート", ["internal"])]
    assert house.methods(staff) == [("code", False)]
    page.goto("/staff/members")
    assert page.url.endswith("/staff/members")

    page.click(".account button")
    page.goto("/staff/signin?next=/staff/account")
    page.click("form[data-passkey=prove] button")
    page.wait_for_url(f"{house.base}/staff/account")
    assert house.methods(staff) == [("passkey", False)], "signing out ended the other"
    counted = house.keys(staff)[0].sign_count

    page.goto("/signin/again?next=/staff/members")
    page.click("form[data-passkey=prove] button")
    page.wait_for_url(f"{house.base}/staff/members")
    assert house.keys(staff)[0].sign_count > counted
    with house.database.reading() as db:
        assert db.query(PasskeyChallenge).count() == 0, "every challenge was used up"

    device.verifies(right=False)
    page.goto("/signin/again?next=/staff/members")
    page.click("form[data-passkey=prove] button")
    settled(page)
    assert "/signin/again" in page.url, "another's finger opens nothing"
    assert faults == []


def test_a_passkey_is_the_second_step_after_the_password(house: House, visit: BrowserContext) -> None:
    staff = house.new_staff()
    page, _, faults = page_with_device(visit)
    begin(page, house, staff)
    register(page, "窓口")
    page.click(".account button")

    page.goto("/staff/signin")
    page.fill("#login", "ＳＡＴＯ@city.example")
    page.fill("#password", PASSWORD)
    page.click("form[action='/staff/signin'] button")
    page.wait_for_url("**/staff/signin/second?**")
    assert house.methods(staff) == [], "nothing is open after the password alone"
    page.click("form[data-passkey=prove] button")
    page.wait_for_url(f"{house.base}/")
    assert house.methods(staff) == [("passkey", False)]
    assert faults == []


def test_an_answer_serves_once_and_in_the_browser_that_asked(
    house: House, visit: BrowserContext, browser: Browser
) -> None:
    staff = house.new_staff()
    page, _, _ = page_with_device(visit)
    begin(page, house, staff)
    register(page, "窓口")
    page.click(".account button")

    posted: list[str] = []
    page.route("**/staff/signin/passkey", lambda route: (posted.append(route.request.post_data or ""), route.abort()))
    page.goto("/staff/signin")
    page.click("form[data-passkey=prove] button")
    while not posted:
        page.wait_for_timeout(50)
    body = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "data": posted[0]}

    elsewhere = browser.new_context(base_url=house.base)
    stolen = elsewhere.request.post("/staff/signin/passkey", **body, max_redirects=0)
    assert stolen.status == 422, "overheard, in another browser"
    first = visit.request.post("/staff/signin/passkey", **body, max_redirects=0)
    assert first.status == 303, "and it was not used up by the other"
    visit.clear_cookies(name=COOKIE)
    again = visit.request.post("/staff/signin/passkey", **body, max_redirects=0)
    assert again.status == 422, "the same answer again"
    elsewhere.close()


def test_the_last_second_factor_stays_and_a_device_is_taken_once(house: House, visit: BrowserContext) -> None:
    staff = house.new_staff()
    page, _, _ = page_with_device(visit)
    begin(page, house, staff)
    register(page, "窓口")
    assert page.locator("form[action$='/remove']").count() == 0, "no button takes the last one away"
    key = house.keys(staff)[0].id
    refused = visit.request.post(f"/staff/account/passkeys/{key}/remove", max_redirects=0)
    assert refused.status == 422

    page.fill("#name", "同じ機器")
    page.click("form[data-passkey=make] button")
    settled(page)
    status = page.locator("[data-passkey-status]")
    assert status.inner_text() == status.get_attribute("data-known")
    assert len(house.keys(staff)) == 1


def test_an_authenticator_app_is_registered_without_any_script(house: House, browser: Browser) -> None:
    staff = house.new_staff()
    plain = browser.new_context(base_url=house.base, java_script_enabled=False)
    page = plain.new_page()
    begin(page, house, staff)
    page.click("a[href='/staff/account/app']")
    page.click("summary")
    secret = page.locator("details .address").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.click("main form button")
    page.wait_for_url("**/staff/account?done=factor")
    assert house.methods(staff) == [("code", False)]
    assert page.locator("form[data-passkey] .no-script-only").is_visible()
    plain.close()


def test_a_challenge_is_asked_for_by_nobody_else(house: House, visit: BrowserContext) -> None:
    """The control of the one above: a challenge that was never asked for is no challenge, however well it is signed."""
    staff = house.new_staff()
    page, _, _ = page_with_device(visit)
    begin(page, house, staff)
    register(page, "窓口")
    page.click(".account button")
    page.goto("/staff/signin")
    options = {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "rpId": "localhost", "allowCredentials": []}
    options |= {"userVerification": "required", "timeout": 60000}
    page.route("**/staff/signin/passkey/options", lambda route: route.fulfill(body=json.dumps(options)))
    with page.expect_response("**/staff/signin/passkey") as answered:
        page.click("form[data-passkey=prove] button")
    assert answered.value.status == 422
    assert house.methods(staff) == []
