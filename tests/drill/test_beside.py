"""A station in its room: 訓練中止 from another machine reaches it on the page of consent, in the drill and paused.

And what must not lose a run: a picture that fails, a terminal that is closed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time

import pytest

from drill.cli import _parser
from drill.play import play, run_command
from drill.record.config import ConfigError
from drill.record.events import ComfortStop, Ended, Paused
from drill.record.inputs import BUTTON_PAUSE, BUTTON_STOP, Inputs
from drill.record.reading import read_run
from drill.scenario.loading import load_scenario
from drill.session.controls import Controls
from drill.session.room import Room
from drill.session.roomkey import read_room_key, room_key
from drill.session.scripted import load_resident
from tests.drill.test_play import SCENARIOS, STAIR, Looking

KEY = bytes(range(32))
PATIENCE_S = 20.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="loopback of a test is named otherwise there")


def until(true):
    end = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


@pytest.fixture(scope="module")
def gym():
    return load_scenario(SCENARIOS / "gym-flood")


@pytest.fixture
def rooms():
    """Makes places in one room, on the loopback alone; in the command too."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    opened = []

    def make(*args, **more):
        made = Room(*args, port=port, interfaces=(loopback,), **more)
        opened.append(made)
        return made

    yield make
    for one in opened:
        one.close()


class Somebody(Looking):
    """A person at a view; `does` is called with every frame before the inputs of the next tick."""

    def __init__(self, does=lambda _: 0):
        super().__init__()
        self.does = does
        self.halts, self.told, self.looked, self.readies = 0, None, 0, []
        self.choices = []
        self.called_off = lambda: False

    def heed(self, called_off):
        self.called_off = called_off

    def consent(self):
        until(self.called_off)
        return ""

    def halt(self):
        self.halts += 1

    def look_back(self, told):
        self.looked += 1
        return self.choices.pop(0) if self.choices else None

    def ready(self, frame):
        self.readies.append(frame.tick)

    def inputs(self, frame):
        return Inputs(frame.tick + 1, buttons=self.does(frame) or 0)


@pytest.mark.parametrize("paused", [False, True])
def test_a_stop_of_the_room_ends_a_drill_also_a_paused_one(gym, rooms, paused):
    controls = Controls(gym)
    station = rooms(KEY, name="一", on_stop=controls.room_stop)
    operator = rooms(KEY, name="係", operator=True)
    station.start()
    operator.start()
    assert until(lambda: len(operator.stations()) == 1)

    def does(frame):
        if frame.tick == 200:
            operator.call_stop()
            assert until(lambda: controls.called_off)
        return BUTTON_PAUSE if paused and frame.tick == 100 else 0

    result = play(gym, seed=7, view=Somebody(does), controls=controls)
    assert result.ended == "operator"
    ended = next(e for e in result.run.events if isinstance(e, Ended))
    assert ended.tick == 201
    assert result.run.events[-1] == ended, "no question is asked any more"
    assert any(isinstance(e, Paused) for e in result.run.events) is paused
    assert until(lambda: [s.heard for s in operator.stations()] == [True])


def command(path, **changes):
    usual = vars(_parser().parse_args(["run", str(path), "--seed", "7", "--no-progress"]))
    return type("Args", (), usual | changes)()


def test_a_stop_on_the_page_of_consent_lets_no_drill_begin(rooms, tmp_path, monkeypatch):
    monkeypatch.setattr("drill.beside.Room", rooms)
    monkeypatch.setattr("drill.play.Visitor.of", lambda *_: type("V", (), VISITOR)())
    key = tmp_path / "room.key"
    key.write_text(KEY.hex())
    key.chmod(0o600)
    person = Somebody()
    monkeypatch.setattr("drill.play._view", lambda *_: person)
    operator = rooms(KEY, name="係", operator=True)
    operator.start()
    asked = person.consent

    def consent():
        assert until(lambda: [s.state for s in operator.stations()] == ["consent"])
        operator.call_stop()
        return asked()

    person.consent = consent
    assert run_command(command(SCENARIOS / "gym-flood", room_key=key)) == 0
    assert person.called_off()
    assert person.halts == 1
    assert person.drawn == []
    assert person.told is None


