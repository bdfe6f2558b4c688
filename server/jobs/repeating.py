"""Work that is looked at again and again while the server runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable


@contextlib.asynccontextmanager
async def repeated(
    work: Callable[[], object], *, every_s: float, faults: tuple[type[Exception], ...], log: logging.Logger, failed: str
) -> AsyncIterator[None]:
    """Do `work` in a thread at the start and then every `every_s` seconds, until the block ends.

    The work at hand is finished before the block is left: a thread cannot be called off, and the database that it
    uses is closed next.

    Args:
        work: what to do.
        every_s: pause between two times, s.
        faults: errors that are logged, by `failed` and their kind alone, and tried again next time.
        log: where.
        failed: what the log says.
    """
    ended = asyncio.Event()

    async def go() -> None:
        while not ended.is_set():
            try:
                await asyncio.to_thread(work)
            except faults as error:
                log.error("%s (%s)", failed, type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), every_s)

    task = asyncio.create_task(go())
    try:
        yield
    finally:
        ended.set()
        await task
