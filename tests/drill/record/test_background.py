from __future__ import annotations

import asyncio
import threading
import time

import pytest

from drill.record.background import Background

STARTS = 200


async def for_ever() -> None:
    await asyncio.sleep(3600)


async def at_once() -> None:
    """End by itself."""


async def fail() -> None:
    msg = "planted"
    raise ValueError(msg)


def stops(background: Background, *, within_s: float = 20.0) -> bool:
    """Tell whether `stop` returns: in a thread, so that one that hangs fails the test and not the suite."""
    stopper = threading.Thread(target=background.stop, daemon=True)
    stopper.start()
    stopper.join(within_s)
    return not stopper.is_alive()


@pytest.mark.parametrize("main", [for_ever, at_once])
def test_stopping_right_after_the_start_ends(main) -> None:
    for _ in range(STARTS):
        background = Background("test", main)
        background.start()
        assert stops(background)
        assert not background.running


class Hasty(Background):
    """The planted fault: cancels what is there already, and does not wait until there is something."""

    def __init__(self, name: str, main) -> None:
        super().__init__(name, main)
        self._hold = threading.Event()

    def stop(self) -> None:
        self._ready.set()
        super().stop()

    def _run(self) -> None:
        self._hold.wait(2)
        super()._run()


def test_not_waiting_for_the_task_is_caught() -> None:
    hasty = Hasty("test", for_ever)
    hasty.start()
    assert not stops(hasty, within_s=0.5)
    hasty._hold.set()
    while hasty._task is None:
        time.sleep(0.001)
    assert stops(hasty)


def test_it_starts_again_after_a_stop_and_stops_twice() -> None:
    background = Background("test", for_ever)
    background.stop()
    for _ in range(2):
        background.start()
        assert stops(background)
        assert stops(background)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_end_is_told_however_it_came() -> None:
    told: list[str] = []
    for main in (at_once, for_ever, fail):
        background = Background("test", main, ended=lambda: told.append("ended"))
        background.start()
        assert stops(background)
    assert told == ["ended"] * 3
