"""A full disk: uploads are put off with 1013, nothing is acknowledged, the rest runs on, and it recovers by itself.

The limit on the size of a file, lowered while the server runs, makes every write of the database fail as a full disk
does, without root and without touching any other process.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from drill.record import wire

if sys.platform != "linux":
    pytest.skip("limits of another process can be set on Linux only", allow_module_level=True)

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def limit(server: Any, size: int) -> None:
    """Let the server write no file beyond `size`."""
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def control_link(house: Any, server: Any, device: tuple[str, str]) -> Any:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        credential = {"Authorization": f"Device {device[0]}.{device[1]}"}
        answer = await client.post("/api/station/pass", json={"purpose": "control"}, headers=credential)
    headers = {"Authorization": f"SocketPass {answer.json()['pass']}"}
    return await connect(
        f"ws://127.0.0.1:{server.port}/ws/station", additional_headers=headers, proxy=None, compression=None
    )


async def answers_time(link: Any) -> bool:
    await link.send(wire.encode(wire.TimeRequest(5)).decode())
    reply = wire.decode_to_station(await asyncio.wait_for(link.recv(), 5))
    return isinstance(reply, wire.TimeReply)


def test_a_full_disk_puts_uploads_off_and_nothing_else(
    house: Any, make_stations: Callable[..., list[Any]], count_lost: Callable[..., int], seed: int
) -> None:
    rng = random.Random(seed)
    stations = make_stations(house, 3, rng=rng, batches=400, pace_s=0.004)
    device = house.pair("control")
    closed: list[int] = []

    async def watch(station: Any, server: Any) -> None:
        try:
            await station.upload_one(server)
        except ConnectionClosed as error:
            closed.append(error.rcvd.code if error.rcvd is not None else 0)

    async def play() -> None:
        server = house.start()
        link = await control_link(house, server, device)
        assert await answers_time(link)
        uploads = [asyncio.create_task(watch(station, server)) for station in stations]
        while min(station.run.acked for station in stations) < 20:
            await asyncio.sleep(0.02)
        limit(server, 1)
        await asyncio.wait_for(asyncio.gather(*uploads), 20)
        assert closed == [wire.CLOSE_TRY_LATER] * 3
        before = [station.run.acked for station in stations]
        for station in stations:
            with contextlib.suppress(ConnectionClosed, httpx.HTTPError):
                await station.upload_one(server)
        assert [station.run.acked for station in stations] == before
        assert await answers_time(link)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            assert (await client.get("/api/health")).status_code == 200, "it reads the database"
        limit(server, resource.RLIM_INFINITY)
        for station in stations:
            await station.finish(server)
        await link.close()
        await asyncio.to_thread(server.kill)

    asyncio.run(play())
    assert count_lost(house, stations) == 0
    assert all(run.done for station in stations for run in station.runs)
