"""A real OpenID provider on loopback (npm's oidc-provider), and a person with a card and a PIN before it."""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest

from server.access.enforcing import COOKIE
from server.app import create_app
from server.db import Database
from server.migrations.applying import migrate
from server.settings import Settings
from tests.oidc.provider import Provider, providing

with warnings.catch_warnings():
    # The test client says so while httpx2 is not installed; httpx does all that these tests need.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

HOME = "https://127.0.0.1"


@pytest.fixture(scope="session")
def running_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with providing(tmp_path_factory.mktemp("oidc"), home=HOME) as provider:
        yield provider


@pytest.fixture
def provider(running_provider: Provider) -> Iterator[Provider]:
    """The provider as it is; a fault that a test plants goes with the test."""
    yield running_provider
    running_provider.plant()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(data_dir=tmp_path_factory.mktemp("template"), database_url="")
    database = Database(settings)
    migrate(database)
    database.close()
    return settings.sqlite_file


@pytest.fixture(scope="module")
def steady_house(
    running_provider: Provider, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """One server for many trips of which none may succeed."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("steady"), database_url="", resident_openid=running_provider.settings()
    )
    shutil.copyfile(migrated, settings.sqlite_file)
    with TestClient(create_app(settings), base_url=HOME, follow_redirects=False) as client:
        yield client


@pytest.fixture
def open_house(migrated: Path, tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Start the server with these settings; `client.app.state` holds its database."""
    opened: list[TestClient] = []

    def made(**changes: Any) -> TestClient:
        settings = Settings(data_dir=tmp_path / "var", database_url="", **changes)
        settings.make_data_dir()
        shutil.copyfile(migrated, settings.sqlite_file)
        client = TestClient(create_app(settings), base_url=HOME, follow_redirects=False)
        opened.append(client.__enter__())
        return client

    yield made
    for client in opened:
        client.__exit__(None, None, None)


class Person:
    """Somebody with a card: goes from our page to the provider, proves it there, and is sent back."""

    def __init__(self) -> None:
        self.browser = httpx.Client(trust_env=False, timeout=20)

    def prove(self, address: str, *, person: str, acr: str = "aal3") -> str:
        """Return the address that the provider sends the browser back to, beginning at the one we sent it to."""
        self.browser.cookies.clear()  # the card is read anew each time
        answer = self.browser.get(address)
        for _ in range(8):
            if "location" in answer.headers:
                where = urljoin(str(answer.url), answer.headers["location"])
                if where.startswith(HOME):
                    return where
                answer = self.browser.get(where)
            elif re.search(r"<form", answer.text):
                form = {"person": person, "acr": acr} if person else {}
                answer = self.browser.post(str(answer.url), data=form)
            else:
                break
        pytest.fail(f"the provider did not send the browser back: {answer.status_code} {answer.text[:300]}")

    def walk(self, client: TestClient, start: str, *, person: str, acr: str = "aal3") -> httpx.Response:
        """Go the whole way and return our answer to the browser that comes back."""
        left = client.get(start)
        assert left.status_code == 303, left.text
        back = self.prove(left.headers["location"], person=person, acr=acr)
        return come_back(client, back)


@pytest.fixture
def card() -> Iterator[Person]:
    """A person with a card and a browser of the provider's cookies."""
    made = Person()
    yield made
    made.browser.close()


def come_back(client: TestClient, back: str, **values: Any) -> httpx.Response:
    """Return our answer to the browser that comes back; when it says why not, the page that says it."""
    answer = client.get(back, **values)
    where = answer.headers.get("location", "")
    return client.get(where) if where.startswith("/signin/trouble/") else answer


def query(address: str) -> dict[str, str]:
    """Return the values in an address."""
    return dict(parse_qsl(urlsplit(address).query))


def signed_in(client: TestClient) -> bool:
    """Tell whether the browser holds a sign-in."""
    return bool(client.cookies.get(COOKIE))
