"""The operator's window: what it shows, what its buttons ask for, and that neither program takes the other down."""

from __future__ import annotations

import socket
import sys
import time
from dataclasses import replace
from multiprocessing import Pipe

import numpy as np
import pytest

from drill.record.wire import Command
from drill.session.automatic import AutomaticResident
from drill.session.controls import Controls
from drill.session.drill import Drill
from drill.session.operating import Bye, Condition, Order, Setup, Snapshot, encode, snapshot_of, to_operator
from drill.session.room import Room
from drill.view import operatorplan as colours
from drill.view.hud import HEIGHT
from drill.view.operator import STOP_KEY, OperatorWindow
from drill.view.operatorlink import OperatorLink, eye_of
from drill.view.operatorplan import discs

from .conftest import SCENARIOS

GYM = str(SCENARIOS / "gym-flood")
KEY = bytes(range(32))
PATIENCE_S = 30.0


def until(true):
    end = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


@pytest.fixture(scope="module")
def frames(gym):
    """Every frame of the first 45 s."""
    drill = Drill(gym, seed=7)
    resident = AutomaticResident(gym, seed=7)
    seen = [drill.frame]
    while drill.frame.t_s < 45:
        seen.append(drill.step(resident.inputs(drill.frame)))
    return seen


@pytest.fixture
def window_of(egl):
    opened = []

    def make(**more):
        opened.append(OperatorWindow(Setup(GYM, "体育館1", **more), offscreen=True, size=(960, 540)))
        return opened[-1]

    yield make
    for window in opened:
        window.close()


def shown(window, frames):
    for frame in frames:
        snapshot = snapshot_of("r", frame)
        if snapshot is not None:
            window.take(snapshot)
    window.turn()
    window.turn()
    return window.screen.picture().astype(int)


def near(picture, colour, within=6):
    return np.all(np.abs(picture - np.array([round(255 * c) for c in colour[:3]])) <= within, axis=2)


def press(window, act, inject=""):
    (x, z, wide, high), *_ = (area for area, a, i in window.panel.buttons if (a, i) == (act, inject))
    window.press(x + wide / 2, z + high / 2)


