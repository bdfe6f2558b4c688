"""The live plan moves while a station tells where its resident is, and its commands reach the station."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route
from websockets.sync.client import ClientConnection, connect

from drill.record.wire import Command, CommandAck, Live, StationState, decode_to_station, encode

pytestmark = pytest.mark.browser


def post(base: str, path: str, body: dict[str, Any], authorization: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
    asked = urllib.request.Request(base + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return dict(json.load(answer))


def station(page: Page, town) -> ClientConnection:
    """Pair a machine for the first station by the code that the page shows, and open its control socket."""
    page.goto(town.day)
    page.get_by_role("button", name=re.compile("^ペアリングコードを出す.*ステーション1$")).click()
    code = page.locator(".pairing").inner_text()
    paired = post(town.base, "/api/station/pair", {"code": code, "name": "試験"})
    device = f"Device {paired['device_id']}.{paired['device_key']}"
    token = post(town.base, "/api/station/pass", {"purpose": "control"}, device)["pass"]
    address = town.base.replace("http", "ws", 1) + "/ws/station"
    return connect(address, additional_headers={"Authorization": f"SocketPass {token}"})


def tell(socket: ClientConnection, x: float, level: int) -> None:
    crowd = [100, 200, 0, 1, 300, 400, 0, 3]
    picture = Live("c" * 32, 12.5, x, 5.0, 0.0, 0.0, 0, 0, 1, depth_m=0.42, warning_level=level, crowd=crowd)
    hazards = {"indoor": [0.5, 0.0, 0.0]}
    socket.send(encode(StationState("running", run_id="c" * 32)).decode())
    socket.send(
        encode(Live(**{f: getattr(picture, f) for f in picture.__struct_fields__} | {"hazards": hazards})).decode()
    )


def test_plan_moves_and_commands_arrive(page: Page, town) -> None:
    with station(page, town) as socket:
        tell(socket, 5.0, 3)
        page.goto(f"{town.day}/live")
        first = page.locator("[data-station]").first
        first.get_by_text("訓練中", exact=True).wait_for()
        first.get_by_text("レベル3", exact=True).wait_for()
        page.get_by_text("つながっています").wait_for()
        assert first.locator('[data-fact="depth"]').inner_text() == "0.42 m"
        assert first.locator(".crowd circle").count() == 2
        assert first.locator(".crowd .dot-safe").count() == 1
        water = first.locator('[data-zone="hall"][data-kind="water"]')
        assert float(water.get_attribute("opacity") or 0) == pytest.approx(0.43, abs=0.01)
        before = first.locator(".me").get_attribute("transform")
        tell(socket, 9.0, 4)
        first.get_by_text("レベル4", exact=True).wait_for()
        after = first.locator(".me").get_attribute("transform")
        moved = [float(re.search(r"translate\(([\d.]+)", text or "")[1]) for text in (before, after)]  # type: ignore[index]  # no match fails the test as well
        assert moved[1] - moved[0] > 50

        done: list[Command] = []

        def obey() -> None:
            while True:
                message = decode_to_station(socket.recv())
                if isinstance(message, Command):
                    done.append(message)
                    socket.send(encode(CommandAck(message.id, ok=True)).decode())
                    return

        obeying = threading.Thread(target=obey, daemon=True)
        obeying.start()
        first.get_by_role("button", name="一時停止", exact=True).click()
        page.get_by_text("伝えました").wait_for()
        obeying.join(timeout=10)
        assert [c.action for c in done] == ["pause"]


def test_without_scripts_the_page_shows_the_moment(plain: Page, town) -> None:
    plain.goto(f"{town.day}/live")
    assert plain.locator("[data-station]").count() == 2
    assert plain.get_by_role("link", name="いま更新する").is_visible()


def test_a_page_that_was_told_to_come_back_does_so_by_itself(context: BrowserContext, town) -> None:
    page = context.new_page()  # the browser reports the planted answer as an error, as it should
    asked: list[str] = []

    def busy_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, headers={"Retry-After": "5"})
        else:
            route.continue_()

    page.route("**/stream", busy_once)
    page.goto(f"{town.day}/live")
    page.locator("#link").get_by_text("つなぎ直しています").wait_for()
    page.get_by_text("つながっています").wait_for()
    assert len(asked) == 2
