"""Opens a real window on the display and plays a person at it; run by test_window.py as a program of its own.

Keys, the mouse and the closing of the window come from the X server, as they would from a person.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from ctypes.util import find_library
from pathlib import Path

from drill.scenario.loading import load_scenario
from drill.session.drill import Drill
from drill.view.desktop import DesktopView


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("room", ctypes.c_byte * 192),
    ]


class Person:
    """Presses keys, moves the mouse and closes the window through the X server."""

    def __init__(self, window: int) -> None:
        self.x = ctypes.CDLL(find_library("X11"))
        self.test = ctypes.CDLL(find_library("Xtst"))
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XInternAtom.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x.XOpenDisplay(None))
        self.window = ctypes.c_ulong(window)
        self.x.XSetInputFocus(self.display, self.window, 1, 0)
        self.x.XSync(self.display, 0)

    def key(self, keysym: int, *, down: bool) -> None:
        code = self.x.XKeysymToKeycode(self.display, ctypes.c_ulong(keysym))
        self.test.XTestFakeKeyEvent(self.display, code, int(down), 0)
        self.x.XSync(self.display, 0)

    def move(self, dx: int, dy: int) -> None:
        self.test.XTestFakeRelativeMotionEvent(self.display, dx, dy, 0)
        self.x.XSync(self.display, 0)

    def close(self) -> None:
        event = ClientMessage(type=33, window=self.window, format=32)
        event.message_type = self.x.XInternAtom(self.display, b"WM_PROTOCOLS", 0)
        event.data[0] = self.x.XInternAtom(self.display, b"WM_DELETE_WINDOW", 0)
        self.x.XSendEvent(self.display, self.window, 0, 0, ctypes.byref(event))
        self.x.XSync(self.display, 0)


def main(scenario_path: Path) -> dict[str, object]:
    scenario = load_scenario(scenario_path)
    drill = Drill(scenario, seed=7)
    view = DesktopView(scenario, size=(320, 180), samples=0)
    seen: dict[str, object] = {}

    def play(pictures: int) -> list[tuple[float, float, float, int]]:
        done = []
        for _ in range(pictures):
            inputs = view.inputs(drill.frame)
            pitch = inputs.head.qy if inputs.head else 0.0
            done.append((inputs.forward, inputs.turn_rad, pitch, inputs.buttons))
            view.draw(drill.step(inputs))
            time.sleep(0.02)
        return done

    play(5)
    seen["picture"] = list(view.picture().shape)
    seen["touched before"] = view.touched
    person = Person(view.screen.output.get_window_handle().get_int_handle())
    play(5)
    start = drill.frame.resident.feet
    person.key(ord("w"), down=True)
    seen["forward"] = max(step[0] for step in play(10))
    person.key(ord("w"), down=False)
    play(3)
    seen["forward after"] = play(3)[-1][0]
    seen["moved"] = abs(drill.frame.resident.feet[0] - start[0]) + abs(drill.frame.resident.feet[1] - start[1])
    person.key(ord("c"), down=True)
    person.key(ord("c"), down=False)
    seen["crouches"] = play(5)[-1][3]
    for _ in range(6):
        person.move(12, 6)
        play(1)
    turned = play(2)
    seen["turn"] = drill.frame.resident.yaw_rad
    seen["tilt"] = turned[-1][2]
    seen["touched"] = view.touched
    seen["closed before"] = view.closed
    person.close()
    play(5)
    seen["closed"] = view.closed
    view.close()
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
