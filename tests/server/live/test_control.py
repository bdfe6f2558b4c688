"""The control socket: the common clock, commands and their answers, the picture of a day."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from drill.record import wire
from server.audit.models import AuditEntry
from server.devices import service as devices
from server.devices.models import Device
from server.drills import service as drills
from server.drills.models import Station
from server.drills.schemas import NewDay, NewStation
from server.live.commands import command
from server.live.links import ANSWER_S


class Control:
    """A control socket as the station sees it."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket

    def say(self, message: object) -> None:
        self.socket.send_text(message if isinstance(message, str) else wire.encode(message).decode())

    def hear(self) -> Any:
        got = self.socket.receive()
        return got["code"] if got["type"] == "websocket.close" else wire.decode_to_station(got["text"])


@pytest.fixture
def control(client: TestClient, new_pass: Callable[[str], dict[str, str]]) -> Iterator[Callable[[], Control]]:
    opened: list[WebSocketTestSession] = []

    def connect() -> Control:
        socket = client.websocket_connect("ws://127.0.0.1/ws/station", headers=new_pass("control"))
        opened.append(socket.__enter__())
        return Control(opened[-1])

    yield connect
    for socket in opened:
        socket.__exit__(None, None, None)


@pytest.fixture
def station(app: FastAPI, device: Device) -> Station:
    """A station of a day at which the device stands."""
    with app.state.database.session() as db:
        day = drills.create_day(db, NewDay(place="体育館", date=dt.date(2026, 11, 24), title="訓練"))
        made = drills.add_station(db, day.id, NewStation(name="左"))
        drills.attach_device(db, made.id, device.id)
    return made


def test_time_is_exchanged_by_four_stamps(control: Callable[[], Control]) -> None:
    link = control()
    before = time.time_ns() // 1000
    link.say(wire.TimeRequest(12345))
    reply = link.hear()
    assert reply.t0 == 12345
    assert before <= reply.t1 <= reply.t2 <= time.time_ns() // 1000


def test_the_picture_shows_what_the_station_says(
    client: TestClient, control: Callable[[], Control], station: Station
) -> None:
    link = control()
    link.say(wire.StationState("running", run_id="ab" * 16, spool_batches=4))
    link.say(wire.Live("ab" * 16, 1.5, 3.0, 4.0, 0.0, 1.57, 0, 1, 0, depth_m=0.3, crowd=[1, 2, 0, 0]))
    link.say(wire.TimeRequest(0))
    link.hear()
    shown = client.get(f"/live/{station.day_id}.json").json()
    assert shown["day"] == station.day_id
    [one] = shown["stations"]
    assert (one["name"], one["connected"], one["stale"]) == ("左", True, False)
    assert one["state"]["spool_batches"] == 4
    assert (one["live"]["depth_m"], one["live"]["crowd"]) == (0.3, [1, 2, 0, 0])
    assert client.get("/live/none.json").status_code == 404


def test_a_command_is_sent_answered_and_kept(app: FastAPI, control: Callable[[], Control], station: Station) -> None:
    link = control()
    link.say(wire.TimeRequest(0))
    link.hear()
    answers: list[wire.CommandAck] = []
    caller = threading.Thread(
        target=lambda: answers.append(command(app, station_id=station.id, action="inject", inject="dark"))
    )
    caller.start()
    order = link.hear()
    assert (order.action, order.inject) == ("inject", "dark")
    link.say(wire.CommandAck(order.id, ok=True))
    caller.join(ANSWER_S)
    assert answers == [wire.CommandAck(order.id, ok=True)]
    with app.state.database.reading() as db:
        kept = db.query(AuditEntry).filter_by(action="station.command").one()
    assert kept.target == f"station:{station.id}"
    assert kept.detail == {"command": order.id, "action": "inject", "ok": True, "error": "", "inject": "dark"}


def test_a_command_that_nobody_hears_says_so(app: FastAPI, control: Callable[[], Control], station: Station) -> None:
    absent = command(app, station_id=station.id, action="stop")
    assert not absent.ok
    assert "no control link" in absent.error
    link = control()
    link.say(wire.TimeRequest(0))
    link.hear()
    silent = command(app, station_id=station.id, action="stop", timeout_s=0.2)
    assert (silent.ok, silent.error) == (False, "no answer within 0.2 s")
    with pytest.raises(drills.UnknownRowError):
        command(app, station_id="none", action="stop")


def test_a_newer_link_takes_the_place_of_the_older(control: Callable[[], Control]) -> None:
    older, newer = control(), control()
    assert older.hear() == wire.CLOSE_NEWER_HELLO
    newer.say(wire.TimeRequest(1))
    assert newer.hear().t0 == 1


@pytest.mark.parametrize("text", ["{", '{"type":"hello"}', '{"type":"live","run_id":"r","t_s":NaN}', "x" * 70_000])
def test_what_is_no_message_closes_the_link(control: Callable[[], Control], text: str) -> None:
    link = control()
    link.say(text)
    assert link.hear().code == wire.CLOSE_BAD_FRAME
    assert link.hear() == wire.CLOSE_BAD_FRAME


def test_a_revoked_device_loses_its_sockets(
    app: FastAPI,
    device: Device,
    control: Callable[[], Control],
    line: Callable[[], Any],
    make_station: Callable[..., Any],
) -> None:
    link, socket, run = control(), line(), make_station().fill(1)
    socket.open(run)
    with app.state.database.session() as db:
        devices.revoke_device(db, device.id)
    assert link.hear() == wire.CLOSE_REFUSED
    assert socket.hear() == wire.CLOSE_REFUSED


def test_a_revoked_device_loses_also_a_socket_that_has_said_nothing(
    app: FastAPI, device: Device, line: Callable[[], Any]
) -> None:
    socket = line()
    with app.state.database.session() as db:
        devices.revoke_device(db, device.id)
    began = time.monotonic()
    assert socket.hear() == wire.CLOSE_REFUSED
    assert time.monotonic() - began < 5, "the stated deadline: it is shorter than the time that HELLO may take"


def test_who_is_there_is_noted(app: FastAPI, device: Device, control: Callable[[], Control]) -> None:
    control()
    for _ in range(400):
        with app.state.database.reading() as db:
            seen = db.get(Device, device.id)
            assert seen is not None
            if seen.seen_at is not None:
                return
        time.sleep(0.02)
    pytest.fail("a connected device was not noted as seen")


def test_an_upload_pass_opens_no_control_link(client: TestClient, new_pass: Callable[[str], dict[str, str]]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://127.0.0.1/ws/station", headers=new_pass("upload")),
    ):
        pass
