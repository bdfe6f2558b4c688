"""Signals that end a program: the terminal is closed, the person is logged out, the machine shuts down."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, Final

from drill.session.controls import Controls

NAMES: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that this system has; Ctrl-C raises KeyboardInterrupt as ever."""


@contextlib.contextmanager
def ended_by_signals(controls: Controls) -> Iterator[None]:
    """Let these signals end a run as staff would end it: saved whole. Only the main thread hears them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}
    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None:
            before[number] = signal.signal(number, lambda *_: controls.quit())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
