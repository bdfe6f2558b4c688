"""The server is killed at random moments while stations upload: what was acknowledged is stored, always.

Checked from a fresh connection after every kill: acknowledged ⊆ stored ⊆ sent, no seq twice; at the end, after a
last start, every run completes and is verified. A server that acknowledges before COMMIT is caught by the same check.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

KILLS = 40
KILLS_POSTGRESQL = 4
KILLS_LONG = 400
CONTROL_TRIALS = 15


AT_START: Final = 5
"""Every so many kills one comes while the server still begins; all others count from its first answer."""


async def answers(server: Any) -> None:
    """Return when a server answers: how long that takes says how busy this machine is, and nothing else."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client:
        assert (await client.get("/api/health")).status_code == 200


async def until_killed(
    house: Any, stations: list[Any], delay_s: float, *, fault: str = "", at_start: bool = False
) -> None:
    """Let stations upload to a fresh server and kill it `delay_s` after it began to answer, or to begin."""
    server = house.start(fault=fault)
    if not at_start:
        await answers(server)
    uploads = [asyncio.create_task(station.upload(server)) for station in stations]
    await asyncio.sleep(delay_s)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*uploads)


async def finish(house: Any, stations: list[Any]) -> None:
    """Let every station complete the run at hand."""
    server = house.start()
    await asyncio.gather(*(station.finish(server) for station in stations))
    await asyncio.to_thread(server.kill)


def campaign(house: Any, stations: list[Any], kills: int, rng: random.Random, count_lost: Callable[..., int]) -> int:
    """Kill the server `kills` times; return how many acknowledged batches there were."""
    for kill in range(kills):
        delay_s = rng.uniform(0.05, 0.6)
        asyncio.run(until_killed(house, stations, delay_s, at_start=kill % AT_START == 0))
        lost = count_lost(house, stations)
        assert lost == 0, f"kill {kill} after {delay_s:.3f} s: {lost} acknowledged batches are lost"
    asyncio.run(finish(house, stations))
    assert count_lost(house, stations) == 0
    runs = [run for station in stations for run in station.runs]
    assert all(run.done for run in runs)
    assert {house.state(run.run_id) for run in runs} == {"complete"}
    return sum(run.acked for run in runs)


def test_forty_kills_lose_nothing(
    house: Any, make_stations: Callable[..., list[Any]], count_lost: Callable[..., int], seed: int
) -> None:
    rng = random.Random(seed)
    acked = campaign(house, make_stations(house, 4, rng=rng), KILLS, rng, count_lost)
    assert acked > 10 * KILLS, f"only {acked} batches were acknowledged: the kills came before any work"


def test_kills_lose_nothing_on_postgresql(
    postgres_house: Any, make_stations: Callable[..., list[Any]], count_lost: Callable[..., int], seed: int
) -> None:
    rng = random.Random(seed)
    acked = campaign(postgres_house, make_stations(postgres_house, 3, rng=rng), KILLS_POSTGRESQL, rng, count_lost)
    assert acked > 10 * KILLS_POSTGRESQL


def test_acknowledging_before_commit_is_caught(
    house: Any, make_stations: Callable[..., list[Any]], count_lost: Callable[..., int], seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(CONTROL_TRIALS):
        stations = make_stations(house, 4, rng=rng)
        asyncio.run(until_killed(house, stations, rng.uniform(0.2, 0.6), fault="ack-first"))
        if count_lost(house, stations):
            return
    pytest.fail(f"{CONTROL_TRIALS} kills of a server that acknowledges too early lost nothing: this test sees nothing")


def test_a_stopped_server_ends_and_loses_nothing(
    house: Any, make_stations: Callable[..., list[Any]], count_lost: Callable[..., int], seed: int
) -> None:
    stations = make_stations(house, 4, rng=random.Random(seed), batches=300)

    async def stop_amid_uploads() -> None:
        server = house.start()
        uploads = [asyncio.create_task(station.upload(server)) for station in stations]
        while min(station.run.acked for station in stations) < 20:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(server.end, signal.SIGTERM)
        await asyncio.gather(*uploads)

    asyncio.run(stop_amid_uploads())
    assert count_lost(house, stations) == 0
    asyncio.run(finish(house, stations))
    assert all(run.done for station in stations for run in station.runs)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_hundreds_of_kills_lose_nothing(
    house: Any, make_stations: Callable[..., list[Any]], count_lost: Callable[..., int], seed: int
) -> None:
    rng = random.Random(seed + 1)
    campaign(house, make_stations(house, 6, rng=rng), KILLS_LONG, rng, count_lost)
