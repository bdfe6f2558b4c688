"""A task of asyncio in a thread of its own, beside a drill that never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Runs a coroutine in a thread until it ends or is stopped.

    Args:
        name: name of the thread.
        main: makes the coroutine; it catches what it can say something about.
        ended: called in the thread when it is over, however it ended.
    """

    def __init__(
        self, name: str, main: Callable[[], Coroutine[Any, Any, None]], *, ended: Callable[[], None] | None = None
    ) -> None:
        self._name = name
        self._main = main
        self._ended = ended
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = threading.Event()

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._thread is not None

    def start(self) -> None:
        """Start the thread."""
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Cancel the coroutine and wait for the thread; also right after `start`, and when it ended by itself."""
        thread = self._thread
        if thread is None:
            return
        self._ready.wait()
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):  # the loop may have ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)
        thread.join()
        self._thread = None

    def _run(self) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                asyncio.run(self._begin())
        finally:
            self._ready.set()
            if self._ended is not None:
                self._ended()

    async def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._ready.set()
        await self._main()
