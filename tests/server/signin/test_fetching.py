"""Where a sign-in service's answers may send us: to its own hosts, and nowhere else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import ValidationError

from server.settings import OpenIdSettings, Settings
from server.signin import fetching
from server.signin.client_keys import client_key
from server.signin.fetching import OpenIdError
from server.signin.openid import Service
from server.signin.trip import begin


def openid(issuer: str = "https://id.example/realms/main", **changes: Any) -> OpenIdSettings:
    return OpenIdSettings(issuer=issuer, client_id="city", wait_s=2, **changes)


@pytest.mark.parametrize(
    "address",
    ["https://id.example/x", "https://id.example/realms/main/token?x=1", "https://keys.example/jwks"],
)
def test_own_hosts_are_good(address: str) -> None:
    assert fetching.check_address(openid(hosts=("keys.example",)), "jwks_uri", address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://id.example/x", "https://evil.example/x", "https://id.example.evil.example/", "https://id.example:8443/x",
        "https://id.example@evil.example/", "https://127.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd",
        "//id.example/x", "https://keys.example:444/jwks", "", None, 7, ["https://id.example/"], "https://[::1",
    ],
)  # fmt: skip
def test_other_hosts_are_refused_and_not_repeated(address: object) -> None:
    with pytest.raises(OpenIdError) as refused:
        fetching.check_address(openid(hosts=("keys.example",)), "jwks_uri", address)
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize(
    "issuer", ["http://id.example/", "ftp://id.example", "id.example", "http://127.0.0.1.evil.example/"]
)
def test_an_issuer_in_the_clear_is_for_loopback_alone(issuer: str) -> None:
    with pytest.raises(ValidationError):
        openid(issuer)


class Answering(BaseHTTPRequestHandler):
    """Says what the test planted, and counts who came."""

    def do_GET(self) -> None:
        plan = self.server.plan  # type: ignore[attr-defined]
        self.server.visits.append(self.path)  # type: ignore[attr-defined]
        status, headers, body = plan.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def servers() -> Iterator[list[Any]]:
    """Two servers on loopback: the sign-in service, and a canary that nobody may visit."""
    made = []
    for _ in range(2):
        server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.plan, server.visits = {}, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.append(server)
    yield made
    for server in made:
        server.shutdown()
        server.server_close()


def where(server: Any) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def service(servers: list[Any], tmp_path: Any, **about: Any) -> Service:
    own, _ = servers
    said = {
        "issuer": where(own),
        "authorization_endpoint": f"{where(own)}/auth",
        "token_endpoint": f"{where(own)}/token",
        "jwks_uri": f"{where(own)}/jwks",
    }
    own.plan["/.well-known/openid-configuration"] = (200, {}, json.dumps(said | about).encode())
    return Service(openid(where(own)), client_key(Settings(data_dir=tmp_path), "resident"), max_age=600)


def test_a_good_service_is_asked_once_an_hour(servers: list[Any], tmp_path: Any) -> None:
    """The control: what follows fails for the reason it says."""
    made = service(servers, tmp_path)
    for _ in range(3):
        made.address(begin(door="resident", leads_to="/"), back="https://x/back")
    assert servers[0].visits == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_service_that_points_elsewhere_is_not_followed(servers: list[Any], tmp_path: Any, name: str) -> None:
    made = service(servers, tmp_path, **{name: f"{where(servers[1])}/x"})
    with pytest.raises(OpenIdError, match=name):
        made.address(begin(door="resident", leads_to="/"), back="https://x/back")
    assert servers[1].visits == []


def test_a_redirect_is_not_followed(servers: list[Any], tmp_path: Any) -> None:
    made = service(servers, tmp_path)
    servers[0].plan["/.well-known/openid-configuration"] = (302, {"Location": f"{where(servers[1])}/x"}, b"")
    with pytest.raises(OpenIdError, match="answered 302"):
        made.address(begin(door="resident", leads_to="/"), back="https://x/back")
    assert servers[1].visits == []


def test_another_name_than_agreed_is_refused(servers: list[Any], tmp_path: Any) -> None:
    made = service(servers, tmp_path, issuer="https://other.example")
    with pytest.raises(OpenIdError, match="names itself otherwise"):
        made.address(begin(door="resident", leads_to="/"), back="https://x/back")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[1]", "invalid"),
        (b"<html>", "invalid"),
        (b"[" * 100_000, "invalid"),
        (b'{"x":"' + b"x" * fetching.LARGEST + b'"}', "invalid"),
    ],
)
def test_an_answer_that_is_none_is_refused(servers: list[Any], tmp_path: Any, body: bytes, code: str) -> None:
    made = service(servers, tmp_path)
    servers[0].plan["/.well-known/openid-configuration"] = (200, {}, body)
    with pytest.raises(OpenIdError) as refused:
        made.address(begin(door="resident", leads_to="/"), back="https://x/back")
    assert refused.value.code == code
    assert len(str(refused.value)) < 200
