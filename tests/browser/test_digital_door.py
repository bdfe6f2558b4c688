"""The trip to a sign-in service and back in a real Chromium, which has rules of its own for what crosses sites."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from server.db import Database
from server.migrations.applying import migrate
from server.settings import Settings
from tests.browser.serving import serving
from tests.oidc.provider import Provider, providing

pytestmark = pytest.mark.browser


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[str, Provider]]:
    """Our server at localhost, the provider at 127.0.0.1: two sites to a browser."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with providing(tmp_path / "provider", home=f"http://localhost:{port}") as provider:
        settings = Settings(data_dir=tmp_path / "var", database_url="", resident_openid=provider.settings())
        database = Database(settings)
        migrate(database)
        database.close()
        with serving(settings, port=port) as base:
            yield base, provider


def test_a_resident_goes_and_comes_back_signed_in(browser: Browser, town: tuple[str, Provider]) -> None:
    base, _ = town
    context = browser.new_context(base_url=base, java_script_enabled=False)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Security Policy" in said.text else None)
    page.goto("/signin?next=/my")
    page.get_by_role("link", name="マイナンバーカードで入る").click()
    page.get_by_label("person").fill("takasaki")
    page.get_by_role("button", name="PIN").click()
    page.wait_for_url(f"{base}/my")
    expect(page.get_by_role("main")).to_contain_text("髙﨑 花子")
    held = {one["name"]: one for one in context.cookies()}
    assert (held["__Host-sonae"]["httpOnly"], held["__Host-sonae"]["sameSite"]) == (True, "Lax")
    assert "__Host-sonae-trip" not in held
    assert refused == []
    context.close()


def test_the_address_of_a_failed_trip_keeps_neither_code_nor_state(
    browser: Browser, town: tuple[str, Provider]
) -> None:
    base, provider = town
    provider.plant(signature="flip")
    context = browser.new_context(base_url=base)
    page = context.new_page()
    page.goto("/signin/digital")
    page.get_by_label("person").fill("takasaki")
    page.get_by_role("button", name="PIN").click()
    page.wait_for_url(f"{base}/signin/trouble/resident/invalid")
    expect(page.get_by_role("link", name="もう一度はじめから")).to_be_visible()
    assert "__Host-sonae" not in {one["name"] for one in context.cookies()}
    context.close()
