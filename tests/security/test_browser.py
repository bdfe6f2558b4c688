"""Requirements 14, 15, 17, 24: cross-site requests, headers, no echo, body limit. And the Host header."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse

from server import errors
from server.guard import SECURITY_HEADERS, Guard, host_name, same_origin, socket_origin_allowed
from server.settings import Settings

CANARY = "hunter2-🐤"


def address(route: APIRoute) -> str:
    return re.sub(r"\{[^}]*\}", "0" * 16, route.path)


def readable(routes: list[APIRoute]) -> list[str]:
    """Addresses of all GET routes but endless streams."""
    return [address(r) for r in routes if "GET" in r.methods and not r.path.endswith("/stream")]


def digest(file: Path) -> str:
    connection = sqlite3.connect(file)
    content = "\n".join(connection.iterdump())
    connection.close()
    return hashlib.sha256(content.encode()).hexdigest()


def test_every_answer_carries_the_security_headers(client: TestClient, routes: list[APIRoute]) -> None:
    addresses = [*readable(routes), "/no/such/page", "/static/nothing.css"]
    assert len(addresses) > 5
    for path in addresses:
        headers = client.get(path).headers
        for name, value in SECURITY_HEADERS.items():
            assert headers.get(name) == value, (path, name)
        assert "cache-control" in headers
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_reading_changes_nothing(client: TestClient, routes: list[APIRoute], sqlite_file: Path) -> None:
    before = digest(sqlite_file)
    for path in readable(routes):
        client.get(path)
    assert digest(sqlite_file) == before


def test_a_change_would_be_seen(client: TestClient, sqlite_file: Path) -> None:
    """The control of the test above: pairing in vain changes nothing, a device does."""
    before = digest(sqlite_file)
    with client.app.state.database.session() as db:
        db.connection().exec_driver_sql(
            "INSERT INTO device (id, name, key_hash, paired_at) VALUES ('a', 'x', 'y', '2026-11-24 00:00:00')"
        )
    assert digest(sqlite_file) != before


PAIR = {"code": "ABCD-EFGH", "name": "x"}


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"}, True),
        ({"origin": "http://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://127.0.0.1:9999"}, True),
        ({"origin": "http://127.0.0.1"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({}, False),
    ],
)
def test_another_sites_page_changes_nothing_here(client: TestClient, headers: dict[str, str], refused: bool) -> None:
    answer = client.post("/api/station/pair", json=PAIR, headers=headers)
    assert (answer.json()["error"]["code"] == "origin") is refused
    assert answer.status_code == 403


def test_every_unsafe_route_is_behind_that_check(client: TestClient, routes: list[APIRoute]) -> None:
    unsafe = [(m, address(r)) for r in routes for m in r.methods - {"GET", "HEAD", "OPTIONS"}]
    assert unsafe
    for method, path in unsafe:
        answer = client.request(method, path, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403, path
        assert answer.json()["error"]["code"] == "origin", path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "sonae.local:8350"])
def test_another_host_is_not_served(client: TestClient, host: str) -> None:
    answer = client.get("/api/health", headers={"host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8350", "localhost:1", "[::1]:8350", "[::1]"])
def test_loopback_is_served_at_any_port(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"host": host}).json() == {"status": "ok"}


def test_host_names() -> None:
    assert host_name("[::1]:80") == "[::1]"
    assert host_name("a:80") == "a"
    assert host_name("") == ""


def test_a_wrong_body_is_not_echoed(client: TestClient) -> None:
    for body in (
        {"code": CANARY * 9, "name": CANARY + "\n", "password": CANARY},
        {CANARY: CANARY, "code": {"x": CANARY}},
        [CANARY],
        CANARY,
    ):
        answer = client.post("/api/station/pair", json=body)
        assert answer.status_code == 422
        assert "hunter2" not in answer.text
        assert answer.json()["fields"]
        assert answer.json()["error"]["ja"]
    broken = client.post(
        "/api/station/pair", content=b'{"code": "hunter2', headers={"content-type": "application/json"}
    )
    assert broken.status_code == 422
    assert "hunter2" not in broken.text


def test_no_answer_echoes_the_address(client: TestClient, routes: list[APIRoute]) -> None:
    paths = [re.sub(r"\{[^}]*\}", "hunter2", p) for r in routes if not r.path.endswith("/stream") for p in [r.path]]
    for path in [*paths, "/hunter2", "/static/hunter2"]:
        answer = client.get(path, headers={"accept": "application/json"})
        # A page links to itself in each language; there its own address may stand, and nowhere else.
        text = answer.text.replace(f'href="{path}?lang=', "")
        assert "hunter2" not in text, path
        assert "Traceback" not in answer.text, path


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_frameworks_own_pages_are_off(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/api/station/pair", json={"code": "x" * 2_000_000, "name": "x"})
    assert answer.status_code == 413
    assert answer.json()["error"]["ja"]


def test_a_large_body_without_length_is_refused_while_it_streams(client: TestClient) -> None:
    answer = client.post("/api/station/pair", content=iter([b" " * 65_536] * 64))
    assert answer.status_code == 413
    just_under = client.post("/api/station/pair", content=iter([b" " * 65_536] * 15))
    assert just_under.status_code == 422


@pytest.mark.parametrize("length", ["-1", "x", "1e3"])
def test_a_lying_length_is_refused(client: TestClient, length: str) -> None:
    assert client.post("/api/station/pair", headers={"content-length": length}).status_code == 413


def test_an_error_inside_shows_nothing_of_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    errors.install(app)

    @app.get("/fails/{who}")
    def fails(who: str) -> None:
        msg = f"{CANARY} {who}"
        raise RuntimeError(msg)

    app.add_middleware(Guard, settings=Settings(data_dir=tmp_path))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        answer = client.get("/fails/hunter2")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "failed"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "hunter2" not in answer.text
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("sonae"))
    assert "hunter2" not in ours
    assert "/fails/{who}" in ours


def test_a_browser_gets_a_page_where_the_app_has_one(tmp_path: Path) -> None:
    app = FastAPI()
    errors.install(app)
    app.state.error_page = lambda _request, status, ja, _en: HTMLResponse(f"<h1>{ja}</h1>", status)
    app.add_middleware(Guard, settings=Settings(data_dir=tmp_path))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = client.get("/none", headers={"accept": "text/html,*/*"})
        data = client.get("/none", headers={"accept": "application/json"})
    assert page.status_code == data.status_code == 404
    assert page.text.startswith("<h1>見つかりません")
    assert data.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"host": "127.0.0.1:8350"}, True),
        ({"host": "127.0.0.1:8350", "origin": "http://127.0.0.1:8350"}, True),
        ({"host": "127.0.0.1:8350", "origin": "http://evil.example"}, False),
        ({"host": "127.0.0.1:8350", "origin": "null"}, False),
    ],
)
def test_a_sockets_origin(headers: dict[str, str], allowed: bool) -> None:
    assert socket_origin_allowed(Headers(headers)) is allowed
    assert same_origin(Headers(headers)) is allowed


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_database_that_does_not_answer_is_said_with_every_header(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    """Requirement 42: also to somebody who is signed in, whose name on the page would have to be asked for."""

    def locked() -> None:
        statement, cause = "SELECT", sqlite3.OperationalError("database is locked")
        raise OperationalError(statement, {}, cause)

    monkeypatch.setattr(client.app.state.database, "reading", locked)
    answer = client.get("/days", headers={"accept": accept})
    assert answer.status_code == 503
    assert answer.headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]
    assert answer.headers["retry-after"]
    assert "locked" not in answer.text
