"""The operator's window: the plan with everybody, the eye view, the time, the hazard, injects, stop; and 訓練中止.

It is a second Panda3D window in a program of its own, beside the resident's. Not a page in a browser: a station then
needs no browser, no port and no page's secret, the letters and the plan are drawn by what draws the drill already, and
what is shown offscreen in a test is what staff see. Not a second window of the same program: a picture that hangs, a
driver that is lost or a window that is closed on one side must never take the other side's stop with it. Drag it to
the second screen; the resident's keys and mouse are not its own.

The room stop goes out from here, by the room's multicast and through the pipe, so that it works when the drill's
program does not answer. While it is in force the window stays, also when the drill is over, and every station that
starts hears it; who has heard it is shown.
"""

from __future__ import annotations

import contextlib
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec

from drill.scenario.gentle import gentle_of
from drill.scenario.loading import load_scenario
from drill.session.operating import (
    Act,
    Bye,
    Condition,
    Eye,
    Order,
    Setup,
    Snapshot,
    ToOperator,
    encode,
    to_operator,
)
from drill.session.room import PORT, Room
from drill.view.asking import Area
from drill.view.chooser import CLICK
from drill.view.devices import Devices
from drill.view.hud import Layer
from drill.view.operatorpanel import Panel
from drill.view.palette import HEIGHT
from drill.view.window import Screen

SIZE: Final = (1280, 720)
PICTURE_S: Final = 1 / 20
STOP_KEY: Final = "f12"
TITLE: Final = "Sonae 係員 Operator"


class OperatorWindow:
    """The window and what stands in it.

    Args:
        setup: the scenario, the station and the room's key.
        offscreen: draw without a display.
        size: of the window in pixels.

    Attributes:
        orders: what was asked for since it was last taken.
        room: the room that is stopped from here; None without a key.
    """

    def __init__(self, setup: Setup, *, offscreen: bool = False, size: tuple[int, int] = SIZE) -> None:
        scenario = load_scenario(Path(setup.scenario))
        scenario = gentle_of(scenario) if setup.gentle else scenario
        self.screen = Screen(offscreen=offscreen, size=size, title=TITLE, samples=4)
        self.devices = Devices(self.screen)
        self.devices.pages += 1
        self.layer = Layer(self.screen, language="ja")
        self.room: Room | None = None
        if setup.room_key:
            self.room = Room(
                bytes.fromhex(setup.room_key),
                name=setup.station,
                operator=True,
                port=setup.port or PORT,
                interfaces=setup.interfaces,
            )
            self.room.start()
        self.panel = Panel(scenario, self.layer, setup.station, has_room=self.room is not None)
        self.orders: list[Order] = []
        self.over = False

    @property
    def calling(self) -> bool:
        """Whether 訓練中止 is in force from here, in the room or on this station alone."""
        return self.panel.stopped

    def take(self, message: ToOperator) -> None:
        """Take a message of the drill."""
        if isinstance(message, Snapshot):
            self.panel.show(message)
        elif isinstance(message, Eye):
            self.panel.look(message)
        elif isinstance(message, Condition):
            self.panel.state(message.state)
        elif isinstance(message, Bye):
            self.lost("over")

    def lost(self, why: str) -> None:
        """The drill's program has ended (`over`), or is gone without a word (`gone`)."""
        self.over = True
        self.panel.drill_lost(why)

    def act(self, act: Act, inject: str = "") -> None:
        """Do what a button means."""
        if act == "room_stop":
            self.panel.stopped = True
            if self.room is not None:
                self.room.call_stop()
        elif act == "lift":
            self.panel.stopped = False
            if self.room is not None:
                self.room.lift()
        self.orders.append(Order(act, inject))

    def turn(self) -> None:
        """Draw one picture and take what was pressed."""
        if self.room is not None:
            self.panel.stations(self.room.stations(), self.room.fault)
        self.layer.fit(self.screen.size)
        self.panel.draw()
        self.screen.render()
        self.devices.poll()
        hands = self.devices.take()
        if STOP_KEY in hands.pressed and not self.panel.stopped:
            self.act("room_stop")
        at = self.devices.pointer
        if CLICK in hands.pressed and at is not None:
            self.press(at[0] * self.layer.width, at[1] * HEIGHT)

    def press(self, x: float, z: float) -> None:
        """Press what stands at a point of the layer."""
        for area, act, inject in self.panel.buttons:
            if _within(area, x, z):
                self.act(act, inject)
                return

    def close(self) -> None:
        """Leave the room and close the window."""
        if self.room is not None:
            self.room.close()
        self.screen.close()


def operate(connection: Connection, *, offscreen: bool = False) -> None:
    """Run the window until it is closed, or the drill's program ends and no stop is in force."""
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        setup = to_operator(connection.recv_bytes())
        if not isinstance(setup, Setup):
            msg = f"the first message is {type(setup).__name__} and not Setup"
            raise TypeError(msg)
        window = OperatorWindow(setup, offscreen=offscreen)
        try:
            _run(window, connection)
        finally:
            window.close()


def _run(window: OperatorWindow, connection: Connection) -> None:
    while not window.screen.closed:
        begun = time.monotonic()
        try:
            while not window.over and connection.poll():
                window.take(to_operator(connection.recv_bytes()))
        except (EOFError, OSError, msgspec.MsgspecError):
            window.lost("gone")
        window.turn()
        orders, window.orders = window.orders, []
        with contextlib.suppress(OSError):
            for order in orders:
                connection.send_bytes(encode(order))
        if window.over and not window.calling and window.panel.lost == "over":
            return
        time.sleep(max(0.0, PICTURE_S - (time.monotonic() - begun)))


def _within(area: Area, x: float, z: float) -> bool:
    left, low, wide, high = area
    return left <= x <= left + wide and low <= z <= low + high
