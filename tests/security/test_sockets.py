"""Requirement 19: a socket from another origin or for another host is refused before it is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from server.guard import Guard
from server.settings import Settings


@pytest.fixture
def socket_client(tmp_path: Path) -> TestClient:
    """An app whose socket accepts whoever reaches it: what stops anyone is the guard."""
    app = FastAPI()

    @app.websocket("/ws")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("open")
        await socket.close()

    app.add_middleware(Guard, settings=Settings(data_dir=tmp_path))
    return TestClient(app, base_url="http://127.0.0.1")


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"host": "evil.example"}, {"origin": "http://127.0.0.1:1"}],
)
def test_it_is_refused(socket_client: TestClient, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect) as refusal, socket_client.websocket_connect("/ws", headers=headers):
        pass
    assert refusal.value.code == 1008


@pytest.mark.parametrize("headers", [{}, {"origin": "http://127.0.0.1"}])
def test_a_station_and_our_own_page_are_let_in(socket_client: TestClient, headers: dict[str, str]) -> None:
    """The control: the same socket opens for those it is for."""
    with socket_client.websocket_connect("/ws", headers={"host": "127.0.0.1"} | headers) as socket:
        assert socket.receive_text() == "open"
