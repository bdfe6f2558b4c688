"""The drill's end of the operator's window: another program beside this one, and a pipe between the two.

The window is a program of its own so that neither can take the other down: a resident's picture that hangs or is
closed leaves the operator's stop working, and a closed operator's window leaves the drill going on. A thread writes
to the pipe, always the newest picture, so that the drill never waits for it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final

import msgspec
import numpy as np

from drill.record.wire import Command
from drill.session.controls import Controls
from drill.session.frame import Frame
from drill.session.operating import (
    Bye,
    Condition,
    Eye,
    Order,
    Setup,
    ToOperator,
    encode,
    from_operator,
    snapshot_of,
)
from drill.session.roomcall import StationState
from drill.view.window import Picture

EYE_EVERY_S: Final = 1.0
"""The eye view goes over at most once a second, as `CONTRACTS` for the live picture wants it too."""
EYE_WIDTH: Final = 480
PATIENCE_S: Final = 0.5


class OperatorLink:
    """Shows a drill in the operator's window and does what the operator asks for.

    Args:
        setup: what the window begins with.
        controls: take orders.
        offscreen: True draws the window without a display.
    """

    def __init__(self, setup: Setup, controls: Controls, *, offscreen: bool = False) -> None:
        self._setup, self._controls = setup, controls
        self._offscreen = offscreen
        self._waiting: dict[str, ToOperator] = {"setup": setup}
        self._changed = threading.Condition()
        self._ended = False
        self._gone = False
        self._injects: tuple[str, ...] = ()
        self._eye_due = 0.0
        self._threads: list[threading.Thread] = []

    @property
    def gone(self) -> bool:
        """Whether the operator's window was closed, or never came up."""
        return self._gone

    def start(self) -> None:
        """Open the window beside."""
        # Here, and not above: the window's module draws, and is imported by the program that draws.
        from drill.view.operator import operate  # noqa: PLC0415  # see above

        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=operate, args=(theirs,), kwargs={"offscreen": self._offscreen})
        self._process.start()
        theirs.close()
        self.attach(ours)

    def attach(self, connection: Connection) -> None:
        """Speak through a pipe: what `start` does, with whatever is at its other end."""
        self._connection = connection
        for name, run in (("operator-write", self._write), ("operator-read", self._read)):
            thread = threading.Thread(target=run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def show(self, run_id: str, frame: Frame, eye: Callable[[], Picture | None] | None = None) -> None:
        """Offer a frame; ten a second go over, the newest in place of one that still waits."""
        snapshot = snapshot_of(run_id, frame, injects=self._injects)
        if snapshot is not None:
            self._offer("snapshot", snapshot)
        if eye is not None and not self._gone and (frame.t_s >= self._eye_due or frame.t_s == 0):
            self._eye_due = frame.t_s + EYE_EVERY_S
            picture = eye()
            if picture is not None:
                self._offer("eye", eye_of(picture))

    def tell(self, state: StationState) -> None:
        """Say what the station does while no drill is drawn."""
        self._offer("state", Condition(state))

    def close(self) -> None:
        """Say that this program ends. The window stays while its stop is in force."""
        self._offer("bye", Bye())
        with self._changed:
            self._ended = True
            self._changed.notify()
        for thread in self._threads[:1]:
            thread.join(PATIENCE_S * 4)
        with contextlib.suppress(OSError, AttributeError):
            self._connection.close()

    def _offer(self, name: str, message: ToOperator) -> None:
        with self._changed:
            self._waiting[name] = message
            self._changed.notify()

    def _write(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._ended:
                    self._changed.wait()
                batch, self._waiting = list(self._waiting.values()), {}
                ended = self._ended and not batch
            if ended:
                return
            try:
                for message in batch:
                    self._connection.send_bytes(encode(message))
            except (OSError, ValueError):
                self._gone = True
                return

    def _read(self) -> None:
        while True:
            try:
                order = from_operator(self._connection.recv_bytes())
            except (OSError, EOFError, ValueError, TypeError, msgspec.MsgspecError):
                self._gone = True
                return
            self._do(order)

    def _do(self, order: Order) -> None:
        if order.act == "room_stop":
            self._controls.room_stop(True)  # noqa: FBT003  # as a room calls it
        elif order.act == "lift":
            self._controls.room_stop(False)  # noqa: FBT003  # as a room calls it
        else:
            command = Command(id="operator", action=order.act, inject=order.inject)
            if not self._controls.do(command) and order.inject:
                self._injects = tuple(dict.fromkeys((*self._injects, order.inject)))


def eye_of(picture: Picture) -> Eye:
    """Return a picture made small, by leaving out pixels."""
    step = max(1, picture.shape[1] // EYE_WIDTH)
    small = np.ascontiguousarray(picture[::step, ::step])
    return Eye(small.shape[1], small.shape[0], small.tobytes())
