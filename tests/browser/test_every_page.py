"""Requirements 15 and 43: a real browser opens every page of the house, as narrow as on an old phone.

None breaks its policy, none asks elsewhere, in none does axe find anything, none must be scrolled sideways.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Error as BrowserError

sys.path.insert(0, str(Path(__file__).parents[1] / "security"))

import house_office_asks  # noqa: F401 - registers its requests
import house_people_asks  # noqa: F401 - registers its requests
from house_asks import request_of
from house_routes import addresses, matrix
from house_world import Caller, World

from server.access.enforcing import COOKIE
from server.accounts.principal import ROLES
from server.app import create_app
from server.db import Database
from server.migrations.applying import migrate
from server.settings import Settings
from tests.browser.looking import NARROW, found, width
from tests.browser.serving import serving

WATCH = """
window.breaches = [];
document.addEventListener("securitypolicyviolation", (breach) =>
  window.breaches.push(breach.violatedDirective + " " + breach.blockedURI));
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(data_dir=tmp_path_factory.mktemp("pages"), database_url="", mail_host="127.0.0.1", mail_port=9)
    database = Database(made)
    migrate(database)
    database.close()
    return made


@pytest.fixture(scope="module")
def base(settings: Settings) -> Iterator[str]:
    with serving(settings) as address:
        yield address


def visitor(browser: Browser, base: str, caller: Caller) -> BrowserContext:
    context = browser.new_context(base_url=base, accept_downloads=False, viewport={"width": NARROW, "height": 640})
    context.add_init_script(WATCH)
    if caller.key:
        url = base.replace("http:", "https:")
        context.add_cookies(
            [{"name": COOKIE, "value": caller.key, "url": url, "secure": True, "httpOnly": True, "sameSite": "Lax"}]
        )
    return context


def opened(context: BrowserContext, base: str, path: str) -> list[str]:
    """Open a page and return what it did that no page of ours may."""
    faults: list[str] = []
    page = context.new_page()

    def asked(request: Any) -> None:
        if not request.url.startswith((base, "data:", "blob:")):
            faults.append(f"asks {request.url[:80]}")

    page.on("request", asked)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        page.goto(path, wait_until="load")
        faults += [f"breaks {breach}" for breach in page.evaluate("window.breaches || []")]
        if page.evaluate("document.contentType") == "text/html":
            faults += [f"axe {one}" for one in found(page)]
            if width(page) > NARROW:
                faults.append(f"{width(page)} points wide")
    except BrowserError as error:
        if "Download is starting" not in str(error):
            raise
    page.close()
    return faults


def test_no_page_breaks_its_policy_or_asks_elsewhere(
    browser: Browser, settings: Settings, base: str, store_run: Callable[..., str]
) -> None:
    app = create_app(settings)
    state = SimpleNamespace(database=app.state.database, settings=settings)
    world = World(SimpleNamespace(app=SimpleNamespace(state=state)), store_run)  # type: ignore[arg-type]
    rows = matrix()
    faulty: dict[str, list[str]] = {}
    count = 0
    for one in addresses(app):
        if one.method != "GET" or one.route is None or one.path.endswith(("/stream", ".json", "/keys")):
            continue
        row = rows[one.name]
        if not (row["nobody"] or row["resident"] or any(row[role] for role in ROLES)):
            continue
        caller = Caller({}) if row["nobody"] else world.resident() if row["resident"] else world.staff(*ROLES)
        context = visitor(browser, base, caller)
        if faults := opened(context, base, request_of(one.name, world, caller).path):
            faulty[one.name] = faults
        context.close()
        count += 1
    app.state.database.close()
    assert faulty == {}
    assert count > 50


def test_a_breach_and_a_stranger_would_be_seen(browser: Browser, base: str) -> None:
    """The control: a page that runs an inline script and asks another machine, under our policy."""
    context = visitor(browser, base, Caller({}))
    policy = "default-src 'none'; script-src 'self'; img-src 'self' http://127.0.0.2:9"
    body = "<!doctype html><title>x</title><script>window.ran = 1</script><img src='http://127.0.0.2:9/x.png'>"
    body += f"<p>{'x' * 99}</p>"
    headers = {"content-security-policy": policy, "content-type": "text/html"}
    context.route(f"{base}/planted", lambda route: route.fulfill(body=body, headers=headers))
    faults = " ".join(opened(context, base, "/planted"))
    context.close()
    assert "asks http://127.0.0.2:9" in faults
    assert "script-src" in faults
    assert "axe html-has-lang" in faults
    assert "points wide" in faults