VISITOR = {"language": "ja", "known": {}, "offer": None, "asked": True}


def test_a_station_without_a_key_opens_no_socket_and_a_bad_key_is_named(tmp_path, capsys):
    assert room_key(command(SCENARIOS), None) is None
    short = tmp_path / "short.key"
    short.write_text("abc")
    short.chmod(0o600)
    with pytest.raises(ConfigError, match="64 hexadecimal digits, this one is 3 characters"):
        read_room_key(short)
    with pytest.raises(ConfigError, match="room-key"):
        read_room_key(tmp_path / "none.key")
    made = tmp_path / "made.key"
    args = _parser().parse_args(["room-key", str(made)])
    assert args.command(args) == 0
    assert len(read_room_key(made)) == 32
    assert args.command(args) == 1
    assert "never written over" in capsys.readouterr().err
    made.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_room_key(made)


def test_a_person_looks_back_and_plays_a_moment_again_uncounted(tmp_path, monkeypatch, capsys):
    played = []
    person = Somebody(lambda frame: BUTTON_STOP if frame.tick in (700, 701) else 0)
    person.choices = [0, 0]
    monkeypatch.setattr("drill.play._view", lambda *_: person)
    real = play

    def noting(*args, **more):
        played.append(real(*args, **(more | {"realtime": False})))
        return played[-1]

    monkeypatch.setattr("drill.play.play", noting)
    monkeypatch.setattr("drill.attending.play", noting)
    assert run_command(command(SCENARIOS / "gym-flood", out=tmp_path / "out")) == 0
    facts, ended = person.told
    assert len(facts) == 3
    assert ended == "stopped"
    assert person.looked == 3
    first, *again = played
    assert [one.run.header.counted for one in played] == [True, False, False]
    for one in again:
        assert one.run.header.again_of == first.run.header.run_id
        assert one.run.header.run_id != first.run.header.run_id
        assert one.run.header.again_tick == person.readies[0] <= first.moments[0].tick
        assert any(isinstance(e, ComfortStop) for e in one.run.events)
        assert one.as_dict()["counted"] is False
    assert capsys.readouterr().err.count("kept") == 1


def test_a_recorded_run_is_entered_again_by_the_command(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert run_command(command(SCENARIOS / "gym-flood", view="none", out=first, resident=STAIR)) == 0
    again = command(SCENARIOS / "gym-flood", view="none", out=second, again=first, moment=2, resident=STAIR)
    assert run_command(again) == 0
    kept = read_run(second / "run.sonae").header
    assert kept.counted is False
    assert kept.again_of == read_run(first / "run.sonae").header.run_id
    assert json.loads((second / "result.json").read_text())["again_of"] == kept.again_of


def test_a_picture_that_fails_leaves_a_whole_run_behind(gym, tmp_path, monkeypatch, capsys):
    class Failing(Looking):
        def draw(self, frame):
            super().draw(frame)
            if frame.tick >= 120:
                msg = "the driver is gone"
                raise RuntimeError(msg)

    monkeypatch.setattr("drill.play._view", lambda *_: Failing())
    out = tmp_path / "out"
    assert run_command(command(SCENARIOS / "gym-flood", offscreen=True, out=out, resident=STAIR)) == 0
    assert "the driver is gone" in capsys.readouterr().err
    run = read_run(out / "run.sonae")
    assert run.state == "complete"
    assert run.events[-1].reason == "window_closed"
    assert run.events[-1].tick < 130
    assert load_resident(out / "run.sonae", gym)


def test_a_terminal_that_is_closed_leaves_a_whole_run_behind(tmp_path, monkeypatch):
    class Closing(Looking):
        def draw(self, frame):
            super().draw(frame)
            if frame.tick == 120:
                os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("drill.play._view", lambda *_: Closing())
    before = signal.getsignal(signal.SIGTERM)
    out = tmp_path / "out"
    assert run_command(command(SCENARIOS / "gym-flood", offscreen=True, out=out, resident=STAIR)) == 0
    assert signal.getsignal(signal.SIGTERM) == before
    run = read_run(out / "run.sonae")
    assert run.state == "complete"
    assert run.events[-1].reason == "operator"
    assert run.events[-1].tick < 130
