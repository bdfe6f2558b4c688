from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from server.jobs.repeating import repeated

log = logging.getLogger("sonae.test")


def test_the_work_at_hand_is_finished_before_the_block_is_left() -> None:
    """The database that it uses is closed next: a thread that is left behind would hold a connection open."""
    began, go_on, done = threading.Event(), threading.Event(), []

    def work() -> None:
        began.set()
        go_on.wait(5)
        done.append(1)

    async def serve() -> list[int]:
        async with repeated(work, every_s=3600, faults=(), log=log, failed="x"):
            await asyncio.to_thread(began.wait, 5)
            asyncio.get_running_loop().call_later(0.05, go_on.set)
        return list(done)

    assert asyncio.run(serve()) == [1]


def test_work_repeats_and_an_expected_fault_is_logged_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    enough = threading.Event()
    times: list[int] = []

    def work() -> None:
        times.append(1)
        if len(times) == 3:
            enough.set()
        msg = "髙﨑"
        raise OSError(msg)

    async def serve() -> None:
        async with repeated(work, every_s=0.001, faults=(OSError,), log=log, failed="it was not kept"):
            await asyncio.to_thread(enough.wait, 5)

    asyncio.run(serve())
    assert len(times) >= 3
    assert "it was not kept (OSError)" in caplog.text
    assert "髙﨑" not in "".join(record.getMessage() for record in caplog.records)