def test_the_plan_shows_the_resident_everybody_and_what_will_not_open(window_of, frames):
    window = window_of()
    picture = shown(window, frames)
    plan = picture[:, : picture.shape[1] * 6 // 10]
    rows, columns = np.nonzero(near(plan, colours.RESIDENT))
    last = frames[-1].resident
    x, z = window.panel._plan[1]._point(*last.feet[:2], last.floor)
    scale = picture.shape[0] / HEIGHT
    legend = rows > picture.shape[0] * 0.93
    assert abs(columns[~legend].mean() - x * scale) < 3
    assert abs(rows[~legend].mean() - (HEIGHT - z) * scale) < 3
    assert near(plan, colours.MOVING).sum() > 100
    assert near(plan, colours.SHUT_DOOR).sum() > 40, "the river door is pressed shut by now"
    dry = near(plan, colours.ROOM).sum()
    before = shown(window_of(), frames[:60])
    assert near(before[:, : plan.shape[1]], colours.ROOM).sum() > dry + 5000, "water tints the hall"


def test_buttons_ask_for_what_they_say(window_of, frames):
    window = window_of()
    shown(window, frames[:120])
    press(window, "pause")
    press(window, "inject", "call-again")
    press(window, "stop")
    assert window.orders == [Order("pause"), Order("inject", "call-again"), Order("stop")]
    paused = [replace(frame, paused=True) for frame in frames[120:132]]
    shown(window, paused)
    press(window, "resume")
    window.press(5.0, 5.0)
    assert window.orders[3:] == [Order("resume")]


def test_the_stop_is_one_press_or_one_key_and_is_lifted_by_another(window_of, frames):
    window = window_of()
    shown(window, frames[:12])
    window.devices.key(STOP_KEY, down=True)
    window.devices.key(STOP_KEY, down=False)
    window.turn()
    assert window.calling
    window.turn()
    press(window, "lift")
    window.turn()
    press(window, "room_stop")
    window.turn()
    assert [order.act for order in window.orders] == ["room_stop", "lift", "room_stop"]


def test_a_drill_that_is_gone_leaves_the_stop_and_takes_the_other_buttons(window_of, frames):
    window = window_of()
    shown(window, frames[:12])
    window.lost("gone")
    window.turn()
    assert [act for _, act, _ in window.panel.buttons] == ["room_stop"]
    assert window.panel.lost == "gone"


@pytest.mark.skipif(sys.platform == "win32", reason="the loopback is named otherwise there")
def test_the_room_is_stopped_from_the_window_and_shows_who_heard(window_of):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    loopback = (next(name for _, name in socket.if_nameindex() if name.startswith("lo")),)
    heard = []
    stations = [Room(KEY, name=n, port=port, interfaces=loopback, on_stop=heard.append) for n in ("一", "二")]
    for station in stations:
        station.start()
    window = window_of(room_key=KEY.hex(), port=port, interfaces=loopback)
    try:
        assert until(lambda: len(window.room.stations()) == 2)
        window.turn()
        press(window, "room_stop")
        assert until(lambda: heard == [True, True])
        assert until(lambda: all(s.heard for s in window.room.stations()))
        window.turn()
        assert [s.name for s in window.panel._stations if s.heard] == ["一", "二"]
        press(window, "lift")
        assert until(lambda: heard == [True, True, False, False])
    finally:
        for station in stations:
            station.close()


def test_the_link_hands_frames_over_and_does_orders(gym, frames):
    controls = Controls(gym)
    link = OperatorLink(Setup(GYM, "体育館1"), controls)
    ours, theirs = Pipe()
    link.attach(ours)
    try:
        assert to_operator(theirs.recv_bytes()) == Setup(GYM, "体育館1")
        link.show("r", frames[0], lambda: np.zeros((90, 160, 3), np.uint8))
        names = set()
        while len(names) < 2:
            message = to_operator(theirs.recv_bytes())
            names.add(type(message).__name__)
        assert names == {"Snapshot", "Eye"}
        for order in (Order("pause"), Order("inject", "call-again"), Order("inject", "nothing-such")):
            theirs.send_bytes(encode(order))
        assert until(lambda: link._injects == ("call-again",))
        assert controls.take()[1:] != (0, ())
        assert controls.take()[2] == ("call-again",)
        theirs.send_bytes(encode(Order("room_stop")))
        assert until(lambda: controls.called_off)
        assert controls.take()[0] is True
        theirs.send_bytes(encode(Order("lift")))
        assert until(lambda: not controls.called_off)
        link.tell("consent")
        assert to_operator(theirs.recv_bytes()) == Condition("consent")
    finally:
        link.close()
    assert isinstance(to_operator(theirs.recv_bytes()), Bye)
    theirs.close()


def test_a_window_that_hangs_or_goes_never_holds_up_the_drill(gym, frames):
    link = OperatorLink(Setup(GYM, "x"), Controls(gym))
    ours, theirs = Pipe()
    link.attach(ours)
    picture = np.zeros((720, 1280, 3), np.uint8)
    for frame in frames:
        link.show("r", frame, lambda: picture)
    assert not link.gone
    assert sum(isinstance(one, Snapshot) for one in link._waiting.values()) <= 1, "only the newest one waits"
    theirs.close()
    assert until(lambda: link.gone)
    for frame in frames[:100]:
        link.show("r", frame)
    link.close()


def test_orders_that_are_none_are_not_obeyed(gym):
    controls = Controls(gym)
    link = OperatorLink(Setup(GYM, "x"), controls)
    ours, theirs = Pipe()
    link.attach(ours)
    theirs.send_bytes(b"\xc1 no order")
    assert until(lambda: link.gone)
    assert controls.take() == (False, 0, ())
    assert controls.do(Command(id="1", action="pause")) == ""
    link.close()
    theirs.close()


def test_the_window_is_a_program_of_its_own_and_ends_with_the_drill(egl, gym, frames):
    link = OperatorLink(Setup(GYM, "体育館1"), Controls(gym), offscreen=True)
    link.start()
    try:
        for frame in frames[:60]:
            link.show("r", frame)
        assert link._process.pid is not None
        assert link._process.is_alive()
    finally:
        link.close()
    link._process.join(PATIENCE_S)
    assert link._process.exitcode == 0


def test_the_eye_is_small_and_discs_are_round():
    eye = eye_of(np.zeros((720, 1280, 3), np.uint8))
    assert (eye.width, eye.height) == (640, 360)
    triangles = discs(np.array([(1.0, 2.0)]), 0.5)
    assert triangles.shape == (10, 3, 2)
    away = np.hypot(*(triangles[:, 1:] - (1.0, 2.0)).reshape(-1, 2).T)
    assert away == pytest.approx(0.5)
