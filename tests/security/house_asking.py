"""Asking the running app, and telling from its answer whether the one who asked was let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import house_office_asks  # noqa: F401 - registers its requests
import house_people_asks  # noqa: F401 - registers its requests
from house_asks import Ask, request_of
from house_routes import SOCKET
from house_world import Caller, World
from starlette.websockets import WebSocketDisconnect

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

DENYING_CODES: Final = ("refused", "sign_in", "device")
"""Codes by which the door says no. A rule behind the door has others, such as `pairing`."""
ENDLESS: Final = ("/live/{day_id}/stream",)
"""Answers that never end: only their start is read."""


class Answer(NamedTuple):
    """How a request went. `status` 0 is a socket that was refused before it opened."""

    status: int
    denied: bool
    let_in: bool = False
    """Whether the policy of the route let the request through, as seen at the door itself."""
    text: str = ""
    location: str = ""


def put(world: World, address: str, caller: Caller) -> tuple[Ask, Answer]:
    """Make the real request of an address as somebody, and send it."""
    asked = request_of(address, world, caller)
    method, _, path = address.partition(" ")
    world.doors.clear()
    answer = send(world.client, method, asked, caller, endless=path in ENDLESS)
    return asked, answer._replace(let_in=bool(world.doors))


def send(client: TestClient, method: str, asked: Ask, caller: Caller, *, endless: bool = False) -> Answer:
    """Send a request as somebody."""
    client.cookies.clear()
    headers = {"accept": "application/json"} | caller.headers | asked.headers
    if method == SOCKET:
        return _open(client, asked, headers)
    if endless:
        return _started(client, asked, headers)
    got = client.request(method, asked.path, data=asked.data, json=asked.json, headers=headers, follow_redirects=False)
    location = got.headers.get("location", "")
    code = ""
    if got.headers.get("content-type", "").startswith("application/json") and isinstance(said := got.json(), dict):
        error = said.get("error")
        code = error.get("code", "") if isinstance(error, dict) else ""
    denied = got.status_code in (401, 403) and code in DENYING_CODES
    return Answer(got.status_code, denied, text=got.text, location=location)


def _open(client: TestClient, asked: Ask, headers: dict[str, str]) -> Answer:
    try:
        with client.websocket_connect(f"ws://127.0.0.1{asked.path}", headers=headers):
            return Answer(101, denied=False)
    except WebSocketDisconnect as refusal:
        return Answer(0, denied=refusal.code == 1008)


def _started(client: TestClient, asked: Ask, headers: dict[str, str]) -> Answer:
    """Read the start of an answer that never ends, then leave."""
    sent: list[dict[str, Any]] = []

    async def talk() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def take(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": asked.path, "raw_path": asked.path.encode(), "query_string": b"", "root_path": "",
            "client": ("testclient", 50000), "server": ("127.0.0.1", 80), "state": {},
            "headers": [(b"host", b"127.0.0.1"), *((k.encode(), v.encode()) for k, v in headers.items())],
        }  # fmt: skip
        await client.app(scope, receive, take)

    assert client.portal is not None
    client.portal.call(talk)
    status = sent[0]["status"]
    return Answer(status, denied=status in (401, 403))
