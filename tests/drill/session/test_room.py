"""The room stop: it reaches every station, and nothing that is forged, old or said before is obeyed."""

from __future__ import annotations

import secrets
import socket
import time

import pytest

from drill.session.room import GONE_S, Room
from drill.session.roomcall import (
    CALL_S,
    MAC_BYTES,
    MOST_CALLS,
    WINDOW_S,
    Gate,
    Here,
    RoomRefusedError,
    Stop,
    Voice,
)

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
PATIENCE_S = 10.0


class Clock:
    def __init__(self, now=1_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


def refused(gate, datagram):
    with pytest.raises(RoomRefusedError) as caught:
        gate.judge(datagram)
    return caught.value.reason


def stop(*calls, on=True):
    return Stop(b"12345678", on=on, calls=calls)


def test_what_is_said_with_the_key_is_heard():
    voice, gate = Voice(KEY), Gate(KEY)
    sender, said = gate.judge(voice.datagram(stop()))
    assert sender == voice.sender
    assert said == stop()
    assert gate.judge(voice.datagram(Here("体育館1", "drill", b"c")))[1] == Here("体育館1", "drill", b"c")


def test_a_wrong_key_is_refused():
    gate = Gate(KEY)
    assert refused(gate, Voice(OTHER).datagram(stop())) == "wrong_key"
    assert gate.refused == {"wrong_key": 1}


@pytest.mark.parametrize("at", [0, 4, 6, 14, 21, 30, -1, -MAC_BYTES - 1])
def test_a_changed_byte_is_refused(at):
    datagram = bytearray(Voice(KEY).datagram(stop()))
    datagram[at] ^= 1
    assert refused(Gate(KEY), bytes(datagram)) in ("not_ours", "wrong_key")


@pytest.mark.parametrize("datagram", [b"", b"SNR1", b"x" * 40, b"SNR1" + bytes(60), bytes(2000)])
def test_noise_is_refused(datagram):
    assert refused(Gate(KEY), datagram) in ("not_ours", "wrong_key")


def test_a_replayed_message_is_refused():
    voice, gate = Voice(KEY), Gate(KEY)
    first, second = voice.datagram(stop()), voice.datagram(stop())
    gate.judge(second)
    assert refused(gate, second) == "replayed"
    assert refused(gate, first) == "replayed", "an older one too, though it never came"
    gate.judge(voice.datagram(stop()))


def test_a_late_message_is_refused_and_one_in_time_is_not():
    wall = Clock()
    voice, gate = Voice(KEY, wall=wall), Gate(KEY, wall=wall)
    old = voice.datagram(stop())
    wall.now += WINDOW_S + 1
    assert refused(gate, old) == "late"
    later = voice.datagram(stop())
    wall.now += WINDOW_S - 1
    gate.judge(later)
    ahead = Voice(KEY, wall=Clock(wall.now + WINDOW_S + 1)).datagram(stop())
    assert refused(gate, ahead) == "late", "a message from the future may be played again later"


def test_a_clock_that_stands_wrong_hears_the_stop_by_its_call():
    wall, now = Clock(), Clock(500.0)
    gate = Gate(KEY, wall=Clock(0.0), now=now)
    voice = Voice(KEY, wall=wall)
    assert refused(gate, voice.datagram(stop())) == "late"
    called = voice.datagram(stop(b"somebody", gate.call))
    kept = voice.datagram(stop(gate.call))
    gate.judge(called)
    now.now += CALL_S
    gate.judge(kept)
    old = voice.datagram(stop(Gate(KEY).call))
    assert refused(gate, old) == "late", "the call of another station"
    mine = voice.datagram(stop(gate.call))
    now.now += 2 * CALL_S
    assert refused(gate, mine) == "late", "a call of a minute ago"


def test_a_key_of_another_length_and_a_long_message_are_named():
    with pytest.raises(ValueError, match="32 bytes, this one 3"):
        Voice(b"abc")
    with pytest.raises(ValueError, match="at most 1200"):
        Voice(KEY).datagram(Here("長" * 500, "drill", b""))
    assert Voice(KEY).datagram(
        Stop(bytes(8), on=True, calls=tuple(secrets.token_bytes(8) for _ in range(MOST_CALLS)), by="長" * 40)
    )


@pytest.fixture
def port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def room(port):
    """Rooms on the loopback alone."""
    opened = []

    def make(name, key=KEY, **more):
        loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
        made = Room(key, name=name, port=port, interfaces=(loopback,), **more)
        opened.append(made)
        made.start()
        return made

    yield make
    for one in opened:
        one.close()


def until(true):
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_all_stations_of_the_room_hear_a_stop_and_say_so(room):
    heard = {name: [] for name in ("一", "二", "三", "別の部屋")}
    stations = [room(name, on_stop=heard[name].append) for name in ("一", "二", "三")]
    stranger = room("別の部屋", key=OTHER, on_stop=heard["別の部屋"].append)
    operator = room("係", operator=True)
    stations[1].tell("consent")
    stations[2].tell("paused")
    assert until(
        lambda: {s.name: s.state for s in operator.stations()} == {"一": "waiting", "二": "consent", "三": "paused"}
    )
    assert not any(s.heard for s in operator.stations())

    operator.call_stop()
    assert until(lambda: all(heard[s] == [True] for s in ("一", "二", "三")))
    assert until(lambda: [s.heard for s in operator.stations()] == [True, True, True])
    assert operator.calling
    assert all(s.stopped for s in stations)
    assert heard["別の部屋"] == [], "a room with another key obeys nothing"
    assert until(lambda: stranger.refused.get("wrong_key", 0) > 0)

    late = []
    newcomer = room("四", on_stop=late.append)
    assert until(lambda: late == [True]), "a station that starts while a stop is in force hears it too"
    operator.lift()
    assert until(lambda: heard["一"] == [True, False] and late == [True, False])
    assert not operator.calling
    assert not newcomer.stopped


def test_a_stop_that_is_sent_again_by_a_stranger_does_nothing(room, port):
    heard = []
    station = room("一", on_stop=heard.append)
    operator = room("係", operator=True)
    assert until(lambda: len(operator.stations()) == 1)
    operator.close()  # else its own port would take half of what is sent to this machine alone
    voice = Voice(KEY)
    kept = voice.datagram(stop())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (kept, kept, voice.datagram(stop(on=False)), kept, kept):
            sender.sendto(datagram, ("127.0.0.1", port))
    assert until(lambda: station.refused.get("replayed", 0) == 3)
    assert heard == [True, False]


def test_a_station_that_went_is_shown_until_it_is_known_to_have_gone(room, monkeypatch):
    station, operator = room("一"), room("係", operator=True)
    assert until(lambda: len(operator.stations()) == 1)
    station.close()
    monkeypatch.setattr("drill.session.room.GONE_S", 0.0)
    assert operator.stations() == ()
    operator.call_stop()
    (gone,) = operator.stations()
    assert not gone.heard, "while a stop is in force, who has not heard it stays on the list"
    assert GONE_S > 0
