"""A reader of the picture that never reads: neither another reader nor an upload waits for it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import socket
from collections.abc import Callable
from typing import Any

import httpx
from websockets.asyncio.client import connect

from drill.record import wire
from server.access.enforcing import COOKIE
from server.drills import service as drills
from server.drills.schemas import NewDay, NewStation

PICTURES = 15
PEOPLE = 2500


def make_day(house: Any, device_id: str) -> str:
    with house.database() as database, database.session() as db:
        day = drills.create_day(db, NewDay(place="体育館", date=dt.date(2026, 11, 24), title="訓練"))
        station = drills.add_station(db, day.id, NewStation(name="左"))
        drills.attach_device(db, station.id, device_id)
        return day.id


def never_read(server: Any, day_id: str, cookie: str) -> socket.socket:
    """Ask for the picture's stream, look that it comes, and read nothing more of it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", server.port))
    head = f"GET /live/{day_id}/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n\r\n"
    reader.sendall(head.encode())
    reader.settimeout(20)
    assert reader.recv(12) == b"HTTP/1.1 200"
    return reader


async def say_live(house: Any, server: Any, device: tuple[str, str]) -> None:
    """Send large pictures ten times a second."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        credential = {"Authorization": f"Device {device[0]}.{device[1]}"}
        answer = await client.post("/api/station/pass", json={"purpose": "control"}, headers=credential)
    headers = {"Authorization": f"SocketPass {answer.json()['pass']}"}
    address = f"ws://127.0.0.1:{server.port}/ws/station"
    async with connect(address, additional_headers=headers, proxy=None, compression=None) as link:
        for number in range(100_000):
            crowd = [1234, 567, 0, 0] * PEOPLE
            live = wire.Live("ab" * 16, number / 10, float(number), 0.0, 0.0, 0.0, 0, 0, 0, crowd=crowd)
            await link.send(wire.encode(live).decode())
            await asyncio.sleep(0.1)


async def watch(server: Any, day_id: str, cookie: str) -> list[float]:
    """Return the x of the first pictures that a healthy reader sees."""
    seen: list[float] = []
    async with (
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client,
        client.stream("GET", f"/live/{day_id}/stream", headers={"Cookie": cookie}) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                live = json.loads(line.removeprefix("data: "))["stations"][0]["live"]
                if live is not None:
                    seen.append(live["x"])
            if len(seen) == PICTURES:
                break
    return seen


def test_a_reader_that_never_reads_holds_up_nobody(
    house: Any,
    make_stations: Callable[..., list[Any]],
    count_lost: Callable[..., int],
    seed: int,
    staff_key: Callable[..., str],
) -> None:
    device = house.pair("gym left")
    day_id = make_day(house, device[0])
    with house.database() as database:
        cookie = f"{COOKIE}={staff_key(database, 'instructor')}"
    stations = make_stations(house, 2, rng=random.Random(seed), batches=200)

    async def play() -> list[float]:
        server = house.start()
        stuck = [await asyncio.to_thread(never_read, server, day_id, cookie) for _ in range(3)]
        saying = asyncio.create_task(say_live(house, server, device))
        try:
            pictures, *_ = await asyncio.gather(
                watch(server, day_id, cookie), *(station.upload_one(server) for station in stations)
            )
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            for reader in stuck:
                reader.close()
            await asyncio.to_thread(server.kill)
        return pictures

    pictures = asyncio.run(play())
    assert pictures == sorted(pictures)
    assert pictures[-1] > pictures[0] + PICTURES, "a picture is the newest, not the next of a queue"
    assert all(run.done for station in stations for run in station.runs)
    assert count_lost(house, stations) == 0
