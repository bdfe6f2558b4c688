"""A real OpenID provider on loopback (npm's oidc-provider), and a person with a card and a PIN before it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from joserfc import jwk

from server.access.enforcing import COOKIE
from server.app import create_app
from server.db import Database
from server.migrations.applying import migrate
from server.settings import OpenIdSettings, Settings
from server.signin.client_keys import client_key, public_keys

with warnings.catch_warnings():
    # The test client says so while httpx2 is not installed; httpx does all that these tests need.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCOPE = "openid name address birthdate gender email"
HOME = "https://127.0.0.1"
PEOPLE = {
    "takasaki": {
        "sub": "3f1c9a",
        "name": "髙﨑 花子",
        "birthdate": "19480401",
        "gender": "2",
        "address": {"formatted": "長野県架空市中央１－２－３"},
    },
    "yoshida": {
        "sub": "77aa01",
        "name": "𠮷田 一郎",
        "birthdate": "1990-02-28",
        "gender": {"code": ["?"]},
        "address": {"region": "東京都", "locality": "よその市", "street_address": "4-5-6"},
    },
    "nameless": {"sub": "000000", "birthdate": "1990-02-30"},
    "clerk": {"sub": "5c1e7b", "name": "職員 一", "email": "clerk@city.example", "email_verified": True},
    "unchecked": {"sub": "5c1e7c", "name": "職員 二", "email": "clerk@city.example", "email_verified": False},
}


def _node() -> Path:
    """Node 22 or newer: of the virtual environment, else the system's."""
    for found in (Path(sys.prefix) / "bin" / "node", shutil.which("node")):
        if found and Path(found).exists():
            version = subprocess.run([str(found), "--version"], capture_output=True, text=True, check=True).stdout
            if int(version.lstrip("v").partition(".")[0]) >= 22:
                return Path(found)
    pytest.skip("no Node 22 or newer here; ./run setup dev fetches one")


class Provider(NamedTuple):
    """The running provider: its issuer name and a way to plant faults in it."""

    issuer: str
    data_dir: Path

    def settings(self, client: str = "city-es", **changes: Any) -> OpenIdSettings:
        key = str(self.data_dir / "keys" / "openid-resident.json")
        values = {
            "issuer": self.issuer,
            "client_id": client,
            "scope": SCOPE,
            "acr_values": "aal3 crl",
            "acr_accepted": ("aal3",),
            "key_file": key,
        }
        return OpenIdSettings(**{**values, **changes})

    def plant(self, **fault: Any) -> None:
        """Plant a fault in the provider's next answers; none takes it away."""
        httpx.put(f"{self.issuer}/saboteur", json=fault, trust_env=False).raise_for_status()


@pytest.fixture(scope="session")
def running_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    if not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("npm's oidc-provider is not in node_modules; ./run setup dev fetches it")
    node = _node()
    folder = tmp_path_factory.mktemp("oidc")
    settings = Settings(data_dir=folder, database_url="")
    client_key(settings, "resident")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    keys = [
        jwk.ECKey.generate_key("P-256", {"kid": "es", "use": "sig", "alg": "ES256"}),
        jwk.RSAKey.generate_key(2048, {"kid": "rs", "use": "sig", "alg": "RS256"}),
    ]
    common = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "subject_type": "pairwise",
        "jwks": public_keys(settings, "resident"),
    }
    back = [f"{HOME}/signin/digital/back"]
    setup = {
        "issuer": f"http://127.0.0.1:{port}",
        "scope": SCOPE,
        "keys": [key.as_dict(private=True) for key in keys],
        "people": PEOPLE,
        "clients": [
            {**common, "client_id": "city-es", "redirect_uris": back, "id_token_signed_response_alg": "ES256"},
            {**common, "client_id": "city-rs", "redirect_uris": back, "id_token_signed_response_alg": "RS256"},
            {
                **common,
                "client_id": "staff",
                "redirect_uris": [f"{HOME}/staff/signin/oidc/back"],
                "id_token_signed_response_alg": "RS256",
            },
        ],
    }
    log = (folder / "provider.log").open("w")
    process = subprocess.Popen(
        [str(node), str(HERE / "provider.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(setup))
    process.stdin.close()
    ready = process.stdout.readline()
    if ready != "ready\n":
        process.wait(timeout=10)
        pytest.fail(f"the provider did not start: {(folder / 'provider.log').read_text()[-2000:]}", pytrace=False)
    yield Provider(setup["issuer"], folder)
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()
    log.close()


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
